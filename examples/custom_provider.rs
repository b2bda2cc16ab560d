//! A provider of the embedding program: notes on a board in memory, planned and applied like any resource.
//!
//! `cargo run --example custom_provider`
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use prov::base::schema::{Attribute, BlockSchema, ProviderSchema, Schema};
use prov::base::types::Type;
use prov::engine::events::Quiet;
use prov::engine::options::{ApplyOptions, Run};
use prov::engine::provider::{
    Connection, CreateRequest, DataRequest, DeleteRequest, ImportRequest, Object, Operation, Provider,
    ProviderError, ReadRequest, Recovered, Step, UpdateRequest,
};
use prov::engine::state::{LockRequest, StateStore};
use prov::world::files::MemoryFiles;
use prov::world::store::MemoryStore;
use prov::{Engine, Inputs, Value};

/// The other side: notes by id, each with the token under which it was made.
type Notes = BTreeMap<String, (String, Value)>;

/// A board of notes. Clones are the same board.
#[derive(Clone, Default)]
struct Board(Arc<Mutex<Notes>>);

impl Board {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id(note: &Value) -> String {
    note.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[async_trait]
impl Provider for Board {
    fn name(&self) -> &str {
        "board"
    }

    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError> {
        let attributes = [
            // Another title means another note; its text can be changed.
            ("title", Attribute::required(Type::string()).forces_replacement()),
            ("text", Attribute::optional(Type::string()).default("")),
            ("id", Attribute::computed(Type::string()).docs("What the board calls it.")),
        ];
        let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
        let note = Schema::new(BlockSchema { attributes, ..BlockSchema::default() }, "A note on the board.");
        Ok(Arc::new(ProviderSchema {
            name: "board".into(),
            resources: [("board_note".into(), Arc::new(note))].into_iter().collect(),
            ..ProviderSchema::default()
        }))
    }

    async fn configure(&self, _settings: Value) -> Result<Arc<dyn Connection>, ProviderError> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Connection for Board {
    async fn read(&self, request: ReadRequest) -> Result<Option<Object>, ProviderError> {
        let note = self.notes().get(&id(&request.prior.attributes)).map(|(_, note)| note.clone());
        Ok(note.map(Object::new))
    }

    async fn create(&self, request: CreateRequest) -> Result<Object, ProviderError> {
        let mut notes = self.notes();
        let id = format!("note-{}", notes.len() + 1);
        let mut note = request.planned.as_map().cloned().unwrap_or_default();
        note.insert("id".into(), id.as_str().into());
        let note = Value::from(note);
        notes.insert(id, (request.token.to_string(), note.clone()));
        Ok(Object::new(note))
    }

    async fn update(&self, request: UpdateRequest) -> Result<Object, ProviderError> {
        match self.notes().get_mut(&id(&request.prior.attributes)) {
            Some((_, note)) => note.clone_from(&request.planned),
            None => return Err(ProviderError::permanent("change a note", "somebody took it down")),
        }
        Ok(Object::new(request.planned))
    }

    async fn delete(&self, request: DeleteRequest) -> Result<(), ProviderError> {
        self.notes().remove(&id(&request.prior.attributes));
        Ok(())
    }

    async fn import(&self, request: ImportRequest) -> Result<Object, ProviderError> {
        let note = self.notes().get(request.id.as_str()).map(|(_, note)| note.clone());
        note.map(Object::new)
            .ok_or_else(|| ProviderError::permanent("import a note", "there is no such note"))
    }

    async fn read_data(&self, request: DataRequest) -> Result<Value, ProviderError> {
        Err(ProviderError::permanent("read", format!("the board has no data source {}", request.kind)))
    }

    /// After a run that was cut off: what became of a step that had begun.
    async fn recover(&self, step: Step) -> Result<Recovered, ProviderError> {
        let notes = self.notes();
        Ok(match &step.operation {
            Operation::Create { .. } => match notes.values().find(|(token, _)| **token == *step.token) {
                Some((_, note)) => Recovered::Happened(Some(Object::new(note.clone()))),
                None => Recovered::NotHappened,
            },
            Operation::Update { prior, planned } => match notes.get(&id(&prior.attributes)) {
                Some((_, note)) if note == planned => Recovered::Happened(Some(Object::new(note.clone()))),
                _ => Recovered::NotHappened,
            },
            Operation::Delete { prior } => match notes.contains_key(&id(&prior.attributes)) {
                true => Recovered::NotHappened,
                false => Recovered::Happened(None),
            },
        })
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let board = Board::default();
    let store = MemoryStore::new();
    for (round, text) in ["buy milk", "buy oat milk"].into_iter().enumerate() {
        let source = format!(
            "resource \"board_note\" \"shopping\" {{\n  title = \"Shopping\"\n  text  = \"{text}\"\n}}\n\
             output \"id\" {{ value = board_note.shopping.id }}\n"
        );
        let files = MemoryFiles::new([("main.prov", source)]);
        let engine = Engine::builder().files(files).provider(board.clone()).build()?;
        let account = engine.check("").into_result()?;

        let request = LockRequest { operation: "apply".into(), who: "example@here".into() };
        let session = store.lock(request).await?;
        let planned = account.plan(&Inputs::new(), &session.state().await?).await?;
        let summary = planned.plan().summary();
        println!("round {round}: {} to create, {} to update", summary.create, summary.update);
        assert_eq!((summary.create, summary.update), if round == 0 { (1, 0) } else { (0, 1) });

        // The engine has neither clock nor chance: who runs, and when, is handed in.
        let options = ApplyOptions::new(Run {
            id: format!("example-{round}").into(),
            operation: "apply".into(),
            who: "example@here".into(),
            started: "2026-01-01T00:00:00Z".into(),
        });
        let applied = planned.apply(&*session, &options, &Quiet).await;
        session.unlock().await?;
        assert!(applied.complete, "{:?}", applied.diagnostics);
        assert_eq!(applied.outputs["id"].as_str(), Some("note-1"));
    }
    let notes = board.notes();
    println!("on the board: {}", notes["note-1"].1);
    assert_eq!(notes["note-1"].1.get("text").and_then(Value::as_str), Some("buy oat milk"));
    Ok(())
}

/// Applies two versions of a note.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().build()?.block_on(run())
}
