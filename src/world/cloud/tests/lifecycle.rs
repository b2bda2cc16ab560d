//! Objects from their creation to their end.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_database_is_created_read_changed_and_deleted() {
    let cloud = Cloud::new().await;
    let planned = cloud.plan(DB, None, db()).await.unwrap().planned;
    assert!(planned.get("endpoint").unwrap().is_unknown());
    assert_eq!(planned.get("storage_encrypted").unwrap().as_bool(), Some(false));

    let made = cloud.create(DB, db()).await.unwrap();
    assert_eq!(text(&made, "arn"), "arn:aws:rds:eu-west-1:123456789012:db:core");
    assert!(text(&made, "address").starts_with("core.c"), "{}", text(&made, "address"));
    assert!(text(&made, "address").ends_with(".eu-west-1.rds.amazonaws.com"));
    assert_eq!(text(&made, "endpoint"), format!("{}:5432", text(&made, "address")));
    assert_eq!(text(&made, "status"), "available");
    assert_eq!(text(&made, "resource_id").len(), 29);
    assert!(cloud.calls("DescribeDBInstances") > 1, "creation takes a while and is waited for");

    // Nothing to do, however often one looks.
    let read = cloud.read(DB, &made).await.unwrap().unwrap();
    assert_eq!(read, made);
    let again = cloud.plan(DB, Some(&read), db()).await.unwrap();
    assert_eq!((again.planned, again.replace), (read.attributes.clone(), vec![]));

    let bigger = with(db(), json!({ "instance_class": "db.m7g.large", "apply_immediately": true }));
    let changed = cloud.update(DB, &read, bigger.clone()).await.unwrap();
    assert_eq!(text(&changed, "instance_class"), "db.m7g.large");
    let again = cloud.plan(DB, Some(&changed), bigger).await.unwrap();
    assert_eq!(again.planned, changed.attributes);

    cloud.delete(DB, &changed).await.unwrap();
    assert_eq!(cloud.read(DB, &changed).await.unwrap(), None);
    cloud.delete(DB, &changed).await.unwrap();
    assert_eq!((cloud.calls("CreateDBInstance"), cloud.calls("ModifyDBInstance")), (1, 1));
    assert!(!cloud.file(DB_FILE).exists());
}

#[tokio::test]
async fn caches_have_endpoints_by_their_shape() {
    let cloud = Cloud::new().await;
    let group = "aws_elasticache_replication_group";
    let config = json!({
        "replication_group_id": "Core", "description": "a cache", "node_type": "cache.t4g.micro",
        "num_cache_clusters": 2, "automatic_failover_enabled": true, "multi_az_enabled": true
    });
    let made = cloud.create(group, config.clone()).await.unwrap();
    assert_eq!(text(&made, "replication_group_id"), "core", "names are lower-cased");
    assert!(text(&made, "primary_endpoint_address").starts_with("master.core.c"));
    assert!(text(&made, "primary_endpoint_address").ends_with(".euw1.cache.amazonaws.com"));
    assert_eq!(
        made.attributes.get("member_clusters").unwrap().to_string(),
        r#"toset(["core-001", "core-002"])"#
    );
    assert_eq!(made.attributes.get("port").unwrap().as_i64(), Some(6379));
    let again = cloud.plan(group, Some(&made), config).await.unwrap();
    assert_eq!((again.planned, again.replace), (made.attributes.clone(), vec![]));
    cloud.delete(group, &made).await.unwrap();

    let sharded = json!({
        "replication_group_id": "shards", "description": "a cache", "num_node_groups": 2,
        "replicas_per_node_group": 1, "automatic_failover_enabled": true
    });
    let made = cloud.create(group, sharded).await.unwrap();
    assert!(made.attributes.get("primary_endpoint_address").unwrap().is_null());
    assert!(text(&made, "configuration_endpoint_address").starts_with("clustercfg.shards."));
    assert_eq!(made.attributes.get("num_cache_clusters").unwrap().as_i64(), Some(4));

    let memcached = json!({
        "cluster_id": "memory", "engine": "memcached", "node_type": "cache.t4g.micro", "num_cache_nodes": 2
    });
    let made = cloud.create("aws_elasticache_cluster", memcached).await.unwrap();
    let address = text(&made, "cluster_address");
    assert_eq!(text(&made, "configuration_endpoint"), format!("{address}:11211"));
    let nodes = made.attributes.get("cache_nodes").unwrap().as_slice().unwrap();
    assert!(nodes[1].get("address").unwrap().as_str().unwrap().contains(".0002.euw1."));
}

