//! How the program ends.

use std::process::{ExitCode, Termination};

/// The exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done. 0
    Success,
    /// Something is wrong, and was said. 1
    Failure,
    /// `plan --detailed-exitcode` found changes. 2
    Changes,
    /// `check` could not even look. 2
    CouldNotRun,
    /// Stopped by Ctrl-C. 130
    Interrupted,
    /// As the command that was run inside.
    Of(u8),
}

impl ExitStatus {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Changes | Self::CouldNotRun => 2,
            Self::Interrupted => 130,
            Self::Of(code) => code,
        }
    }
}

impl Termination for ExitStatus {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}
