//! What Consul's own tools take from the environment: the `CONSUL_*` variables.

/// The variables, as they were when read; empty ones count as not set. [`Default`] is an environment without any.
#[derive(Clone, Default)]
pub struct ConsulEnvironment {
    /// `CONSUL_HTTP_ADDR`
    pub address: Option<String>,
    /// `CONSUL_HTTP_TOKEN`
    pub token: Option<String>,
    /// `CONSUL_HTTP_TOKEN_FILE`
    pub token_file: Option<String>,
    /// `CONSUL_HTTP_AUTH`: `user:password`
    pub auth: Option<String>,
    /// `CONSUL_HTTP_SSL`
    pub ssl: Option<String>,
    /// `CONSUL_HTTP_SSL_VERIFY`
    pub ssl_verify: Option<String>,
    /// `CONSUL_CACERT`
    pub ca_file: Option<String>,
    /// `CONSUL_CAPATH`
    pub ca_path: Option<String>,
    /// `CONSUL_CLIENT_CERT`
    pub cert_file: Option<String>,
    /// `CONSUL_CLIENT_KEY`
    pub key_file: Option<String>,
    /// `CONSUL_TLS_SERVER_NAME`
    pub tls_server_name: Option<String>,
    /// `CONSUL_NAMESPACE`
    pub namespace: Option<String>,
    /// `CONSUL_PARTITION`
    pub partition: Option<String>,
}

impl ConsulEnvironment {
    /// Of this process. The only place that looks.
    pub fn from_env() -> Self {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        Self {
            address: read("CONSUL_HTTP_ADDR"),
            token: read("CONSUL_HTTP_TOKEN"),
            token_file: read("CONSUL_HTTP_TOKEN_FILE"),
            auth: read("CONSUL_HTTP_AUTH"),
            ssl: read("CONSUL_HTTP_SSL"),
            ssl_verify: read("CONSUL_HTTP_SSL_VERIFY"),
            ca_file: read("CONSUL_CACERT"),
            ca_path: read("CONSUL_CAPATH"),
            cert_file: read("CONSUL_CLIENT_CERT"),
            key_file: read("CONSUL_CLIENT_KEY"),
            tls_server_name: read("CONSUL_TLS_SERVER_NAME"),
            namespace: read("CONSUL_NAMESPACE"),
            partition: read("CONSUL_PARTITION"),
        }
    }
}
