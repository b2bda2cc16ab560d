//! `prov consul PATH`: one request to Consul's HTTP API, for looking at what is registered and for changing it by hand.

use reqwest::Method;
use serde_json::Value as Json;

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::value::Value;
use crate::host::cli::args::Consul;
use crate::host::cli::session::{Ended, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::world::consul::client::{Client, Patience};
use crate::world::consul::environment::ConsulEnvironment;
use crate::world::consul::settings::Settings;

pub(super) fn run(session: &Session, args: &Consul) -> Ended<ExitStatus> {
    let body: Option<Json> = match args.data.as_deref().map(serde_json::from_str).transpose() {
        Ok(body) => body,
        Err(error) => {
            return session
                .usage(format!("--data is no JSON: {error}"), "write --data '{\"Node\": \"rds\"}'");
        }
    };
    let method = match args.method.as_deref().map(str::to_uppercase).as_deref() {
        None if body.is_some() => Method::PUT,
        None | Some("GET") => Method::GET,
        Some("PUT") => Method::PUT,
        Some("POST") => Method::POST,
        Some("DELETE") => Method::DELETE,
        Some(other) => {
            return session.usage(format!("there is no method {other}"), "GET, PUT, POST or DELETE");
        }
    };
    let (path, query) = args.path.split_once('?').unwrap_or((&args.path, ""));
    let path: Vec<&str> = path.trim_start_matches('/').trim_start_matches("v1/").split('/').collect();
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let query: Vec<(&str, &str)> =
        query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();

    let settings = match Settings::new(&Value::map([("", Value::NULL); 0]), &ConsulEnvironment::from_env()) {
        Ok(settings) => settings,
        Err(error) => {
            return session.fail(Diagnostic::without_place(codes::PROVIDER_CONFIGURATION, error.to_string()));
        }
    };
    let answer = wait(async {
        let client = Client::new(&settings, Patience::default())?;
        match (&method, &body) {
            (&Method::GET, None) => client.get::<Json>(&path, &query).await,
            _ => client.ask::<Json>(method, &path, &query, body.as_ref().unwrap_or(&Json::Null)).await,
        }
    });
    match answer {
        Ok(Some(answer)) => {
            Stream::Out.write(&format!("{answer:#}\n"));
            Ok(ExitStatus::Success)
        }
        Ok(None) => session.fail(Diagnostic::without_place(
            codes::READ_FAILED,
            format!("Consul has nothing at {}", args.path),
        )),
        Err(trouble) => {
            let mut told = Diagnostic::without_place(codes::PROVIDER_UNREACHABLE, trouble.answer);
            told.help = trouble.help;
            session.fail(told)
        }
    }
}
