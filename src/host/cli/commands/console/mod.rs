//! `prov console`: expressions over an account, typed at a prompt or read from a pipe.

mod editor;
mod input;
mod lines;

use std::io::{BufRead, IsTerminal};
use std::sync::Arc;

use input::{Input, read};
use lines::{Inputs, Next};

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::{Cancel, Limits};
use crate::base::source::Sources;
use crate::base::suggest::nearest;
use crate::base::types::Type;
use crate::base::value::Value;
use crate::host::cli::args;
use crate::host::cli::live::{self, Shown};
use crate::host::cli::session::{Ended, Project, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::cli::variables;
use crate::host::render::values::pretty;
use crate::host::render::{Role, Style};
use crate::lang::syntax::parse_expression;
use crate::pipeline::console::Console;
use crate::pipeline::store_failed;

const HELP: &str = "\
Type an expression to see its value and its type:
  var.region    local.names[0]    aws_db_instance.this.address    upper(\"a\")
Resources are as the state has them; what is not there yet is (known after apply).

  :type EXPR    only the type
  :help         this
  :quit         end, as Ctrl-D does

Tab completes, the arrow keys bring earlier lines back, an open bracket goes on over lines.
A line that begins with a space is not remembered.
";

pub(super) fn run(session: &Session, args: &args::Console) -> Ended<ExitStatus> {
    let project = session.project(&args.account.directory)?;
    wait(async {
        let console = open(&project, args).await?;
        project.report(&console.diagnostics, &console.diagnostics.sources);
        let prompt = Prompt { project: &project, console: &console, style: project.style(Stream::Out) };
        if std::io::stdin().is_terminal() && Stream::Out.is_terminal() {
            return editor::run(&prompt);
        }
        Ok(prompt.pipe(std::io::stdin().lock()))
    })
}

async fn open(project: &Project, args: &args::Console) -> Ended<Console> {
    let shown = Shown::new(project, false);
    let inputs = variables::collect(project, &args.variables)?;
    let account = project.engine(&args::Lints::default()).await?.check(&project.within);
    let state = match live::store(project, &shown)?.read().await {
        Ok(state) => state,
        Err(error) => return shown.fail(project, &[store_failed(&error)], &Sources::new()),
    };
    match account.console(&inputs, &state) {
        Ok(console) => Ok(console),
        Err(report) => shown.fail(project, &report, &report.sources),
    }
}

/// What answers.
struct Prompt<'a> {
    project: &'a Project,
    console: &'a Console,
    style: Style,
}

/// How a line was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Answered,
    Failed,
    Quit,
}

impl Prompt<'_> {
    /// Each complete input has a result of its own; one that has none makes the exit status 1.
    fn pipe(&self, input: impl BufRead) -> ExitStatus {
        let mut status = ExitStatus::Success;
        // Behind something that is never closed stand lines that belong to it, up to the first that can be read.
        let mut doubtful = false;
        for next in Inputs::new(input) {
            let taken = match next {
                Next::Input(text) if doubtful && !is_readable(&text) => continue,
                Next::Input(text) => {
                    doubtful = false;
                    self.take(&text, &Cancel::new())
                }
                Next::Unclosed(text) => {
                    doubtful = true;
                    self.take(&text, &Cancel::new())
                }
                Next::Wrong(told) => self.wrong(*told),
            };
            match taken {
                Taken::Quit => return status,
                Taken::Failed => status = ExitStatus::Failure,
                Taken::Answered => {}
            }
        }
        status
    }

    fn wrong(&self, told: Diagnostic) -> Taken {
        self.project.report(&[told], &Sources::new());
        Taken::Failed
    }

    /// Answers one input.
    fn take(&self, text: &str, cancel: &Cancel) -> Taken {
        let answer = match read(text) {
            Input::Nothing => return Taken::Answered,
            Input::Quit => return Taken::Quit,
            Input::Help => {
                Stream::Out.write(HELP);
                return Taken::Answered;
            }
            Input::Unknown(command) => return self.wrong(unknown(command)),
            Input::Type("") => {
                let told = Diagnostic::without_place(codes::USAGE, ":type needs an expression");
                return self.wrong(told.help("write `:type length(local.zones)`"));
            }
            Input::Type(text) => self.console.infer(text),
            Input::Expression(text) => self.console.evaluate(text, cancel),
        };
        self.project.report(&answer.report, &answer.report.sources);
        if answer.report.iter().any(Diagnostic::is_error) {
            return Taken::Failed;
        }
        Stream::Out.write(&match &answer.value {
            Some(value) => self.shown(value, &answer.ty),
            None => format!("{}\n", answer.ty),
        });
        Taken::Answered
    }

    /// `value : type`; the type on a line of its own where the value takes several.
    fn shown(&self, value: &Value, ty: &Type) -> String {
        let lines = pretty(value, self.style.width);
        let ty = format!(": {ty}");
        let fits = lines.len() == 1 && lines[0].chars().count() + ty.chars().count() < self.style.width;
        let between = if fits { " " } else { "\n" };
        format!("{}{between}{}\n", lines.join("\n"), self.style.paint(Role::Faint, ty))
    }
}

/// Whether a text is an expression or a command.
fn is_readable(text: &str) -> bool {
    match read(text) {
        Input::Nothing => false,
        Input::Expression(text) | Input::Type(text) => {
            let mut sources = Sources::new();
            let file = sources.add("", text);
            !parse_expression(file, &Arc::from(text), &Limits::default()).has_errors()
        }
        Input::Help | Input::Quit | Input::Unknown(_) => true,
    }
}

fn unknown(command: &str) -> Diagnostic {
    let shown: String = command.chars().take(40).collect();
    let told = Diagnostic::without_place(codes::USAGE, format!("there is no command :{shown}"));
    match nearest(command, input::COMMANDS.iter().copied()) {
        Some(near) => told.help(format!("did you mean :{near}?")),
        None => told.help(":help lists what there is"),
    }
}
