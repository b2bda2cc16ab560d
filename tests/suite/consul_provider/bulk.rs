//! Many at once: few requests, every step with its own outcome.

use prov::base::value::Value;
use prov::engine::provider::*;

use super::proxy::Proxy;
use super::sides::{Side, cases};
use super::{Bench, Book, NODE, SERVICE, object, patience};

cases! {
    five_hundred_services,
    services_on_many_nodes_are_read_in_lists,
    one_bad_apple_does_not_spoil_the_batch,
    a_closed_ledger_ends_it,
    nodes_and_services_in_any_order,
}

fn node(name: &str) -> Value {
    object([("name", name.into()), ("address", "10.2.0.1".into())])
}

fn service(node: &str, name: &str, id: &str, port: i64) -> Value {
    object([("name", name.into()), ("node", node.into()), ("service_id", id.into()), ("port", port.into())])
}

async fn five_hundred_services(side: &Side) {
    let proxy = Proxy::start(&side.url).await;
    let bench = Bench::with(&proxy.url(), &side.url, &[], patience()).await.unwrap();
    bench.make(NODE, node("bulk")).await.unwrap();
    let mut steps = Vec::new();
    for id in 0..500 {
        let name = format!("bulk-{id}");
        steps.push(bench.creation(id, SERVICE, service("bulk", &name, &name, i64::from(id) + 1)).await);
    }
    let before = proxy.requests();
    let outcomes = bench.apply(steps).await;
    assert!(outcomes.values().all(Result::is_ok));
    let spent = proxy.requests() - before;
    assert!(spent <= 12, "{spent} requests to make 500 services");
    assert_eq!(bench.get("catalog/node/bulk").await["Services"].as_object().unwrap().len(), 500);

    let objects: Vec<Object> = outcomes.into_values().map(|outcome| outcome.unwrap().unwrap()).collect();
    let before = proxy.requests();
    let read =
        bench.connection.read_many(objects.iter().map(|o| bench.read_request(SERVICE, o)).collect()).await;
    let spent = proxy.requests() - before;
    assert!(spent <= 5, "{spent} requests to read 500 services");
    for (read, made) in read.into_iter().zip(&objects) {
        assert_eq!(read.unwrap().as_ref(), Some(made));
    }

    let removals = objects
        .iter()
        .zip(0..)
        .map(|(o, id)| bench.step(id, SERVICE, Operation::Delete { prior: o.clone() }));
    let outcomes = bench.apply(removals.collect()).await;
    assert!(outcomes.values().all(|outcome| matches!(outcome, Ok(None))));
    assert_eq!(bench.get("catalog/node/bulk").await["Services"], serde_json::json!({}));
}

async fn services_on_many_nodes_are_read_in_lists(side: &Side) {
    let proxy = Proxy::start(&side.url).await;
    let bench = Bench::with(&proxy.url(), &side.url, &[], patience()).await.unwrap();
    let mut steps = Vec::new();
    for id in 0..120u32 {
        steps.push(bench.creation(id, NODE, node(&format!("wide-{id}"))).await);
        steps.push(
            bench.creation(id + 1000, SERVICE, service(&format!("wide-{id}"), "wide", "wide", 1)).await,
        );
    }
    let objects: Vec<(StepId, Object)> =
        bench.apply(steps).await.into_iter().map(|(id, outcome)| (id, outcome.unwrap().unwrap())).collect();
    let kind = |id: StepId| if id < 1000 { NODE } else { SERVICE };
    let before = proxy.requests();
    let requests = objects.iter().map(|(id, object)| bench.read_request(kind(*id), object)).collect();
    for (read, (_, made)) in bench.connection.read_many(requests).await.into_iter().zip(&objects) {
        assert_eq!(read.unwrap().as_ref(), Some(made));
    }
    let spent = proxy.requests() - before;
    assert!(spent <= 4, "{spent} requests to read 240 objects");
}

async fn one_bad_apple_does_not_spoil_the_batch(side: &Side) {
    let bench = side.bench().await;
    bench.make(NODE, node("apples")).await.unwrap();
    let mut steps = Vec::new();
    for id in 0..40 {
        let node = if id == 20 { "no-such-node" } else { "apples" };
        steps.push(bench.creation(id, SERVICE, service(node, "apple", &format!("apple-{id}"), 2)).await);
    }
    // Someone comes in between.
    bench.make(SERVICE, service("apples", "apple", "apple-7", 1)).await.unwrap();
    let outcomes = bench.apply(steps).await;
    for (id, outcome) in &outcomes {
        match id {
            7 => assert!(outcome.as_ref().unwrap_err().answer.contains("exists already")),
            20 => assert!(outcome.as_ref().unwrap_err().answer.contains("no node")),
            _ => assert!(outcome.is_ok(), "{id}: {outcome:?}"),
        }
    }
    assert_eq!(bench.get("catalog/service/apple").await.as_array().unwrap().len(), 39);
}

async fn a_closed_ledger_ends_it(side: &Side) {
    let bench = side.bench().await;
    bench.make(NODE, node("closing")).await.unwrap();
    let mut steps = Vec::new();
    for id in 0..640 {
        steps.push(
            bench.creation(id, SERVICE, service("closing", "closing", &format!("closing-{id}"), 1)).await,
        );
    }
    let book = Book { closes_after: Some(1), ..Book::default() };
    assert!(bench.connection.apply_many(steps, &book).await.is_err());
    // Transactions under way may still land, but no new one is started.
    let made = bench.get("catalog/service/closing").await.as_array().unwrap().len();
    assert!((64..=5 * 64).contains(&made), "{made}");
}

async fn nodes_and_services_in_any_order(side: &Side) {
    let bench = side.bench().await;
    let steps = vec![
        bench.creation(1, SERVICE, service("order", "order", "order", 1)).await,
        bench.creation(2, NODE, node("order")).await,
    ];
    let outcomes = bench.apply(steps).await;
    let prior = |id: StepId| outcomes[&id].clone().unwrap().unwrap();
    let steps = vec![
        bench.step(1, NODE, Operation::Delete { prior: prior(2) }),
        bench.step(2, SERVICE, Operation::Delete { prior: prior(1) }),
    ];
    let outcomes = bench.apply(steps).await;
    assert!(outcomes.values().all(|outcome| matches!(outcome, Ok(None))), "{outcomes:?}");
}
