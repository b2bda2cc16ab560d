//! What a person does by hand.

use std::time::Duration;

use super::*;
use crate::world::cloud::admin::Admin;

fn pair(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

#[tokio::test]
async fn objects_are_listed_changed_and_removed() {
    let cloud = Cloud::new().await;
    let admin = Admin::new(cloud.directory.path()).unwrap();
    assert!(admin.list(None).unwrap().is_empty());
    let made = cloud.create(DB, db()).await.unwrap();
    let listed = admin.list(None).unwrap();
    assert_eq!((listed.len(), &*listed[0].object.id, &*listed[0].region), (1, "core", "eu-west-1"));
    assert!(listed[0].file.ends_with(DB_FILE));

    admin.set(DB, "core", &pair("instance_class", "db.m7g.large")).unwrap();
    admin.set(DB, "core", &pair("engine_version", "16")).unwrap();
    admin.set(DB, "core", &pair("tags", r#"{"by":"hand"}"#)).unwrap();
    let read = cloud.read(DB, &made).await.unwrap().unwrap();
    assert_eq!((text(&read, "instance_class"), text(&read, "engine_version")), ("db.m7g.large", "16"));
    assert_eq!(read.attributes.get("tags").unwrap().to_string(), r#"{ by = "hand" }"#);

    for (result, words) in [
        (admin.set(DB, "core", &pair("prot", "1")), "did you mean port?"),
        (admin.set(DB, "core", &pair("port", "many")), "port"),
        (admin.set(DB, "coer", &pair("port", "5000")), "did you mean core?"),
        (admin.remove("aws_db_instanec", "core"), "did you mean aws_db_instance?"),
    ] {
        let refused = result.unwrap_err();
        assert!(refused.contains(words), "{refused}");
    }
    admin.remove(DB, "core").unwrap();
    assert_eq!(cloud.read(DB, &made).await.unwrap(), None);
    assert!(admin.calls().unwrap().iter().any(|call| call["operation"] == "CreateDBInstance"));
}

#[tokio::test]
async fn time_and_faults_are_at_hand() {
    let cloud = Cloud::new().await;
    let admin = Admin::new(cloud.directory.path()).unwrap();
    let before = admin.advance(Duration::ZERO).unwrap();
    assert_eq!(admin.advance(Duration::from_secs(60)).unwrap().0 - before.0, 60_000);
    admin.set_clock(Default::default()).unwrap();
    admin.add_fault(r#"{"operation": "CreateDBInstance", "effect": "throttle", "times": 1}"#).unwrap();
    assert!(admin.add_fault(r#"{"effect": "explode"}"#).unwrap_err().contains("no fault rule"));
    cloud.create(DB, db()).await.unwrap();
    assert_eq!(admin.faults().unwrap()[0].fired, 1);
    admin.clear_faults().unwrap();
    assert!(admin.faults().unwrap().is_empty());
}
