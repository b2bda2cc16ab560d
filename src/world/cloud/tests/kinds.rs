//! Kinds beside the first three.

use serde_json::json;

use super::*;
use crate::world::cloud::provider::{datadog, pagerduty};

#[tokio::test]
async fn names_given_by_the_cloud_are_found_again() {
    let cloud = Cloud::new().await;
    let kind = "aws_security_group";
    let rule = json!([{
        "from_port": 5432, "to_port": 5432, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"]
    }]);
    let config = json!({ "name": "db", "ingress": rule });
    let planned = cloud.plan(kind, None, config.clone()).await.unwrap().planned;
    assert!(planned.get("id").unwrap().is_unknown());
    let made = cloud.create(kind, config.clone()).await.unwrap();
    assert!(text(&made, "id").starts_with("sg-0"));
    let create = Operation::Create { planned };
    assert_eq!(
        cloud.recover(kind, create).await,
        crate::engine::provider::Recovered::Happened(Some(made.clone()))
    );
    assert_eq!(cloud.plan(kind, Some(&made), config).await.unwrap().planned, made.attributes);

    let used = with(db(), json!({ "vpc_security_group_ids": [text(&made, "id")] }));
    let database = cloud.create(DB, used).await.unwrap();
    let error = cloud.delete(kind, &made).await.unwrap_err();
    assert!(error.answer.contains("DependencyViolation"), "{error}");
    cloud.delete(DB, &database).await.unwrap();
    cloud.delete(kind, &made).await.unwrap();

    let missing = with(db(), json!({ "db_subnet_group_name": "nowhere" }));
    let error = cloud.create(DB, missing).await.unwrap_err();
    assert!(error.answer.contains("404 DBSubnetGroupNotFoundFault"), "{error}");
    let group = json!({ "name": "Nowhere", "subnet_ids": ["subnet-1", "subnet-2"] });
    cloud.create("aws_db_subnet_group", group).await.unwrap();
    cloud.create(DB, with(db(), json!({ "db_subnet_group_name": "nowhere" }))).await.unwrap();
}

#[tokio::test]
async fn queues_topics_and_alarms() {
    let cloud = Cloud::new().await;
    let made = cloud.create("aws_sqs_queue", json!({ "name": "jobs" })).await.unwrap();
    assert_eq!(text(&made, "url"), "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs");
    let error =
        cloud.create("aws_sqs_queue", json!({ "name": "jobs", "fifo_queue": true })).await.unwrap_err();
    assert!(error.answer.contains("ends in .fifo"), "{error}");

    let topic = json!({ "name": "events" });
    let made = cloud.create("aws_sns_topic", topic.clone()).await.unwrap();
    assert_eq!(text(&made, "arn"), "arn:aws:sns:eu-west-1:123456789012:events");
    cloud.edit("sns/eu-west-1/aws_sns_topic/events.json", |file| file["token"] = json!("someone-else"));
    let error = cloud.create("aws_sns_topic", topic).await.unwrap_err();
    assert!(error.answer.contains("would overwrite"), "{error}");

    let alarm = json!({
        "alarm_name": "busy", "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 2,
        "metric_name": "CPUUtilization", "namespace": "AWS/RDS", "statistic": "Average", "period": 60,
        "threshold": 80.5
    });
    let made = cloud.create("aws_cloudwatch_metric_alarm", alarm.clone()).await.unwrap();
    assert_eq!(made.attributes.get("threshold").unwrap().to_string(), "80.5");
    let odd = with(alarm, json!({ "period": 90 }));
    let error = cloud.plan("aws_cloudwatch_metric_alarm", None, odd).await.unwrap_err();
    assert!(error.answer.contains("multiple of 60"), "{error}");
}

#[tokio::test]
async fn monitoring_and_paging() {
    let mut cloud = Cloud::new().await;
    let options = || CloudOptions { directory: cloud.directory.path().to_owned() };
    let datadog = datadog::provider(options());
    assert_eq!(datadog.schema().unwrap().resources.len(), 2);
    let pagerduty = pagerduty::provider(options());
    cloud.connection = datadog.configure(ValueMap::new().into()).await.unwrap();
    let monitor = json!({
        "name": "busy", "type": "metric alert", "message": "look", "query": "avg(last_5m):avg:cpu{*} > 80",
        "monitor_thresholds": [{
            "critical": "80", "critical_recovery": null, "ok": null, "unknown": null, "warning": null,
            "warning_recovery": null
        }]
    });
    let made = cloud.create("datadog_monitor", monitor).await.unwrap();
    let number: i64 = text(&made, "id").parse().unwrap();
    let slo = json!({
        "name": "fast", "type": "monitor", "monitor_ids": [number],
        "thresholds": [{ "timeframe": "30d", "target": 99.9, "warning": 99.95 }]
    });
    let objective = cloud.create("datadog_service_level_objective", slo.clone()).await.unwrap();
    let error = cloud.delete("datadog_monitor", &made).await.unwrap_err();
    assert!(error.answer.contains("in use by service level objective"), "{error}");
    cloud.delete("datadog_service_level_objective", &objective).await.unwrap();
    cloud.delete("datadog_monitor", &made).await.unwrap();
    let low = with(slo, json!({ "thresholds": [{ "timeframe": "30d", "target": 99.9, "warning": 99.0 }] }));
    let error = cloud.plan("datadog_service_level_objective", None, low).await.unwrap_err();
    assert!(error.answer.contains("above its target"), "{error}");

    cloud.connection = pagerduty.configure(ValueMap::new().into()).await.unwrap();
    let rule = json!([{ "escalation_delay_in_minutes": 10, "target": [{ "id": "PUSER", "type": "user_reference" }] }]);
    let policy =
        cloud.create("pagerduty_escalation_policy", json!({ "name": "all", "rule": rule })).await.unwrap();
    let service = json!({ "name": "core", "escalation_policy": text(&policy, "id") });
    let service = cloud.create("pagerduty_service", service).await.unwrap();
    assert_eq!(text(&service, "status"), "active");
    assert!(cloud.delete("pagerduty_escalation_policy", &policy).await.is_err());
}
