//! Objects that exist, by their id.

use super::catalog::Wanted;
use super::client::Client;
use super::resources::{keys, node, service};
use super::trouble::Trouble;
use crate::base::value::Value;
use crate::engine::provider::{ImportRequest, Object};

/// The object with the id asked for: a node's name, `<node>/<service_id>`, a key, or a prefix.
pub async fn object(client: &Client, request: &ImportRequest) -> Result<Object, Trouble> {
    client.acl().await?;
    let datacenter = client.default_datacenter().await?;
    let id = request.id.as_str();
    let mut wanted = Wanted::default();
    let load = async |wanted: &Wanted| wanted.load(client, client.datacenter.as_deref()).await;
    match request.kind.as_str() {
        node::KIND => {
            wanted.whole(id);
            let view = load(&wanted).await?;
            let found = view.node(id).ok_or_else(|| missing(format!("there is no node {id:?}")))?;
            if view.checks(id).iter().any(|check| check.id == super::catalog::SERF) {
                return Err(Trouble::permanent(
                    "it is the node of a live agent, which keeps it as the agent says",
                )
                .help("only external nodes can be managed"));
            }
            Ok(node::object(found))
        }
        service::KIND => {
            let parts = id.split_once('/').filter(|(node, service)| !node.is_empty() && !service.is_empty());
            let (node, service) = parts.ok_or_else(|| {
                Trouble::permanent(format!("{id:?} does not say which service"))
                    .help("write <node>/<service_id>")
            })?;
            wanted.whole(node);
            let view = load(&wanted).await?;
            let found = view.service(node, service);
            let found =
                found.ok_or_else(|| missing(format!("there is no service {service:?} at node {node:?}")))?;
            let node = view.node(node).map_or(node, |node| node.node.as_str());
            Ok(service::object(node, &datacenter, found, &view.checks_of(node, service), None))
        }
        keys::KIND => {
            let key = Value::map([
                ("path", Value::from(id)),
                ("value", "".into()),
                ("flags", 0i64.into()),
                ("delete", false.into()),
            ]);
            let like = Value::map([("key", Value::from(vec![key])), ("id", id.into())]);
            wanted.keys([id.to_owned()]);
            let view = load(&wanted).await?;
            keys::object(&like, &view, &datacenter).ok_or_else(|| missing(format!("there is no key {id:?}")))
        }
        _ => {
            let found = super::data::below(client, client.datacenter.as_deref(), id).await?;
            if found.is_empty() {
                return Err(missing(format!("there are no keys below {id:?}")));
            }
            let names =
                found.iter().filter_map(|key| key.key.strip_prefix(id).filter(|name| !name.is_empty()));
            let subkeys = Value::map(names.map(|name| (crate::base::Text::from(name), Value::from(""))));
            let like = Value::map([
                ("path_prefix", Value::from(id)),
                ("subkeys", subkeys),
                ("subkey", Vec::new().into()),
                ("id", id.into()),
            ]);
            wanted.keys(keys::paths(&like));
            let view = load(&wanted).await?;
            keys::object(&like, &view, &datacenter)
                .ok_or_else(|| missing(format!("there are no keys below {id:?}")))
        }
    }
}

fn missing(answer: String) -> Trouble {
    Trouble::permanent(answer)
}
