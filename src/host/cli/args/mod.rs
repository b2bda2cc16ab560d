//! What can be typed. Only shapes and help; what it means is decided by the commands.

mod lints;
mod tools;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint};

pub use lints::Lints;
pub use tools::*;

use super::variables::GivenVariables;
use crate::base::address::{InstanceAddress, Target};

/// Statically typed configuration for end-to-end provisioning.
#[derive(Debug, Parser)]
#[command(name = "prov", version, disable_help_subcommand = true, arg_required_else_help = true)]
#[command(after_help = "`prov COMMAND --help` says more of a command, `prov explain CODE` of an error.")]
pub struct Args {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Debug, Clone, ClapArgs)]
pub struct Global {
    /// Work in this directory
    #[arg(long, value_name = "DIR", global = true, value_hint = ValueHint::DirPath)]
    pub chdir: Option<PathBuf>,
    /// When to use colours
    #[arg(
        long,
        value_enum,
        default_value_t,
        global = true,
        value_name = "WHEN",
        hide_possible_values = false
    )]
    pub color: ColorChoice,
    /// Never use colours
    #[arg(long, global = true, hide = true)]
    pub no_color: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find everything that is wrong, without touching anything
    #[command(visible_alias = "validate")]
    Check(Check),
    /// Bring sources into the canonical format
    Fmt(Fmt),
    /// Show what would change
    Plan(Plan),
    /// Make the changes, after showing them
    Apply(Apply),
    /// Remove everything the account has made
    Destroy(Destroy),
    /// Show outputs
    Output(Output),
    /// Show the state or a saved plan
    Show(Show),
    /// Look at the state and mend it
    #[command(subcommand)]
    State(State),
    /// Draw what depends on what
    Graph(Graph),
    /// Try expressions over an account, at a prompt or from a pipe
    Console(Console),
    /// A sandbox: a Consul-compatible agent and the mocked clouds, on this machine only
    Dev(Dev),
    /// Look at the mocked clouds, change them or break them by hand
    #[command(subcommand)]
    Cloud(Cloud),
    /// Ask Consul's HTTP API, or change something there by hand
    Consul(Consul),
    /// Say what an error code means
    Explain(Explain),
    /// List the functions of the language
    Functions(Functions),
    /// What providers offer
    #[command(subcommand)]
    Providers(Providers),
    /// Begin a new account
    Init(Init),
    /// Write completions for a shell
    Completions(Completions),
    /// Print the version
    Version(Version),
}

/// Where an account lies.
#[derive(Debug, Clone, ClapArgs)]
pub struct AccountDir {
    /// The account's directory
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath, hide_default_value = true)]
    pub directory: PathBuf,
}

/// `prov check`
#[derive(Debug, ClapArgs)]
pub struct Check {
    /// The accounts' directories; the current one if none is given
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directories: Vec<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
    /// Short for --format json
    #[arg(long, hide = true)]
    pub json: bool,
    /// Apply the fixes that are safe
    #[arg(long)]
    pub fix: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long)]
    pub diff: bool,
    /// How warnings are taken.
    #[command(flatten)]
    pub lints: Lints,
}

/// How `check` reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people: the lines, the reasons, the fixes
    #[default]
    Human,
    /// One line each: path:line:col: error[code]: message
    Concise,
    /// One document
    Json,
    /// SARIF 2.1.0, for code scanning services
    Sarif,
    /// Annotations on a pull request
    Github,
}

/// `prov fmt`
#[derive(Debug, ClapArgs)]
pub struct Fmt {
    /// Files and directories; `-` for standard input. The current directory if none is given
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Change nothing; list what is not formatted and exit with 1 if there is anything
    #[arg(long)]
    pub check: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub diff: bool,
    /// Accepted for familiarity: directories are always formatted with all below them
    #[arg(long, hide = true)]
    pub recursive: bool,
}

/// How a plan is made.
#[derive(Debug, Clone, ClapArgs)]
pub struct Planning {
    /// Values for variables.
    #[command(flatten)]
    pub variables: GivenVariables,
    /// How warnings are taken.
    #[command(flatten)]
    pub lints: Lints,
    /// Only this and what it depends on
    #[arg(long, value_name = "ADDRESS", help_heading = "What to plan")]
    pub target: Vec<Target>,
    /// Not this, nor what depends on it
    #[arg(long, value_name = "ADDRESS", help_heading = "What to plan")]
    pub exclude: Vec<Target>,
    /// Make this anew
    #[arg(long, value_name = "ADDRESS", help_heading = "What to plan")]
    pub replace: Vec<InstanceAddress>,
    /// Only bring the state up to date with what exists
    #[arg(long, help_heading = "What to plan")]
    pub refresh_only: bool,
    /// Trust the state; don't read back what exists
    #[arg(long, conflicts_with = "refresh_only", help_heading = "What to plan")]
    pub no_refresh: bool,
    /// Whether to read back what exists
    #[arg(long, value_name = "BOOL", hide = true, action = clap::ArgAction::Set, default_value_t = true)]
    pub refresh: bool,
    /// How many things to do at the same time
    #[arg(long, value_name = "N", default_value_t = crate::engine::options::PARALLELISM, value_parser = at_least_one)]
    pub parallelism: usize,
    /// Whether questions may be asked
    #[arg(long, value_name = "BOOL", hide = true, action = clap::ArgAction::Set, default_value_t = true)]
    pub input: bool,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|n| (1..=1024).contains(n))
        .ok_or_else(|| "a number from 1 to 1024 is needed".into())
}

