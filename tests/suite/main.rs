//! The one integration-test binary. Every file beside this one is listed here.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod check_fix;
mod cli;
mod conformance;
mod console;
mod console_terminal;
mod consul_agent;
mod consul_provider;
mod differential;
mod embedding;
mod engine;
mod examples;
mod functions;
mod fuzz;
mod hostile;
mod incremental;
mod journey;
mod mutants;
mod reference;
mod scenarios;
mod soundness;
mod stages;
mod state_store;
mod support;
mod syntax;
mod templates;
mod terraform_fmt;
mod tidy;
mod ui;
mod variables;
