//! Certificates: which authorities to trust, who the client is, and what name the server must have.

use std::net::ToSocketAddrs;

use reqwest::{Certificate, ClientBuilder, Identity};
use url::Url;

use super::settings::Settings;
use super::trouble::Trouble;

fn load(what: &str, path: &str) -> Result<Vec<u8>, Trouble> {
    std::fs::read(path).map_err(|why| Trouble::permanent(format!("the {what} {path:?} can't be read: {why}")))
}

/// Adds what `settings` say of certificates.
pub fn configure(
    mut builder: ClientBuilder,
    settings: &Settings,
    base: &Url,
) -> Result<ClientBuilder, Trouble> {
    if base.scheme() != "https" {
        return Ok(builder);
    }
    let mut certificates = Vec::new();
    for path in &settings.authorities {
        let found = Certificate::from_pem_bundle(&load("authority file", path)?);
        let found =
            found.map_err(|why| Trouble::permanent(format!("{path:?} holds no certificates: {why}")))?;
        if found.is_empty() {
            return Err(Trouble::permanent(format!("{path:?} holds no certificates")));
        }
        certificates.extend(found);
    }
    if !certificates.is_empty() {
        builder = builder.tls_certs_only(certificates);
    }
    if let Some((certificate, key)) = &settings.identity {
        let mut pem = load("client certificate", certificate)?;
        pem.push(b'\n');
        pem.extend(load("client key", key)?);
        let identity = Identity::from_pem(&pem).map_err(|why| {
            Trouble::permanent(format!("{certificate:?} and {key:?} are no certificate and key: {why}"))
        })?;
        builder = builder.identity(identity);
    }
    if settings.insecure {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    if let Some(name) = &settings.server_name {
        let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = base.port_or_known_default().unwrap_or(443);
        let found = (host.as_str(), port).to_socket_addrs();
        let found = found.map_err(|why| Trouble::permanent(format!("{host} can't be found: {why}")))?;
        builder = builder.resolve_to_addrs(name, &found.collect::<Vec<_>>());
    }
    Ok(builder)
}

/// The root of the API under the name the server's certificate must have; [`configure`] makes that name lead to the
/// true host.
pub fn base(settings: &Settings, mut base: Url) -> Result<Url, Trouble> {
    if let Some(name) = settings.server_name.as_ref().filter(|_| base.scheme() == "https") {
        let bad = |_| Trouble::permanent(format!("CONSUL_TLS_SERVER_NAME {name:?} is no host name"));
        base.set_host(Some(name)).map_err(bad)?;
    }
    Ok(base)
}
