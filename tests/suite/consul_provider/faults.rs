//! What networks, leaders and people do: nothing is lost, nothing is done twice, and errors say what to do.

use std::time::{Duration, Instant};

use prov::base::value::Value;
use prov::engine::provider::*;
use prov::world::consul::Patience;

use super::proxy::{Fault as Trick, Proxy};
use super::sides::{Side, cases, run};
use super::{Bench, NODE, SERVICE, object, patience};
use crate::support::consul::{Options, RealConsul};

cases! {
    lost_answers_are_found_out,
    hanging_answers_are_found_out,
    what_never_arrived_is_sent_again,
    answers_without_a_leader_are_waited_out,
    a_permanent_answer_is_not_repeated,
    a_lost_answer_to_a_foreign_object_is_no_success,
    too_large_is_halved,
    what_stays_unknown_is_said_to_be,
    garbage_is_no_success,
}

fn node(name: &str) -> Value {
    object([("name", name.into()), ("address", "10.3.0.1".into())])
}

fn service(node: &str, name: &str) -> Value {
    object([("name", name.into()), ("node", node.into()), ("port", 1i64.into())])
}

async fn proxied(side: &Side) -> (Proxy, Bench) {
    let proxy = Proxy::start(&side.url).await;
    let bench = Bench::with(&proxy.url(), &side.url, &[], patience()).await.unwrap();
    (proxy, bench)
}

/// The whole life of a node and a service, each write of which meets `trick` first.
async fn live_through(side: &Side, name: &str, trick: Trick) {
    let (proxy, bench) = proxied(side).await;
    let next = || proxy.faults([trick.clone()]);
    next();
    let made = bench.make(NODE, node(name)).await.unwrap();
    next();
    let registered = bench.make(SERVICE, service(name, name)).await.unwrap();
    assert_eq!(bench.read(SERVICE, &registered).await.unwrap().as_ref(), Some(&registered));
    next();
    let config = object([("name", name.into()), ("node", name.into()), ("port", 2i64.into())]);
    let changed = bench.change(SERVICE, &registered, config).await.unwrap();
    assert_eq!(bench.get(&format!("catalog/service/{name}")).await[0]["ServicePort"], 2);
    next();
    bench.remove(SERVICE, &changed).await.unwrap();
    next();
    bench.remove(NODE, &made).await.unwrap();
    assert_eq!(bench.read(NODE, &made).await.unwrap(), None);
    assert_eq!(proxy.left(), 0);
}

async fn lost_answers_are_found_out(side: &Side) {
    live_through(side, "lossy", Trick::LoseAnswer).await;
    live_through(side, "lossy", Trick::AnswerAfter(500, "rpc error making call: EOF")).await;
    live_through(side, "lossy", Trick::AnswerAfter(500, "leadership lost while committing log")).await;
}

async fn hanging_answers_are_found_out(side: &Side) {
    let (proxy, bench) = proxied(side).await;
    proxy.faults([Trick::Hang]);
    let made = bench.make(NODE, node("hanging")).await.unwrap();
    assert_eq!(bench.read(NODE, &made).await.unwrap().as_ref(), Some(&made));
}

async fn what_never_arrived_is_sent_again(side: &Side) {
    live_through(side, "deaf", Trick::Reset).await;
}

async fn answers_without_a_leader_are_waited_out(side: &Side) {
    live_through(side, "leaderless", Trick::Answer(500, "No cluster leader")).await;
    live_through(side, "leaderless", Trick::Answer(429, "Too many requests")).await;
}

async fn a_permanent_answer_is_not_repeated(side: &Side) {
    let (proxy, bench) = proxied(side).await;
    proxy.faults([Trick::Answer(500, "Something is wrong with this")]);
    let error = bench.make(NODE, node("wrong")).await.unwrap_err();
    assert_eq!(error.fault, Fault::Permanent);
    assert_eq!(error.asked, "register node \"wrong\"");
    assert!(error.answer.contains("Something is wrong with this"), "{error}");
    proxy.faults([Trick::Answer(403, "Permission denied")]);
    let error = bench.make(NODE, node("wrong")).await.unwrap_err();
    assert!(error.help.unwrap().contains("token"));
    assert_eq!(bench.get("catalog/node/wrong").await, serde_json::Value::Null);
}

