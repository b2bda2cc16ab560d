//! Nodes, services and checks, one by one: made, read, changed, drifted, removed, imported, found again.

use prov::base::value::Value;
use prov::engine::provider::*;
use serde_json::json;

use super::sides::{Side, cases};
use super::{Bench, NODE, SERVICE, list, object};

cases! {
    a_node_from_birth_to_death,
    a_service_from_birth_to_death,
    checks_come_change_and_go,
    check_status_is_observed_not_desired,
    what_exists_is_not_taken_over,
    what_someone_else_changed_is_not_overwritten,
    a_node_with_foreign_services_stays,
    a_missing_node_is_named,
    the_node_of_a_live_agent_is_refused,
    imports,
    data_sources,
    recovery_tells_what_happened,
    rules_beyond_the_schema,
    secrets_stay_secret,
}

fn node(name: &str) -> Value {
    object([("name", name.into()), ("address", "10.1.0.1".into())])
}

fn service(node: &str, name: &str) -> Value {
    object([("name", name.into()), ("node", node.into()), ("port", 5432i64.into())])
}

fn with<const N: usize>(base: Value, more: [(&str, Value); N]) -> Value {
    let mut entries = base.as_map().unwrap().clone();
    entries.extend(more.map(|(name, value)| (name.into(), value)));
    entries.into()
}

fn attribute(object: &Object, name: &str) -> Value {
    object.attributes.get(name).unwrap().clone()
}

async fn a_node_from_birth_to_death(side: &Side) {
    let bench = side.bench().await;
    let meta = Value::map([("owner", Value::from("storage"))]);
    let made = bench.make(NODE, with(node("birth"), [("meta", meta.clone())])).await.unwrap();
    assert_eq!(attribute(&made, "datacenter"), "dc1".into());
    assert_eq!(attribute(&made, "id"), "birth".into());
    assert_eq!(attribute(&made, "meta"), meta);
    assert_eq!(bench.read(NODE, &made).await.unwrap().as_ref(), Some(&made));
    // Planning the same again changes nothing.
    let again = bench.plan(NODE, Some(&made), with(node("birth"), [("meta", meta)])).await.unwrap();
    assert_eq!(again, PlanReply { planned: made.attributes.clone(), replace: vec![] });

    let moved = with(node("birth"), [("address", "10.1.0.2".into())]);
    let changed = bench.change(NODE, &made, moved).await.unwrap();
    assert_eq!(attribute(&changed, "address"), "10.1.0.2".into());
    assert_eq!(bench.get("catalog/node/birth").await["Node"]["Meta"], json!({}));
    let renamed = bench.plan(NODE, Some(&changed), node("reborn")).await.unwrap();
    assert_eq!(renamed.replace, vec!["name"]);

    // Drift is what Consul has now.
    bench.put("catalog/register", json!({"Node": "birth", "Address": "10.9.9.9"})).await;
    let drifted = bench.read(NODE, &changed).await.unwrap().unwrap();
    assert_eq!(attribute(&drifted, "address"), "10.9.9.9".into());

    bench.remove(NODE, &drifted).await.unwrap();
    assert_eq!(bench.read(NODE, &drifted).await.unwrap(), None);
    // Gone already is success.
    bench.remove(NODE, &drifted).await.unwrap();
}