#[tokio::test]
async fn editing_and_deleting_files_is_drift() {
    let cloud = Cloud::new().await;
    let made = cloud.create(DB, db()).await.unwrap();
    cloud.edit(DB_FILE, |file| file["attributes"]["port"] = json!(6543));
    let read = cloud.read(DB, &made).await.unwrap().unwrap();
    assert_eq!(read.attributes.get("port").unwrap().as_i64(), Some(6543));

    cloud.edit(DB_FILE, |file| file["attributes"]["port"] = json!("many"));
    let error = cloud.read(DB, &made).await.unwrap_err().to_string();
    assert!(error.contains("core.json") && error.contains("port"), "{error}");

    std::fs::write(cloud.file(DB_FILE), "{ not json").unwrap();
    let error = cloud.read(DB, &made).await.unwrap_err().to_string();
    assert!(error.contains("core.json") && error.contains("delete it"), "{error}");

    std::fs::remove_file(cloud.file(DB_FILE)).unwrap();
    assert_eq!(cloud.read(DB, &made).await.unwrap(), None);
}

#[tokio::test]
async fn changes_wait_for_the_window_without_showing_up_again() {
    let cloud = Cloud::new().await;
    let made = cloud.create(DB, db()).await.unwrap();
    let bigger = with(db(), json!({ "instance_class": "db.m7g.large" }));
    let changed = cloud.update(DB, &made, bigger.clone()).await.unwrap();
    let file: Json = serde_json::from_slice(&std::fs::read(cloud.file(DB_FILE)).unwrap()).unwrap();
    assert_eq!(file["attributes"]["instance_class"], "db.t4g.micro");
    assert_eq!(file["pending"]["attributes"]["instance_class"], "db.m7g.large");
    let again = cloud.plan(DB, Some(&changed), bigger).await.unwrap();
    assert_eq!(again.planned, changed.attributes, "no perpetual difference");

    let week =
        super::super::simulator::clock::Clock::default().advanced(std::time::Duration::from_secs(8 * 86_400));
    std::fs::write(cloud.file("clock.json"), serde_json::to_vec(&week).unwrap()).unwrap();
    cloud.read(DB, &changed).await.unwrap();
    let file: Json = serde_json::from_slice(&std::fs::read(cloud.file(DB_FILE)).unwrap()).unwrap();
    assert_eq!(file["attributes"]["instance_class"], "db.m7g.large");
    assert_eq!(file.get("pending"), None);
}

#[tokio::test]
async fn secrets_are_kept_as_hashes_and_logged_by_no_one() {
    let cloud = Cloud::new().await;
    let secret = with(db(), json!({ "manage_master_user_password": null, "password": "correct-horse" }));
    let made = cloud.create(DB, secret.clone()).await.unwrap();
    assert!(made.attributes.get("password").unwrap().secret);
    let file = std::fs::read_to_string(cloud.file(DB_FILE)).unwrap();
    assert!(file.contains("sha256:") && !file.contains("correct-horse"), "{file}");
    let changed =
        cloud.update(DB, &made, with(secret, json!({ "password": "battery-staple" }))).await.unwrap();
    assert_eq!(text(&changed, "password"), "battery-staple");
    let calls = std::fs::read_to_string(cloud.file("calls")).unwrap();
    assert!(calls.contains("\"password\":\"(sensitive)\""), "{calls}");
    assert!(!calls.contains("correct-horse") && !calls.contains("battery-staple"), "{calls}");
}

#[tokio::test]
async fn default_tags_join_the_own_ones_and_stay_apart() {
    let config =
        json!({ "region": "eu-west-1", "default_tags": { "tags": { "by": "prov", "tier": "low" } } });
    let cloud = Cloud::with(config).await;
    let tagged = with(db(), json!({ "tags": { "tier": "high" } }));
    let planned = cloud.plan(DB, None, tagged.clone()).await.unwrap().planned;
    assert_eq!(planned.get("tags_all").unwrap().to_string(), r#"{ by = "prov", tier = "high" }"#);
    let made = cloud.create(DB, tagged.clone()).await.unwrap();
    assert_eq!(made.attributes.get("tags").unwrap().to_string(), r#"{ tier = "high" }"#);
    assert_eq!(made.attributes.get("tags_all").unwrap().to_string(), r#"{ by = "prov", tier = "high" }"#);
    assert_eq!(cloud.plan(DB, Some(&made), tagged).await.unwrap().planned, made.attributes);

    let untagged = cloud.update(DB, &made, db()).await.unwrap();
    assert_eq!(untagged.attributes.get("tags_all").unwrap().to_string(), r#"{ by = "prov", tier = "low" }"#);
    assert_eq!((cloud.calls("AddTagsToResource"), cloud.calls("ModifyDBInstance")), (1, 0));
    assert_eq!(cloud.plan(DB, Some(&untagged), db()).await.unwrap().planned, untagged.attributes);
}

#[tokio::test]
async fn two_processes_share_one_cloud() {
    let cloud = Cloud::new().await;
    let other = aws::provider(CloudOptions { directory: cloud.directory.path().to_owned() });
    let other = other.configure(codec::from_json(&json!({ "region": "eu-west-1" })).unwrap()).await.unwrap();
    let made = cloud.create(DB, db()).await.unwrap();
    let kind = kind_of(DB);
    let request = ReadRequest {
        address: address(DB),
        kind: DB.into(),
        schema: kind.schema.clone(),
        prior: made.clone(),
    };
    assert_eq!(other.read(request).await.unwrap(), Some(made));
}
