//! The shapes of prepared queries and intentions.

use super::{META, TEXTS};
use crate::world::agent::decode::{Kind, Struct};

/// `POST /v1/query`
pub(in crate::world::agent) const QUERY: Kind = Kind::Record(&Struct {
    name: "PreparedQuery",
    type_name: "structs.PreparedQuery",
    lenient: false,
    fields: &[
        ("ID", Kind::Text),
        ("Name", Kind::Text),
        ("Session", Kind::Text),
        ("Token", Kind::Text),
        ("Template", TEMPLATE),
        ("Service", SERVICE_QUERY),
        ("DNS", DNS),
        ("CreateIndex", Kind::Count),
        ("ModifyIndex", Kind::Count),
    ],
});

const TEMPLATE: Kind = Kind::Record(&Struct {
    name: "QueryTemplateOptions",
    type_name: "structs.QueryTemplateOptions",
    lenient: false,
    fields: &[("Type", Kind::Text), ("Regexp", Kind::Text), ("RemoveEmptyTags", Kind::Flag)],
});

const SERVICE_QUERY: Kind = Kind::Record(&Struct {
    name: "ServiceQuery",
    type_name: "structs.ServiceQuery",
    lenient: false,
    fields: &[
        ("Service", Kind::Text),
        ("Failover", FAILOVER),
        ("OnlyPassing", Kind::Flag),
        ("IgnoreCheckIDs", TEXTS),
        ("Near", Kind::Text),
        ("Tags", TEXTS),
        ("NodeMeta", META),
        ("ServiceMeta", META),
        ("Connect", Kind::Flag),
    ],
});

const FAILOVER: Kind = Kind::Record(&Struct {
    name: "QueryDatacenterOptions",
    type_name: "structs.QueryDatacenterOptions",
    lenient: false,
    fields: &[("NearestN", Kind::Int), ("Datacenters", TEXTS)],
});

const DNS: Kind = Kind::Record(&Struct {
    name: "QueryDNSOptions",
    type_name: "structs.QueryDNSOptions",
    lenient: false,
    fields: &[("TTL", Kind::Text)],
});

/// `POST /v1/connect/intentions`
pub(in crate::world::agent) const INTENTION: Kind = Kind::Record(&Struct {
    name: "",
    type_name: "structs.Intention",
    lenient: false,
    fields: &[
        ("ID", Kind::Text),
        ("Description", Kind::Text),
        ("SourceNS", Kind::Text),
        ("SourceName", Kind::Text),
        ("DestinationNS", Kind::Text),
        ("DestinationName", Kind::Text),
        ("SourceType", Kind::Named("structs.IntentionSourceType")),
        ("Action", Kind::Named("structs.IntentionAction")),
        ("DefaultAddr", Kind::Text),
        ("DefaultPort", Kind::Int),
        ("Meta", META),
        ("Precedence", Kind::Int),
        ("CreatedAt", Kind::Text),
        ("UpdatedAt", Kind::Text),
        ("Hash", Kind::Bytes),
        ("CreateIndex", Kind::Count),
        ("ModifyIndex", Kind::Count),
    ],
});
