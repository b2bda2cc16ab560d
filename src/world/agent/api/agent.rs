//! `agent/` and `status/`: what the agent says about itself.

use crate::world::agent::CONSUL_VERSION;
use crate::world::agent::reply::Reply;
use crate::world::agent::server::Server;
use serde_json::{Value, json};

/// Where a real server's peers would reach it. Nothing listens there.
const PEER: &str = "127.0.0.1:8300";

pub(super) fn leader() -> Reply {
    Reply::json(PEER)
}

pub(super) fn peers() -> Reply {
    Reply::json(json!([PEER]))
}

pub(super) fn members(server: &Server) -> Reply {
    Reply::json(json!([member(server)]))
}

pub(super) fn itself(server: &Server) -> Reply {
    let identity = &server.identity;
    Reply::json(json!({
        "Config": {
            "Datacenter": identity.datacenter,
            "NodeName": identity.node,
            "NodeID": identity.node_id,
            "Revision": "",
            "Server": true,
            "Version": CONSUL_VERSION,
        },
        "DebugConfig": {
            "ACLsEnabled": false,
            "Datacenter": identity.datacenter,
            "DevMode": true,
            "HTTPAddrs": [format!("tcp://{}", identity.address)],
            "HTTPPort": identity.address.port(),
            "KVMaxValueSize": super::kv::VALUE_LIMIT,
            "NodeID": identity.node_id,
            "NodeName": identity.node,
            "PrimaryDatacenter": identity.datacenter,
            "ServerMode": true,
            "TxnMaxReqLen": super::txn::BODY_LIMIT,
            "Version": CONSUL_VERSION,
        },
        "Coord": {"Vec": [0, 0, 0, 0, 0, 0, 0, 0], "Error": 1.5, "Adjustment": 0, "Height": 0.00001},
        "Member": member(server),
        "Meta": {"consul-network-segment": ""},
        "Stats": {
            "build": {"prerelease": "", "revision": "prov", "version": CONSUL_VERSION},
            "consul": {
                "acl": "disabled",
                "bootstrap": "false",
                "known_datacenters": "1",
                "leader": "true",
                "leader_addr": PEER,
                "server": "true",
            },
        },
    }))
}

fn member(server: &Server) -> Value {
    let identity = &server.identity;
    json!({
        "Name": identity.node,
        "Addr": "127.0.0.1",
        "Port": 8301,
        "Tags": {
            "acls": "0",
            "build": format!("{CONSUL_VERSION}:"),
            "dc": identity.datacenter,
            "ft_fs": "1",
            "id": identity.node_id,
            "port": "8300",
            "raft_vsn": "3",
            "role": "consul",
            "segment": "",
            "vsn": "2",
            "vsn_max": "3",
            "vsn_min": "2",
            "wan_join_port": "8302",
        },
        "Status": 1,
        "ProtocolMin": 1,
        "ProtocolMax": 5,
        "ProtocolCur": 2,
        "DelegateMin": 2,
        "DelegateMax": 5,
        "DelegateCur": 4,
    })
}