async fn a_service_from_birth_to_death(side: &Side) {
    let bench = side.bench().await;
    bench.make(NODE, node("life")).await.unwrap();
    let config = with(
        service("life", "life-db"),
        [
            ("address", "db.example".into()),
            ("tags", list(["postgres", "primary"])),
            ("meta", Value::map([("owner", Value::from("storage"))])),
        ],
    );
    let made = bench.make(SERVICE, config.clone()).await.unwrap();
    assert_eq!(attribute(&made, "service_id"), "life-db".into());
    assert_eq!(attribute(&made, "id"), "life/life-db".into());
    let found = bench.get("catalog/service/life-db").await;
    assert_eq!(found[0]["ServiceAddress"], "db.example");
    assert_eq!(found[0]["ServicePort"], 5432);
    assert_eq!(found[0]["ServiceTags"], json!(["postgres", "primary"]));
    assert_eq!(bench.read(SERVICE, &made).await.unwrap().as_ref(), Some(&made));
    let again = bench.plan(SERVICE, Some(&made), config.clone()).await.unwrap();
    assert_eq!(again, PlanReply { planned: made.attributes.clone(), replace: vec![] });

    // What is left out goes away; the node's record is not touched.
    let before = bench.get("catalog/node/life").await["Node"]["ModifyIndex"].clone();
    let weights = Value::map([("passing", Value::from(10i64)), ("warning", 1i64.into())]);
    let slim = with(service("life", "life-db"), [("port", 5433i64.into()), ("weights", weights)]);
    let changed = bench.change(SERVICE, &made, slim).await.unwrap();
    assert_eq!(attribute(&changed, "address"), Value::NULL);
    assert_eq!(attribute(&changed, "tags"), Value::from(Vec::<Value>::new()));
    let found = bench.get("catalog/service/life-db").await;
    assert_eq!(
        (&found[0]["ServicePort"], &found[0]["ServiceWeights"]["Passing"]),
        (&json!(5433), &json!(10))
    );
    assert_eq!(bench.get("catalog/node/life").await["Node"]["ModifyIndex"], before);

    let elsewhere = bench.plan(SERVICE, Some(&changed), service("other", "life-db")).await.unwrap();
    assert_eq!(elsewhere.replace, vec!["node"]);
    bench.remove(SERVICE, &changed).await.unwrap();
    assert_eq!(bench.read(SERVICE, &changed).await.unwrap(), None);
    bench.remove(SERVICE, &changed).await.unwrap();
}

fn check(id: &str, interval: &str) -> Value {
    object([
        ("check_id", id.into()),
        ("name", id.into()),
        ("tcp", "db.example:5432".into()),
        ("interval", interval.into()),
        ("timeout", "5s".into()),
    ])
}

fn checked<const N: usize>(node: &str, name: &str, checks: [Value; N]) -> Value {
    with(service(node, name), [("check", checks.to_vec().into())])
}

