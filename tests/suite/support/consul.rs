//! A real Consul agent for tests: started on free loopback ports, stopped when its guard is dropped.
//!
//! `scripts/setup.sh` fetches the binary. Where there is none, [`RealConsul::start`] says so loudly and answers
//! `None`, and the test returns: a skipped test must never look like one that ran.
#![allow(dead_code)]

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long an agent may take to elect itself leader and accept a write.
const READY: Duration = Duration::from_secs(60);

/// How the agent is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A server with data on disk, which survives [`RealConsul::kill`] and [`RealConsul::start_again`]; otherwise
    /// `-dev`, all in memory.
    pub data_dir: Option<PathBuf>,
    /// The name of the agent's own node; `agent-one` if not given.
    pub node_name: Option<String>,
    /// Extra configuration in HCL, such as `session_ttl_min = "1s"` or `acl { enabled = true }`.
    pub hcl: Option<String>,
    /// Serves HTTPS at this port too; `hcl` then names the certificates.
    pub https_port: Option<u16>,
}

/// A running real Consul; killed on drop, also when the test panics.
pub struct RealConsul {
    child: Option<Child>,
    /// A shell that kills the agent when this process ends without dropping the guard: statics are never dropped,
    /// and a killed test run drops nothing.
    watchdog: Option<Child>,
    binary: PathBuf,
    options: Options,
    ports: Ports,
    home: tempfile::TempDir,
}

#[derive(Clone, Copy, Debug)]
struct Ports {
    http: u16,
    server: u16,
    serf_lan: u16,
    serf_wan: u16,
}

impl RealConsul {
    /// Starts an agent in memory (`-dev`), or says loudly that the test `name` is skipped.
    pub fn start(name: &str) -> Option<RealConsul> {
        RealConsul::start_with(name, Options::default())
    }

    /// Starts an agent with options, or says loudly that the test `name` is skipped.
    pub fn start_with(name: &str, options: Options) -> Option<RealConsul> {
        if binary().is_none() {
            skipped(name);
            return None;
        }
        let consul = RealConsul::start_unnoted(options);
        ran(name);
        Some(consul)
    }

