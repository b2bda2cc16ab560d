//! `prov cloud …`: the mocked clouds of an account, in the hands of a person.

use serde_json::{Value as Json, json};

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::host::cli::args::{Cloud, CloudCalls, CloudFault, CloudHome, CloudLs};
use crate::host::cli::session::{Ended, Session};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::text::clean;
use crate::world::cloud::admin::{Admin, Found};
use crate::world::cloud::parse_duration;

pub(super) fn run(session: &Session, command: &Cloud) -> Ended<ExitStatus> {
    match command {
        Cloud::Ls(args) => ls(session, args),
        Cloud::Show(args) => {
            let found = said(session, open(session, &args.home)?.show(&args.kind, &args.id))?;
            Stream::Out.write(&format!("{:#}\n", object(&found)));
            Ok(ExitStatus::Success)
        }
        Cloud::Set(args) => {
            let mut settings = Vec::new();
            for setting in &args.settings {
                match setting.split_once('=') {
                    Some((name, value)) => settings.push((name.to_owned(), value.to_owned())),
                    None => return session.usage(format!("{setting:?} sets nothing"), "write name=value"),
                }
            }
            said(session, open(session, &args.home)?.set(&args.kind, &args.id, &settings))?;
            done(&format!("{} {} is changed.", args.kind, args.id))
        }
        Cloud::Rm(args) => {
            said(session, open(session, &args.home)?.remove(&args.kind, &args.id))?;
            done(&format!("{} {} is gone.", args.kind, args.id))
        }
        Cloud::Calls(args) => calls(session, args),
        Cloud::Advance(args) => {
            let Some(by) = parse_duration(&args.duration) else {
                return session
                    .usage(format!("{:?} is no duration", args.duration), "write 10m, 1h30m or 2d");
            };
            let now = said(session, open(session, &args.home)?.advance(by))?;
            done(&format!("In the mocked clouds it is {now}, and stays so until time is advanced again."))
        }
        Cloud::Fault(args) => fault(session, args),
    }
}

fn open(session: &Session, home: &CloudHome) -> Ended<Admin> {
    let project = session.project(&home.account)?;
    said(session, Admin::new(project.directory().join(".prov/cloud")))
}

fn said<T>(session: &Session, result: Result<T, String>) -> Ended<T> {
    result.or_else(|message| session.fail(Diagnostic::without_place(codes::USAGE, message)))
}

fn done(text: &str) -> Ended<ExitStatus> {
    Stream::Out.write(&format!("{}\n", clean(text)));
    Ok(ExitStatus::Success)
}

fn object(found: &Found) -> Json {
    let object = &found.object;
    json!({
        "kind": object.kind,
        "id": object.id,
        "region": found.region,
        "state": object.state,
        "since": object.since,
        "attributes": object.attributes,
        "tags": object.tags,
        "file": found.file.display().to_string(),
    })
}

fn ls(session: &Session, args: &CloudLs) -> Ended<ExitStatus> {
    let all = said(session, open(session, &args.home)?.list(args.kind.as_deref()))?;
    if args.json {
        let objects: Vec<Json> = all.iter().map(object).collect();
        Stream::Out.write(&format!("{:#}\n", Json::from(objects)));
        return Ok(ExitStatus::Success);
    }
    if all.is_empty() {
        return done("The mocked clouds of this account are empty.");
    }
    let rows: Vec<[String; 4]> = all
        .iter()
        .map(|found| {
            let state = json!(found.object.state);
            let state = state.as_str().map_or_else(|| state.to_string(), str::to_owned);
            [found.object.kind.clone(), found.object.id.clone(), found.region.clone(), state]
        })
        .collect();
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (kind, id, region) = (widest(0), widest(1), widest(2));
    for [a, b, c, d] in &rows {
        Stream::Out.write(&clean(&format!("{a:kind$}  {b:id$}  {c:region$}  {d}\n")));
    }
    Ok(ExitStatus::Success)
}

fn calls(session: &Session, args: &CloudCalls) -> Ended<ExitStatus> {
    let all = said(session, open(session, &args.home)?.calls())?;
    let skip = args.last.map_or(0, |last| all.len().saturating_sub(last));
    let lines: String = all.iter().skip(skip).map(|call| format!("{}\n", json!(call))).collect();
    Stream::Out.write(&lines);
    Ok(ExitStatus::Success)
}

fn fault(session: &Session, args: &CloudFault) -> Ended<ExitStatus> {
    let admin = open(session, &args.home)?;
    if args.clear {
        said(session, admin.clear_faults())?;
        return done("Calls no longer fail on purpose.");
    }
    if let Some(rule) = &args.rule {
        said(session, admin.add_fault(rule))?;
        return done("The rule holds from now on; `prov cloud fault --clear` removes all rules.");
    }
    let rules = said(session, admin.faults())?;
    let lines: String = rules.iter().map(|rule| format!("{}\n", json!(rule))).collect();
    Stream::Out.write(&lines);
    Ok(ExitStatus::Success)
}
