//! What the terminal can do, and writing to it.

use std::io::{IsTerminal, Write};

use super::args::ColorChoice;
use crate::host::render::{Paths, Style};

/// Which of the two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Results.
    Out,
    /// Messages.
    Err,
}

impl Stream {
    /// Whether a person reads it as it is written.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Out => std::io::stdout().is_terminal(),
            Self::Err => std::io::stderr().is_terminal(),
        }
    }

    /// Writes text as it is. A reader that went away (`prov … | head`) is no error.
    pub fn write(self, text: &str) {
        let done = match self {
            Self::Out => {
                let mut out = std::io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
            Self::Err => std::io::stderr().lock().write_all(text.as_bytes()),
        };
        // There is nowhere left to tell of it.
        let _ = done;
    }
}

/// How to draw on a stream. Colour: `--color` over `NO_COLOR` over `CLICOLOR_FORCE`/`FORCE_COLOR` over what the
/// stream is.
pub fn style(stream: Stream, color: ColorChoice, paths: Paths) -> Style {
    let terminal = stream.is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let plain = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let color = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
        ColorChoice::Auto if set("CLICOLOR_FORCE") || set("FORCE_COLOR") => true,
        ColorChoice::Auto => terminal && !plain,
    };
    Style { width: width(terminal), color, unicode: unicode(), links: terminal && color && links(), paths }
}

/// Columns: of the terminal, else of `COLUMNS`, else 80; at most 120, beyond which lines are hard to follow.
fn width(terminal: bool) -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let size = || terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
    let columns: usize = if terminal { size().or(asked) } else { asked }.unwrap_or(80);
    columns.clamp(40, 120)
}

/// Unless the locale says that characters beyond ASCII can't be shown.
fn unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match locale.as_deref() {
        // A container without a locale shows UTF-8 all the same.
        None | Some("C" | "POSIX") => !cfg!(windows) || std::env::var_os("WT_SESSION").is_some(),
        Some(locale) => {
            let locale = locale.to_lowercase();
            !locale.contains('.') || locale.contains("utf-8") || locale.contains("utf8")
        }
    }
}

/// Terminals known to show links, and none of those known to print them raw.
fn links() -> bool {
    let is =
        |name: &str, values: &[&str]| std::env::var(name).is_ok_and(|value| values.contains(&value.as_str()));
    is("TERM_PROGRAM", &["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper"])
        || is("TERM", &["xterm-kitty", "alacritty", "foot", "xterm-ghostty"])
        || std::env::var_os("WT_SESSION").is_some()
        || std::env::var("VTE_VERSION").is_ok_and(|version| version.parse().is_ok_and(|v: u32| v >= 5000))
}
