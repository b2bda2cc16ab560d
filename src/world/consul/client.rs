//! Consul's HTTP API as requests with three outcomes: done, not done, or unknown. Reads are repeated while that can
//! help; writes are repeated by those who know how to find out what became of the first try.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::RngExt;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use tokio::sync::{OnceCell, Semaphore};
use url::Url;

use super::settings::Settings;
use super::trouble::Trouble;
use super::wire::{TxnAnswer, TxnError, TxnResult};
use crate::engine::provider::Fault;

/// Requests at the same time; more do not make Consul faster.
pub const CONNECTIONS: usize = 8;
/// Operations in one transaction; servers before 1.14 take no more.
pub const OPS: usize = 64;
/// Bytes of one transaction; servers take 512 KiB.
pub const TXN_BYTES: usize = 480 << 10;
/// Larger answers are refused.
const ANSWER_BYTES: usize = 512 << 20;

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For one answer.
    pub request: Duration,
    /// For what passes, repeats included.
    pub total: Duration,
    /// For something to listen at all, as long as nothing ever has.
    pub first: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            total: Duration::from_secs(45),
            first: Duration::from_millis(800),
        }
    }
}

/// A way to one Consul.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    at: String,
    /// The datacenter meant where none is named.
    pub datacenter: Option<String>,
    scope: Vec<(&'static str, String)>,
    has_token: bool,
    patience: Patience,
    reached: AtomicBool,
    slots: Semaphore,
    acl: OnceCell<bool>,
    agent: OnceCell<Agent>,
}

/// What the agent says of itself.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Its datacenter.
    pub datacenter: String,
    /// Its version: `1.8.7`, `1.15.0+ent`.
    pub version: String,
}

/// What became of a transaction.
pub enum Txn {
    /// All of it took place.
    Applied(Vec<TxnResult>),
    /// None of it; which operations are at fault.
    Rejected(Vec<TxnError>),
    /// See [`Trouble::uncertain`].
    Failed(Trouble),
}

impl Client {
    /// A client with these settings. Contacts nothing.
    pub fn new(settings: &Settings, patience: Patience) -> Result<Self, Trouble> {
        // Another user of rustls in this process may have chosen a provider before; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = settings.base.clone().ok_or_else(|| Trouble::permanent("no address is known"))?;
        let at = match &settings.socket {
            Some(path) => format!("unix://{path}"),
            None => base.as_str().trim_end_matches('/').to_owned(),
        };
        let mut headers = HeaderMap::new();
        if let Some(token) = &settings.token {
            let value = HeaderValue::from_str(token);
            let mut value =
                value.map_err(|_| Trouble::permanent("the ACL token has characters no token can have"))?;
            value.set_sensitive(true);
            headers.insert("X-Consul-Token", value);
        }
        if let Some((user, password)) = &settings.auth {
            use base64::Engine;
            let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            let value = HeaderValue::from_str(&format!("Basic {encoded}"));
            let mut value = value.map_err(|_| Trouble::permanent("http_auth can't be sent"))?;
            value.set_sensitive(true);
            headers.insert(reqwest::header::AUTHORIZATION, value);
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("prov/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(patience.request.min(Duration::from_secs(5)))
            .timeout(patience.request)
            .pool_max_idle_per_host(CONNECTIONS);
        builder = super::tls::configure(builder, settings, &base)?;
        if let Some(path) = &settings.socket {
            #[cfg(unix)]
            {
                builder = builder.unix_socket(std::path::Path::new(path));
            }
            #[cfg(not(unix))]
            return Err(Trouble::permanent(format!("{path}: this system has no Unix sockets")));
        }
        let http = builder.build().map_err(|why| Trouble::of_transport(&at, &why))?;
        let base = super::tls::base(settings, base)?;
        let scope = [("ns", &settings.namespace), ("partition", &settings.partition)];
        let scope = scope.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect();
        Ok(Self {
            http,
            base,
            at,
            datacenter: settings.datacenter.clone(),
            scope,
            has_token: settings.token.is_some(),
            patience,
            reached: AtomicBool::new(false),
            slots: Semaphore::new(CONNECTIONS),
            acl: OnceCell::new(),
            agent: OnceCell::new(),
        })
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path);
        }
        if !query.is_empty() || !self.scope.is_empty() {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in query {
                // A flag such as `recurse` has no value.
                if value.is_empty() {
                    pairs.append_key_only(name)
                } else {
                    pairs.append_pair(name, value)
                };
            }
            for (name, value) in &self.scope {
                pairs.append_pair(name, value);
            }
        }
        url
    }

