//! What every state store must do. `contract!(name, place)` runs it against one.

use std::sync::Arc;

use indexmap::IndexMap;
use prov::base::number::Number;
use prov::base::types::Type;
use prov::base::value::{Duration, Kind, Value};
use prov::engine::provider::Object;
use prov::engine::state::*;

/// Where a state is kept. Every store it opens keeps the same one, as processes beside each other would.
pub trait Place: Send + Sync {
    /// A store.
    fn open(&self) -> Box<dyn StateStore>;
}

/// Runs all cases against `$place`, an expression that makes a [`Place`] with nothing in it.
macro_rules! contract {
    ($name:ident, $place:expr) => {
        $crate::support::state_contract::contract!($name, $place,
            a_state_never_written_is_empty
            what_is_committed_is_read_back
            changes_of_one_commit_are_all_or_none
            order_is_that_of_first_record
            moved_and_deposed_instances_keep_everything
            a_second_run_is_told_who_holds_the_lock
            a_lock_taken_away_stops_its_holder
            commits_at_the_same_time_all_arrive
            history_is_newest_first
            ten_thousand_instances
        );
    };
    ($name:ident, $place:expr, $($case:ident)*) => {
        mod $name {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::support::state_contract::$case(&$place).await;
            })*
        }
    };
}
pub(crate) use contract;

pub fn request(operation: &str) -> LockRequest {
    LockRequest { operation: operation.into(), who: "ann@desk".into() }
}

pub fn instance(address: &str, attributes: Value) -> Instance {
    Instance {
        address: address.parse().unwrap(),
        provider: ProviderRef { name: "test".into(), alias: None },
        schema_version: 1,
        object: Object::new(attributes),
        status: InstanceStatus::Ready,
        dependencies: Vec::new(),
        create_before_destroy: false,
    }
}

pub fn put(address: &str) -> StateChange {
    StateChange::Put(Box::new(instance(address, Value::map([("id", address.into())]))))
}

fn rich(address: &str) -> Instance {
    let attributes = Value::map([
        ("big", "123456789012345678901234567890.5".parse::<Number>().unwrap().into()),
        ("password", Value::from("hunter2").mark(true)),
        ("nested", Value::map([("tokens", Value::from(vec![Value::from("t0ken").mark(true)]))])),
        ("set", Value::set(vec!["b".into(), "a".into()])),
        ("ttl", Kind::Duration(Duration(1500i64.into())).into()),
        ("nothing", Value::NULL),
    ]);
    Instance {
        provider: ProviderRef { name: "test".into(), alias: Some("eu".into()) },
        object: Object { attributes, private: Some(Arc::from(&[0, 255, 1][..])) },
        status: InstanceStatus::Tainted,
        dependencies: vec!["module.m[\"k\"].data.a.b".parse().unwrap()],
        create_before_destroy: true,
        ..instance(address, Value::NULL)
    }
}

fn intent(token: &str, address: &str) -> Intent {
    Intent {
        token: token.into(),
        address: address.parse().unwrap(),
        provider: ProviderRef { name: "test".into(), alias: None },
        schema_version: 2,
        operation: IntentOperation::Create {
            planned: Value::map([
                ("id", Value::unknown(Type::string())),
                ("secret", Value::from("s").mark(true)),
            ]),
        },
        dependencies: vec!["a.b".parse().unwrap()],
        create_before_destroy: true,
    }
}

fn addresses(state: &State) -> Vec<String> {
    state.instances.keys().map(ToString::to_string).collect()
}

pub async fn a_state_never_written_is_empty(place: &dyn Place) {
    let store = place.open();
    assert_eq!(store.read().await.unwrap(), State::default());
    assert_eq!(store.holder().await.unwrap(), None);
    assert_eq!(store.history().await.unwrap(), []);
    assert!(matches!(store.force_unlock("no-such-lock").await, Err(StoreError::Conflict(_))));
    let session = store.lock(request("plan")).await.unwrap();
    assert_eq!(session.state().await.unwrap(), State::default());
    session.unlock().await.unwrap();
    assert_eq!(store.read().await.unwrap().lineage, "", "looking gives no lineage");
}

