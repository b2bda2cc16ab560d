//! What a `provider "consul"` block and the environment say together: where Consul is and how to speak to it.

use url::Url;

use super::environment::ConsulEnvironment;
use super::values::text;
use crate::base::schema::{Attribute, BlockSchema, Schema};
use crate::base::types::Type;
use crate::base::value::Value;
use crate::engine::provider::ProviderError;

/// Where Consul is and how to speak to it. The block wins over the environment.
#[derive(Clone, Default)]
pub struct Settings {
    /// The root of the HTTP API.
    pub base: Option<Url>,
    /// A Unix socket to speak over.
    pub socket: Option<String>,
    /// The ACL token.
    pub token: Option<String>,
    /// User and password for a proxy that asks for them.
    pub auth: Option<(String, String)>,
    /// The datacenter meant where a resource names none.
    pub datacenter: Option<String>,
    /// Enterprise only.
    pub namespace: Option<String>,
    /// Enterprise only.
    pub partition: Option<String>,
    /// PEM files of authorities to trust.
    pub authorities: Vec<String>,
    /// PEM files of the client's certificate and key.
    pub identity: Option<(String, String)>,
    /// The name the server's certificate must have, if not the host's.
    pub server_name: Option<String>,
    /// Accept any certificate.
    pub insecure: bool,
}

/// What a `provider "consul"` block takes.
pub fn schema() -> Schema {
    let text = |docs: &str| Attribute::optional(Type::string()).docs(docs);
    let attributes = [
        (
            "address",
            text(
                "Where Consul listens: `host:port`, a URL or `unix:///path`. Default: `CONSUL_HTTP_ADDR`, else `127.0.0.1:8500`.",
            ),
        ),
        ("scheme", text("`http` or `https`, for an address that says neither.")),
        ("datacenter", text("The datacenter meant where a resource names none. Default: the agent's own.")),
        (
            "token",
            text("The ACL token; never written to the state. Default: `CONSUL_HTTP_TOKEN`.").sensitive(),
        ),
        ("token_file", text("A file that holds the ACL token. Default: `CONSUL_HTTP_TOKEN_FILE`.")),
        (
            "http_auth",
            text("`user:password` for a proxy in front of Consul. Default: `CONSUL_HTTP_AUTH`.").sensitive(),
        ),
        ("ca_file", text("A PEM file of the authorities to trust. Default: `CONSUL_CACERT`.")),
        ("ca_path", text("A directory of PEM files of authorities to trust. Default: `CONSUL_CAPATH`.")),
        ("cert_file", text("A PEM file with the client's certificate. Default: `CONSUL_CLIENT_CERT`.")),
        ("key_file", text("A PEM file with the client's key. Default: `CONSUL_CLIENT_KEY`.")),
        (
            "insecure_https",
            Attribute::optional(Type::bool())
                .docs("Accept any certificate. Default: false, or what `CONSUL_HTTP_SSL_VERIFY` says."),
        ),
        ("namespace", text("Consul Enterprise only.")),
        ("partition", text("Consul Enterprise only.")),
    ];
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    let docs = "Registers nodes, services and keys in [Consul](https://www.consul.io).";
    Schema::new(BlockSchema { attributes, ..BlockSchema::default() }, docs)
}

const ASKED: &str = "configure the provider consul";

fn wrong(message: impl Into<String>) -> ProviderError {
    ProviderError::permanent(ASKED, message)
}

impl Settings {
    /// Puts block and environment together and reads the token file.
    pub fn new(block: &Value, environment: &ConsulEnvironment) -> Result<Self, ProviderError> {
        let pick = |name: &str, variable: &Option<String>| text(block, name).or_else(|| variable.clone());
        let flag = |value: &Option<String>, name: &str| match value.as_deref().map(str::trim) {
            None => Ok(None),
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Some(true)),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(Some(false)),
            Some(other) => Err(wrong(format!("{name} is {other:?}; write true or false"))),
        };
        let ssl = flag(&environment.ssl, "CONSUL_HTTP_SSL")?.unwrap_or(false);
        let verify = flag(&environment.ssl_verify, "CONSUL_HTTP_SSL_VERIFY")?.unwrap_or(true);
        let scheme = match text(block, "scheme").as_deref() {
            None => {
                if ssl {
                    "https"
                } else {
                    "http"
                }
            }
            Some("http") => "http",
            Some("https") => "https",
            Some(other) => return Err(wrong(format!("scheme is {other:?}; write \"http\" or \"https\""))),
        };
        let address = pick("address", &environment.address).unwrap_or_else(|| "127.0.0.1:8500".into());
        let (base, socket) = endpoint(&address, scheme)?;
        let auth = match pick("http_auth", &environment.auth) {
            None => None,
            Some(auth) => {
                let (user, password) = auth.split_once(':').unwrap_or((&auth, ""));
                Some((user.to_owned(), password.to_owned()))
            }
        };
        let identity =
            match (pick("cert_file", &environment.cert_file), pick("key_file", &environment.key_file)) {
                (None, None) => None,
                (Some(cert), Some(key)) => Some((cert, key)),
                (Some(_), None) => {
                    return Err(wrong(
                        "a client certificate needs its key: set key_file or CONSUL_CLIENT_KEY",
                    ));
                }
                (None, Some(_)) => {
                    return Err(wrong(
                        "a client key needs its certificate: set cert_file or CONSUL_CLIENT_CERT",
                    ));
                }
            };
        let mut authorities: Vec<String> = pick("ca_file", &environment.ca_file).into_iter().collect();
        if let Some(directory) = pick("ca_path", &environment.ca_path) {
            authorities.extend(pem_files(&directory)?);
        }
        Ok(Self {
            base: Some(base),
            socket,
            token: token(block, environment)?,
            auth,
            datacenter: text(block, "datacenter"),
            namespace: pick("namespace", &environment.namespace),
            partition: pick("partition", &environment.partition),
            authorities,
            identity,
            server_name: environment.tls_server_name.clone(),
            insecure: block.get("insecure_https").and_then(Value::as_bool).unwrap_or(!verify),
        })
    }
}

