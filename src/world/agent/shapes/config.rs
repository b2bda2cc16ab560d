//! The shapes of config entries.

use super::{EXPOSE, MESH_GATEWAY, META, TEXTS};
use crate::world::agent::decode::{Kind, Struct};

/// The shape of a kind of config entry that this agent knows.
pub(in crate::world::agent) fn shape(kind: &str) -> Option<Kind> {
    Some(Kind::Record(match kind {
        "service-defaults" => &SERVICE_DEFAULTS,
        "proxy-defaults" => &PROXY_DEFAULTS,
        "service-resolver" => &SERVICE_RESOLVER,
        "service-router" => &SERVICE_ROUTER,
        "service-splitter" => &SERVICE_SPLITTER,
        _ => return None,
    }))
}

const SERVICE_DEFAULTS: Struct = Struct {
    name: "ServiceConfigEntry",
    type_name: "structs.ServiceConfigEntry",
    lenient: false,
    fields: &[
        ("Kind", Kind::Text),
        ("Name", Kind::Text),
        ("Protocol", Kind::Text),
        ("MeshGateway", MESH_GATEWAY),
        ("Expose", EXPOSE),
        ("ExternalSNI", Kind::Text),
        ("Meta", META),
        ("CreateIndex", Kind::Count),
        ("ModifyIndex", Kind::Count),
    ],
};

const PROXY_DEFAULTS: Struct = Struct {
    name: "ProxyConfigEntry",
    type_name: "structs.ProxyConfigEntry",
    lenient: false,
    fields: &[
        ("Kind", Kind::Text),
        ("Name", Kind::Text),
        ("Config", Kind::Table(&Kind::Any)),
        ("MeshGateway", MESH_GATEWAY),
        ("Expose", EXPOSE),
        ("Meta", META),
        ("CreateIndex", Kind::Count),
        ("ModifyIndex", Kind::Count),
    ],
};

const SERVICE_RESOLVER: Struct = Struct {
    name: "ServiceResolverConfigEntry",
    type_name: "structs.ServiceResolverConfigEntry",
    lenient: false,
    fields: &[
        ("Kind", Kind::Text),
        ("Name", Kind::Text),
        ("DefaultSubset", Kind::Text),
        ("Subsets", Kind::Table(&SUBSET)),
        ("Redirect", REDIRECT),
        ("Failover", Kind::Table(&FAILOVER)),
        ("ConnectTimeout", Kind::Duration),
        ("Meta", META),
        ("CreateIndex", Kind::Count),
        ("ModifyIndex", Kind::Count),
    ],
};

const SUBSET: Kind = Kind::Record(&Struct {
    name: "ServiceResolverSubset",
    type_name: "structs.ServiceResolverSubset",
    lenient: false,
    fields: &[("Filter", Kind::Text), ("OnlyPassing", Kind::Flag)],
});

const REDIRECT: Kind = Kind::Record(&Struct {
    name: "ServiceResolverRedirect",
    type_name: "structs.ServiceResolverRedirect",
    lenient: false,
    fields: &[
        ("Service", Kind::Text),
        ("ServiceSubset", Kind::Text),
        ("Namespace", Kind::Text),
        ("Datacenter", Kind::Text),
    ],
});

const FAILOVER: Kind = Kind::Record(&Struct {
    name: "ServiceResolverFailover",
    type_name: "structs.ServiceResolverFailover",
    lenient: false,
    fields: &[
        ("Service", Kind::Text),
        ("ServiceSubset", Kind::Text),
        ("Namespace", Kind::Text),
        ("Datacenters", TEXTS),
    ],
});

const SERVICE_SPLITTER: Struct = Struct {
    name: "ServiceSplitterConfigEntry",
    type_name: "structs.ServiceSplitterConfigEntry",
    lenient: false,
    fields: &[
        ("Kind", Kind::Text),
        ("Name", Kind::Text),
        ("Splits", Kind::List(&SPLIT)),
        ("Meta", META),
        ("CreateIndex", Kind::Count),
        ("ModifyIndex", Kind::Count),
    ],
};

const SPLIT: Kind = Kind::Record(&Struct {
    name: "ServiceSplit",
    type_name: "structs.ServiceSplit",
    lenient: false,
    fields: &[
        ("Weight", Kind::Float),
        ("Service", Kind::Text),
        ("ServiceSubset", Kind::Text),
        ("Namespace", Kind::Text),
    ],
});

const SERVICE_ROUTER: Struct = Struct {
    name: "ServiceRouterConfigEntry",
    type_name: "structs.ServiceRouterConfigEntry",
    lenient: false,
    fields: &[
        ("Kind", Kind::Text),
        ("Name", Kind::Text),
        ("Routes", Kind::List(&ROUTE)),
        ("Meta", META),
        ("CreateIndex", Kind::Count),
        ("ModifyIndex", Kind::Count),
    ],
};

const ROUTE: Kind = Kind::Record(&Struct {
    name: "ServiceRoute",
    type_name: "structs.ServiceRoute",
    lenient: false,
    fields: &[("Match", ROUTE_MATCH), ("Destination", ROUTE_DESTINATION)],
});

const ROUTE_MATCH: Kind = Kind::Record(&Struct {
    name: "ServiceRouteMatch",
    type_name: "structs.ServiceRouteMatch",
    lenient: false,
    fields: &[("HTTP", ROUTE_HTTP)],
});

const ROUTE_HTTP: Kind = Kind::Record(&Struct {
    name: "ServiceRouteHTTPMatch",
    type_name: "structs.ServiceRouteHTTPMatch",
    lenient: false,
    fields: &[
        ("PathExact", Kind::Text),
        ("PathPrefix", Kind::Text),
        ("PathRegex", Kind::Text),
        ("Header", Kind::List(&ROUTE_HEADER)),
        ("QueryParam", Kind::List(&ROUTE_PARAM)),
        ("Methods", TEXTS),
    ],
});

const ROUTE_HEADER: Kind = Kind::Record(&Struct {
    name: "ServiceRouteHTTPMatchHeader",
    type_name: "structs.ServiceRouteHTTPMatchHeader",
    lenient: false,
    fields: &[
        ("Name", Kind::Text),
        ("Present", Kind::Flag),
        ("Exact", Kind::Text),
        ("Prefix", Kind::Text),
        ("Suffix", Kind::Text),
        ("Regex", Kind::Text),
        ("Invert", Kind::Flag),
    ],
});

const ROUTE_PARAM: Kind = Kind::Record(&Struct {
    name: "ServiceRouteHTTPMatchQueryParam",
    type_name: "structs.ServiceRouteHTTPMatchQueryParam",
    lenient: false,
    fields: &[("Name", Kind::Text), ("Present", Kind::Flag), ("Exact", Kind::Text), ("Regex", Kind::Text)],
});

const ROUTE_DESTINATION: Kind = Kind::Record(&Struct {
    name: "ServiceRouteDestination",
    type_name: "structs.ServiceRouteDestination",
    lenient: false,
    fields: &[
        ("Service", Kind::Text),
        ("ServiceSubset", Kind::Text),
        ("Namespace", Kind::Text),
        ("PrefixRewrite", Kind::Text),
        ("RequestTimeout", Kind::Duration),
        ("NumRetries", Kind::Count),
        ("RetryOnConnectFailure", Kind::Flag),
        ("RetryOnStatusCodes", Kind::List(&Kind::Count)),
    ],
});
