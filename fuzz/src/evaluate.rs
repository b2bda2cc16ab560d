//! A text as an account: checked, its locals evaluated, and planned if nothing is wrong with it.

use std::sync::{Arc, Mutex, OnceLock};

use prov::base::Text;
use prov::base::address::InstanceKey;
use prov::base::diagnostic::Diagnostic;
use prov::base::effects::{Entropy, EntropyError, Entry, FileError, Files, Limits};
use prov::base::value::Value;
use prov::engine::state::State;
use prov::lang::eval::{Context, EvalError, Lookup, eval};
use prov::lang::resolve::program::Module;
use prov::pipeline::Inputs;
use prov::world::builtin;
use prov::{Builder, Engine};

const LIMITS: Limits = Limits {
    steps: 20_000,
    total_steps: 1_000_000,
    heap_bytes: 4 << 20,
    total_bytes: 32 << 20,
    call_depth: 30,
    nesting: 60,
    output_bytes: 64 << 10,
    file_bytes: 64 << 10,
};

/// Whatever the text says, it is checked, evaluated and planned without a panic.
pub fn evaluate(text: &str) {
    // One engine for all texts: only what its one file holds changes.
    static LOCK: Mutex<()> = Mutex::new(());
    static ENGINE: OnceLock<(Engine, Arc<OneFile>)> = OnceLock::new();
    let _alone = LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (engine, file) = ENGINE.get_or_init(engine);
    *file.0.lock().expect("nobody panics while holding it") = Arc::from(text.as_bytes());

    let account = engine.check("account");
    if let Some(program) = account.program() {
        let context = Context::new(&**file, &LIMITS, program, "account");
        let scope = Scope { module: program.root(), context: &context, depth: 0 };
        for index in 0..scope.module.locals.len().min(100) {
            let _ = scope.local(index as u32);
        }
    }
    if !account.has_errors() {
        let _ = block_on(account.plan(&Inputs::new(), &State::default()));
    }
}

fn engine() -> (Engine, Arc<OneFile>) {
    let file = Arc::new(OneFile(Mutex::new(Arc::from(&b""[..]))));
    let builder = Engine::builder().shared_files(file.clone()).limits(LIMITS);
    let builder = builtin::providers(Arc::new(NoChance)).into_iter().fold(builder, Builder::provider);
    (builder.build().expect("built-in providers state their schemas"), file)
}

/// `account/main.prov` and nothing else.
struct OneFile(Mutex<Arc<[u8]>>);

impl Files for OneFile {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        if path != "account/main.prov" {
            return Err(FileError::NotFound);
        }
        Ok(self.0.lock().expect("nobody panics while holding it").clone())
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        if directory != "account" {
            return Err(FileError::NotFound);
        }
        Ok(vec![Entry { name: "main.prov".into(), directory: false }])
    }
}

/// The same input gives the same run.
struct NoChance;

impl Entropy for NoChance {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(7);
        Ok(())
    }
}

/// Variables are unknown, locals are what they say, there is nothing else. Evaluation has to stand whatever the checker
/// said of a program: it is called for values of parts of a broken one too.
struct Scope<'a> {
    module: &'a Module,
    context: &'a Context<'a>,
    depth: u32,
}

impl Lookup for Scope<'_> {
    fn variable(&self, index: u32) -> Result<Value, EvalError> {
        Ok(Value::unknown(self.module.variables[index as usize].ty.clone()))
    }

    fn local(&self, index: u32) -> Result<Value, EvalError> {
        if self.depth > 3 {
            return nothing();
        }
        let inside = Scope { depth: self.depth + 1, ..*self };
        eval(self.module, self.module.locals[index as usize].value, &inside, self.context)
    }

    fn resource(&self, _: u32) -> Result<Value, EvalError> {
        nothing()
    }

    fn resource_instance(&self, _: u32, _: &InstanceKey) -> Result<Option<Value>, EvalError> {
        nothing()
    }

    fn call(&self, _: u32) -> Result<Value, EvalError> {
        nothing()
    }

    fn call_output(&self, _: u32, _: Option<&InstanceKey>, _: &Text) -> Result<Option<Value>, EvalError> {
        nothing()
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime of one thread").block_on(work)
}

fn nothing<T>() -> Result<T, EvalError> {
    Err(Box::new(Diagnostic::without_place(prov::base::codes::UNDEFINED_REFERENCE, "there is nothing else")))
}
