//! The shapes of request bodies, as data for [`super::decode`].

pub(super) mod config;
pub(super) mod discovery;

use super::decode::{Kind, Struct};

const TEXTS: Kind = Kind::List(&Kind::Text);
const META: Kind = Kind::Table(&Kind::Text);

/// `PUT /v1/catalog/register`
pub(in crate::world::agent) const REGISTER: Kind = Kind::Record(&Struct {
    name: "RegisterRequest",
    type_name: "structs.RegisterRequest",
    lenient: false,
    fields: &[
        ("Datacenter", Kind::Text),
        ("ID", Kind::Text),
        ("Node", Kind::Text),
        ("Address", Kind::Text),
        ("TaggedAddresses", META),
        ("NodeMeta", META),
        ("Service", NODE_SERVICE),
        ("Check", REGISTER_CHECK),
        ("Checks", Kind::List(&REGISTER_CHECK)),
        ("SkipNodeUpdate", Kind::Flag),
    ],
});

/// `PUT /v1/catalog/deregister`
pub(in crate::world::agent) const DEREGISTER: Kind = Kind::Record(&Struct {
    name: "DeregisterRequest",
    type_name: "structs.DeregisterRequest",
    lenient: false,
    fields: &[
        ("Datacenter", Kind::Text),
        ("Node", Kind::Text),
        ("ServiceID", Kind::Text),
        ("CheckID", Kind::Text),
    ],
});

const NODE_SERVICE: Kind = Kind::Record(&Struct {
    name: "NodeService",
    type_name: "structs.NodeService",
    lenient: false,
    fields: &[
        ("Kind", Kind::Text),
        ("ID", Kind::Text),
        ("Service", Kind::Text),
        ("Tags", TEXTS),
        ("Address", Kind::Text),
        ("TaggedAddresses", SERVICE_ADDRESSES),
        ("Meta", META),
        ("Port", Kind::Int),
        ("Weights", WEIGHTS),
        ("EnableTagOverride", Kind::Flag),
        ("Proxy", PROXY),
        ("Connect", CONNECT),
        ("CreateIndex", Kind::Count),
        ("ModifyIndex", Kind::Count),
    ],
});

const SERVICE_ADDRESSES: Kind = Kind::Table(&Kind::Record(&Struct {
    name: "ServiceAddress",
    type_name: "structs.ServiceAddress",
    lenient: false,
    fields: &[("Address", Kind::Text), ("Port", Kind::Int)],
}));

const WEIGHTS: Kind = Kind::Record(&Struct {
    name: "Weights",
    type_name: "structs.Weights",
    lenient: false,
    fields: &[("Passing", Kind::Int), ("Warning", Kind::Int)],
});

const CONNECT: Kind = Kind::Record(&Struct {
    name: "ServiceConnect",
    type_name: "structs.ServiceConnect",
    lenient: false,
    fields: &[("Native", Kind::Flag), ("SidecarService", Kind::Any)],
});

const MESH_GATEWAY: Kind = Kind::Record(&Struct {
    name: "MeshGatewayConfig",
    type_name: "structs.MeshGatewayConfig",
    lenient: false,
    fields: &[("Mode", Kind::Text)],
});

const PROXY: Kind = Kind::Record(&Struct {
    name: "ConnectProxyConfig",
    type_name: "structs.ConnectProxyConfig",
    lenient: false,
    fields: &[
        ("DestinationServiceName", Kind::Text),
        ("DestinationServiceID", Kind::Text),
        ("LocalServiceAddress", Kind::Text),
        ("LocalServicePort", Kind::Int),
        ("Config", Kind::Table(&Kind::Any)),
        ("Upstreams", Kind::List(&UPSTREAM)),
        ("MeshGateway", MESH_GATEWAY),
        ("Expose", EXPOSE),
    ],
});