pub async fn what_is_committed_is_read_back(place: &dyn Place) {
    let store = place.open();
    let session = store.lock(request("apply")).await.unwrap();
    let outputs: IndexMap<_, _> =
        [("z".into(), Value::from("1")), ("a".into(), Value::from("secret").mark(true))]
            .into_iter()
            .collect();
    let changes = vec![
        StateChange::Intend(intent("t1", "a.b")),
        StateChange::Intend(intent("t2", "a.c[\"x y\"]")),
        StateChange::Put(Box::new(rich("module.m[\"a\\\"b\"].x.y[0]"))),
        StateChange::Outputs(outputs.clone()),
    ];
    assert_eq!(session.commit(changes).await.unwrap(), 1);
    let first = session.state().await.unwrap();
    assert_eq!(first.intents, [intent("t1", "a.b"), intent("t2", "a.c[\"x y\"]")]);
    assert_eq!(first.outputs.iter().collect::<Vec<_>>(), outputs.iter().collect::<Vec<_>>());
    let expected = rich("module.m[\"a\\\"b\"].x.y[0]");
    assert_eq!(*first.instances[&expected.address], expected);
    let attributes = &first.instances[&expected.address].object.attributes;
    let marked = |value: &Value| value.get("password").unwrap().secret && !value.secret;
    assert!(marked(attributes) && first.outputs["a"].secret && !first.outputs["z"].secret, "marks are kept");
    assert!(!first.lineage.is_empty());

    let changes = vec![
        StateChange::Settle("t1".into()),
        StateChange::Settle("unheard of".into()),
        StateChange::Remove("un.heard_of".parse().unwrap()),
        StateChange::RemoveDeposed { address: "un.heard_of".parse().unwrap(), token: "t".into() },
        StateChange::Outputs(IndexMap::new()),
    ];
    assert_eq!(session.commit(changes).await.unwrap(), 2);
    session.unlock().await.unwrap();
    let read = place.open().read().await.unwrap();
    assert_eq!(read.intents, [intent("t2", "a.c[\"x y\"]")]);
    assert_eq!((read.serial, &read.lineage), (2, &first.lineage), "a state keeps its name");
    assert!(read.outputs.is_empty());

    let session = place.open().lock(request("destroy")).await.unwrap();
    assert_eq!(session.state().await.unwrap(), read);
    assert_eq!(session.commit(vec![StateChange::Remove(expected.address)]).await.unwrap(), 3);
    assert_eq!(place.open().read().await.unwrap().instances.len(), 0, "readers need no lock");
}

pub async fn changes_of_one_commit_are_all_or_none(place: &dyn Place) {
    let store = place.open();
    let session = store.lock(request("apply")).await.unwrap();
    session.commit(vec![put("a.one"), put("a.two")]).await.unwrap();
    let before = store.read().await.unwrap();
    let (one, two) = ("a.one".parse().unwrap(), "a.two".parse().unwrap());
    let missing = "a.three".parse::<prov::base::address::InstanceAddress>().unwrap();
    for last in [
        StateChange::Move { from: one, to: two },
        StateChange::Move { from: missing.clone(), to: "a.four".parse().unwrap() },
        StateChange::Depose { address: missing, token: "t".into() },
    ] {
        let changes = vec![put("a.five"), StateChange::Intend(intent("t", "a.five")), last];
        assert!(matches!(session.commit(changes).await, Err(StoreError::Conflict(_))));
        assert_eq!(store.read().await.unwrap(), before);
    }
    // A refusal spoils neither the session nor the commits beside it.
    let good = session.commit(vec![put("a.six")]);
    let bad = session.commit(vec![
        put("a.seven"),
        StateChange::Move { from: "x.y".parse().unwrap(), to: "x.z".parse().unwrap() },
    ]);
    let (good, bad) = tokio::join!(good, bad);
    assert!(good.is_ok() && bad.is_err());
    assert_eq!(addresses(&store.read().await.unwrap()), ["a.one", "a.two", "a.six"]);
}

pub async fn order_is_that_of_first_record(place: &dyn Place) {
    let store = place.open();
    let session = store.lock(request("apply")).await.unwrap();
    session.commit(vec![put("c.x"), put("a.x"), put("b.x")]).await.unwrap();
    session.commit(vec![put("c.x")]).await.unwrap();
    let moved = StateChange::Move { from: "a.x".parse().unwrap(), to: "z.x".parse().unwrap() };
    session.commit(vec![moved, put("a.x")]).await.unwrap();
    assert_eq!(addresses(&store.read().await.unwrap()), ["c.x", "z.x", "b.x", "a.x"]);
}

pub async fn moved_and_deposed_instances_keep_everything(place: &dyn Place) {
    let store = place.open();
    let session = store.lock(request("apply")).await.unwrap();
    session.commit(vec![StateChange::Put(Box::new(rich("a.old")))]).await.unwrap();
    let (old, new) = (rich("a.old").address, rich("a.new[\"k\"]").address);
    let chain = vec![
        StateChange::Move { from: old.clone(), to: new.clone() },
        StateChange::Move { from: new.clone(), to: new.clone() },
        put("a.old"),
    ];
    session.commit(chain).await.unwrap();
    let state = store.read().await.unwrap();
    assert_eq!(*state.instances[&new], rich("a.new[\"k\"]"));
    assert_eq!(state.instances[&old].object.attributes.get("id"), Some(&"a.old".into()));

    let depose = |token: &str| StateChange::Depose { address: new.clone(), token: token.into() };
    let again = StateChange::Put(Box::new(rich("a.new[\"k\"]")));
    session.commit(vec![depose("t1"), again, depose("t2"), put("a.new[\"k\"]")]).await.unwrap();
    let state = store.read().await.unwrap();
    assert_eq!(state.instances.len(), 2);
    let deposed: Vec<_> = state.deposed.iter().map(|((at, token), i)| (at, token.as_str(), &**i)).collect();
    let expected = rich("a.new[\"k\"]");
    assert_eq!(deposed, [(&new, "t1", &expected), (&new, "t2", &expected)]);
    session.commit(vec![StateChange::RemoveDeposed { address: new, token: "t1".into() }]).await.unwrap();
    assert_eq!(store.read().await.unwrap().deposed.len(), 1);
}

