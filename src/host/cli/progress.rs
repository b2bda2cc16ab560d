//! What happens during a run, for people: a live list on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::Stream;
use crate::base::address::InstanceAddress;
use crate::engine::events::{Event, Events, StepAction};
use crate::host::render::{Role, Style};

/// Draws progress. What is finished goes to standard output as plain lines; the live part to standard error.
pub struct Progress {
    style: Style,
    live: Option<Live>,
    seen: Mutex<Seen>,
}

struct Live {
    all: MultiProgress,
}

#[derive(Default)]
struct Seen {
    /// The bar of the stretch of work that is under way: reading back, applying.
    stretch: Option<ProgressBar>,
    running: HashMap<(InstanceAddress, StepAction), (Instant, Option<ProgressBar>)>,
    done: usize,
    steps: usize,
    reading: usize,
}

impl Progress {
    /// Live if both outputs are a terminal.
    pub fn new(style: Style) -> Self {
        let terminal = Stream::Err.is_terminal() && Stream::Out.is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let live = (terminal && !dumb && std::env::var_os("CI").is_none())
            .then(|| Live { all: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()) });
        Self { style, live, seen: Mutex::default() }
    }

    /// Nothing more is drawn.
    pub fn finish(&self) {
        if let Some(live) = &self.live {
            let _ = live.all.clear();
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line that stays, above what is live.
    fn line(&self, text: &str) {
        let write = || Stream::Out.write(&format!("{text}\n"));
        match &self.live {
            Some(live) => live.all.suspend(write),
            None => write(),
        }
    }

    fn bar(&self, template: &str, length: usize) -> ProgressBar {
        let bar = ProgressBar::new(length as u64);
        if let Ok(style) = ProgressStyle::with_template(template) {
            let ticks = self.style.pick("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ", "-\\|/ ");
            bar.set_style(style.tick_chars(ticks).progress_chars(self.style.pick("━╸─", "=>-")));
        }
        bar
    }

    fn begin(&self, what: &str, length: usize) {
        if let Some(live) = &self.live {
            let bar = self.bar("  {spinner} {msg} {wide_bar} {pos}/{len} {elapsed}", length);
            bar.set_message(what.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            let bar = live.all.add(bar);
            if let Some(before) = self.seen().stretch.replace(bar) {
                before.finish_and_clear();
            }
        }
    }

    fn advance(&self) {
        if let Some(bar) = &self.seen().stretch {
            bar.inc(1);
        }
    }

    fn end_stretch(&self) {
        if let Some(bar) = self.seen().stretch.take() {
            bar.finish_and_clear();
        }
    }

    fn started(&self, address: InstanceAddress, action: StepAction) {
        let bar = self.live.as_ref().map(|live| {
            let bar = self.bar("  {spinner} {msg} {elapsed}", 0);
            bar.set_message(format!("{address} {}", action.doing()));
            bar.enable_steady_tick(Duration::from_millis(120));
            live.all.insert(0, bar.clone());
            bar
        });
        self.seen().running.insert((address, action), (Instant::now(), bar));
    }

    /// Takes a step off the list; how long it took and how many are done.
    fn ended(&self, address: &InstanceAddress, action: StepAction) -> (String, String) {
        let mut seen = self.seen();
        seen.done += 1;
        let count = format!("{:>width$}/{}", seen.done, seen.steps, width = seen.steps.to_string().len());
        let entry = seen.running.remove(&(address.clone(), action));
        drop(seen);
        let took = entry.as_ref().map(|(since, _)| since.elapsed()).unwrap_or_default();
        if let Some((_, Some(bar))) = entry {
            bar.finish_and_clear();
        }
        (elapsed(took), count)
    }
}

/// `0.3s`, `12s`, `2m05s`.
fn elapsed(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds}s"),
        seconds => format!("{}m{:02}s", seconds / 60, seconds % 60),
    }
}

fn past(action: StepAction) -> &'static str {
    match action {
        StepAction::Create => "created",
        StepAction::Update => "updated",
        StepAction::Delete => "destroyed",
        StepAction::Read => "read",
    }
}

impl Events for Progress {
    fn on_event(&self, event: Event) {
        let style = &self.style;
        match event {
            Event::RefreshStarted { instances } => {
                self.seen().reading = instances;
                self.begin("reading back what exists", instances);
            }
            Event::Refreshed { .. } => {
                self.advance();
                let mut seen = self.seen();
                seen.reading = seen.reading.saturating_sub(1);
                let over = seen.reading == 0;
                drop(seen);
                if over {
                    self.end_stretch();
                }
            }
            Event::DataRead { .. } => {}
            Event::Recovered { address, happened } => {
                let outcome = match happened {
                    Some(true) => "an interrupted change had been made after all",
                    Some(false) => "an interrupted change had not been made",
                    None => "what became of an interrupted change can't be found out",
                };
                self.line(&format!("{} {address}: {outcome}", style.paint(Role::Warning, "recovered")));
            }
            Event::Planned { .. } => self.end_stretch(),
            Event::ApplyStarted { steps } => {
                let mut seen = self.seen();
                (seen.steps, seen.done) = (steps, 0);
                drop(seen);
                self.begin("applying", steps);
            }
            Event::StepStarted { address, action } => self.started(address, action),
            Event::StepFinished { address, action } => {
                let (took, count) = self.ended(&address, action);
                self.advance();
                let sign = style.paint(Role::Added, style.pick("✓", "ok"));
                self.line(&format!(
                    "{count} {sign} {address} {} {}",
                    past(action),
                    style.paint(Role::Faint, took)
                ));
            }
            Event::StepFailed { address, action, message } => {
                let (_, count) = self.ended(&address, action);
                self.advance();
                let sign = style.paint(Role::Error, style.pick("✗", "failed"));
                let message = crate::host::render::text::clean(&message).replace('\n', " ");
                self.line(&format!("{count} {sign} {address} could not be {}: {message}", past(action)));
            }
            Event::StepSkipped { address, action } => {
                let (_, count) = self.ended(&address, action);
                self.advance();
                let sign = style.paint(Role::Faint, "-");
                self.line(&format!("{count} {sign} {address} not {}", past(action)));
            }
            Event::Cancelling { running } => {
                let rest = match running {
                    0 => "nothing is running any more".to_owned(),
                    1 => "one change is still running and will be finished".to_owned(),
                    n => format!("{n} changes are still running and will be finished"),
                };
                let heading = style.paint(Role::Warning, "Stopping:");
                self.line(&format!("{heading} {rest}. Ctrl-C again stops at once."));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        assert_eq!(elapsed(Duration::from_millis(340)), "0.3s");
        assert_eq!(elapsed(Duration::from_secs(12)), "12s");
        assert_eq!(elapsed(Duration::from_secs(125)), "2m05s");
    }
}
