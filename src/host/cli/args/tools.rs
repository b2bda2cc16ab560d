//! What can be typed: the commands that look at things and start things.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueHint};

/// `prov dev`
#[derive(Debug, ClapArgs)]
pub struct Dev {
    /// The agent's port; a free one if none is given
    #[arg(long)]
    pub port: Option<u16>,
    /// Keep the agent's data here; it is forgotten otherwise
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data: Option<PathBuf>,
    /// Run this inside the sandbox and end with its exit status
    #[arg(last = true, value_name = "CMD", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<std::ffi::OsString>,
}

/// `prov cloud …`
#[derive(Debug, Subcommand)]
pub enum Cloud {
    /// List objects
    Ls(CloudLs),
    /// Show one object
    Show(CloudObject),
    /// Change an object behind prov's back
    Set(CloudSet),
    /// Remove an object behind prov's back
    Rm(CloudObject),
    /// List the calls that were made
    Calls(CloudCalls),
    /// Let time pass
    Advance(CloudAdvance),
    /// Make calls fail
    Fault(CloudFault),
}

/// Where a mocked cloud is kept.
#[derive(Debug, Clone, ClapArgs)]
pub struct CloudHome {
    /// The account's directory
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true, value_hint = ValueHint::DirPath)]
    pub account: PathBuf,
}

/// `prov cloud ls`
#[derive(Debug, ClapArgs)]
pub struct CloudLs {
    /// Where.
    #[command(flatten)]
    pub home: CloudHome,
    /// Only this kind
    pub kind: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `prov cloud show` and `rm`
#[derive(Debug, ClapArgs)]
pub struct CloudObject {
    /// The kind, such as aws_db_instance
    pub kind: String,
    /// The id
    pub id: String,
    /// Where.
    #[command(flatten)]
    pub home: CloudHome,
}

/// `prov cloud set`
#[derive(Debug, ClapArgs)]
pub struct CloudSet {
    /// The kind, such as aws_db_instance
    pub kind: String,
    /// The id
    pub id: String,
    /// What to change: name=value, the value as JSON or bare text
    #[arg(value_name = "NAME=VALUE", required = true)]
    pub settings: Vec<String>,
    /// Where.
    #[command(flatten)]
    pub home: CloudHome,
}

/// `prov cloud calls`
#[derive(Debug, ClapArgs)]
pub struct CloudCalls {
    /// Where.
    #[command(flatten)]
    pub home: CloudHome,
    /// Only the last so many
    #[arg(long, value_name = "N")]
    pub last: Option<usize>,
}

/// `prov cloud advance`
#[derive(Debug, ClapArgs)]
pub struct CloudAdvance {
    /// How much: 10m, 1h30m
    pub duration: String,
    /// Where.
    #[command(flatten)]
    pub home: CloudHome,
}

/// `prov cloud fault`
#[derive(Debug, ClapArgs)]
pub struct CloudFault {
    /// The rule, as JSON; without one, the rules are listed
    pub rule: Option<String>,
    /// Remove all rules
    #[arg(long, conflicts_with = "rule")]
    pub clear: bool,
    /// Where.
    #[command(flatten)]
    pub home: CloudHome,
}

/// `prov consul`
#[derive(Debug, ClapArgs)]
pub struct Consul {
    /// What to ask for, such as /v1/catalog/service/db-core
    pub path: String,
    /// GET, PUT, POST or DELETE; PUT where there is --data, else GET
    #[arg(long)]
    pub method: Option<String>,
    /// The body, as JSON
    #[arg(long, value_name = "JSON")]
    pub data: Option<String>,
}

/// `prov explain`
#[derive(Debug, ClapArgs)]
pub struct Explain {
    /// The code, as the error says it; without one, all are listed
    pub code: Option<String>,
}

/// `prov functions`
#[derive(Debug, ClapArgs)]
pub struct Functions {
    /// Only this function
    pub name: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// All of them as a page in Markdown
    #[arg(long, conflicts_with_all = ["name", "json"])]
    pub markdown: bool,
}

/// `prov providers …`
#[derive(Debug, Subcommand)]
pub enum Providers {
    /// What they offer: resource kinds and their attributes
    Schema(ProvidersSchema),
}

/// `prov providers schema`
#[derive(Debug, ClapArgs)]
pub struct ProvidersSchema {
    /// Only this resource kind
    pub kind: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `prov init`
#[derive(Debug, ClapArgs)]
pub struct Init {
    /// The new account's directory
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true, value_hint = ValueHint::DirPath)]
    pub directory: PathBuf,
}

/// `prov completions`
#[derive(Debug, ClapArgs)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `prov version`
#[derive(Debug, ClapArgs)]
pub struct Version {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
