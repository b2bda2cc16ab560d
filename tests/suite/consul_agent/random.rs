//! Random sequences of requests over a few names, which two agents must answer alike.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

/// A case, in the form of a transcript, that is the same for the same seed.
pub fn case(seed: u64, requests: usize) -> String {
    let mut make = Maker { rng: ChaCha8Rng::seed_from_u64(seed), seed };
    let mut out = String::new();
    // Two sessions and the index of a key, for what needs them.
    for name in ["one", "two"] {
        let behavior = make.one(&["release", "delete"]);
        let body = json!({"LockDelay": "0s", "NodeChecks": [], "Behavior": behavior});
        out += &format!("> PUT /v1/session/create\n{body}\n= {name} /ID\n");
    }
    out += &format!("> PUT /v1/kv/{seed}/a\nx\n> GET /v1/kv/{seed}/a\n= seen /0/ModifyIndex\n");
    for _ in 0..requests {
        out += &make.request();
    }
    // What came of it all.
    for path in ["/v1/kv/?recurse", "/v1/health/state/any", "/v1/session/list", "/v1/catalog/services"] {
        out += &format!("> GET {path}\n");
    }
    for name in ["n1", "N2"] {
        out += &format!("> GET /v1/catalog/node/{name}\n> GET /v1/health/node/{name}\n");
    }
    out
}

struct Maker {
    rng: ChaCha8Rng,
    seed: u64,
}

