//! The `prov` command: exit status, nothing else.
#![allow(clippy::disallowed_methods)]

/// Checking and planning allocate many small pieces on all cores at once; the system's allocator took a quarter of the
/// time of a large check.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> prov::host::cli::ExitStatus {
    prov::host::cli::run(std::env::args_os())
}