async fn a_lost_answer_to_a_foreign_object_is_no_success(side: &Side) {
    let (proxy, bench) = proxied(side).await;
    let step = bench.creation(1, NODE, node("foreign")).await;
    bench.put("catalog/register", serde_json::json!({"Node": "foreign", "Address": "10.9.9.9"})).await;
    proxy.faults([Trick::LoseAnswer]);
    let outcome = bench.apply(vec![step]).await.remove(&1).unwrap();
    assert!(outcome.unwrap_err().answer.contains("exists already"));
}

async fn too_large_is_halved(side: &Side) {
    let (proxy, bench) = proxied(side).await;
    bench.make(NODE, node("large")).await.unwrap();
    let mut steps = Vec::new();
    for id in 0..8 {
        steps.push(bench.creation(id, SERVICE, service("large", &format!("large-{id}"))).await);
    }
    proxy.faults([Trick::Answer(413, "too large"), Trick::Answer(413, "too large")]);
    assert!(bench.apply(steps).await.values().all(Result::is_ok));
    assert_eq!(bench.get("catalog/node/large").await["Services"].as_object().unwrap().len(), 8);
}

async fn what_stays_unknown_is_said_to_be(side: &Side) {
    let proxy = Proxy::start(&side.url).await;
    let patience = Patience { total: Duration::from_millis(300), ..patience() };
    let bench = Bench::with(&proxy.url(), &side.url, &[], patience).await.unwrap();
    let step = bench.creation(1, NODE, node("unsure")).await;
    proxy.faults((0..50).map(|_| Trick::AnswerAfter(500, "stream closed")));
    // Whether it is seen to have happened depends on the time left; never is it said not to have.
    match &bench.apply(vec![step.clone()]).await[&1] {
        Ok(found) => assert!(found.is_some()),
        Err(error) => assert_eq!(error.effect, Effect::Unknown),
    }
    assert!(matches!(bench.connection.recover(step).await.unwrap(), Recovered::Happened(Some(_))));
}

async fn garbage_is_no_success(side: &Side) {
    let (proxy, bench) = proxied(side).await;
    proxy.faults([Trick::Answer(200, "<html>hello</html>")]);
    let made = bench.make(NODE, node("garbage")).await.unwrap();
    assert_eq!(bench.read(NODE, &made).await.unwrap(), Some(made));
    proxy.faults((0..50).map(|_| Trick::Answer(302, "")));
    let error = bench.make(NODE, node("garbage-2")).await.unwrap_err();
    assert!(error.answer.contains("redirect"), "{error}");
}

#[test]
fn nothing_listening_is_said_at_once_with_what_to_do() {
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let bench = Bench::new(&url).await;
        let begun = Instant::now();
        // Planning something new needs no Consul.
        let step = bench.creation(1, SERVICE, service("n", "s")).await;
        let outcomes = bench.apply(vec![step]).await;
        let error = outcomes[&1].as_ref().unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!((error.fault, &error.effect), (Fault::Unreachable, &Effect::NotApplied));
        assert_eq!(error.asked, "register service \"s\" at node \"n\"");
        assert!(error.answer.contains(&url), "{error}");
        for words in ["prov dev", "CONSUL_HTTP_ADDR"] {
            assert!(error.help.as_ref().unwrap().contains(words), "{error:?}");
        }
    });
}

#[test]
fn a_namespace_is_refused_by_the_community_edition() {
    run(async {
        let side = super::sides::embedded().await;
        let refused = Bench::with(&side.url, &side.url, &[("namespace", "team-a")], patience()).await;
        let error = refused.err().unwrap();
        assert!(error.answer.contains("community edition"), "{error}");
    });
}