/// How a plan is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DocumentFormat {
    /// For people
    #[default]
    Human,
    /// One document
    Json,
    /// For a pull request
    Markdown,
}

/// `prov plan`
#[derive(Debug, ClapArgs)]
pub struct Plan {
    /// The account.
    #[command(flatten)]
    pub account: AccountDir,
    /// How it is made.
    #[command(flatten)]
    pub planning: Planning,
    /// Plan to remove everything
    #[arg(long, help_heading = "What to plan")]
    pub destroy: bool,
    /// Save the plan, for `prov apply FILE`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// Exit with 0 if nothing changes, 2 if something does, 1 on errors
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t)]
    pub format: DocumentFormat,
    /// Print events as they happen, one JSON object per line
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// `prov apply`
#[derive(Debug, ClapArgs)]
pub struct Apply {
    /// The account's directory, or a saved plan
    #[arg(value_name = "DIR|PLAN", default_value = ".", hide_default_value = true, value_hint = ValueHint::AnyPath)]
    pub what: PathBuf,
    /// How the plan is made.
    #[command(flatten)]
    pub planning: Planning,
    /// Don't ask
    #[arg(long)]
    pub auto_approve: bool,
    /// Plan to remove everything
    #[arg(long, hide = true)]
    pub destroy: bool,
    /// Print events as they happen, one JSON object per line
    #[arg(long)]
    pub json: bool,
}

/// `prov destroy`
#[derive(Debug, ClapArgs)]
pub struct Destroy {
    /// The account.
    #[command(flatten)]
    pub account: AccountDir,
    /// How the plan is made.
    #[command(flatten)]
    pub planning: Planning,
    /// Don't ask
    #[arg(long)]
    pub auto_approve: bool,
    /// Print events as they happen, one JSON object per line
    #[arg(long)]
    pub json: bool,
}

/// `prov output`
#[derive(Debug, ClapArgs)]
pub struct Output {
    /// Only this output
    pub name: Option<String>,
    /// The account's directory
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true, value_hint = ValueHint::DirPath)]
    pub account: PathBuf,
    /// As JSON; secrets are included
    #[arg(long)]
    pub json: bool,
    /// The bare text of one string, number or bool; secrets are included
    #[arg(long, conflicts_with = "json", requires = "name")]
    pub raw: bool,
}

/// `prov show`
#[derive(Debug, ClapArgs)]
pub struct Show {
    /// The account's directory, or a saved plan
    #[arg(value_name = "DIR|PLAN", default_value = ".", hide_default_value = true, value_hint = ValueHint::AnyPath)]
    pub what: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: DocumentFormat,
    /// Short for --format json
    #[arg(long, hide = true)]
    pub json: bool,
}

/// `prov state …`
#[derive(Debug, Subcommand)]
pub enum State {
    /// List instances
    List(StateList),
    /// Show one instance
    Show(StateShow),
    /// Rename an instance; nothing outside changes
    Mv(StateMv),
    /// Forget instances; what exists outside stays
    Rm(StateRm),
    /// Print the whole state as JSON; secrets are included
    Pull(AccountOption),
    /// Who changed the state, when, and what
    History(AccountOption),
    /// Take a lock away from a run that is gone
    Unlock(StateUnlock),
}

/// The account, as an option.
#[derive(Debug, Clone, ClapArgs)]
pub struct AccountOption {
    /// The account's directory
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true, value_hint = ValueHint::DirPath)]
    pub account: PathBuf,
}

/// `prov state list`
#[derive(Debug, ClapArgs)]
pub struct StateList {
    /// Only these
    #[arg(value_name = "ADDRESS")]
    pub targets: Vec<Target>,
    /// The account.
    #[command(flatten)]
    pub account: AccountOption,
}

/// `prov state show`
#[derive(Debug, ClapArgs)]
pub struct StateShow {
    /// The instance
    pub address: InstanceAddress,
    /// The account.
    #[command(flatten)]
    pub account: AccountOption,
}

/// `prov state mv`
#[derive(Debug, ClapArgs)]
pub struct StateMv {
    /// As it is called
    pub from: InstanceAddress,
    /// As it shall be called
    pub to: InstanceAddress,
    /// The account.
    #[command(flatten)]
    pub account: AccountOption,
}

/// `prov state rm`
#[derive(Debug, ClapArgs)]
pub struct StateRm {
    /// What to forget
    #[arg(value_name = "ADDRESS", required = true)]
    pub targets: Vec<Target>,
    /// The account.
    #[command(flatten)]
    pub account: AccountOption,
}

/// `prov state unlock`
#[derive(Debug, ClapArgs)]
pub struct StateUnlock {
    /// The id of the lock, as the error says it
    pub id: String,
    /// The account.
    #[command(flatten)]
    pub account: AccountOption,
}

/// `prov graph`
#[derive(Debug, ClapArgs)]
pub struct Graph {
    /// The account.
    #[command(flatten)]
    pub account: AccountDir,
    /// How to draw it
    #[arg(long, value_enum, default_value_t)]
    pub format: GraphFormat,
    /// Variables, locals and outputs too
    #[arg(long)]
    pub all: bool,
    /// Write to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}

/// `prov console`
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "At the prompt, :help says what can be typed. From a pipe, each line (or what brackets hold \
    together) has a result of its own, and the exit status is 1 if any has none."
)]
pub struct Console {
    /// The account.
    #[command(flatten)]
    pub account: AccountDir,
    /// Values for variables.
    #[command(flatten)]
    pub variables: GivenVariables,
}

/// How a graph is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A picture
    #[default]
    Svg,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// Nodes and edges
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Args::command().debug_assert();
    }
}
