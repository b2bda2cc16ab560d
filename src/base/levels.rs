//! How warnings are taken: let pass, said, or treated as errors. A module says so for its own files, and whoever runs
//! prov for all of them.

use std::collections::BTreeMap;

use super::codes::{ALL, Code};
use super::diagnostic::Severity;
use super::source::Span;
use super::suggest::nearest;

/// How a warning is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not said.
    Allow,
    /// Said.
    Warn,
    /// Said as an error.
    Deny,
}

impl Level {
    /// The levels, by their names.
    pub const NAMES: [&str; 3] = ["allow", "warn", "deny"];

    /// The level of this name.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "allow" => Some(Self::Allow),
            "warn" => Some(Self::Warn),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}

/// The name that stands for all warnings.
pub const WARNINGS: &str = "warnings";

/// A level and the place that says so, if it is in a source.
pub type Setting = (Level, Option<Span>);

/// Levels of single warnings and of all others.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    single: BTreeMap<&'static str, Setting>,
    all: Option<Setting>,
}

/// Why a name is none whose level can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoWarning {
    /// There is no such code; perhaps this one was meant.
    Unknown(Option<&'static str>),
    /// It is an error, and stays one.
    Error(Code),
}

impl NoWarning {
    /// What is wrong with the name, as a sentence.
    pub fn message(self, name: &str) -> String {
        match self {
            Self::Unknown(_) => format!("there is no warning `{name}`"),
            Self::Error(_) => format!("`{name}` is an error, and errors can't be allowed"),
        }
    }
}

/// The warning of this name.
pub fn warning(name: &str) -> Result<Code, NoWarning> {
    match Code::find(name) {
        Some(code) if code.severity() == Severity::Warning => Ok(code),
        Some(code) => Err(NoWarning::Error(code)),
        None => {
            let warnings = ALL.iter().filter(|code| code.severity() == Severity::Warning);
            let near = nearest(name, warnings.map(|code| code.name()));
            let near = near.and_then(Code::find).map(Code::name);
            Err(NoWarning::Unknown(near.or_else(|| nearest(name, [WARNINGS]).map(|_| WARNINGS))))
        }
    }
}

impl Levels {
    /// Sets the level of a warning, or of all by `warnings`. Of several levels for one name the strictest counts.
    pub fn set(&mut self, name: &str, level: Level, place: Option<Span>) -> Result<(), NoWarning> {
        let slot = match name {
            WARNINGS => self.all.get_or_insert((level, place)),
            name => self.single.entry(warning(name)?.name()).or_insert((level, place)),
        };
        if level > slot.0 {
            *slot = (level, place);
        }
        Ok(())
    }

    /// The level set for this very warning.
    pub fn of(&self, code: Code) -> Option<Setting> {
        self.single.get(code.name()).copied()
    }

    /// The level set for all warnings.
    pub fn of_all(&self) -> Option<Setting> {
        self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_level_counts() {
        let mut levels = Levels::default();
        levels.set("deprecated", Level::Deny, None).unwrap();
        levels.set("deprecated", Level::Allow, None).unwrap();
        assert_eq!(levels.of(super::super::codes::DEPRECATED), Some((Level::Deny, None)));
        assert_eq!(levels.of_all(), None);
    }

    #[test]
    fn only_warnings_have_levels() {
        let mut levels = Levels::default();
        let set = |levels: &mut Levels, name| levels.set(name, Level::Allow, None).unwrap_err();
        assert_eq!(set(&mut levels, "depreciated"), NoWarning::Unknown(Some("deprecated")));
        assert_eq!(set(&mut levels, "warning"), NoWarning::Unknown(Some("warnings")));
        assert!(matches!(set(&mut levels, "type-mismatch"), NoWarning::Error(_)));
    }
}