#[test]
fn with_access_control_nothing_unseen_is_taken_for_gone() {
    let name = "consul_provider::faults::with_access_control";
    let hcl = "acl {\n enabled = true\n default_policy = \"deny\"\n tokens {\n master = \"root\"\n }\n}\n";
    let options = Options { hcl: Some(hcl.into()), ..Options::default() };
    let Some(consul) = RealConsul::start_with(name, options) else { return };
    run(async {
        let url = consul.url();
        let with =
            async |token: &str| Bench::with(&url, &url, &[("token", token)], patience()).await.unwrap();
        let root = with("root").await;
        let mut made = root.make(NODE, node("guarded")).await;
        for _ in 0..50 {
            // A fresh server turns its tokens on a moment after it has a leader.
            if made.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            made = with("root").await.make(NODE, node("guarded")).await;
        }
        let made = made.unwrap();
        let anonymous = Bench::new(&url).await;
        let error = anonymous.read(NODE, &made).await.unwrap_err();
        assert!(error.answer.contains("may not read"), "{error}");
        let unknown = with("00000000-0000-0000-0000-000000000000").await;
        let error = unknown.read(NODE, &made).await.unwrap_err();
        assert!(error.help.as_ref().unwrap().contains("token"), "{error:?}");
        assert!(!format!("{error:?}").contains("00000000"), "a token in a message");
        let error = anonymous.make(NODE, node("denied")).await.unwrap_err();
        assert_eq!(error.fault, Fault::Permanent, "{error}");
        // Nor is it taken for removed.
        assert!(anonymous.remove(NODE, &made).await.unwrap_err().answer.contains("may not read"));
        let removal = anonymous.step(1, NODE, Operation::Delete { prior: made.clone() });
        assert!(anonymous.connection.recover(removal).await.is_err());
        root.remove(NODE, &made).await.unwrap();
        assert_eq!(root.read(NODE, &made).await.unwrap(), None);
    });
}

#[test]
fn a_killed_consul_comes_back_and_nothing_is_lost() {
    let name = "consul_provider::faults::a_killed_consul";
    let data = tempfile::tempdir().unwrap();
    let options = Options { data_dir: Some(data.path().to_owned()), ..Options::default() };
    let Some(mut consul) = RealConsul::start_with(name, options) else { return };
    run(async {
        let patience = Patience { total: Duration::from_secs(60), ..patience() };
        let url = consul.url();
        let bench = Bench::with(&url, &url, &[], patience).await.unwrap();
        bench.make(NODE, node("killed")).await.unwrap();
        let mut steps = Vec::new();
        for id in 0..1500 {
            steps.push(bench.creation(id, SERVICE, service("killed", &format!("killed-{id}"))).await);
        }
        let killer = async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            tokio::task::block_in_place(|| consul.start_again());
        };
        let (outcomes, ()) = tokio::join!(bench.apply(steps), killer);
        let failed: Vec<_> = outcomes.values().filter_map(|outcome| outcome.as_ref().err()).collect();
        assert!(failed.is_empty(), "{} failed, as in {:?}", failed.len(), failed[0]);
        assert_eq!(bench.get("catalog/node/killed").await["Services"].as_object().unwrap().len(), 1500);
    });
}

