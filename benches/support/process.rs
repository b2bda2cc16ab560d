//! A command as a whole process: wall time and peak memory.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// From start to end.
    pub wall: Duration,
    /// The most memory it held, in bytes; 0 where the system does not say.
    pub peak: u64,
    /// Whether it succeeded.
    pub success: bool,
}

/// Runs a command whose output nobody needs.
pub fn run(command: &mut Command) -> Run {
    run_within(command, Duration::MAX)
}

/// The same, stopped without success when it takes longer.
pub fn run_within(command: &mut Command, limit: Duration) -> Run {
    let started = Instant::now();
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command can be started");
    let mut peak = 0;
    loop {
        peak = peak.max(peak_of(child.id()));
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Run { wall: started.elapsed(), peak, success: status.success() };
        }
        if started.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            return Run { wall: started.elapsed(), peak, success: false };
        }
        // Short runs are looked at often, so that their last reading is close to their end.
        std::thread::sleep(
            (started.elapsed() / 50).clamp(Duration::from_micros(50), Duration::from_millis(5)),
        );
    }
}

/// The median by wall time of several runs.
pub fn median(runs: usize, mut command: impl FnMut() -> Command) -> Run {
    let mut all: Vec<Run> = (0..runs).map(|_| run(&mut command())).collect();
    all.sort_by_key(|run| run.wall);
    all[all.len() / 2]
}

/// The most memory a running process has held so far, in bytes.
fn peak_of(id: u32) -> u64 {
    peak_in(&std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default())
}

/// The most memory this process has held so far, in bytes.
pub fn own_peak() -> u64 {
    peak_in(&std::fs::read_to_string("/proc/self/status").unwrap_or_default())
}

fn peak_in(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}
