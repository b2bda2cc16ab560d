//! `prov version`

use crate::host::cli::args::Version;
use crate::host::cli::session::Ended;
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;

pub(super) fn run(args: &Version) -> Ended<ExitStatus> {
    let version = env!("CARGO_PKG_VERSION");
    Stream::Out.write(&if args.json {
        let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
        format!("{:#}\n", serde_json::json!({ "version": version, "platform": platform }))
    } else {
        format!("prov {version}\n")
    });
    Ok(ExitStatus::Success)
}