async fn checks_come_change_and_go(side: &Side) {
    let bench = side.bench().await;
    bench.make(NODE, node("checked")).await.unwrap();
    let header = object([("name", "X-Who".into()), ("value", list(["prov", "tests"]))]);
    let http = object([
        ("check_id", "checked-http".into()),
        ("name", "answers".into()),
        ("http", "https://db.example/health".into()),
        ("method", "HEAD".into()),
        ("tls_skip_verify", true.into()),
        ("header", vec![header].into()),
        ("interval", "90s".into()),
        ("timeout", "500ms".into()),
        ("deregister_critical_service_after", "90m".into()),
    ]);
    let config = checked("checked", "checked", [http.clone(), check("checked-tcp", "30s")]);
    let made = bench.make(SERVICE, config.clone()).await.unwrap();
    // Consul says 1m30s and 1h30m0s; that is no drift.
    let read = bench.read(SERVICE, &made).await.unwrap().unwrap();
    assert_eq!(read, made);
    let again = bench.plan(SERVICE, Some(&read), config).await.unwrap();
    assert_eq!(again.planned, made.attributes);
    let respelled = with(http.clone(), [("interval", "1m30s".into())]);
    let config = checked("checked", "checked", [respelled, check("checked-tcp", "30s")]);
    assert_eq!(bench.plan(SERVICE, Some(&read), config).await.unwrap().planned, made.attributes);
    let found = bench.get("health/checks/checked").await;
    let definition =
        &found.as_array().unwrap().iter().find(|c| c["CheckID"] == "checked-http").unwrap()["Definition"];
    assert_eq!(definition["Header"], json!({"X-Who": ["prov", "tests"]}));
    assert_eq!(definition["Interval"], "1m30s");

    // One changed, one removed, one new.
    let slower = with(http, [("interval", "2m".into())]);
    let config = checked("checked", "checked", [slower, check("checked-new", "10s")]);
    let changed = bench.change(SERVICE, &made, config).await.unwrap();
    assert_eq!(bench.read(SERVICE, &changed).await.unwrap(), Some(changed.clone()));
    let found = bench.get("health/node/checked").await;
    let mut ids: Vec<&str> =
        found.as_array().unwrap().iter().map(|c| c["CheckID"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["checked-http", "checked-new"]);

    // Drift in a check shows; a check someone else added to the service does not.
    let register = json!({"Node": "checked", "SkipNodeUpdate": true, "Checks": [
        {"CheckID": "foreign", "Name": "foreign", "ServiceID": "checked"},
        {"CheckID": "checked-new", "Name": "renamed", "ServiceID": "checked", "Definition": {"TCP": "db.example:5432", "Interval": "10s", "Timeout": "5s"}},
    ]});
    bench.put("catalog/register", register).await;
    let drifted = bench.read(SERVICE, &changed).await.unwrap().unwrap();
    let names: Vec<Value> = attribute(&drifted, "check")
        .as_slice()
        .unwrap()
        .iter()
        .map(|c| c.get("name").unwrap().clone())
        .collect();
    assert_eq!(names, ["answers".into(), "renamed".into()]);
    bench.remove(SERVICE, &drifted).await.unwrap();
    assert_eq!(bench.get("health/node/checked").await, json!([]));
}

async fn check_status_is_observed_not_desired(side: &Side) {
    let bench = side.bench().await;
    bench.make(NODE, node("observed")).await.unwrap();
    let first = with(check("observed", "30s"), [("status", "passing".into())]);
    let made = bench.make(SERVICE, checked("observed", "observed", [first])).await.unwrap();
    assert_eq!(bench.get("health/checks/observed").await[0]["Status"], "passing");
    let warn = json!({"Node": "observed", "SkipNodeUpdate": true, "Check":
        {"CheckID": "observed", "Name": "observed", "ServiceID": "observed", "Status": "warning", "Output": "slow",
         "Definition": {"TCP": "db.example:5432", "Interval": "30s", "Timeout": "5s"}}});
    bench.put("catalog/register", warn).await;
    // A monitor changed the status: no drift.
    assert_eq!(bench.read(SERVICE, &made).await.unwrap().unwrap().attributes, made.attributes);
    let slower = with(check("observed", "60s"), [("status", "passing".into())]);
    bench.change(SERVICE, &made, checked("observed", "observed", [slower])).await.unwrap();
    let found = bench.get("health/checks/observed").await;
    assert_eq!(
        (&found[0]["Status"], &found[0]["Definition"]["Interval"]),
        (&json!("warning"), &json!("1m0s"))
    );
}

async fn what_exists_is_not_taken_over(side: &Side) {
    let bench = side.bench().await;
    bench
        .put(
            "catalog/register",
            json!({"Node": "theirs", "Address": "10.9.9.9", "Service": {"Service": "theirs", "Port": 1}}),
        )
        .await;
    for (kind, config) in
        [(NODE, node("theirs")), (NODE, node("THEIRS")), (SERVICE, service("theirs", "theirs"))]
    {
        let error = bench.make(kind, config).await.unwrap_err();
        assert!(error.answer.contains("exists already"), "{error}");
        assert!(error.help.as_ref().unwrap().contains("prov import"), "{error:?}");
        assert_eq!((error.fault, error.effect), (Fault::Permanent, Effect::NotApplied));
    }
    let found = bench.get("catalog/node/theirs").await;
    assert_eq!(
        (&found["Node"]["Address"], &found["Services"]["theirs"]["Port"]),
        (&json!("10.9.9.9"), &json!(1))
    );
    // What appears between plan and apply is not taken over either.
    let late = bench.creation(1, NODE, node("late")).await;
    bench.put("catalog/register", json!({"Node": "late", "Address": "10.9.9.9"})).await;
    let outcome = bench.apply(vec![late]).await.remove(&1).unwrap();
    assert!(outcome.unwrap_err().answer.contains("exists already"));
    // Two services of one name at one node need ids of their own; so do checks.
    bench.make(SERVICE, with(service("theirs", "theirs"), [("service_id", "ours".into())])).await.unwrap();
    bench.make(SERVICE, checked("theirs", "first", [check("same", "1s")])).await.unwrap();
    let error = bench.make(SERVICE, checked("theirs", "second", [check("same", "1s")])).await.unwrap_err();
    assert!(error.help.unwrap().contains("check_id"));
    assert_eq!(bench.get("catalog/service/second").await, json!([]));
}

async fn what_someone_else_changed_is_not_overwritten(side: &Side) {
    let bench = side.bench().await;
    let made = bench.make(NODE, node("fought")).await.unwrap();
    let registered = bench.make(SERVICE, service("fought", "fought")).await.unwrap();
    let theirs =
        json!({"Node": "fought", "Address": "10.9.9.9", "Service": {"Service": "fought", "Port": 1}});
    bench.put("catalog/register", theirs).await;
    let error = bench
        .change(SERVICE, &registered, with(service("fought", "fought"), [("port", 2i64.into())]))
        .await
        .unwrap_err();
    assert_eq!((error.fault, &error.effect), (Fault::Conflict, &Effect::NotApplied));
    assert!(error.answer.contains("port 5432 → 1"), "{error}");
    assert_eq!(error.asked, "update service \"fought\" at node \"fought\"");
    assert_eq!(bench.remove(SERVICE, &registered).await.unwrap_err().fault, Fault::Conflict);
    let error =
        bench.change(NODE, &made, with(node("fought"), [("address", "10.1.0.9".into())])).await.unwrap_err();
    assert_eq!(error.fault, Fault::Conflict);
    let found = bench.get("catalog/node/fought").await;
    assert_eq!(
        (&found["Node"]["Address"], &found["Services"]["fought"]["Port"]),
        (&json!("10.9.9.9"), &json!(1))
    );
    // After another look it can be changed.
    let now = bench.read(SERVICE, &registered).await.unwrap().unwrap();
    bench.change(SERVICE, &now, service("fought", "fought")).await.unwrap();
    // What was removed behind its back is a conflict for an update.
    let now = bench.read(SERVICE, &now).await.unwrap().unwrap();
    bench.put("catalog/deregister", json!({"Node": "fought", "ServiceID": "fought"})).await;
    let error = bench
        .change(SERVICE, &now, with(service("fought", "fought"), [("port", 2i64.into())]))
        .await
        .unwrap_err();
    assert_eq!(error.fault, Fault::Conflict);
    assert!(error.answer.contains("removed"), "{error}");
}

async fn a_node_with_foreign_services_stays(side: &Side) {
    let bench = side.bench().await;
    let made = bench.make(NODE, node("shared")).await.unwrap();
    bench
        .put(
            "catalog/register",
            json!({"Node": "shared", "SkipNodeUpdate": true, "Service": {"Service": "foreign"}}),
        )
        .await;
    let error = bench.remove(NODE, &made).await.unwrap_err();
    assert!(error.answer.contains("foreign"), "{error}");
    assert_eq!(error.fault, Fault::Permanent);
    bench.put("catalog/deregister", json!({"Node": "shared", "ServiceID": "foreign"})).await;
    bench
        .put(
            "catalog/register",
            json!({"Node": "shared", "SkipNodeUpdate": true, "Check": {"CheckID": "disk", "Name": "disk"}}),
        )
        .await;
    let error = bench.remove(NODE, &made).await.unwrap_err();
    assert!(error.answer.contains("disk"), "{error}");
    bench.put("catalog/deregister", json!({"Node": "shared", "CheckID": "disk"})).await;
    bench.remove(NODE, &made).await.unwrap();
}

async fn a_missing_node_is_named(side: &Side) {
    let bench = side.bench().await;
    let error = bench.make(SERVICE, service("nowhere", "lost")).await.unwrap_err();
    assert_eq!(error.answer, "there is no node \"nowhere\"");
    assert!(error.help.unwrap().contains("consul_node"));
}

async fn the_node_of_a_live_agent_is_refused(side: &Side) {
    let bench = side.bench().await;
    let agent = bench.get("agent/self").await["Config"]["NodeName"].as_str().unwrap().to_owned();
    let error = bench.plan(SERVICE, None, service(&agent, "vanishing")).await.unwrap_err();
    assert!(error.answer.contains("live Consul agent"), "{error}");
    assert!(bench.import(NODE, &agent).await.unwrap_err().answer.contains("live agent"));
}

async fn imports(side: &Side) {
    let bench = side.bench().await;
    let theirs = json!({"Node": "import", "Address": "10.9.9.9", "NodeMeta": {"a": "b"},
        "Service": {"ID": "one", "Service": "import", "Port": 1},
        "Check": {"CheckID": "import-c", "Name": "c", "ServiceID": "one", "Definition": {"HTTP": "http://x", "Interval": "10s", "Timeout": "1s"}}});
    bench.put("catalog/register", theirs).await;
    let imported = bench.import(NODE, "import").await.unwrap();
    assert_eq!(bench.read(NODE, &imported).await.unwrap(), Some(imported));
    let imported = bench.import(SERVICE, "import/one").await.unwrap();
    assert_eq!(attribute(&imported, "check").as_slice().unwrap().len(), 1);
    assert_eq!(bench.read(SERVICE, &imported).await.unwrap(), Some(imported.clone()));
    let config = with(service("import", "import"), [("service_id", "one".into())]);
    bench.change(SERVICE, &imported, config).await.unwrap();
    assert_eq!(bench.get("health/node/import").await, json!([]));
    for (kind, id) in
        [(NODE, "absent"), (SERVICE, "import/absent"), (SERVICE, "absent/one"), (SERVICE, "import")]
    {
        assert!(bench.import(kind, id).await.is_err(), "{id}");
    }
}

async fn data_sources(side: &Side) {
    let bench = side.bench().await;
    bench
        .make(NODE, with(node("found"), [("meta", Value::map([("zone", Value::from("found-a"))]))]))
        .await
        .unwrap();
    let passing = with(check("found", "30s"), [("status", "passing".into())]);
    bench.make(SERVICE, checked("found", "found", [passing])).await.unwrap();
    bench
        .make(
            SERVICE,
            with(
                checked("found", "found", [check("found-2", "30s")]),
                [("service_id", "found-2".into()), ("tags", list(["b", "a"]))],
            ),
        )
        .await
        .unwrap();
    let get = |value: &Value, path: &[&str]| {
        let step = |value: Value, name: &&str| match name.parse::<usize>() {
            Ok(at) => value.as_slice().unwrap()[at].clone(),
            Err(_) => value.get(name).unwrap_or_else(|| panic!("{name} of {value}")).clone(),
        };
        path.iter().fold(value.clone(), step)
    };
    let zone = object([("node_meta", Value::map([("zone", Value::from("found-a"))]))]);
    let nodes = bench.data("consul_nodes", zone).await.unwrap();
    assert_eq!(get(&nodes, &["node_names"]), list(["found"]));
    assert_eq!(get(&nodes, &["nodes", "0", "address"]), "10.1.0.1".into());
    let one = bench.data("consul_service", object([("name", "found".into())])).await.unwrap();
    assert_eq!(get(&one, &["service"]).as_slice().unwrap().len(), 2);
    assert_eq!(get(&one, &["service", "0", "address"]), "10.1.0.1".into());
    assert_eq!(get(&one, &["service", "0", "port"]), 5432i64.into());
    let tagged = object([("name", "found".into()), ("tag", "a".into())]);
    assert_eq!(
        get(&bench.data("consul_service", tagged).await.unwrap(), &["service"]).as_slice().unwrap().len(),
        1
    );
    let all = bench.data("consul_services", object([])).await.unwrap();
    assert_eq!(get(&all, &["services", "found"]), list(["a", "b"]));
    let healthy = bench.data("consul_service_health", object([("name", "found".into())])).await.unwrap();
    assert_eq!(get(&healthy, &["results"]).as_slice().unwrap().len(), 1);
    assert_eq!(get(&healthy, &["results", "0", "checks", "0", "status"]), "passing".into());
    let every = object([("name", "found".into()), ("passing", false.into())]);
    assert_eq!(
        get(&bench.data("consul_service_health", every).await.unwrap(), &["results"])
            .as_slice()
            .unwrap()
            .len(),
        2
    );
    let wait = object([("name", "never".into()), ("wait_for", "100ms".into())]);
    assert!(bench.data("consul_service_health", wait).await.unwrap_err().answer.contains("never"));
    let known = bench.data("consul_datacenters", object([])).await.unwrap();
    assert_eq!(get(&known, &["names"]), list(["dc1"]));
    let error = bench.data("consul_nodes", object([("datacenter", "atlantis".into())])).await.unwrap_err();
    assert_eq!(error.fault, Fault::Permanent, "{error}");
}

async fn recovery_tells_what_happened(side: &Side) {
    let bench = side.bench().await;
    let recover = async |bench: &Bench, step: &Step| bench.connection.recover(step.clone()).await.unwrap();
    let make = bench.creation(1, NODE, node("again")).await;
    assert_eq!(recover(&bench, &make).await, Recovered::NotHappened);
    let made = bench.make(NODE, node("again")).await.unwrap();
    assert_eq!(recover(&bench, &make).await, Recovered::Happened(Some(made.clone())));
    let service_make = bench.creation(2, SERVICE, checked("again", "again", [check("again", "90s")])).await;
    assert_eq!(recover(&bench, &service_make).await, Recovered::NotHappened);
    let other = bench.creation(3, SERVICE, with(service("again", "again"), [("port", 1i64.into())])).await;
    let registered = bench.make(SERVICE, checked("again", "again", [check("again", "90s")])).await.unwrap();
    assert_eq!(recover(&bench, &service_make).await, Recovered::Happened(Some(registered.clone())));
    assert!(matches!(recover(&bench, &other).await, Recovered::Unknown(_)));
    let removal = bench.step(4, SERVICE, Operation::Delete { prior: registered.clone() });
    assert_eq!(recover(&bench, &removal).await, Recovered::NotHappened);
    bench.remove(SERVICE, &registered).await.unwrap();
    assert_eq!(recover(&bench, &removal).await, Recovered::Happened(None));
    let planned = bench
        .plan(NODE, Some(&made), with(node("again"), [("address", "10.1.0.7".into())]))
        .await
        .unwrap()
        .planned;
    let update = bench.step(5, NODE, Operation::Update { prior: made.clone(), planned });
    assert_eq!(recover(&bench, &update).await, Recovered::NotHappened);
}

async fn rules_beyond_the_schema(side: &Side) {
    let bench = side.bench().await;
    let complaints = async |kind: &str, config: Value| {
        let config = bench.config(kind, config);
        let found = bench.connection.validate(ValidateRequest { kind: kind.into(), config }).await.unwrap();
        found.into_iter().map(|complaint| complaint.message).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(complaints(NODE, node("fine")).await, "");
    assert!(complaints(NODE, node("a/b")).await.contains("slashes"));
    let meta = with(
        service("n", "n"),
        [("meta", Value::map([("no spaces", Value::from("x")), ("long", "x".repeat(513).into())]))],
    );
    let said = complaints(SERVICE, meta).await;
    assert!(said.contains("no spaces") && said.contains("513 bytes"), "{said}");
    let both = with(check("c", "30s"), [("http", "http://x".into())]);
    let said =
        complaints(SERVICE, checked("n", "s", [both.clone(), both, check("serfHealth", "soon")])).await;
    for words in ["both http and tcp", "two checks", "live agents", "no duration"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // What Consul itself refuses comes back in its words, for the one step it is about.
    bench.make(NODE, node("strict")).await.unwrap();
    let bad = with(service("strict", "bad"), [("meta", Value::map([("bad key!", Value::from("x"))]))]);
    let steps = vec![
        bench.creation(1, SERVICE, bad).await,
        bench.creation(2, SERVICE, service("strict", "good")).await,
    ];
    let outcomes = bench.apply(steps).await;
    let error = outcomes[&1].as_ref().unwrap_err();
    assert!(error.answer.contains("invalid characters") && error.fault == Fault::Permanent, "{error}");
    assert!(outcomes[&2].is_ok());
}

async fn secrets_stay_secret(side: &Side) {
    let bench = side.bench().await;
    let meta = Value::map([("password", Value::from("hunter2").mark(true))]);
    let config = with(node("hidden"), [("meta", meta)]);
    let made = bench.make(NODE, config.clone()).await.unwrap();
    assert!(!format!("{:?}", made.attributes).contains("hunter2"), "{made:?}");
    let read = bench.read(NODE, &made).await.unwrap().unwrap();
    assert_eq!(read.attributes, made.attributes);
    assert_eq!(bench.plan(NODE, Some(&read), config).await.unwrap().planned, made.attributes);
}