/// The block's token, else its token file; then the environment's, in the same order.
fn token(block: &Value, environment: &ConsulEnvironment) -> Result<Option<String>, ProviderError> {
    let from = |token: Option<String>, file: Option<String>| match (token, file) {
        (Some(token), _) => Ok(Some(token)),
        (None, Some(file)) => match std::fs::read_to_string(&file) {
            Ok(content) => Ok(Some(content.trim().to_owned())),
            Err(why) => Err(wrong(format!("the token file {file:?} can't be read: {why}"))),
        },
        (None, None) => Ok(None),
    };
    match from(text(block, "token"), text(block, "token_file"))? {
        Some(token) => Ok(Some(token)),
        None => from(environment.token.clone(), environment.token_file.clone()),
    }
}

fn pem_files(directory: &str) -> Result<Vec<String>, ProviderError> {
    let unreadable =
        |why: std::io::Error| wrong(format!("the directory ca_path {directory:?} can't be read: {why}"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|e| e == "pem" || e == "crt" || e == "cer") {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
    Ok(files)
}

/// The root of the API and, for `unix://`, the socket.
fn endpoint(address: &str, scheme: &str) -> Result<(Url, Option<String>), ProviderError> {
    let address = address.trim();
    if let Some(path) = address.strip_prefix("unix://") {
        let base = Url::parse("http://localhost/").map_err(|why| wrong(why.to_string()))?;
        return Ok((base, Some(path.to_owned())));
    }
    let full = if address.contains("://") { address.to_owned() } else { format!("{scheme}://{address}") };
    let help = "write host:port, http://host:port, https://host:port or unix:///path/to/socket";
    let bad = |why: String| wrong(format!("{address:?} is no address of a Consul: {why}")).help(help);
    let mut url = Url::parse(&full).map_err(|why| bad(why.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad(format!("it can't be reached over {}", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(bad("it names no host".into()));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok((url, None))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn base(block: Value, environment: &ConsulEnvironment) -> String {
        Settings::new(&block, environment)
            .map(|s| s.base.unwrap().to_string())
            .unwrap_or_else(|e| e.to_string())
    }

    #[test]
    fn the_block_wins_over_the_environment_and_that_over_the_default() {
        let nothing = crate::world::consul::values::empty_map();
        let environment =
            ConsulEnvironment { address: Some("https://consul.example:443".into()), ..Default::default() };
        assert_eq!(base(nothing.clone(), &ConsulEnvironment::default()), "http://127.0.0.1:8500/");
        assert_eq!(base(nothing, &environment), "https://consul.example/");
        let block = Value::map([("address", Value::from("10.0.0.1:8500")), ("scheme", "https".into())]);
        assert_eq!(base(block, &environment), "https://10.0.0.1:8500/");
    }

    #[test]
    fn addresses_that_are_none_are_refused_with_what_to_write() {
        for address in ["http://", "ftp://x:1", "a b:80", "host:port", ":8500"] {
            let error =
                Settings::new(&Value::map([("address", Value::from(address))]), &Default::default()).err();
            assert!(error.is_some_and(|e| e.help.is_some()), "{address}");
        }
    }

    #[test]
    fn tokens_come_from_files_too_and_a_missing_file_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "secret\n").unwrap();
        let block = Value::map([("token_file", Value::from(file.path().to_str().unwrap()))]);
        assert_eq!(Settings::new(&block, &Default::default()).ok().unwrap().token.as_deref(), Some("secret"));
        let environment =
            ConsulEnvironment { token_file: Some("/nowhere/token".into()), ..Default::default() };
        let error = Settings::new(&crate::world::consul::values::empty_map(), &environment).err().unwrap();
        assert!(error.answer.contains("/nowhere/token"), "{error}");
    }
}
