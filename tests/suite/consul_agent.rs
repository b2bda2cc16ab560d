//! Conformance: the embedded agent against the real Consul.
//!
//! Each case is a transcript (see `transcript`) recorded from the real Consul. It runs against the embedded agent
//! always, and against the real one where it is installed, so that neither side can drift unseen.
//! `PROV_RECORD=1 cargo test --test suite consul_agent::real` writes the transcripts anew, from the real one only.

mod http;
mod random;
mod transcript;

use crate::support::consul::{Options, RealConsul, binary, ran, skipped};
use prov::world::agent::{Agent, AgentOptions};
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Makes a test for each side of each case.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        const CASES: &[&str] = &[$(stringify!($name)),*];

        mod embedded {
            $(#[test] fn $name() { super::against_embedded(stringify!($name)); })*
        }

        mod real {
            $(#[test] fn $name() { super::against_real(stringify!($name)); })*
        }
    };
}

cases! {
    acl_disabled,
    agent_self,
    blocking_catalog,
    blocking_deletion,
    blocking_key,
    blocking_service,
    blocking_session,
    blocking_times_out,
    catalog_absent,
    catalog_filters,
    catalog_methods,
    catalog_order,
    check_defaults,
    check_durations,
    check_identical,
    check_moves_between_services,
    check_refused,
    check_update,
    checks_only_add,
    config_cas,
    config_field_names,
    config_protocols_agree,
    config_proxy_defaults,
    config_refused,
    config_resolver,
    config_router,
    config_service_defaults,
    config_splitter,
    deregister,
    deregister_absent,
    deregister_node_takes_all,
    health_passing,
    health_states,
    intention_cycle,
    intention_match_and_check,
    intention_refused,
    kv_cas,
    kv_conflicting_flags,
    kv_consistency,
    kv_delete,
    kv_delete_cas,
    kv_deleted_index,
    kv_empty_store,
    kv_empty_value,
    kv_flags,
    kv_identical_write,
    kv_keys,
    kv_large_value,
    kv_methods,
    kv_odd_keys,
    kv_other_datacenter,
    kv_put_get,
    kv_recurse,
    kv_unclean_keys,
    lock_cycle,
    lock_delay,
    lock_deleted_with_session,
    lock_errors,
    lock_is_advisory,
    lock_released_with_session,
    names_ignore_case,
    node_ids,
    own_node,
    query_cycle,
    query_ends_with_session,
    query_execute,
    query_refused,
    register_absent_is_not_empty,
    register_all,
    register_broken_json,
    register_datacenter,
    register_field_names,
    register_identical,
    register_is_atomic,
    register_node,
    register_proxy_and_connect,
    register_refused,
    register_refused_service,
    register_replaces,
    register_skip_node_update,
    register_weights,
    service_changes_name,
    service_indexes,
    service_retagged,
    session_create,
    session_ends_with_check,
    session_ends_with_node,
    session_lenient_body,
    session_lock_delays,
    session_refused,
    session_renew,
    session_unknown,
    status,
    txn_all_or_nothing,
    txn_check_cas_forgets_why,
    txn_check_failures,
    txn_check_verbs,
    txn_fence,
    txn_field_names,
    txn_kv_failures,
    txn_kv_verbs,
    txn_limits,
    txn_locks,
    txn_many_kinds_in_one,
    txn_node_delete_takes_all,
    txn_node_failures,
    txn_node_verbs,
    txn_same_index,
    txn_sees_itself,
    txn_service_failures,
    txn_service_verbs,
    txn_shapes,
    txn_unknown_fields,
}

/// One real agent for all cases, which take turns: they look at whole tables. Its watchdog ends it with the process.
static REAL: Mutex<Option<RealConsul>> = Mutex::new(None);

fn performed_by_embedded(case: &str) -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = AgentOptions { node_name: "agent-one".to_string(), ..AgentOptions::default() };
    let agent = runtime.block_on(Agent::start(options)).unwrap();
    let actual = transcript::perform(case, agent.address());
    runtime.block_on(agent.stop());
    actual
}

/// Waits until a new agent has said all about itself, which it does bit by bit.
fn settled(agent: std::net::SocketAddr) {
    let mut seen = (String::new(), 0);
    while seen.1 < 8 {
        let answer = http::send(agent, "GET", "/v1/catalog/node/agent-one", b"");
        let index = answer.header("x-consul-index").unwrap_or_default().to_string();
        seen = if index == seen.0 { (index, seen.1 + 1) } else { (index, 0) };
        std::thread::sleep(Duration::from_millis(150));
    }
}

