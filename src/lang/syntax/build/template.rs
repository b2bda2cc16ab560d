//! Quoted strings and heredocs: literal text, interpolations, directives nested into each other.

use std::borrow::Cow;

use super::super::escapes;
use super::super::grammar::Rule;
use super::super::tree::{ExprId, ExprKind, Template, TemplateForm, TemplatePart};
use super::Builder;
use super::directives::{Directive, Piece};
use crate::base::source::TextRange;

impl<'i> Builder<'i> {
    pub(super) fn string(&mut self) -> ExprId {
        let start = self.enter();
        if self.peek().is_none() {
            let range = TextRange::new(start, self.leave());
            return self.plain_string(range);
        }
        let mut pieces = Vec::new();
        let mut literal = start + 1;
        while let Some(rule) = self.peek() {
            let piece = self.sequence(rule);
            self.quoted_literal(TextRange::new(literal, piece.range().start), &mut pieces);
            literal = piece.range().end;
            pieces.push(piece);
        }
        let end = self.leave();
        self.quoted_literal(TextRange::new(literal, end - 1), &mut pieces);
        strip(&mut pieces);
        self.template(TemplateForm::Quoted, pieces, TextRange::new(start, end))
    }

    /// Most strings have nothing to evaluate in them.
    fn plain_string(&mut self, quoted: TextRange) -> ExprId {
        let range = TextRange::new(quoted.start + 1, quoted.end - 1);
        let parts: Box<[TemplatePart]> = if range.is_empty() {
            Box::default()
        } else {
            let text = self.slice(range);
            let value = escapes::value_of_quoted(self.file, range.start, text, &mut self.diagnostics);
            Box::new([TemplatePart::Literal { range, value: value.as_ref().into() }])
        };
        self.push(ExprKind::Template(Template { form: TemplateForm::Quoted, parts }), quoted)
    }

    fn quoted_literal(&mut self, range: TextRange, pieces: &mut Vec<Piece<'i>>) {
        if !range.is_empty() {
            let text = self.slice(range);
            let value = escapes::value_of_quoted(self.file, range.start, text, &mut self.diagnostics);
            pieces.push(Piece::Literal { range, value });
        }
    }

    pub(super) fn heredoc(&mut self) -> ExprId {
        let start = self.enter();
        let open = self.leaf();
        let marker = self.leaf();
        let indented = self.slice(open) == "<<-";
        let mut pieces = Vec::new();
        while self.peek() == Some(Rule::heredoc_line) {
            self.heredoc_line(&mut pieces);
        }
        let end = self.leave();
        strip(&mut pieces);
        if indented {
            remove_indentation(&mut pieces);
        }
        let form = TemplateForm::Heredoc { indented, marker };
        self.template(form, pieces, TextRange::new(start, end))
    }

    /// Each line has literals of its own: strip markers and indentation go by lines.
    fn heredoc_line(&mut self, pieces: &mut Vec<Piece<'i>>) {
        let mut literal = self.enter();
        while let Some(rule) = self.peek() {
            if rule == Rule::heredoc_text {
                self.leaf();
                continue;
            }
            let piece = self.sequence(rule);
            self.heredoc_literal(TextRange::new(literal, piece.range().start), pieces);
            literal = piece.range().end;
            pieces.push(piece);
        }
        let end = self.leave();
        self.heredoc_literal(TextRange::new(literal, end), pieces);
    }

    fn heredoc_literal(&self, range: TextRange, pieces: &mut Vec<Piece<'i>>) {
        if !range.is_empty() {
            pieces.push(Piece::Literal { range, value: escapes::value_of_heredoc(self.slice(range)) });
        }
    }

    /// `${ … }` or `%{ … }`
    fn sequence(&mut self, rule: Rule) -> Piece<'i> {
        let start = self.enter();
        let fits = self.descend(start);
        let content = if !fits {
            None
        } else if rule == Rule::interpolation {
            Some(Directive::Interpolation(self.expr()))
        } else {
            self.directive()
        };
        self.ascend();
        let range = TextRange::new(start, self.leave());
        let bytes = self.text.as_bytes();
        let strips = |at: u32| bytes.get(at as usize) == Some(&b'~');
        let strip = (strips(start + 2), strips(range.end - 2));
        let content = match content {
            Some(content) => content,
            None => Directive::Interpolation(self.push(ExprKind::Error, range)),
        };
        Piece::Sequence { range, content, strip_before: strip.0, strip_behind: strip.1 }
    }

    fn directive(&mut self) -> Option<Directive> {
        let rule = self.peek()?;
        Some(match rule {
            Rule::directive_if => Directive::If(self.wrapped_expr()),
            Rule::directive_for => {
                self.enter();
                let (key, value) = self.for_names();
                let collection = self.expr();
                self.leave();
                Directive::For { key, value, collection }
            }
            Rule::directive_else => {
                self.leaf();
                Directive::Else
            }
            Rule::directive_endif => {
                self.leaf();
                Directive::EndIf
            }
            _ => {
                self.leaf();
                Directive::EndFor
            }
        })
    }

    fn template(&mut self, form: TemplateForm, pieces: Vec<Piece<'i>>, range: TextRange) -> ExprId {
        let parts = self.nest(pieces);
        self.push(ExprKind::Template(Template { form, parts }), range)
    }
}

/// `~` takes the white space of the literal beside it.
fn strip(pieces: &mut [Piece<'_>]) {
    let mut strip_next = false;
    for at in 0..pieces.len() {
        let (before, rest) = pieces.split_at_mut(at);
        match &mut rest[0] {
            Piece::Literal { value, .. } => {
                if strip_next {
                    shorten(value, str::trim_start);
                }
                strip_next = false;
            }
            Piece::Sequence { strip_before, strip_behind, .. } => {
                if *strip_before && let Some(Piece::Literal { value, .. }) = before.last_mut() {
                    shorten(value, str::trim_end);
                }
                strip_next = *strip_behind;
            }
        }
    }
}

fn shorten<'t>(value: &mut Cow<'t, str>, trim: fn(&str) -> &str) {
    *value = match value {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
        Cow::Owned(text) => Cow::Owned(trim(text).to_owned()),
    };
}

/// `<<-`: takes the indentation that all lines share from every line. Blank lines neither count nor change.
fn remove_indentation(pieces: &mut [Piece<'_>]) {
    let mut shared = usize::MAX;
    let mut lines = Vec::new();
    let mut begins_line = true;
    for (at, piece) in pieces.iter().enumerate() {
        if begins_line {
            begins_line = false;
            match piece {
                Piece::Literal { value, .. } => {
                    let blanks = leading_blanks(value);
                    let blank_line = value.trim_start().is_empty() && value.ends_with('\n');
                    if !blank_line {
                        shared = shared.min(blanks);
                        lines.push(at);
                    }
                }
                Piece::Sequence { .. } => shared = 0,
            }
        }
        if let Piece::Literal { value, .. } = piece {
            begins_line = value.ends_with('\n');
        }
    }
    for at in lines {
        if let Piece::Literal { value, .. } = &mut pieces[at] {
            let cut: usize = value.chars().take(shared).map(char::len_utf8).sum();
            *value = match value {
                Cow::Borrowed(text) => Cow::Borrowed(&text[cut..]),
                Cow::Owned(text) => Cow::Owned(text[cut..].to_owned()),
            };
        }
    }
}

fn leading_blanks(text: &str) -> usize {
    text.chars().take_while(|c| c.is_whitespace()).count()
}
