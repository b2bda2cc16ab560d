//! `prov explain CODE`: the pages under `docs/explain/`, embedded.

use include_dir::{Dir, include_dir};

use crate::base::codes::{self, ALL, Code};
use crate::base::diagnostic::Diagnostic;
use crate::base::suggest::nearest;
use crate::host::cli::args::Explain;
use crate::host::cli::session::{Ended, Session};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::{Role, Style};

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/docs/explain");

/// The page of a code.
fn page(code: Code) -> Option<&'static str> {
    PAGES.get_file(format!("{}.md", code.name())).and_then(|file| file.contents_utf8())
}

pub(super) fn run(session: &Session, args: &Explain) -> Ended<ExitStatus> {
    let style = session.style(Stream::Out);
    let Some(name) = &args.code else {
        Stream::Out.write(&list(&style));
        return Ok(ExitStatus::Success);
    };
    // As it stands in an error: `error[unknown-attribute]`.
    let bare = name.split_once('[').map_or(name.as_str(), |(_, rest)| rest.trim_end_matches(']'));
    let found = Code::find(&bare.to_lowercase()).and_then(page);
    let Some(text) = found else {
        let mut told = Diagnostic::without_place(codes::USAGE, format!("there is no code {bare:?}"));
        told.help = Some(match nearest(bare, ALL.iter().map(|code| code.name())) {
            Some(near) => format!("did you mean {near:?}? `prov explain` alone lists all codes"),
            None => "`prov explain` alone lists all codes".into(),
        });
        return session.fail(told);
    };
    Stream::Out.write(&draw(text, &style));
    Ok(ExitStatus::Success)
}

fn list(style: &Style) -> String {
    let widest = ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    let mut codes: Vec<_> = ALL.to_vec();
    codes.sort_by_key(|code| code.name());
    let line = |code: &Code| {
        let name = style.paint(Role::Strong, format!("{:widest$}", code.name())).into_owned();
        format!("{name}  {}\n", code.summary())
    };
    codes.iter().map(line).collect()
}

/// Markdown as it is, with headings and code set off where colours are used.
fn draw(text: &str, style: &Style) -> String {
    let mut out = String::new();
    let mut code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            code = !code;
            continue;
        }
        out.push_str(&match line {
            line if code => format!("    {}", style.paint(Role::Advice, line)),
            line if line.starts_with('#') => {
                style.paint(Role::Strong, line.trim_start_matches('#').trim_start()).into_owned()
            }
            line => line.replace('`', if style.color { "" } else { "`" }),
        });
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        for code in ALL {
            let page = page(*code).unwrap_or_else(|| panic!("docs/explain/{}.md is missing", code.name()));
            let (first, _) = page.split_once('\n').expect("a page has a heading");
            assert_eq!(first, format!("# {}", code.name()), "the heading names the code");
        }
        for file in PAGES.files() {
            let name = file.path().file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            assert!(Code::find(name).is_some(), "docs/explain/{name}.md has no code");
        }
    }

    #[test]
    fn code_is_indented_and_fences_are_gone() {
        let drawn = draw("# a\n\ntext `x`\n\n```prov wrong\ny\n```\n", &Style::default());
        assert_eq!(drawn, "a\n\ntext `x`\n\n    y\n");
    }
}
