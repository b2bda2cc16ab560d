//! The embedded Consul-compatible agent of `prov dev`: a sandbox on loopback.