const UPSTREAM: Kind = Kind::Record(&Struct {
    name: "Upstream",
    type_name: "structs.Upstream",
    lenient: false,
    fields: &[
        ("DestinationType", Kind::Text),
        ("DestinationNamespace", Kind::Text),
        ("DestinationName", Kind::Text),
        ("Datacenter", Kind::Text),
        ("LocalBindAddress", Kind::Text),
        ("LocalBindPort", Kind::Int),
        ("Config", Kind::Table(&Kind::Any)),
        ("MeshGateway", MESH_GATEWAY),
    ],
});

const EXPOSE: Kind = Kind::Record(&Struct {
    name: "ExposeConfig",
    type_name: "structs.ExposeConfig",
    lenient: false,
    fields: &[("Checks", Kind::Flag), ("Paths", Kind::List(&EXPOSE_PATH))],
});

const EXPOSE_PATH: Kind = Kind::Record(&Struct {
    name: "ExposePath",
    type_name: "structs.ExposePath",
    lenient: false,
    fields: &[
        ("ListenerPort", Kind::Int),
        ("Path", Kind::Text),
        ("LocalPathPort", Kind::Int),
        ("Protocol", Kind::Text),
    ],
});

const CHECK_FIELDS: &[(&str, Kind)] = &[
    ("Node", Kind::Text),
    ("CheckID", Kind::Named("types.CheckID")),
    ("Name", Kind::Text),
    ("Status", Kind::Text),
    ("Notes", Kind::Text),
    ("Output", Kind::Text),
    ("ServiceID", Kind::Text),
    ("ServiceName", Kind::Text),
    ("ServiceTags", TEXTS),
    ("Type", Kind::Text),
    ("Definition", REGISTER_CHECK_DEFINITION),
    ("CreateIndex", Kind::Count),
    ("ModifyIndex", Kind::Count),
];

const REGISTER_CHECK: Kind = Kind::Record(&Struct {
    name: "HealthCheck",
    type_name: "structs.HealthCheck",
    lenient: false,
    fields: CHECK_FIELDS,
});

// Decoded by code of its own in Consul, which is why unknown fields pass here.
const REGISTER_CHECK_DEFINITION: Kind = Kind::Record(&Struct {
    name: "HealthCheckDefinition",
    type_name: "struct { Interval interface {}; Timeout interface {}; DeregisterCriticalServiceAfter interface {}; TTL interface {}; *structs.Alias }",
    lenient: true,
    fields: &[
        ("Interval", Kind::Duration),
        ("Timeout", Kind::Duration),
        ("DeregisterCriticalServiceAfter", Kind::Duration),
        ("HTTP", Kind::Text),
        ("TLSSkipVerify", Kind::Flag),
        ("Header", Kind::Table(&TEXTS)),
        ("Method", Kind::Text),
        ("Body", Kind::Text),
        ("TCP", Kind::Text),
        ("ScriptArgs", TEXTS),
        ("DockerContainerID", Kind::Text),
        ("Shell", Kind::Text),
        ("GRPC", Kind::Text),
        ("GRPCUseTLS", Kind::Flag),
        ("AliasNode", Kind::Text),
        ("AliasService", Kind::Text),
        ("TTL", Kind::Duration),
    ],
});

/// `PUT /v1/txn`
pub(in crate::world::agent) const TXN: Kind = Kind::List(&Kind::Record(&Struct {
    name: "TxnOp",
    type_name: "api.TxnOp",
    lenient: false,
    fields: &[("KV", TXN_KV), ("Node", TXN_NODE), ("Service", TXN_SERVICE), ("Check", TXN_CHECK)],
}));

const TXN_KV: Kind = Kind::Record(&Struct {
    name: "KVTxnOp",
    type_name: "api.KVTxnOp",
    lenient: false,
    fields: &[
        ("Verb", Kind::Text),
        ("Key", Kind::Text),
        ("Value", Kind::Bytes),
        ("Flags", Kind::Count),
        ("Index", Kind::Count),
        ("Session", Kind::Text),
    ],
});

