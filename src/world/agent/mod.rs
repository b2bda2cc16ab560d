//! The embedded Consul-compatible agent of `prov dev`: a sandbox on loopback.
//!
//! It speaks the part of Consul's HTTP API that prov uses, as Consul 1.8.7 speaks it, so that a newcomer and a test
//! need nothing installed. One conformance suite (`tests/suite/consul_agent`) runs against both.
//!
//! - [`request`](self) and reply: HTTP in and out;
//! - decode, loosely, shapes: bodies as Consul's own decoders read them;
//! - chain: what config entries must hold by themselves and together;
//! - store: the tables and what a write does to them; all or nothing;
//! - journal: the store on disk, if wished;
//! - api: one file per family of endpoints, and the routes to them.
//!
//! What differs from the real one on purpose: there is no web interface, no `?filter` and no `?near`, no config entries
//! of gateways, no rendering of query templates, a request that
//! crashes Consul 1.8.7 (`"Connect": null`) is read as absent, values are limited in every transfer encoding, and
//! services on the agent's own node stay where they are put.

mod api;
mod chain;
mod decode;
mod duration;
mod journal;
mod loosely;
mod model;
mod reply;
mod request;
mod server;
mod shapes;
mod store;

use journal::Journal;
use model::{Check, Node, Service};
use server::{Identity, Server};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::{Registration, Store};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The version whose behaviour the agent has, and which it names when asked.
pub const CONSUL_VERSION: &str = "1.8.7";

/// How to run the agent.
#[derive(Clone, Debug)]
pub struct AgentOptions {
    /// The port on 127.0.0.1; `None` takes a free one.
    pub port: Option<u16>,
    /// Where to keep the data; `None` keeps it in memory only.
    pub data_dir: Option<PathBuf>,
    /// The name of the agent's own node, on which sessions live.
    pub node_name: String,
    /// The only datacenter it knows.
    pub datacenter: String,
    /// The shortest TTL a session may ask for. Consul's own limit is ten seconds; tests want less.
    pub session_ttl_min: Duration,
}

impl Default for AgentOptions {
    fn default() -> Self {
        AgentOptions {
            port: None,
            data_dir: None,
            node_name: "prov-dev".to_string(),
            datacenter: "dc1".to_string(),
            session_ttl_min: Duration::from_secs(10),
        }
    }
}

/// The embedded agent; see [`Agent::start`].
#[derive(Debug)]
pub enum Agent {}

/// An agent that is listening. Dropping it ends it at once; [`RunningAgent::stop`] lets requests finish.
#[derive(Debug)]
pub struct RunningAgent {
    address: SocketAddr,
    server: Arc<Server>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<io::Result<()>>,
    tidying: JoinHandle<()>,
}

/// How long a request may still take once the agent is asked to stop.
const GRACE: Duration = Duration::from_secs(5);
const TIDY_EVERY: Duration = Duration::from_millis(200);

impl Agent {
    /// Starts the agent on 127.0.0.1; it answers when this returns. To be called within a tokio runtime.
    ///
    /// # Errors
    /// The port is taken, or the data directory can't be used or belongs to a running agent.
    pub async fn start(options: AgentOptions) -> io::Result<RunningAgent> {
        let AgentOptions { port, data_dir, node_name, datacenter, session_ttl_min } = options;
        let (journal, store) = match data_dir {
            None => (None, Store::new()),
            Some(directory) => {
                let (journal, store) = Journal::open(&directory)?;
                (Some(journal), store)
            }
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await?;
        let address = listener.local_addr()?;
        let known = store.nodes.get(&node_name.to_lowercase()).map(|node| node.id.clone());
        let node_id = known.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let identity = Identity { node: node_name, node_id, datacenter, address, session_ttl_min };
        let server = Arc::new(Server::new(identity, store, journal));
        register_itself(&server)?;

        let (stop, stopped) = oneshot::channel::<()>();
        let service = api::router(server.clone());
        let serving = tokio::spawn(async move {
            let until = async {
                // Dropped or told to: both mean stop.
                let _ = stopped.await;
            };
            axum::serve(listener, service).with_graceful_shutdown(until).await
        });
        let tidied = server.clone();
        let tidying = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TIDY_EVERY);
            loop {
                ticks.tick().await;
                tidied.tidy();
            }
        });
        Ok(RunningAgent { address, server, stop: Some(stop), serving, tidying })
    }
}

impl RunningAgent {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no more requests, lets those under way finish (waiting reads return at once), and ends.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // The other end is gone only if serving has already ended.
            let _ = stop.send(());
        }
        self.server.release_readers();
        let _ = tokio::time::timeout(GRACE, &mut self.serving).await;
    }
}

impl Drop for RunningAgent {
    fn drop(&mut self) {
        self.serving.abort();
        self.tidying.abort();
        self.server.release_readers();
    }
}

