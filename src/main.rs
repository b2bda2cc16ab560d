//! The `prov` command: exit status, nothing else.
#![allow(clippy::disallowed_methods)]

fn main() -> prov::host::cli::ExitStatus {
    prov::host::cli::run(std::env::args_os())
}