const TXN_NODE: Kind = Kind::Record(&Struct {
    name: "NodeTxnOp",
    type_name: "api.NodeTxnOp",
    lenient: false,
    fields: &[
        ("Verb", Kind::Text),
        (
            "Node",
            Kind::Record(&Struct {
                name: "Node",
                type_name: "api.Node",
                lenient: false,
                fields: &[
                    ("ID", Kind::Text),
                    ("Node", Kind::Text),
                    ("Address", Kind::Text),
                    ("Datacenter", Kind::Text),
                    ("TaggedAddresses", META),
                    ("Meta", META),
                    ("CreateIndex", Kind::Count),
                    ("ModifyIndex", Kind::Count),
                ],
            }),
        ),
    ],
});

const TXN_SERVICE: Kind = Kind::Record(&Struct {
    name: "ServiceTxnOp",
    type_name: "api.ServiceTxnOp",
    lenient: false,
    fields: &[
        ("Verb", Kind::Text),
        ("Node", Kind::Text),
        (
            "Service",
            Kind::Record(&Struct {
                name: "AgentService",
                type_name: "api.AgentService",
                lenient: false,
                fields: &[
                    ("Kind", Kind::Text),
                    ("ID", Kind::Text),
                    ("Service", Kind::Text),
                    ("Tags", TEXTS),
                    ("Meta", META),
                    ("Port", Kind::Int),
                    ("Address", Kind::Text),
                    ("TaggedAddresses", SERVICE_ADDRESSES),
                    ("Weights", WEIGHTS),
                    ("EnableTagOverride", Kind::Flag),
                    ("CreateIndex", Kind::Count),
                    ("ModifyIndex", Kind::Count),
                    ("ContentHash", Kind::Text),
                    ("Proxy", PROXY),
                    ("Connect", CONNECT),
                    ("Namespace", Kind::Text),
                ],
            }),
        ),
    ],
});

const TXN_CHECK: Kind = Kind::Record(&Struct {
    name: "CheckTxnOp",
    type_name: "api.CheckTxnOp",
    lenient: false,
    fields: &[
        ("Verb", Kind::Text),
        (
            "Check",
            Kind::Record(&Struct {
                name: "HealthCheck",
                type_name: "api.HealthCheck",
                lenient: false,
                fields: &[
                    ("Node", Kind::Text),
                    ("CheckID", Kind::Text),
                    ("Name", Kind::Text),
                    ("Status", Kind::Text),
                    ("Notes", Kind::Text),
                    ("Output", Kind::Text),
                    ("ServiceID", Kind::Text),
                    ("ServiceName", Kind::Text),
                    ("ServiceTags", TEXTS),
                    ("Type", Kind::Text),
                    ("Namespace", Kind::Text),
                    ("Definition", TXN_CHECK_DEFINITION),
                    ("CreateIndex", Kind::Count),
                    ("ModifyIndex", Kind::Count),
                ],
            }),
        ),
    ],
});

const TXN_CHECK_DEFINITION: Kind = Kind::Record(&Struct {
    name: "HealthCheckDefinition",
    type_name: "api.HealthCheckDefinition",
    lenient: true,
    fields: &[
        ("HTTP", Kind::Text),
        ("Header", Kind::Table(&TEXTS)),
        ("Method", Kind::Text),
        ("Body", Kind::Text),
        ("TLSSkipVerify", Kind::Flag),
        ("TCP", Kind::Text),
        ("Interval", Kind::Duration),
        ("Timeout", Kind::Duration),
        ("DeregisterCriticalServiceAfter", Kind::Duration),
        ("IntervalDuration", Kind::Duration),
        ("TimeoutDuration", Kind::Duration),
        ("DeregisterCriticalServiceAfterDuration", Kind::Duration),
    ],
});

/// `PUT /v1/session/create`; its `LockDelay` has rules of its own.
pub(in crate::world::agent) const SESSION: Kind = Kind::Record(&Struct {
    name: "",
    type_name: "struct { LockDelay interface {}; *structs.Alias }",
    lenient: true,
    fields: &[
        ("LockDelay", Kind::Any),
        ("Name", Kind::Text),
        ("Node", Kind::Text),
        ("Checks", TEXTS),
        ("NodeChecks", TEXTS),
        ("Behavior", Kind::Text),
        ("TTL", Kind::Text),
    ],
});
