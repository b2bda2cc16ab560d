//! The `consul` provider: real Consul over HTTP.
