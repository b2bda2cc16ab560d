//! The prompt on a terminal: a line editor with history and completion.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use etcetera::BaseStrategy;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::input::{COMMANDS, expression};
use super::{Prompt, Taken};
use crate::base::effects::Cancel;
use crate::host::cli::session::Ended;
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::Role;
use crate::lang::syntax::Unfinished;
use crate::pipeline::console::Console;

/// How many lines are remembered.
const REMEMBERED: usize = 1000;

pub(super) fn run(prompt: &Prompt<'_>) -> Ended<ExitStatus> {
    let config = Config::builder().completion_type(CompletionType::List).history_ignore_space(true);
    let config = config.max_history_size(REMEMBERED).and_then(|config| config.history_ignore_dups(true));
    let editor = config.and_then(|config| Editor::with_history(config.build(), FileHistory::new()));
    let mut editor: Editor<Assistant<'_>, FileHistory> = match editor {
        Ok(editor) => editor,
        // A terminal that can't be edited on is read line by line.
        Err(_) => return Ok(prompt.pipe(std::io::stdin().lock())),
    };
    editor.set_helper(Some(Assistant(prompt.console)));
    let history = history();
    if let Some(history) = &history {
        // What can't be read or written is not remembered, and nothing else is lost.
        let _ = editor.load_history(history);
    }
    let running = stop_on_interrupt();
    let told = "An expression shows its value and type. :help says more, Ctrl-D ends.\n";
    Stream::Out.write(&prompt.style.paint(Role::Faint, told));
    loop {
        let text = match editor.readline("> ") {
            Ok(text) => text,
            // Ctrl-C gives up the line, Ctrl-D the console.
            Err(ReadlineError::Interrupted) => continue,
            Err(_) => return Ok(ExitStatus::Success),
        };
        if editor.add_history_entry(&text).unwrap_or(false)
            && let Some(history) = &history
        {
            let _ = editor.append_history(history);
        }
        let cancel = Cancel::new();
        *running.lock().unwrap_or_else(PoisonError::into_inner) = cancel.clone();
        if prompt.take(&text, &cancel) == Taken::Quit {
            return Ok(ExitStatus::Success);
        }
    }
}

/// From now on Ctrl-C stops the evaluation whose flag is kept here, and not the program.
fn stop_on_interrupt() -> Arc<Mutex<Cancel>> {
    let running = Arc::new(Mutex::new(Cancel::new()));
    let heeded = running.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            heeded.lock().unwrap_or_else(PoisonError::into_inner).cancel();
        }
    });
    running
}

/// Where lines are remembered, in a directory that is there; for the user, and not for an account that others share.
fn history() -> Option<PathBuf> {
    let user = etcetera::choose_base_strategy().ok()?;
    let directory = user.state_dir().unwrap_or_else(|| user.data_dir()).join("prov");
    std::fs::create_dir_all(&directory).ok()?;
    Some(directory.join("console-history"))
}

/// Completes names, and lets brackets go on over lines.
struct Assistant<'c>(&'c Console);

impl Helper for Assistant<'_> {}
impl Highlighter for Assistant<'_> {}

impl Hinter for Assistant<'_> {
    type Hint = String;
}

impl Validator for Assistant<'_> {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let mut unfinished = Unfinished::default();
        expression(context.input()).split('\n').for_each(|line| unfinished.line(line));
        Ok(match unfinished.is_open() {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Valid(None),
        })
    }
}

impl Completer for Assistant<'_> {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        if let Some(command) = line.get(..at).and_then(|before| before.strip_prefix(':'))
            && !command.contains(char::is_whitespace)
        {
            let fitting = COMMANDS.iter().filter(|known| known.starts_with(command));
            let pair = |name: &&str| Pair { display: format!(":{name}"), replacement: format!("{name} ") };
            return Ok((1, fitting.map(pair).collect()));
        }
        let (begin, candidates) = self.0.complete(line, at);
        let pair = |candidate: crate::pipeline::console::Candidate| Pair {
            display: candidate.name,
            replacement: candidate.text,
        };
        Ok((begin, candidates.into_iter().map(pair).collect()))
    }
}
