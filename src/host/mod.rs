//! Programs around the library: the command line and what it prints.
pub mod cli;
pub mod render;
