//! Diagnostics for people: what is wrong, the lines, where it came from, what to do. The only user of miette.

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceSpan, ThemeCharacters, ThemeStyles};

use super::excerpt::{CONTEXT, Excerpt};
use super::{Counts, fix, severity_word};
use crate::base::diagnostic::{Diagnostic, Label, Severity};
use crate::base::source::{FileId, Sources, Span};
use crate::host::render::text::{clean, paragraph, wrap};
use crate::host::render::{Role, Style};

/// All of them and a summary line; empty for none.
pub fn all(diagnostics: &[Diagnostic], sources: &Sources, style: &Style) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&one(diagnostic, sources, style));
        out.push('\n');
    }
    out.push_str(&summary(diagnostics, style));
    out
}

/// `2 errors, 1 warning`, and how to learn more; empty for none.
pub fn summary(diagnostics: &[Diagnostic], style: &Style) -> String {
    let counts = Counts::of(diagnostics);
    let role = match counts {
        Counts { errors: 1.., .. } => Role::Error,
        Counts { warnings: 1.., .. } => Role::Warning,
        _ => Role::Advice,
    };
    let mut codes: Vec<_> = diagnostics.iter().map(|d| d.code.name()).collect();
    codes.sort_unstable();
    codes.dedup();
    let more = match codes.as_slice() {
        [] => return String::new(),
        [code] => format!("`prov explain {code}` says more."),
        [code, ..] => format!("`prov explain CODE` says more, as in `prov explain {code}`."),
    };
    let counts = style.paint(role, counts.to_string());
    wrap(&format!("{counts}. {more}"), style.width).join("\n") + "\n"
}

/// One diagnostic.
pub fn one(diagnostic: &Diagnostic, sources: &Sources, style: &Style) -> String {
    let mut out = String::new();
    let home = diagnostic.primary.as_ref().map(|primary| primary.span.file);
    let (near, far): (Vec<&Label>, Vec<&Label>) =
        diagnostic.labels.iter().partition(|label| Some(label.span.file) == home);
    let heading = Section {
        code: Some(format!("{}[{}]", severity_word(diagnostic.severity), diagnostic.code.name())),
        severity: diagnostic.severity,
        message: clean(&diagnostic.message).into_owned(),
    };
    // Underlines of places that overlap can't be told apart on one line: such a place gets an excerpt of its own.
    let mut labels: Vec<&Label> = diagnostic.primary.iter().collect();
    let mut apart: Vec<&Label> = Vec::new();
    for label in near {
        let fits = labels.iter().all(|other| other.span == label.span || !overlap(other.span, label.span));
        if fits { labels.push(label) } else { apart.push(label) }
    }
    // miette draws places in the order of lines: what stands further up, out of sight of the primary place, would come
    // before it.
    apart.extend(far_above(&mut labels, sources));
    heading.draw(&labels, CONTEXT, sources, style, &mut out);
    for group in apart.into_iter().map(|label| vec![label]).chain(by_file(far)) {
        Section::aside(group.first().map_or("", |label| &label.text))
            .draw(&group, CONTEXT, sources, style, &mut out);
    }
    let steps = diagnostic.trace.len();
    for (at, step) in diagnostic.trace.iter().enumerate() {
        let number = if steps > 1 { format!("({} of {steps}) ", at + 1) } else { String::new() };
        let silent = Label { span: step.span, text: String::new() };
        Section::aside(&format!("{number}{}", step.text)).draw(&[&silent], 0, sources, style, &mut out);
    }
    facts(diagnostic, style, &mut out);
    for fix in &diagnostic.fixes {
        fix::draw(fix, home, sources, style, &mut out);
    }
    out
}

/// Takes out the labels above the first one that lines drawn without a gap don't join to it.
fn far_above<'d>(labels: &mut Vec<&'d Label>, sources: &Sources) -> Vec<&'d Label> {
    let Some(primary) = labels.first().map(|label| label.span) else { return Vec::new() };
    let lines = sources.get(primary.file).lines();
    let mut top = lines.line(primary.start);
    let mut above: Vec<(u32, Span)> = labels
        .iter()
        .map(|label| (lines.line(label.span.end.max(label.span.start)), label.span))
        .filter(|(last, _)| *last < top)
        .collect();
    above.sort_unstable();
    while let Some((last, span)) = above.pop() {
        // Each is drawn with lines around it, and lines that touch are drawn as one.
        if top - last > 2 * CONTEXT + 1 {
            above.push((last, span));
            break;
        }
        top = top.min(lines.line(span.start));
    }
    let is_far = |label: &&Label| above.iter().any(|(_, span)| *span == label.span);
    let (far, near) = labels.iter().copied().partition(is_far);
    *labels = near;
    far
}

