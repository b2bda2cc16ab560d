//! How output is drawn: width, colours, characters, links. Decided once per run and handed to every renderer.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use anstyle::{AnsiColor, Effects};

/// How output is drawn.
#[derive(Debug, Clone)]
pub struct Style {
    /// Columns to fill; renderers make do with 40 and more.
    pub width: usize,
    /// Whether colours are used.
    pub color: bool,
    /// Whether lines are drawn with characters beyond ASCII.
    pub unicode: bool,
    /// Whether places are links (OSC 8).
    pub links: bool,
    /// How paths of sources are shown.
    pub paths: Paths,
}

impl Default for Style {
    /// What a file or a pipe gets: 80 columns, no colour.
    fn default() -> Self {
        Self { width: 80, color: false, unicode: true, links: false, paths: Paths::default() }
    }
}

/// What a piece of text is, and so how it is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Something is wrong.
    Error,
    /// Something may be wrong.
    Warning,
    /// Good to know.
    Advice,
    /// Comes into being.
    Added,
    /// Ceases to be.
    Removed,
    /// Becomes another.
    Changed,
    /// A heading or a name that matters.
    Strong,
    /// Of lesser interest.
    Faint,
}

impl Style {
    /// The text in the colours of its role.
    pub fn paint<'t>(&self, role: Role, text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
        let text = text.into();
        if !self.color || text.is_empty() {
            return text;
        }
        let style = match role {
            Role::Error | Role::Removed => AnsiColor::Red.on_default(),
            Role::Warning | Role::Changed => AnsiColor::Yellow.on_default(),
            Role::Advice => AnsiColor::Cyan.on_default(),
            Role::Added => AnsiColor::Green.on_default(),
            Role::Strong => anstyle::Style::new().effects(Effects::BOLD),
            Role::Faint => anstyle::Style::new().effects(Effects::DIMMED),
        };
        Cow::Owned(format!("{style}{text}{style:#}"))
    }

    /// The first where lines are drawn beyond ASCII, else the second.
    pub fn pick<T>(&self, unicode: T, ascii: T) -> T {
        if self.unicode { unicode } else { ascii }
    }

    /// A dividing bar between a line number and its line.
    pub fn bar(&self) -> &'static str {
        self.pick("│", "|")
    }

    /// What stands for text that was left out.
    pub fn ellipsis(&self) -> &'static str {
        self.pick("…", "...")
    }
}

/// Where sources lie, seen from where the command runs.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    root: Option<PathBuf>,
    prefix: PathBuf,
}

impl Paths {
    /// Paths relative to `root` are shown relative to `current`; both are absolute.
    pub fn new(root: PathBuf, current: &Path) -> Self {
        let shared = root.components().zip(current.components()).take_while(|(a, b)| a == b).count();
        let up = current.components().skip(shared).map(|_| Component::ParentDir);
        let prefix = up.chain(root.components().skip(shared)).collect();
        Self { prefix, root: Some(root) }
    }

    /// The path as people at their prompt would write it; embedded sources keep their `<…>` name.
    pub fn show(&self, path: &str) -> String {
        if path.starts_with('<') {
            return path.to_owned();
        }
        let shown = self.prefix.join(path).to_string_lossy().into_owned();
        super::text::clean(&shown.replace('\\', "/")).into_owned()
    }

    /// A `file://` address for links; none for embedded sources.
    pub fn address(&self, path: &str) -> Option<String> {
        let root = self.root.as_ref().filter(|_| !path.starts_with('<'))?;
        url::Url::from_file_path(root.join(path)).ok().map(String::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_where_the_command_runs() {
        let paths = Paths::new("/p".into(), Path::new("/p/accounts/production"));
        assert_eq!(paths.show("stdlib/a.prov"), "../../stdlib/a.prov");
        assert_eq!(paths.show("<stdlib>/a.prov"), "<stdlib>/a.prov");
        assert_eq!(Paths::new("/p".into(), Path::new("/p")).show("a/b.prov"), "a/b.prov");
        assert_eq!(Paths::new("/p/q".into(), Path::new("/p")).show("b.prov"), "q/b.prov");
        assert_eq!(paths.address("a b.prov").as_deref(), Some("file:///p/a%20b.prov"));
    }

    #[test]
    fn colour_is_only_used_when_asked_for() {
        assert_eq!(Style::default().paint(Role::Error, "x"), "x");
        let coloured = Style { color: true, ..Style::default() };
        assert_eq!(coloured.paint(Role::Error, "x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
