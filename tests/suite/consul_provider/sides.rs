//! The two sides every case runs against: the embedded agent, and one real Consul that all cases share.

use std::future::Future;
use std::sync::OnceLock;

use prov::world::agent::{Agent, AgentOptions, RunningAgent};

use super::Bench;
use crate::support::consul::{RealConsul, binary, ran, skipped};

/// Something that answers Consul's API.
pub struct Side {
    pub url: String,
    _agent: Option<RunningAgent>,
}

pub fn run(case: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(case);
}

pub async fn embedded() -> Side {
    let agent = Agent::start(AgentOptions::default()).await.unwrap();
    Side { url: agent.url(), _agent: Some(agent) }
}

/// The shared real Consul; cases keep apart by the names they use.
pub fn real(name: &str) -> Option<Side> {
    static REAL: OnceLock<Option<RealConsul>> = OnceLock::new();
    if binary().is_none() {
        skipped(name);
        return None;
    }
    let consul = REAL.get_or_init(|| RealConsul::start("consul_provider")).as_ref()?;
    ran(name);
    Some(Side { url: consul.url(), _agent: None })
}

impl Side {
    pub async fn bench(&self) -> Bench {
        Bench::new(&self.url).await
    }
}

/// Makes a test for each side of each case.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        mod embedded {
            use crate::consul_provider::sides;
            $(#[test] fn $name() { sides::run(async { super::$name(&sides::embedded().await).await }); })*
        }
        mod real {
            use crate::consul_provider::sides;
            $(#[test] fn $name() {
                let name = concat!(module_path!(), "::", stringify!($name));
                if let Some(side) = sides::real(name) { sides::run(async { super::$name(&side).await }); }
            })*
        }
    };
}
pub(super) use cases;