/// The lines below the excerpts.
fn facts(diagnostic: &Diagnostic, style: &Style, out: &mut String) {
    let mut line = |word: &str, text: &str| {
        let heading = style.paint(Role::Advice, format!("{word:>7}: ")).into_owned();
        out.push_str(&paragraph(&heading, &clean(text), style.width));
    };
    if let Some(path) = &diagnostic.path {
        line("at", path);
    }
    if let Some(mismatch) = &diagnostic.mismatch {
        line("want", &mismatch.expected);
        line("found", &mismatch.found);
    }
    for note in &diagnostic.notes {
        line("note", note);
    }
    if let Some(help) = &diagnostic.help {
        line("help", help);
    }
}

fn overlap(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}

/// Labels of one file together, files in the order they first appear.
fn by_file(labels: Vec<&Label>) -> Vec<Vec<&Label>> {
    let mut groups: Vec<Vec<&Label>> = Vec::new();
    for label in labels {
        match groups.iter_mut().find(|group| group.first().is_some_and(|l| l.span.file == label.span.file)) {
            Some(group) => group.push(label),
            None => groups.push(vec![label]),
        }
    }
    groups
}

/// Columns a label's words need beside the line they hang from.
const LEAST: usize = 12;

/// A sentence and an excerpt below it.
struct Section {
    code: Option<String>,
    severity: Severity,
    message: String,
}

impl Section {
    fn aside(message: &str) -> Self {
        Self { code: None, severity: Severity::Advice, message: clean(message).into_owned() }
    }

    /// Labels are of one file.
    fn draw(self, labels: &[&Label], context: u32, sources: &Sources, style: &Style, out: &mut String) {
        let Some(first) = labels.first() else { return self.render(None, Vec::new(), context, style, out) };
        let mut distinct: Vec<&Label> = Vec::new();
        for label in labels {
            if !distinct
                .iter()
                .any(|seen| seen.span == label.span && (label.text.is_empty() || seen.text == label.text))
            {
                distinct.push(label);
            }
        }
        let spans: Vec<Span> = distinct.iter().map(|label| label.span).collect();
        let file: FileId = first.span.file;
        let (excerpt, spans) = Excerpt::new(sources.get(file), &spans, style);
        let mut below = String::new();
        let mut all = Vec::new();
        for (at, (label, span)) in distinct.iter().zip(spans).enumerate() {
            let mut text = if self.code.is_none() && at == 0 { "" } else { label.text.as_str() };
            let column = excerpt.column(&span);
            // Where there is no room beside the line that hangs from the place, the words follow the excerpt.
            if style.width < column + 15 + LEAST {
                let line = sources.get(file).lines().line(label.span.start) + 1;
                if !text.is_empty() {
                    below.push_str(&paragraph(&format!("   line {line}: "), &clean(text), style.width));
                }
                text = "";
            }
            all.push(labelled(text, span, at == 0, column, style));
        }
        self.render(Some(excerpt), all, context, style, out);
        out.push_str(&below);
    }

    fn render(
        self,
        excerpt: Option<Excerpt>,
        labels: Vec<LabeledSpan>,
        context: u32,
        style: &Style,
        out: &mut String,
    ) {
        let handler = GraphicalReportHandler::new_themed(theme(style))
            .with_width(style.width.max(40))
            .with_context_lines(context as usize)
            .without_primary_span_start()
            .without_cause_chain()
            .without_syntax_highlighting()
            .with_links(false);
        let report = Report { section: self, excerpt, labels };
        if handler.render_report(out, &report).is_err() {
            // Writing to a string fails only if miette refuses the excerpt; the sentence still matters.
            out.push_str(&format!("  {}\n", report.section.message));
        }
    }
}

/// Label text wraps in the room right of the place it hangs from.
fn labelled(text: &str, span: SourceSpan, primary: bool, column: usize, style: &Style) -> LabeledSpan {
    let room = style.width.saturating_sub(column + 15).max(LEAST);
    let text = (!text.is_empty()).then(|| wrap(&clean(text), room).join("\n"));
    if primary {
        LabeledSpan::new_primary_with_span(text, span)
    } else {
        LabeledSpan::new_with_span(text, span)
    }
}

fn theme(style: &Style) -> GraphicalTheme {
    let mut characters = if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    if !style.unicode {
        (characters.error, characters.warning, characters.advice) = ("x".into(), "!".into(), ">".into());
    }
    GraphicalTheme { characters, styles: if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() } }
}

/// What miette is shown.
struct Report {
    section: Section,
    excerpt: Option<Excerpt>,
    labels: Vec<LabeledSpan>,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.section.message)
    }
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.section.message)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.section.code.as_ref().map(|code| Box::new(code) as Box<dyn std::fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.section.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Advice => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