/// `None`, loudly, where there is no real Consul.
fn performed_by_real(name: &str, case: &str) -> Option<String> {
    if binary().is_none() {
        skipped(name);
        return None;
    }
    let mut real = REAL.lock().unwrap_or_else(PoisonError::into_inner);
    let agent = real.get_or_insert_with(|| {
        let agent = RealConsul::start_unnoted(Options::default());
        settled(agent.address());
        agent
    });
    let actual = transcript::perform(case, agent.address());
    ran(name);
    Some(actual)
}

fn against_embedded(name: &str) {
    let expected = transcript(name);
    let actual = performed_by_embedded(&expected);
    agree(name, &expected, &actual, "the embedded agent");
}

fn against_real(name: &str) {
    let expected = transcript(name);
    let Some(actual) = performed_by_real(&format!("consul_agent::real::{name}"), &expected) else { return };
    if std::env::var_os("PROV_RECORD").is_some() {
        fs::write(path(name), actual).unwrap();
    } else {
        agree(name, &expected, &actual, "the real Consul");
    }
}

fn path(name: &str) -> PathBuf {
    directory().join(format!("{name}.http"))
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/suite/consul_agent/cases")
}

fn transcript(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

fn agree(name: &str, expected: &str, actual: &str, who: &str) {
    if expected != actual {
        let difference = similar::TextDiff::from_lines(expected, actual);
        let difference = difference.unified_diff().header("recorded", who).to_string();
        panic!("{name}: {who} answers otherwise than recorded:\n{difference}");
    }
}

#[test]
fn every_transcript_is_a_case_with_answers() {
    let mut files: Vec<String> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut listed: Vec<&str> = CASES.to_vec();
    listed.sort_unstable();
    assert_eq!(files, listed, "files beside cases listed in consul_agent.rs");
    for name in CASES {
        let text = transcript(name);
        let requests = text.lines().filter(|line| line.starts_with("> ") || *line == "&").count();
        let answers = text
            .lines()
            .filter(|line| {
                line.strip_prefix("< ").is_some_and(|rest| {
                    rest.len() >= 3 && rest.as_bytes()[..3].iter().all(u8::is_ascii_digit)
                })
            })
            .count();
        assert!(requests > 0 && answers >= requests, "{name}: {requests} requests, {answers} answers");
    }
}

/// What nobody thought of writing down: sequences at random, the same at each run. `PROV_SEEDS=100..200` tries others.
mod at_random {
    use super::{agree, performed_by_embedded, performed_by_real, random};

    const REQUESTS: usize = 40;

    fn seeds() -> std::ops::Range<u64> {
        let given = std::env::var("PROV_SEEDS").ok();
        let given = given.as_deref().and_then(|given| given.split_once(".."));
        given.map_or(0..10, |(from, to)| from.parse().unwrap()..to.parse().unwrap())
    }

    #[test]
    fn both_agents_answer_alike() {
        for seed in seeds() {
            let case = random::case(seed, REQUESTS);
            let name = format!("consul_agent::at_random::{seed}");
            let Some(real) = performed_by_real(&name, &case) else { return };
            agree(&name, &real, &performed_by_embedded(&case), "the embedded agent");
        }
    }

    #[test]
    fn the_embedded_agent_answers_the_same_twice() {
        for seed in seeds() {
            let case = random::case(seed, REQUESTS);
            let first = performed_by_embedded(&case);
            assert!(first.matches("< 200").count() > REQUESTS / 2, "{first}");
            agree(&format!("seed {seed}"), &first, &performed_by_embedded(&case), "the embedded agent");
        }
    }
}

/// A blocked reader of the embedded agent is not kept longer than it asked for.
#[test]
fn a_wait_is_bounded() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let agent = runtime.block_on(Agent::start(AgentOptions::default())).unwrap();
    let begun = std::time::Instant::now();
    let answer = http::send(agent.address(), "GET", "/v1/kv/none?index=99999&wait=300ms", b"");
    assert_eq!(answer.status, 404);
    assert!((Duration::from_millis(300)..Duration::from_secs(3)).contains(&begun.elapsed()));
}
