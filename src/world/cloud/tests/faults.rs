//! What goes wrong, and what the provider makes of it.

use serde_json::json;

use super::*;
use crate::engine::provider::{Effect, Fault, Recovered};

#[tokio::test]
async fn throttling_is_waited_out() {
    let cloud = Cloud::new().await;
    cloud.faults(json!([{ "operation": "*", "times": 3, "effect": "throttle" }]));
    cloud.create(DB, db()).await.unwrap();
    assert_eq!(cloud.calls("CreateDBInstance"), 4);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_object() {
    let cloud = Cloud::new().await;
    cloud.faults(json!([{ "operation": "CreateDBInstance", "nth": 1, "effect": "lose-answer" }]));
    let made = cloud.create(DB, db()).await.unwrap();
    assert_eq!(text(&made, "identifier"), "core");
    assert_eq!(cloud.calls("CreateDBInstance"), 1);
}

#[tokio::test]
async fn an_interrupted_create_is_found_and_finished() {
    let cloud = Cloud::new().await;
    // Without a name of its own: the token gives it one.
    let config = with(db(), json!({ "identifier": null }));
    let planned = cloud.plan(DB, None, config.clone()).await.unwrap().planned;
    let create = || Operation::Create { planned: planned.clone() };
    assert_eq!(cloud.recover(DB, create()).await, Recovered::NotHappened);
    let made = cloud.create(DB, config).await.unwrap();
    assert!(text(&made, "identifier").starts_with("prov-01jdemo"), "{}", text(&made, "identifier"));
    assert_eq!(cloud.recover(DB, create()).await, Recovered::Happened(Some(made.clone())));

    let planned = with(db(), json!({ "identifier": text(&made, "identifier"), "multi_az": true }));
    let planned = cloud.plan(DB, Some(&made), planned).await.unwrap().planned;
    let update = Operation::Update { prior: made.clone(), planned };
    assert_eq!(cloud.recover(DB, update).await, Recovered::NotHappened);
    let delete = || Operation::Delete { prior: made.clone() };
    assert_eq!(cloud.recover(DB, delete()).await, Recovered::NotHappened);
    cloud.delete(DB, &made).await.unwrap();
    assert_eq!(cloud.recover(DB, delete()).await, Recovered::Happened(None));
}

#[tokio::test]
async fn what_someone_else_made_is_not_ours() {
    let cloud = Cloud::new().await;
    let planned = cloud.plan(DB, None, db()).await.unwrap().planned;
    cloud.create(DB, db()).await.unwrap();
    cloud.edit(DB_FILE, |file| file["token"] = json!("someone-else"));
    let error = cloud.create(DB, db()).await.unwrap_err();
    assert!(error.answer.contains("400 DBInstanceAlreadyExists"), "{error}");
    assert!(error.help.unwrap().contains("import"));
    assert_eq!(cloud.recover(DB, Operation::Create { planned }).await, Recovered::NotHappened);
}

#[tokio::test]
async fn failed_and_stuck_objects_are_reported_with_what_there_is() {
    let cloud = Cloud::new().await;
    cloud.faults(json!([
        { "operation": "CreateDBInstance", "object": "broken", "effect": "fail-create" },
        { "operation": "CreateDBInstance", "object": "stuck", "effect": "stuck" }
    ]));
    let error = cloud.create(DB, with(db(), json!({ "identifier": "broken" }))).await.unwrap_err();
    let Effect::Partial(object) = error.effect else { panic!("{error:?}") };
    assert_eq!(text(&object, "status"), "failed");
    assert!(object.attributes.get("endpoint").unwrap().is_null(), "no endpoint before it was available");
    cloud.delete(DB, &object).await.unwrap();

    let stuck = with(
        db(),
        json!({ "identifier": "stuck", "timeouts": { "create": "200ms", "update": null, "delete": null } }),
    );
    let error = cloud.create(DB, stuck).await.unwrap_err();
    assert!(error.answer.contains("still creating"), "{error}");
    assert_eq!(error.fault, Fault::Passing);
    assert!(matches!(error.effect, Effect::Partial(_)));
}

#[tokio::test]
async fn stale_reads_do_not_mislead() {
    let cloud = Cloud::new().await;
    cloud.faults(json!([{ "operation": "DescribeDBInstances", "times": 5, "effect": "stale-read" }]));
    let made = cloud.create(DB, db()).await.unwrap();
    assert_eq!(text(&made, "status"), "available");
}

#[tokio::test]
async fn a_service_that_is_down_is_told_as_such() {
    let cloud = Cloud::new().await;
    let down = json!({ "error": { "code": "ServiceUnavailable", "status": 503, "message": "try later" } });
    cloud.faults(json!([{ "effect": down }]));
    let error = cloud
        .create(DB, with(db(), json!({ "timeouts": { "create": "100ms", "update": null, "delete": null } })))
        .await
        .unwrap_err();
    assert!(
        error.answer.contains("rds:CreateDBInstance answered 503 ServiceUnavailable: try later"),
        "{error}"
    );
    assert_eq!((error.fault, error.effect), (Fault::Passing, Effect::NotApplied));
}
