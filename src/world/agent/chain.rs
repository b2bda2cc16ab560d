//! What config entries must hold by themselves, and that the chains they make together lead somewhere.

use super::api::CONFIG;
use super::duration::quoted;
use super::store::Store;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// What can be told to be wrong with an entry by looking at it alone.
pub(super) fn validate(kind: &str, name: &str, entry: &Map<String, Value>) -> Result<(), String> {
    let entry = &Value::Object(entry.clone());
    match kind {
        "service-defaults" if name.is_empty() => Err("serviceName is required".to_string()),
        _ if name.is_empty() => Err("Name is required".to_string()),
        "service-resolver" => validate_resolver(entry),
        "service-splitter" => validate_splitter(name, entry),
        "service-router" => validate_router(entry),
        _ => Ok(()),
    }
}

fn validate_resolver(entry: &Value) -> Result<(), String> {
    let empty = Map::new();
    let subsets = entry.get("Subsets").and_then(Value::as_object).unwrap_or(&empty);
    let is_subset = |name: &str| name.is_empty() || subsets.contains_key(name);
    for name in subsets.keys() {
        if name.is_empty() {
            return Err("Subset defined with empty name".to_string());
        }
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.len() > 63 || name.starts_with('-') || name.ends_with('-') || !name.chars().all(inner) {
            return Err(format!(
                "Subset {} is invalid: must be 63 characters or fewer, begin or end with lower case alphanumeric characters, and contain lower case alphanumeric characters or '-' in between",
                quoted(name)
            ));
        }
    }
    let default = text(entry, "DefaultSubset");
    if !is_subset(default) {
        return Err(format!("DefaultSubset {} is not a valid subset", quoted(default)));
    }
    let failover = entry.get("Failover").and_then(Value::as_object).unwrap_or(&empty);
    if let Some(redirect) = entry.get("Redirect") {
        if !failover.is_empty() {
            return Err("Redirect and Failover cannot both be set".to_string());
        }
        let given = |name| !text(redirect, name).is_empty();
        if !given("Service") && given("ServiceSubset") {
            return Err("Redirect.ServiceSubset defined without Redirect.Service".to_string());
        }
        if !["Service", "ServiceSubset", "Namespace", "Datacenter"].into_iter().any(given) {
            return Err("Redirect is empty".to_string());
        }
    }
    for (subset, target) in failover {
        if subset != "*" && !is_subset(subset) {
            return Err(format!("Bad Failover[{}]: not a valid subset", quoted(subset)));
        }
        let given = |name| !text(target, name).is_empty();
        if !["Service", "ServiceSubset", "Namespace"].into_iter().any(given)
            && items(target, "Datacenters").is_empty()
        {
            return Err(format!(
                "Bad Failover[{}] one of Service, ServiceSubset, Namespace, or Datacenters is required",
                quoted(subset)
            ));
        }
    }
    let timeout = text(entry, "ConnectTimeout");
    if timeout.starts_with('-') {
        return Err(format!("Bad ConnectTimeout '{timeout}', must be >= 0"));
    }
    Ok(())
}

fn validate_splitter(name: &str, entry: &Value) -> Result<(), String> {
    let splits = items(entry, "Splits");
    if splits.is_empty() {
        return Err("no splits configured".to_string());
    }
    let mut seen = BTreeSet::new();
    // In hundredths of a percent, as Consul adds them.
    let mut sum = 0.0;
    for split in splits {
        let weight = split.get("Weight").and_then(Value::as_f64).unwrap_or(0.0);
        sum += (weight * 100.0).round();
        let service = if text(split, "Service").is_empty() { name } else { text(split, "Service") };
        let subset = text(split, "ServiceSubset");
        if !seen.insert((service, subset)) {
            return Err(format!(
                "split destination occurs more than once: service={}, subset={}, namespace=\"\"",
                quoted(service),
                quoted(subset)
            ));
        }
    }
    if sum == 10_000.0 {
        Ok(())
    } else {
        Err(format!("the sum of all split weights must be 100, not {:.6}", sum / 100.0))
    }
}

fn validate_router(entry: &Value) -> Result<(), String> {
    for (at, route) in items(entry, "Routes").iter().enumerate() {
        let http = route.pointer("/Match/HTTP").unwrap_or(&Value::Null);
        let paths = ["PathExact", "PathPrefix", "PathRegex"];
        let given: Vec<&str> = paths.into_iter().filter(|name| !text(http, name).is_empty()).collect();
        if given.len() > 1 {
            return Err(format!(
                "Route[{at}] should only contain at most one of PathExact, PathPrefix, or PathRegex"
            ));
        }
        for name in ["PathExact", "PathPrefix"] {
            let path = text(http, name);
            if !path.is_empty() && !path.starts_with('/') {
                return Err(format!("Route[{at}] {name} doesn't start with '/': {}", quoted(path)));
            }
        }
        let kinds: [(&str, &[&str], &str); 2] = [
            ("Header", &["Exact", "Prefix", "Suffix", "Regex"], "Present, Exact, Prefix, Suffix, or Regex"),
            ("QueryParam", &["Exact", "Regex"], "Present, Exact, or Regex"),
        ];
        for (kind, texts, told) in kinds {
            for (n, part) in items(http, kind).iter().enumerate() {
                if text(part, "Name").is_empty() {
                    return Err(format!("Route[{at}] {kind}[{n}] missing required Name field"));
                }
                let present = usize::from(part.get("Present") == Some(&Value::Bool(true)));
                if present + texts.iter().filter(|name| !text(part, name).is_empty()).count() != 1 {
                    return Err(format!("Route[{at}] {kind}[{n}] should only contain one of {told}"));
                }
            }
        }
        let to = route.get("Destination").unwrap_or(&Value::Null);
        if !text(to, "PrefixRewrite").is_empty() && !given.iter().any(|name| *name != "PathRegex") {
            return Err(format!(
                "Route[{at}] cannot make use of PrefixRewrite without configuring either PathExact or PathPrefix"
            ));
        }
    }
    Ok(())
}

