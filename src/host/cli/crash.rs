//! A bug in prov: what happened, how to report it, and no backtrace unless asked for.

use std::panic::PanicHookInfo;

/// From now on a panic says how to report it.
pub fn report_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
            usual(info);
        }
        eprintln!("{}", message(info));
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let what = payload.downcast_ref::<&str>().copied();
    let what = what.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    format!(
        "\nThis is a bug in prov, not in your configuration.\n\n  prov {} on {} {}\n  {place}: {what}\n\n\
         Please report it where you got prov from, with these lines, the command you ran, and the smallest\n\
         configuration that shows it.\n\
         What had been done is in the state; the same command can be run again.\n\
         RUST_BACKTRACE=1 shows where it happened.",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
    )
}