    /// One request, tried once: the status and the body.
    async fn once(
        &self,
        method: Method,
        url: Url,
        body: Option<Arc<str>>,
    ) -> Result<(u16, Vec<u8>), Trouble> {
        let _slot = self.slots.acquire().await;
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request =
                request.body(body.to_string()).header(reqwest::header::CONTENT_TYPE, "application/json");
        }
        let broken = |why: reqwest::Error| Trouble::of_transport(&self.at, &why);
        let mut response = request.send().await.map_err(broken)?;
        self.reached.store(true, Ordering::Relaxed);
        let status = response.status().as_u16();
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if answer.len() + chunk.len() > ANSWER_BYTES {
                return Err(Trouble::permanent(format!("the answer is larger than {ANSWER_BYTES} bytes")));
            }
            answer.extend_from_slice(&chunk);
        }
        Ok((status, answer))
    }

    /// How long a repeated request may take from now on.
    pub fn pace(&self) -> Pace<'_> {
        Pace { client: self, begun: Instant::now(), tries: 0 }
    }

    /// Reads; repeats while that can help. `None` for 404.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<T>, Trouble> {
        self.read(Method::GET, path, query, None).await
    }

    /// [`Client::get`] for questions that are asked with a body.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Json,
    ) -> Result<Option<T>, Trouble> {
        self.read(method, path, query, Some(body.to_string().into())).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Arc<str>>,
    ) -> Result<Option<T>, Trouble> {
        let mut pace = self.pace();
        loop {
            let trouble = match self.once(method.clone(), self.url(path, query), body.clone()).await {
                Ok((200, body)) => return self.decode(&body).map(Some),
                Ok((404, _)) => return Ok(None),
                Ok((status, body)) => Trouble::of_answer(&self.at, status, &String::from_utf8_lossy(&body)),
                Err(trouble) => trouble,
            };
            if !pace.again(&trouble).await {
                return Err(trouble);
            }
        }
    }

    fn decode<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Trouble> {
        serde_json::from_slice(body).map_err(|why| {
            Trouble::permanent(format!("the answer of {} can't be understood: {why}", self.at))
                .help("is this address Consul's HTTP API?")
        })
    }

    /// A transaction, tried once.
    pub async fn txn(&self, datacenter: Option<&str>, body: Arc<str>) -> Txn {
        let query: Vec<_> = datacenter.map(|dc| ("dc", dc)).into_iter().collect();
        match self.once(Method::PUT, self.url(&["txn"], &query), Some(body)).await {
            Err(trouble) => Txn::Failed(trouble),
            Ok((200, body)) => match self.decode::<TxnAnswer>(&body) {
                Ok(answer) => Txn::Applied(answer.results),
                // It said yes and then something unreadable.
                Err(trouble) => Txn::Failed(Trouble { uncertain: true, fault: Fault::Passing, ..trouble }),
            },
            Ok((409, body)) => match self.decode::<TxnAnswer>(&body) {
                Ok(answer) if !answer.errors.is_empty() => Txn::Rejected(answer.errors),
                _ => Txn::Failed(Trouble::of_answer(&self.at, 409, &String::from_utf8_lossy(&body))),
            },
            Ok((status, body)) => {
                Txn::Failed(Trouble::of_answer(&self.at, status, &String::from_utf8_lossy(&body)))
            }
        }
    }

    /// Whether ACLs are on. Fails if they are and the token is not known: from then on, Consul would answer as if
    /// there were nothing.
    pub async fn acl(&self) -> Result<bool, Trouble> {
        let ask = async || {
            let mut pace = self.pace();
            loop {
                let trouble =
                    match self.once(Method::GET, self.url(&["acl", "token", "self"], &[]), None).await {
                        Ok((200, _)) => return Ok(true),
                        Ok((404, _)) => return Ok(false),
                        // Without a token, some versions say that there is no such token.
                        Ok((403, _)) if !self.has_token => return Ok(true),
                        Ok((401, body)) if String::from_utf8_lossy(&body).contains("support disabled") => {
                            return Ok(false);
                        }
                        Ok((status, body)) => {
                            Trouble::of_answer(&self.at, status, &String::from_utf8_lossy(&body))
                        }
                        Err(trouble) => trouble,
                    };
                if !pace.again(&trouble).await {
                    return Err(trouble);
                }
            }
        };
        self.acl.get_or_try_init(ask).await.copied()
    }

    /// What the agent says of itself; asked once.
    pub async fn agent(&self) -> Result<&Agent, Trouble> {
        let ask = async || {
            let answer: Option<Json> = self.get(&["agent", "self"], &[]).await?;
            let answer = answer.ok_or_else(|| Trouble::permanent("the agent says nothing of itself"))?;
            let config = |name: &str| answer["Config"][name].as_str().unwrap_or_default().to_owned();
            Ok(Agent { datacenter: config("Datacenter"), version: config("Version") })
        };
        self.agent.get_or_try_init(ask).await
    }

    /// The datacenter meant where none is named.
    pub async fn default_datacenter(&self) -> Result<String, Trouble> {
        match &self.datacenter {
            Some(datacenter) => Ok(datacenter.clone()),
            None => self.agent().await.map(|agent| agent.datacenter.clone()),
        }
    }

    /// Refuses a namespace or partition where the server has none; looks only if one is set.
    pub async fn check_scope(&self) -> Result<(), Trouble> {
        let Some((name, _)) = self.scope.first() else { return Ok(()) };
        let name = if *name == "ns" { "namespace" } else { "partition" };
        let agent = self.agent().await?;
        if agent.version.contains("+ent") {
            return Ok(());
        }
        Err(Trouble::permanent(format!(
            "a {name} is set, but Consul {} at {} is the community edition, which has none",
            agent.version, self.at
        ))
        .help(format!("remove {name} from the provider block and unset CONSUL_{}", name.to_uppercase())))
    }
}

/// Repeats with growing, jittered pauses until the time is up.
pub struct Pace<'c> {
    client: &'c Client,
    begun: Instant,
    tries: u32,
}

impl Pace<'_> {
    /// Waits a little and says true, or says that there is no point in going on.
    pub async fn again(&mut self, trouble: &Trouble) -> bool {
        let patience = self.client.patience;
        let never = trouble.refused && !self.client.reached.load(Ordering::Relaxed);
        let limit = if never { patience.first } else { patience.total };
        if !trouble.is_passing() {
            return false;
        }
        let base = Duration::from_millis(50 * (1 << self.tries.min(6)));
        let pause = base.mul_f64(rand::rng().random_range(0.5..1.0));
        if self.begun.elapsed() + pause >= limit {
            // Whoever comes next need not wait as long again.
            self.client.reached.store(false, Ordering::Relaxed);
            return false;
        }
        self.tries += 1;
        tokio::time::sleep(pause).await;
        true
    }
}
