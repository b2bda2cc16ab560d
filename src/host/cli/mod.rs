//! The command line: arguments as typed → as meant; one file per command.