impl Maker {
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.rng).expect("something to choose from")
    }

    fn often(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn node(&mut self) -> &'static str {
        self.one(&["n1", "n1", "N1", "n2", "n3"])
    }

    fn id(&mut self) -> &'static str {
        self.one(&["s", "s", "s", "S", "S", "t", "t", "u", ""])
    }

    fn service_name(&mut self) -> &'static str {
        self.one(&["web", "web", "Web", "db", "s"])
    }

    fn check_id(&mut self) -> &'static str {
        self.one(&["c", "c", "C", "C", "d", "d", "e", ""])
    }

    /// Of its own for each seed: Consul remembers for a while what was deleted.
    fn key(&mut self) -> String {
        let name = self.one(&["a", "b", "d/", "d/1", "d/1/2", "D/1"]);
        format!("{}/{name}", self.seed)
    }

    fn session(&mut self) -> &'static str {
        self.one(&["$one", "$two", "$one", "12345678-1234-1234-1234-123456789012"])
    }

    fn index(&mut self) -> &'static str {
        self.one(&["0", "1", "$seen", "$seen"])
    }

    /// Some of the fields, each at random.
    fn some(&mut self, fields: Value) -> Map<String, Value> {
        let Value::Object(fields) = fields else { return Map::new() };
        fields.into_iter().filter(|_| self.often(50)).collect()
    }

    fn service(&mut self) -> Map<String, Value> {
        let tag = self.one(&["x", "y"]);
        let mut fields = self.some(json!({
            "Tags": [tag], "Port": 80, "Meta": {"m": "1"}, "Address": "2.2.2.2",
            "EnableTagOverride": true, "Weights": {"Passing": 2, "Warning": 1},
        }));
        fields.insert("ID".to_string(), self.id().into());
        fields.insert("Service".to_string(), self.service_name().into());
        fields
    }

    fn check(&mut self) -> Map<String, Value> {
        let (status, note) = (self.one(&["passing", "warning", "critical"]), self.one(&["n", "m"]));
        let mut fields = self.some(json!({
            "Name": "name", "Status": status, "Notes": note,
            "Definition": {"HTTP": "http://x", "Interval": "90s"},
        }));
        fields.insert("CheckID".to_string(), self.check_id().into());
        if self.often(50) {
            fields.insert("ServiceID".to_string(), self.id().into());
        }
        fields
    }

    fn request(&mut self) -> String {
        match self.rng.random_range(0..12) {
            0..3 => self.register(),
            3 => self.deregister(),
            4..6 => self.kv(),
            6..9 => self.txn(),
            9 => {
                let ends = self.often(25);
                if ends {
                    let session = self.session();
                    return format!("> PUT /v1/session/destroy/{session}\n");
                }
                self.read()
            }
            _ => self.read(),
        }
    }

    fn register(&mut self) -> String {
        let address = self.one(&["1.1.1.1", "1.1.1.2"]);
        let mut body = self.some(json!({"NodeMeta": {"k": "v"}, "TaggedAddresses": {"lan": "1.1.1.1"}}));
        body.insert("Node".to_string(), self.node().into());
        body.insert("Address".to_string(), address.into());
        if self.often(20) {
            let last = self.rng.random_range(1..3);
            body.insert("ID".to_string(), format!("5b8ab1ec-0000-4000-8000-00000000000{last}").into());
        }
        if self.often(30) {
            body.insert("SkipNodeUpdate".to_string(), true.into());
        }
        if self.often(60) {
            body.insert("Service".to_string(), self.service().into());
        }
        if self.often(40) {
            let checks: Vec<Value> = (0..self.rng.random_range(1..3)).map(|_| self.check().into()).collect();
            body.insert("Checks".to_string(), checks.into());
        }
        format!("> PUT /v1/catalog/register\n{}\n", Value::Object(body))
    }

    fn deregister(&mut self) -> String {
        let mut body = json!({"Node": self.node()});
        match self.rng.random_range(0..5) {
            0 | 1 => body["ServiceID"] = self.id().into(),
            2 | 3 => body["CheckID"] = self.check_id().into(),
            _ => {}
        }
        format!("> PUT /v1/catalog/deregister\n{body}\n")
    }

    fn kv(&mut self) -> String {
        let key = self.key();
        let (session, index) = (self.session(), self.index());
        match self.rng.random_range(0..8) {
            0 => format!("> PUT /v1/kv/{key}?cas={index}\nv\n"),
            1 => format!("> PUT /v1/kv/{key}?acquire={session}\nl\n"),
            2 => format!("> PUT /v1/kv/{key}?release={session}\nr\n"),
            3 => format!("> PUT /v1/kv/{key}?flags=7\nf\n"),
            4 => format!("> PUT /v1/kv/{key}\nv\n"),
            5 => format!("> DELETE /v1/kv/{key}\n"),
            6 => format!("> DELETE /v1/kv/{key}?cas={index}\n"),
            _ => format!("> DELETE /v1/kv/{key}?recurse\n"),
        }
    }

    fn txn(&mut self) -> String {
        let ops: Vec<String> = (0..self.rng.random_range(1..4)).map(|_| self.op()).collect();
        format!("> PUT /v1/txn\n[{}]\n", ops.join(","))
    }

    fn op(&mut self) -> String {
        // Numbers that a name stands for are put in as text.
        let index = self.index();
        let verb = self.one(&["set", "set", "set", "set", "cas", "get", "delete", "delete", "delete-cas"]);
        match self.rng.random_range(0..5) {
            0 => {
                let node = self.node();
                let meta = self.one(&["{}", "{\"k\":\"v\"}", "null"]);
                format!(
                    r#"{{"Node":{{"Verb":"{verb}","Node":{{"Node":"{node}","Address":"1.1.1.1","Meta":{meta},"ModifyIndex":{index}}}}}}}"#
                )
            }
            1 => {
                let node = self.node();
                let (id, name) = (self.id(), self.service_name());
                format!(
                    r#"{{"Service":{{"Verb":"{verb}","Node":"{node}","Service":{{"ID":"{id}","Service":"{name}","ModifyIndex":{index}}}}}}}"#
                )
            }
            2 => {
                let mut check = self.check();
                check.insert("Node".to_string(), self.node().into());
                // Left open for the index.
                let check = Value::Object(check).to_string();
                let check = check.strip_suffix('}').expect("an object").to_string();
                format!(r#"{{"Check":{{"Verb":"{verb}","Check":{check},"ModifyIndex":{index}}}}}}}"#)
            }
            _ => {
                let verb = self.one(&[
                    "set",
                    "set",
                    "cas",
                    "lock",
                    "unlock",
                    "get",
                    "get-tree",
                    "check-index",
                    "check-session",
                    "check-not-exists",
                    "delete",
                    "delete-tree",
                    "delete-cas",
                ]);
                let (key, session) = (self.key(), self.session());
                format!(
                    r#"{{"KV":{{"Verb":"{verb}","Key":"{key}","Value":"YQ==","Index":{index},"Session":"{session}"}}}}"#
                )
            }
        }
    }

    fn read(&mut self) -> String {
        let path = match self.rng.random_range(0..10) {
            0 => format!("/v1/catalog/node/{}", self.node()),
            1 => format!("/v1/catalog/service/{}", self.service_name()),
            2 => format!("/v1/health/service/{}", self.service_name()),
            3 => format!("/v1/health/node/{}", self.node()),
            4 => format!("/v1/health/checks/{}", self.service_name()),
            5 => format!("/v1/kv/{}", self.key()),
            6 => format!("/v1/kv/{}?recurse", self.key()),
            7 => format!("/v1/kv/{}?keys&separator=/", self.key()),
            8 => format!("/v1/health/service/{}?passing&tag=x", self.service_name()),
            _ => "/v1/catalog/services".to_string(),
        };
        format!("> GET {path}\n")
    }
}
