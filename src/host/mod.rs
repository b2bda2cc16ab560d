//! Programs around the library: the command line and what it prints.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)] // a program has arguments, an environment and a terminal
pub mod cli;
pub mod render;
