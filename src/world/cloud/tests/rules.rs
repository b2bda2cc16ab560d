//! What the mocked cloud refuses, and when it is told.

use serde_json::json;

use super::*;

async fn refused(config: Json) -> String {
    let cloud = Cloud::new().await;
    let error = cloud.create(DB, config).await.unwrap_err();
    assert_eq!(cloud.calls("CreateDBInstance"), 0, "told before anything is asked: {error}");
    error.answer
}

#[tokio::test]
async fn impossible_configurations_are_told_before_anything_happens() {
    let with_db = |more| with(db(), more);
    for (more, words) in [
        (json!({ "manage_master_user_password": null }), "One of password"),
        (json!({ "password": "correct-horse" }), "AWS manages it"),
        (json!({ "engine": null }), "engine, allocated_storage and username"),
        (json!({ "multi_az": true, "availability_zone": "eu-west-1a" }), "specific availability zone"),
        (json!({ "availability_zone": "us-east-1a" }), "not in eu-west-1"),
        (json!({ "engine_version": "3.1" }), "Cannot find version 3.1 for postgres"),
        (json!({ "storage_type": "io1", "allocated_storage": 200 }), "iops must be set"),
        (json!({ "storage_type": "io1", "iops": 1000 }), "can't be that small"),
        (json!({ "backup_window": "03:00-03:10" }), "at least 30 minutes"),
        (
            json!({ "backup_window": "05:00-06:00", "maintenance_window": "Sun:05:30-Sun:06:30" }),
            "must not overlap",
        ),
        (json!({ "max_allocated_storage": 20 }), "greater than allocated_storage"),
        (json!({ "monitoring_interval": 30 }), "monitoring_role_arn is required"),
    ] {
        let answer = refused(with_db(more.clone())).await;
        assert!(answer.contains(words), "{more}: {answer}");
    }
    let mysql = json!({ "engine": "mysql", "manage_master_user_password": null, "password": "x".repeat(42) });
    assert!(refused(with_db(mysql)).await.contains("at most 41"));
}

#[tokio::test]
async fn changes_that_can_not_be_made_are_told_when_planned() {
    let cloud = Cloud::new().await;
    let made = cloud.create(DB, with(db(), json!({ "engine_version": "16" }))).await.unwrap();
    assert_eq!((text(&made, "engine_version"), text(&made, "engine_version_actual")), ("16", "16.15"));
    let wish = async |more| cloud.plan(DB, Some(&made), with(db(), more)).await;
    let refused = wish(json!({ "engine_version": "16", "allocated_storage": 10 })).await.unwrap_err();
    assert!(
        refused.answer.contains("can't be that small") || refused.answer.contains("never shrinks"),
        "{refused}"
    );
    let refused = wish(json!({ "engine_version": "17" })).await.unwrap_err();
    assert!(refused.answer.contains("allow_major_version_upgrade"), "{refused}");
    let refused =
        wish(json!({ "engine_version": "15", "allow_major_version_upgrade": true })).await.unwrap_err();
    assert!(refused.answer.contains("Cannot downgrade"), "{refused}");
    let upgrade =
        json!({ "engine_version": "17", "allow_major_version_upgrade": true, "apply_immediately": true });
    let planned = wish(upgrade.clone()).await.unwrap();
    assert!(planned.planned.get("engine_version_actual").unwrap().is_unknown());
    assert!(planned.planned.get("parameter_group_name").unwrap().is_unknown());
    assert!(!planned.planned.get("address").unwrap().is_unknown());
    let upgraded = cloud.update(DB, &made, with(db(), upgrade)).await.unwrap();
    assert_eq!(text(&upgraded, "engine_version_actual"), "17.11");
    assert_eq!(text(&upgraded, "parameter_group_name"), "default.postgres17");
}

#[tokio::test]
async fn what_forces_replacement_does() {
    let cloud = Cloud::new().await;
    let made = cloud.create(DB, db()).await.unwrap();
    let reply = cloud.plan(DB, Some(&made), with(db(), json!({ "storage_encrypted": true }))).await.unwrap();
    assert_eq!(reply.replace, ["storage_encrypted"]);
    assert!(reply.planned.get("endpoint").unwrap().is_unknown());

    let group = "aws_elasticache_replication_group";
    let config = json!({ "replication_group_id": "core", "description": "a cache", "engine_version": "7.1" });
    let made = cloud.create(group, config.clone()).await.unwrap();
    let older = with(config.clone(), json!({ "engine_version": "7.0" }));
    assert_eq!(cloud.plan(group, Some(&made), older).await.unwrap().replace, ["engine_version"]);
    let valkey =
        with(config, json!({ "engine": "valkey", "engine_version": "8.2", "apply_immediately": true }));
    let reply = cloud.plan(group, Some(&made), valkey.clone()).await.unwrap();
    assert!(reply.replace.is_empty());
    let changed = cloud.update(group, &made, valkey).await.unwrap();
    assert_eq!(text(&changed, "parameter_group_name"), "default.valkey8");
}

#[tokio::test]
async fn protection_snapshots_and_replicas_hold_up_deletion() {
    let cloud = Cloud::new().await;
    let guarded = with(db(), json!({ "deletion_protection": true, "backup_retention_period": 7 }));
    let made = cloud.create(DB, guarded.clone()).await.unwrap();
    let error = cloud.delete(DB, &made).await.unwrap_err();
    assert!(error.answer.contains("400 InvalidParameterCombination: Cannot delete protected"), "{error}");

    let open = with(guarded, json!({ "deletion_protection": false, "skip_final_snapshot": false }));
    let made = cloud.update(DB, &made, open.clone()).await.unwrap();
    let error = cloud.delete(DB, &made).await.unwrap_err();
    assert!(error.answer.contains("final_snapshot_identifier is required"), "{error}");

    let replica = json!({
        "identifier": "copy", "instance_class": "db.t4g.micro", "replicate_source_db": "core",
        "skip_final_snapshot": true
    });
    let copy = cloud.create(DB, replica).await.unwrap();
    assert_eq!((text(&copy, "engine"), text(&copy, "username")), ("postgres", "master"));
    let source = cloud.read(DB, &made).await.unwrap().unwrap();
    assert_eq!(source.attributes.get("replicas").unwrap().to_string(), r#"["copy"]"#);

    let snapshot = with(open, json!({ "final_snapshot_identifier": "core-final" }));
    let made = cloud.update(DB, &source, snapshot.clone()).await.unwrap();
    let error = cloud.delete(DB, &made).await.unwrap_err();
    assert!(error.answer.contains("in use by DB instance copy"), "{error}");
    cloud.delete(DB, &copy).await.unwrap();
    cloud.delete(DB, &made).await.unwrap();
    assert!(cloud.file("rds/eu-west-1/aws_db_snapshot/core-final.json").exists());

    let again = cloud.create(DB, snapshot).await.unwrap();
    let error = cloud.delete(DB, &again).await.unwrap_err();
    assert!(error.answer.contains("DBSnapshotAlreadyExists"), "{error}");
}

#[tokio::test]
async fn a_quota_ends_the_supply() {
    let cloud = Cloud::new().await;
    let group = "aws_elasticache_cluster";
    let config = |n: usize| json!({ "cluster_id": format!("c{n}"), "engine": "redis", "node_type": "cache.t4g.micro" });
    let all = (0..40).map(|n| cloud.create(group, config(n)));
    for made in futures::future::join_all(all).await {
        made.unwrap();
    }
    let error = cloud.create(group, config(40)).await.unwrap_err();
    assert!(error.answer.contains("ClusterQuotaForCustomerExceeded"), "{error}");
}
