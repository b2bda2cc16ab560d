//! The whole way of an account with the real command line: from nothing to nothing, with Consul down, killed in the
//! middle, and several accounts beside each other. Each journey runs against the embedded agent and the real Consul.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use prov::world::agent::{Agent, AgentOptions};

use super::support::consul::RealConsul;

/// A copy of the accounts and examples, so that their state and clouds are of this test alone.
struct Project {
    directory: tempfile::TempDir,
    consul: String,
}

struct Ended {
    status: i32,
    out: String,
    err: String,
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if name == ".prov" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

impl Project {
    fn new(consul: impl Into<String>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for part in ["accounts", "examples"] {
            copy(&root.join(part), &directory.path().join(part));
        }
        Self { directory, consul: consul.into() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prov"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .env("CONSUL_HTTP_ADDR", &self.consul)
            .env("HOME", self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended {
            status: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Runs what must succeed.
    fn ok(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.status, 0, "{arguments:?}\n{}\n{}", ended.out, ended.err);
        assert!(!ended.out.contains('\u{1b}'), "control characters off a terminal: {}", ended.out);
        ended.out
    }

    fn settled(&self, account: &str) {
        let ended = self.run(&["plan", account, "--detailed-exitcode"]);
        assert_eq!(ended.status, 0, "something is left to do:\n{}\n{}", ended.out, ended.err);
    }

    fn outputs(&self, account: &str) -> Value {
        serde_json::from_str(&self.ok(&["output", "--json", account])).unwrap()
    }

    /// How often the cloud was asked for this since the beginning.
    fn calls(&self, account: &str, operation: &str) -> usize {
        let log = self.directory.path().join(account).join(".prov/cloud/calls");
        let find = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
        let text =
            [find(log.clone()), find(log.with_extension("jsonl")), find(log.with_extension("log"))].concat();
        text.lines().filter(|line| line.contains(&format!("\"{operation}\""))).count()
    }
}

/// Asks Consul itself.
fn ask(consul: &str, path: &str) -> Value {
    let url = format!("{consul}{path}");
    let _ = rustls::crypto::ring::default_provider().install_default();
    super::support::lab::block(async {
        reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    })
}

fn services(consul: &str) -> Vec<String> {
    let all = ask(consul, "/v1/catalog/services");
    let mut names: Vec<_> =
        all.as_object().unwrap().keys().filter(|name| *name != "consul").cloned().collect();
    names.sort();
    names
}

/// One service as its clients find it: address and port.
fn found(consul: &str, service: &str) -> String {
    let all = ask(consul, &format!("/v1/catalog/service/{service}"));
    let [one] = &all.as_array().unwrap()[..] else { panic!("{service}: {all}") };
    format!("{}:{}", one["ServiceAddress"].as_str().unwrap(), one["ServicePort"])
}

fn from_nothing_to_nothing(consul: &str) {
    let project = Project::new(consul);
    let (production, staging) = ("accounts/production", "accounts/staging");
    project.ok(&["check", production, staging]);
    project.ok(&["apply", production, "--auto-approve"]);
    project.settled(production);
    let endpoint =
        |account: &str, name: &str| project.outputs(account)[name]["value"].as_str().unwrap().to_owned();
    // Consul says what the created objects say of themselves.
    assert_eq!(found(consul, "db-core"), endpoint(production, "database_endpoint"));
    assert_eq!(found(consul, "cache-core"), endpoint(production, "cache_endpoint"));
    let before = ask(consul, "/v1/catalog/service/db-core");
    assert_eq!(before[0]["ServiceMeta"]["owner"], "core-services");
    assert_eq!(before[0]["ServiceMeta"]["engine"], "postgres");

    // A second account beside it disturbs nothing, when it comes and when it goes.
    project.ok(&["apply", staging, "--auto-approve"]);
    assert_eq!(services(consul), ["cache-core", "db-core", "staging-cache-core", "staging-db-core"]);
    assert_eq!(ask(consul, "/v1/catalog/service/db-core"), before);
    project.settled(production);
    project.ok(&["destroy", staging, "--auto-approve"]);
    assert_eq!(services(consul), ["cache-core", "db-core"]);
    assert_eq!(ask(consul, "/v1/catalog/service/db-core"), before);
    project.settled(production);

    project.ok(&["destroy", production, "--auto-approve"]);
    assert_eq!(services(consul), [""; 0]);
    assert_eq!(project.ok(&["state", "list", production]), "");
    assert_eq!(project.calls(production, "CreateDBInstance"), 1);
}

/// Killed at many moments, the next apply goes on: nothing is made twice, nothing is forgotten.
fn killed_at_any_moment(consul: &str) {
    let project = Project::new(consul);
    let account = "accounts/production";
    let mut calls = 0;
    for round in 0..8 {
        let mut child = project.command(&["apply", account, "--auto-approve"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(60 + 70 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        project.ok(&["apply", account, "--auto-approve"]);
        project.settled(account);
        // The mocked cloud dies with the client: what it did and the line in its log about it are two writes.
        let before = std::mem::replace(&mut calls, project.calls(account, "CreateDBInstance"));
        assert!(calls <= before + 1, "killed in round {round}: {before}, then {calls} databases created");
        project.ok(&["destroy", account, "--auto-approve"]);
        assert_eq!(services(consul), [""; 0], "round {round}");
    }
}

#[test]
fn consul_down_then_up() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let account = "accounts/production";
    let mut project = Project::new("http://127.0.0.1:1");
    let ended = project.run(&["apply", account, "--auto-approve"]);
    assert_eq!(ended.status, 1, "{}", ended.err);
    let told = ended.out + &ended.err;
    for words in
        ["provider-unreachable", "module.node_rds.consul_node.this", "CONSUL_HTTP_ADDR", "prov apply"]
    {
        assert!(told.contains(words), "{words} is not in:\n{told}");
    }
    // What could be done was done, and is known.
    assert!(project.ok(&["state", "list", account]).contains("aws_db_instance.this"));
    let agent = runtime.block_on(Agent::start(AgentOptions::default())).unwrap();
    project.consul = agent.url();
    project.ok(&["apply", account, "--auto-approve"]);
    project.settled(account);
    assert_eq!(project.calls(account, "CreateDBInstance"), 1);
}

/// Consul dies while an apply is under way, comes back with its data, and the next apply finishes the job.
#[test]
fn consul_killed_in_the_middle() {
    let data = tempfile::tempdir().unwrap();
    let options =
        super::support::consul::Options { data_dir: Some(data.path().to_owned()), ..Default::default() };
    let Some(mut consul) = RealConsul::start_with("journey::consul_killed_in_the_middle", options) else {
        return;
    };
    let project = Project::new(consul.url());
    let account = "accounts/production";
    let child = project.command(&["apply", account, "--auto-approve"]).spawn().unwrap();
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        let nodes = ask(&consul.url(), "/v1/catalog/nodes");
        if nodes.as_array().unwrap().iter().any(|node| node["Node"] == "rds") {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    consul.kill();
    let ended = child.wait_with_output().unwrap();
    if !ended.status.success() {
        let told =
            String::from_utf8_lossy(&ended.stderr).into_owned() + &String::from_utf8_lossy(&ended.stdout);
        assert!(told.contains("consul_service.this"), "{told}");
    }
    consul.start_again();
    project.ok(&["apply", account, "--auto-approve"]);
    project.settled(account);
    assert_eq!(services(&consul.url()), ["cache-core", "db-core"]);
    assert_eq!(project.calls(account, "CreateDBInstance"), 1);
}

#[test]
fn every_example_applies_and_settles() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let agent = runtime.block_on(Agent::start(AgentOptions::default())).unwrap();
    let project = Project::new(agent.url());
    let mut examples: Vec<_> = fs::read_dir(project.directory.path().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| format!("examples/{}", path.file_name().unwrap().to_string_lossy()))
        .collect();
    examples.sort();
    assert!(!examples.is_empty());
    for example in &examples {
        let checked = project.ok(&["check", example]);
        assert!(!checked.contains("warning"), "{checked}");
        project.ok(&["apply", example, "--auto-approve"]);
        project.settled(example);
        project.ok(&["destroy", example, "--auto-approve"]);
        assert_eq!(project.ok(&["state", "list", example]), "");
    }
}

/// What the project itself ships is in canonical form, and formatting says so by its exit status.
#[test]
fn sources_are_formatted() {
    let project = Project::new("http://127.0.0.1:1");
    let root = env!("CARGO_MANIFEST_DIR");
    for part in ["stdlib", "accounts", "examples"] {
        assert_eq!(project.ok(&["fmt", "--check", &format!("{root}/{part}")]), "");
    }
    let crooked = project.directory.path().join("accounts/staging/crooked.prov");
    fs::write(&crooked, "locals {\nlong_name=1\n  b = 2\n}\n").unwrap();
    let ended = project.run(&["fmt", "--check", "accounts"]);
    assert_eq!((ended.status, ended.out.trim_end()), (1, "accounts/staging/crooked.prov"));
    project.ok(&["fmt", "accounts"]);
    assert_eq!(fs::read_to_string(&crooked).unwrap(), "locals {\n  long_name = 1\n  b         = 2\n}\n");
    project.ok(&["fmt", "--check", "accounts"]);
    fs::write(&crooked, "locals {\n  a = [1\n}\n").unwrap();
    let ended = project.run(&["fmt", "accounts"]);
    assert_eq!(ended.status, 1);
    assert!(ended.err.contains("unclosed-delimiter"), "{}", ended.err);
}

macro_rules! journeys {
    ($($name:ident),*) => {
        mod embedded {
            use super::{Agent, AgentOptions};
            $(#[test]
            fn $name() {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                let agent = runtime.block_on(Agent::start(AgentOptions::default())).unwrap();
                super::$name(&agent.url());
            })*
        }
        mod real {
            use super::RealConsul;
            $(#[test]
            fn $name() {
                let Some(consul) = RealConsul::start(concat!("journey::real::", stringify!($name))) else { return };
                super::$name(&consul.url());
            })*
        }
    };
}

journeys!(from_nothing_to_nothing, killed_at_any_moment);