/// Follows every chain from every service that has one.
pub(super) fn check_all(store: &Store) -> Result<(), String> {
    let names: BTreeSet<&str> = store
        .documents(CONFIG)
        .filter_map(|(id, _)| id.split_once('/'))
        .filter(|(kind, _)| matches!(*kind, "service-router" | "service-splitter" | "service-resolver"))
        .map(|(_, name)| name)
        .collect();
    names.into_iter().try_for_each(|name| Chain::new(store, name).check())
}

struct Chain<'s> {
    store: &'s Store,
    name: &'s str,
    protocol: String,
    routed: bool,
    seen: BTreeSet<(String, String)>,
}

impl<'s> Chain<'s> {
    fn new(store: &'s Store, name: &'s str) -> Chain<'s> {
        Chain { store, name, protocol: protocol(store, name), routed: false, seen: BTreeSet::new() }
    }

    fn entry(&self, kind: &str, name: &str) -> Option<&'s Value> {
        self.store.document(CONFIG, &format!("{kind}/{}", name.to_lowercase()))
    }

    fn check(mut self) -> Result<(), String> {
        if let Some(router) = self.entry("service-router", self.name) {
            self.routed = true;
            for route in items(router, "Routes") {
                let to = route.get("Destination").unwrap_or(&Value::Null);
                let service = if text(to, "Service").is_empty() { self.name } else { text(to, "Service") };
                self.target(service, text(to, "ServiceSubset"))?;
            }
        }
        self.target(self.name, "")?;
        if self.routed && !["http", "http2", "grpc"].contains(&self.protocol.as_str()) {
            return Err(format!(
                "discovery chain {} uses a protocol {} that does not permit advanced routing or splitting behavior",
                quoted(self.name),
                quoted(&self.protocol)
            ));
        }
        Ok(())
    }

    /// A service, by way of its splitter if no subset is asked for.
    fn target(&mut self, service: &str, subset: &str) -> Result<(), String> {
        self.same_protocol(service)?;
        if !self.seen.insert((service.to_string(), format!("split {subset}"))) {
            return Ok(());
        }
        match self.entry("service-splitter", service).filter(|_| subset.is_empty()) {
            None => self.resolve(service, subset),
            Some(splitter) => {
                self.routed = true;
                for split in items(splitter, "Splits") {
                    let (to, part) = (text(split, "Service"), text(split, "ServiceSubset"));
                    if to.is_empty() || to == service {
                        self.resolve(service, part)?;
                    } else {
                        self.target(to, part)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn resolve(&mut self, service: &str, subset: &str) -> Result<(), String> {
        self.same_protocol(service)?;
        if !self.seen.insert((service.to_string(), format!("resolve {subset}"))) {
            return Ok(());
        }
        let resolver = self.entry("service-resolver", service).unwrap_or(&Value::Null);
        if let Some(redirect) = resolver.get("Redirect").filter(|_| subset.is_empty()) {
            let to = if text(redirect, "Service").is_empty() { service } else { text(redirect, "Service") };
            return self.resolve(to, text(redirect, "ServiceSubset"));
        }
        let subset = if subset.is_empty() { text(resolver, "DefaultSubset") } else { subset };
        if !subset.is_empty() && resolver.pointer(&format!("/Subsets/{subset}")).is_none() {
            return Err(format!(
                "service {} does not have a subset named {}",
                quoted(service),
                quoted(subset)
            ));
        }
        let failover = resolver.get("Failover").and_then(Value::as_object);
        for target in failover.into_iter().flat_map(Map::values) {
            let to = if text(target, "Service").is_empty() { service } else { text(target, "Service") };
            self.resolve(to, text(target, "ServiceSubset"))?;
        }
        Ok(())
    }

    fn same_protocol(&self, service: &str) -> Result<(), String> {
        let other = protocol(self.store, service);
        if other == self.protocol {
            return Ok(());
        }
        let (name, service, is, wanted) =
            (quoted(self.name), quoted(service), quoted(&other), quoted(&self.protocol));
        Err(format!(
            "discovery chain {name} uses inconsistent protocols; service {service} has {is} which is not {wanted}"
        ))
    }
}

/// A service's protocol: its own, else the one for all, else TCP.
fn protocol(store: &Store, service: &str) -> String {
    let all =
        store.document(CONFIG, "proxy-defaults/global").and_then(|entry| entry.pointer("/Config/protocol"));
    // A service's defaults count as a whole: without a protocol they mean TCP.
    match store.document(CONFIG, &format!("service-defaults/{}", service.to_lowercase())) {
        Some(own) if text(own, "Protocol").is_empty() => "tcp".to_string(),
        Some(own) => text(own, "Protocol").to_string(),
        None => all.and_then(Value::as_str).unwrap_or("tcp").to_string(),
    }
}