/// Puts the agent's own node into the catalog, as a real agent does: sessions need a node to live on.
fn register_itself(server: &Server) -> io::Result<()> {
    let Identity { node, node_id, datacenter, .. } = &server.identity;
    let pairs =
        |pairs: &[(&str, &str)]| Some(pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect());
    let loopback = Ipv4Addr::LOCALHOST.to_string();
    let registration = Registration {
        node: Node {
            id: node_id.clone(),
            node: node.clone(),
            address: loopback.clone(),
            datacenter: datacenter.clone(),
            tagged_addresses: pairs(&[
                ("lan", &loopback),
                ("lan_ipv4", &loopback),
                ("wan", &loopback),
                ("wan_ipv4", &loopback),
            ]),
            meta: pairs(&[("consul-network-segment", "")]),
            ..Node::default()
        },
        skip_node_update: false,
        service: Some(Service {
            id: "consul".to_string(),
            service: "consul".to_string(),
            tags: Some(Vec::new()),
            meta: pairs(&[
                ("non_voter", "false"),
                ("raft_version", "3"),
                ("serf_protocol_current", "2"),
                ("serf_protocol_max", "5"),
                ("serf_protocol_min", "1"),
                ("version", CONSUL_VERSION),
            ]),
            port: 8300,
            ..Service::default()
        }),
        checks: vec![Check {
            node: node.clone(),
            check_id: "serfHealth".to_string(),
            name: "Serf Health Status".to_string(),
            status: "passing".to_string(),
            output: "Agent alive and reachable".to_string(),
            ..Check::default()
        }],
    };
    server
        .write(|store, index| store.register(index, registration))
        .map_err(|why: String| io::Error::other(why))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Agent, AgentOptions, RunningAgent};
    use std::time::{Duration, Instant};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    async fn ask(agent: &RunningAgent, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(agent.address()).await.unwrap();
        let length = body.len();
        let text = format!("{method} {path} HTTP/1.0\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_string()
    }

    fn on(directory: &std::path::Path) -> AgentOptions {
        AgentOptions { data_dir: Some(directory.to_owned()), ..AgentOptions::default() }
    }

    #[tokio::test]
    async fn what_was_acknowledged_is_there_after_a_crash() {
        let directory = tempfile::tempdir().unwrap();
        let agent = Agent::start(on(directory.path())).await.unwrap();
        let node = r#"{"Node":"n","Address":"1.1.1.1","Service":{"Service":"s","Tags":["t"]},"Check":{"Name":"c","ServiceID":"s","Definition":{"Interval":"90s","HTTP":"x"}}}"#;
        assert_eq!(ask(&agent, "PUT", "/v1/catalog/register", node).await, "true");
        let session = ask(&agent, "PUT", "/v1/session/create", "").await;
        let session = session.split('"').nth(3).unwrap();
        assert_eq!(ask(&agent, "PUT", &format!("/v1/kv/lock?acquire={session}"), "me").await, "true");
        assert_eq!(ask(&agent, "PUT", "/v1/kv/gone", "x").await, "true");
        assert_eq!(ask(&agent, "DELETE", "/v1/kv/gone", "").await, "true");
        let paths = ["/v1/kv/?recurse", "/v1/health/service/s", "/v1/session/list", "/v1/catalog/nodes"];
        let mut before = Vec::new();
        for path in paths {
            before.push(ask(&agent, "GET", path, "").await);
        }
        // No orderly end, and a line that was being written.
        drop(agent);
        tokio::task::yield_now().await;
        let journal = directory.path().join("agent.journal");
        let mut text = std::fs::read_to_string(&journal).unwrap();
        text.push_str("{\"index\":99,\"ro");
        std::fs::write(&journal, text).unwrap();

        for _ in 0..2 {
            let agent = started(on(directory.path())).await;
            for (path, before) in paths.iter().zip(&before) {
                assert_eq!(ask(&agent, "GET", path, "").await, *before, "{path}");
            }
            agent.stop().await;
        }
    }

    /// The lock on the directory goes with the last request's task, a moment after the agent.
    async fn started(options: AgentOptions) -> RunningAgent {
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            match Agent::start(options.clone()).await {
                Ok(agent) => return agent,
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn a_directory_belongs_to_one_agent() {
        let directory = tempfile::tempdir().unwrap();
        let _agent = Agent::start(on(directory.path())).await.unwrap();
        let error = Agent::start(on(directory.path())).await.unwrap_err();
        assert!(error.to_string().contains("another agent"), "{error}");
    }

    #[tokio::test]
    async fn a_journal_that_is_none_is_refused_with_its_place() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("agent.journal"), "{\"index\":1}\n").unwrap();
        let error = Agent::start(on(directory.path())).await.unwrap_err();
        assert!(error.to_string().contains("agent.journal:1: "), "{error}");
    }

    #[tokio::test]
    async fn stopping_lets_a_waiting_read_go_at_once() {
        let agent = Agent::start(AgentOptions::default()).await.unwrap();
        let mut stream = TcpStream::connect(agent.address()).await.unwrap();
        stream.write_all(b"GET /v1/kv/k?index=9999&wait=5m HTTP/1.0\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let begun = Instant::now();
        agent.stop().await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("404"), "{answer}");
        assert!(begun.elapsed() < Duration::from_secs(3));
    }

    #[tokio::test]
    async fn a_session_that_is_not_renewed_ends() {
        let options = AgentOptions { session_ttl_min: Duration::from_millis(10), ..AgentOptions::default() };
        let agent = Agent::start(options).await.unwrap();
        let session = ask(&agent, "PUT", "/v1/session/create", r#"{"TTL":"300ms","LockDelay":"0s"}"#).await;
        let session = session.split('"').nth(3).unwrap().to_string();
        ask(&agent, "PUT", &format!("/v1/kv/lock?acquire={session}"), "me").await;
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let renewed = ask(&agent, "PUT", &format!("/v1/session/renew/{session}"), "").await;
            assert!(renewed.contains(&session), "{renewed}");
        }
        assert!(ask(&agent, "GET", "/v1/kv/lock", "").await.contains(&session));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(ask(&agent, "GET", "/v1/session/list", "").await, "[]");
        assert!(!ask(&agent, "GET", "/v1/kv/lock", "").await.contains("Session"));
    }
}