#[test]
fn a_paused_consul_is_waited_for() {
    let name = "consul_provider::faults::a_paused_consul";
    let Some(consul) = RealConsul::start(name) else { return };
    run(async {
        let patience =
            Patience { total: Duration::from_secs(30), request: Duration::from_secs(1), ..patience() };
        let url = consul.url();
        let bench = Bench::with(&url, &url, &[], patience).await.unwrap();
        bench.make(NODE, node("paused")).await.unwrap();
        let step = bench.creation(1, SERVICE, service("paused", "paused")).await;
        consul.pause();
        let resume = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            consul.resume();
        };
        let (outcomes, ()) = tokio::join!(bench.apply(vec![step]), resume);
        assert!(outcomes[&1].is_ok(), "{outcomes:?}");
        assert_eq!(bench.get("catalog/service/paused").await.as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_consul_behind_a_socket_is_reached() {
    run(async {
        let side = super::sides::embedded().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("consul.sock");
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        let target = side.url.strip_prefix("http://").unwrap().to_owned();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = tokio::net::TcpStream::connect(&target).await.unwrap();
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
            }
        });
        let socket = format!("unix://{}", path.display());
        let bench = Bench::with(&socket, &side.url, &[], patience()).await.unwrap();
        let made = bench.make(NODE, node("socket")).await.unwrap();
        assert_eq!(bench.read(NODE, &made).await.unwrap(), Some(made));
    });
}

#[test]
fn a_consul_with_certificates_is_reached_and_strangers_are_not() {
    let name = "consul_provider::faults::a_consul_with_certificates";
    let Some(binary) = crate::support::consul::binary() else { return crate::support::consul::skipped(name) };
    let folder = tempfile::tempdir().unwrap();
    let tls = |arguments: &[&str]| {
        let made = std::process::Command::new(&binary)
            .arg("tls")
            .args(arguments)
            .current_dir(folder.path())
            .output();
        assert!(made.unwrap().status.success());
    };
    tls(&["ca", "create"]);
    tls(&["cert", "create", "-server", "-dc", "dc1"]);
    tls(&["cert", "create", "-client", "-dc", "dc1"]);
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hcl = format!(
        "verify_incoming_https = true\n\
         ca_file = {:?}\ncert_file = {:?}\nkey_file = {:?}\n",
        file("consul-agent-ca.pem"),
        file("dc1-server-consul-0.pem"),
        file("dc1-server-consul-0-key.pem"),
    );
    let Some(consul) = RealConsul::start_with(
        name,
        Options { hcl: Some(hcl), https_port: Some(port), ..Options::default() },
    ) else {
        return;
    };
    run(async {
        let (ca, cert, key) = (
            file("consul-agent-ca.pem"),
            file("dc1-client-consul-0.pem"),
            file("dc1-client-consul-0-key.pem"),
        );
        let trusted = [("ca_file", ca.as_str()), ("cert_file", cert.as_str()), ("key_file", key.as_str())];
        let url = format!("https://127.0.0.1:{port}");
        let bench = Bench::with(&url, &consul.url(), &trusted, patience()).await.unwrap();
        let made = bench.make(NODE, node("secure")).await.unwrap();
        assert_eq!(bench.read(NODE, &made).await.unwrap().as_ref(), Some(&made));
        // Without the authority, Consul is a stranger; with it, this client is.
        let stranger = Bench::with(&url, &consul.url(), &[], patience()).await.unwrap();
        let error = stranger.read(NODE, &made).await.unwrap_err();
        assert!(error.help.as_ref().unwrap().contains("ca_file"), "{error:?}");
        let nobody = Bench::with(&url, &consul.url(), &trusted[..1], patience()).await.unwrap();
        assert!(nobody.read(NODE, &made).await.is_err());
        let missing = Bench::with(&url, &consul.url(), &[("ca_file", "/nowhere.pem")], patience()).await;
        assert!(missing.err().unwrap().answer.contains("/nowhere.pem"));
        // The certificate is the server's, not the address's.
        let environment = prov::world::consul::ConsulEnvironment {
            tls_server_name: Some("server.dc1.consul".into()),
            ..Default::default()
        };
        let provider = prov::world::consul::ConsulProvider::new(environment, patience());
        let mut block = vec![("address", Value::from(url.as_str()))];
        block.extend(trusted.map(|(name, value)| (name, Value::from(value))));
        let connection = provider.configure(Value::map(block)).await.unwrap();
        assert_eq!(connection.read(bench.read_request(NODE, &made)).await.unwrap(), Some(made));
    });
}