pub async fn a_second_run_is_told_who_holds_the_lock(place: &dyn Place) {
    let (first, second) = (place.open(), place.open());
    let session = first.lock(request("apply")).await.unwrap();
    for store in [&first, &second] {
        let Err(StoreError::Locked(holder)) = store.lock(request("plan")).await else {
            panic!("two runs hold one lock")
        };
        assert_eq!((holder.who.as_str(), holder.operation.as_str()), ("ann@desk", "apply"));
        assert_eq!(holder.pid, std::process::id());
        assert!(holder.since.ends_with('Z') && !holder.id.is_empty());
        assert_eq!(store.holder().await.unwrap(), Some(holder));
    }
    session.unlock().await.unwrap();
    assert_eq!(second.holder().await.unwrap(), None);
    // A session that is dropped gives its lock back, too.
    drop(second.lock(request("plan")).await.unwrap());
    let mut taken = first.lock(request("apply")).await;
    for _ in 0..100 {
        if taken.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        taken = first.lock(request("apply")).await;
    }
    taken.unwrap();
}

pub async fn a_lock_taken_away_stops_its_holder(place: &dyn Place) {
    let (first, second) = (place.open(), place.open());
    let session = first.lock(request("apply")).await.unwrap();
    session.commit(vec![put("a.before")]).await.unwrap();
    assert!(matches!(second.force_unlock("another").await, Err(StoreError::Conflict(_))));
    session.commit(vec![put("a.still")]).await.unwrap();
    let holder = second.holder().await.unwrap().unwrap();
    second.force_unlock(&holder.id).await.unwrap();
    assert_eq!(session.commit(vec![put("a.after")]).await, Err(StoreError::LockLost));
    let other = second.lock(request("apply")).await.unwrap();
    assert_eq!(session.commit(vec![put("a.after")]).await, Err(StoreError::LockLost));
    other.commit(vec![put("b.other")]).await.unwrap();
    // Giving back what was taken away does not take it from the new holder.
    session.unlock().await.unwrap();
    other.commit(vec![put("b.more")]).await.unwrap();
    assert_eq!(addresses(&first.read().await.unwrap()), ["a.before", "a.still", "b.other", "b.more"]);
}

pub async fn commits_at_the_same_time_all_arrive(place: &dyn Place) {
    let store = place.open();
    let session: Arc<dyn StateSession> = Arc::from(store.lock(request("apply")).await.unwrap());
    let tasks: Vec<_> = (0..200)
        .map(|at| {
            let session = session.clone();
            tokio::spawn(async move {
                let address = format!("a.x[{at}]");
                let token = format!("t{at}");
                session.commit(vec![StateChange::Intend(intent(&token, &address))]).await.unwrap();
                session.commit(vec![put(&address), StateChange::Settle(token.into())]).await.unwrap()
            })
        })
        .collect();
    let mut serials = Vec::new();
    for task in tasks {
        serials.push(task.await.unwrap());
    }
    serials.sort_unstable();
    serials.dedup();
    assert_eq!(serials.len(), 200, "every commit has a serial of its own");
    let state = place.open().read().await.unwrap();
    assert_eq!((state.instances.len(), state.intents.len(), state.serial), (200, 0, 400));
}

pub async fn history_is_newest_first(place: &dyn Place) {
    let store = place.open();
    let run = |at: usize| RunRecord {
        operation: "apply".into(),
        who: "ann@desk".into(),
        started: format!("2026-01-02T03:04:{at:02}Z").into(),
        summary: format!("{at} to create").into(),
        complete: at.is_multiple_of(2),
    };
    let session = store.lock(request("apply")).await.unwrap();
    for at in 0..12 {
        session.commit(vec![StateChange::Record(run(at))]).await.unwrap();
    }
    session.unlock().await.unwrap();
    assert_eq!(place.open().history().await.unwrap(), (0..12).rev().map(run).collect::<Vec<_>>());
}

pub async fn ten_thousand_instances(place: &dyn Place) {
    let session = place.open().lock(request("apply")).await.unwrap();
    let all: Vec<_> = (0..10_000).map(|at| put(&format!("a.x[{at}]"))).collect();
    for some in all.chunks(1_000) {
        session.commit(some.to_vec()).await.unwrap();
    }
    let read = place.open().read().await.unwrap();
    assert_eq!(read.instances.len(), 10_000);
    assert!(read.instances.values().enumerate().all(|(at, i)| i.address.to_string() == format!("a.x[{at}]")));
    let odd = read.instances.keys().skip(1).step_by(2).cloned().map(StateChange::Remove);
    session.commit(odd.collect()).await.unwrap();
    assert_eq!(session.state().await.unwrap().instances.len(), 5_000);
}