    /// Starts an agent that several tests use, each of which says for itself that it [`ran`].
    ///
    /// # Panics
    /// There is no real Consul, or it does not start.
    pub fn start_unnoted(options: Options) -> RealConsul {
        let binary = binary().expect("whoever asks has looked whether there is one");
        // Ports are picked by binding and letting go, so another process may take one first: try again then.
        let mut attempt = 1;
        loop {
            let mut consul = RealConsul {
                child: None,
                watchdog: None,
                binary: binary.clone(),
                options: options.clone(),
                ports: Ports::free(),
                home: tempfile::tempdir().expect("a temporary directory"),
            };
            match consul.spawn() {
                Ok(()) => return consul,
                Err(why) if attempt >= 4 => panic!("the real Consul did not start: {why}"),
                Err(_) => attempt += 1,
            }
        }
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where its HTTP API listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.ports.http))
    }

    /// `kill -9`: no time to write anything down. Nothing happens if it is not running.
    pub fn kill(&mut self) {
        self.dismiss_watchdog();
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub fn stop(&mut self) {
        self.signal("TERM");
        self.dismiss_watchdog();
        if let Some(mut child) = self.child.take() {
            let until = Instant::now() + Duration::from_secs(20);
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again after [`RealConsul::kill`] or [`RealConsul::stop`], on the same ports and the same data.
    pub fn start_again(&mut self) {
        self.kill();
        self.spawn().expect("the real Consul starts again");
    }

    /// SIGSTOP: it keeps its connections and answers nothing.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// SIGCONT: it goes on where it was paused.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    /// Before the agent is reaped, so that its process id can't have become another's.
    fn dismiss_watchdog(&mut self) {
        if let Some(mut watchdog) = self.watchdog.take() {
            let _ = watchdog.kill();
            let _ = watchdog.wait();
        }
    }

    fn signal(&self, signal: &str) {
        if let Some(child) = &self.child {
            let pid = child.id().to_string();
            let _ = Command::new("kill").args(["-s", signal, &pid]).status();
        }
    }

    fn spawn(&mut self) -> Result<(), String> {
        let log = OpenOptions::new().create(true).append(true).open(self.home.path().join("log"));
        let log = log.map_err(|why| why.to_string())?;
        let errors = log.try_clone().map_err(|why| why.to_string())?;
        let config = self.home.path().join("agent.hcl");
        let ports = self.ports;
        let hcl = format!(
            "ports {{\n http = {}\n server = {}\n serf_lan = {}\n serf_wan = {}\n dns = -1\n grpc = -1\n https = {}\n}}\n{}\n",
            ports.http,
            ports.server,
            ports.serf_lan,
            ports.serf_wan,
            self.options.https_port.map_or(-1, i32::from),
            self.options.hcl.as_deref().unwrap_or_default()
        );
        std::fs::write(&config, hcl).map_err(|why| why.to_string())?;
        let mut command = Command::new(&self.binary);
        command.args([
            "agent",
            "-bind=127.0.0.1",
            "-client=127.0.0.1",
            "-disable-host-node-id",
            "-log-level=warn",
        ]);
        command.arg(format!("-node={}", self.options.node_name.as_deref().unwrap_or("agent-one")));
        command.arg(format!("-config-file={}", config.display()));
        match &self.options.data_dir {
            None => command.arg("-dev"),
            Some(data) => {
                command.args(["-server", "-bootstrap-expect=1"]).arg(format!("-data-dir={}", data.display()))
            }
        };
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        let child = command.spawn().map_err(|why| why.to_string())?;
        let pid = child.id().to_string();
        self.child = Some(child);
        // `read` ends when the pipe closes, and it closes with this process.
        let mut watchdog = Command::new("sh");
        watchdog.args(["-c", "read -r _; kill -9 \"$1\"", "watchdog", &pid]);
        watchdog.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.watchdog = Some(watchdog.spawn().map_err(|why| why.to_string())?);
        let until = Instant::now() + READY;
        loop {
            if let Some(Ok(Some(status))) = self.child.as_mut().map(Child::try_wait) {
                return Err(format!("it ended with {status}:\n{}", self.log()));
            }
            if self.accepts_writes() {
                return Ok(());
            }
            if Instant::now() > until {
                self.kill();
                return Err(format!("no leader after {READY:?}:\n{}", self.log()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A leader that has registered its own node: before that, sessions are refused.
    fn accepts_writes(&self) -> bool {
        let address = self.address();
        get(address, "/v1/status/leader").is_some_and(|body| body.contains(':'))
            && get(address, "/v1/health/state/passing").is_some_and(|body| {
                // With ACLs on, an anonymous list is empty: a leader is all that can be seen then.
                body.contains("serfHealth") || self.options.hcl.as_deref().unwrap_or_default().contains("acl")
            })
    }
}

impl Drop for RealConsul {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Ports {
    fn free() -> Ports {
        // All held at once, so that the four differ.
        let held: Vec<TcpListener> =
            (0..4).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
        let port = |i: usize| held[i].local_addr().expect("a bound socket has an address").port();
        Ports { http: port(0), server: port(1), serf_lan: port(2), serf_wan: port(3) }
    }
}

/// The real Consul's binary: `PROV_CONSUL`, else what `scripts/setup.sh` has fetched.
pub fn binary() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("PROV_CONSUL") {
        return Some(PathBuf::from(path)).filter(|path| path.is_file());
    }
    Some(tools().join("consul/usr/bin/consul")).filter(|path| path.is_file())
}

/// Says that a test needs the real Consul and there is none.
pub fn skipped(name: &str) {
    let mut stderr = std::io::stderr();
    // Straight to the process's standard error: the test harness swallows what a passing test prints.
    let line = format!("SKIPPED: real Consul not found (make setup): {name}\n");
    if let Ok(mut tty) = OpenOptions::new().append(true).open("/dev/stderr") {
        let _ = tty.write_all(line.as_bytes());
    } else {
        let _ = stderr.write_all(line.as_bytes());
    }
}

/// Notes in `target/tools/real-consul-ran.log` that a test ran against the real Consul, so that `make test` can count.
pub fn ran(name: &str) {
    static LOG: Mutex<()> = Mutex::new(());
    let _one_line_at_a_time = LOG.lock();
    let tools = tools();
    let _ = std::fs::create_dir_all(&tools);
    if let Ok(mut log) = OpenOptions::new().create(true).append(true).open(tools.join("real-consul-ran.log"))
    {
        let _ = writeln!(log, "{name}");
    }
}

fn tools() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target")).join("tools")
}

/// One GET without a client library; `None` unless it answers 200.
fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.lines().next()?.contains(" 200 ").then(|| body.to_string())
}

#[test]
fn the_guard_keeps_data_over_a_kill_and_leaves_no_process() {
    let name = "support::the_guard_keeps_data_over_a_kill";
    let data = tempfile::tempdir().unwrap();
    let options = Options { data_dir: Some(data.path().to_owned()), ..Options::default() };
    let Some(mut consul) = RealConsul::start_with(name, options) else { return };
    let put = |path: &str, body: &str| {
        let mut stream = TcpStream::connect(consul.address()).unwrap();
        let length = body.len();
        write!(stream, "PUT {path} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("true\n") || answer.ends_with("true"), "{answer}");
    };
    put("/v1/kv/kept", "yes");
    consul.kill();
    assert_eq!(get(consul.address(), "/v1/kv/kept?raw"), None);
    consul.start_again();
    assert_eq!(get(consul.address(), "/v1/kv/kept?raw").as_deref(), Some("yes"));
    let address = consul.address();
    drop(consul);
    assert!(TcpStream::connect(address).is_err(), "something still listens");
}
