//! Functions of the program that embeds the library. They state their types, and are checked like any other.

mod rust;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

pub use rust::{Argument, Function, Reply, Serde};

use crate::base::Text;
use crate::base::assign::{ValueMismatch, conforms};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::types::Type;
use crate::base::value::Value;

/// A function of the embedding program.
///
/// A *pure* one gives the same result for the same arguments wherever and whenever it is called: it may run while a
/// configuration is checked, and as often as anybody likes. An *impure* one (it looks something up) runs when a plan is
/// made or applied and never earlier, which the phase of its result says; within one run it is called once for the same
/// arguments.
///
/// ```
/// use prov::HostFunction;
///
/// let engine = prov::Engine::builder()
///     .function(HostFunction::pure("acme::cost_center", |team: &str| format!("cc-{team}")))
///     .function(HostFunction::pure("acme::port", |name: &str, shift: Option<u16>| match name {
///         "http" => Ok(8000 + shift.unwrap_or(0)),
///         other => Err(format!("nobody listens for {other}")),
///     }))
///     .build()?;
/// let source = r#"
///     output "team" { value = acme::cost_center("data") }
///     output "port" { value = acme::port("http") }
/// "#;
/// let outputs = engine.evaluate(source, &prov::Inputs::new())?;
/// assert_eq!(outputs["team"].as_str(), Some("cc-data"));
/// assert_eq!(outputs["port"].as_i64(), Some(8000));
///
/// let wrong = engine.evaluate("output \"x\" { value = acme::cost_center(7) }", &prov::Inputs::new());
/// assert_eq!(wrong.unwrap_err()[0].code.name(), "type-mismatch");
/// # Ok::<(), prov::Report>(())
/// ```
#[derive(Clone)]
pub struct HostFunction {
    name: Text,
    params: Vec<HostParam>,
    returns: Type,
    docs: Text,
    pure: bool,
    body: Arc<Body>,
}

type Body = dyn Fn(&[Value]) -> Result<Value, String> + Send + Sync;

/// A parameter of a host function.
#[derive(Debug, Clone, PartialEq)]
pub struct HostParam {
    /// Its name, in signatures and messages.
    pub name: Text,
    /// What it takes. One that takes null may be left out if all behind it may.
    pub ty: Type,
}

impl HostFunction {
    /// A pure function with the types of a Rust function: `&str`, `String`, `bool`, integers, floats,
    /// [`std::time::Duration`], [`Value`], `Option`, `Vec`, maps by `String`, [`Serde`] around any other type that serde
    /// reads or writes. `Result` gives its error, as text, to whoever wrote the call.
    ///
    /// Names have the form `acme::cost_center`, with any number of `::`.
    pub fn pure<F: Function<M>, M>(name: impl Into<Text>, function: F) -> Self {
        Self::of(name, function, true)
    }

    /// An impure function, otherwise as [`HostFunction::pure`].
    pub fn impure<F: Function<M>, M>(name: impl Into<Text>, function: F) -> Self {
        Self::of(name, function, false)
    }

    fn of<F: Function<M>, M>(name: impl Into<Text>, function: F, pure: bool) -> Self {
        let types = F::params();
        let name_of = |at: usize| match types.len() {
            1 => "value".into(),
            _ => Text::from(format!("value{}", at + 1)),
        };
        let params = types.iter().enumerate().map(|(at, ty)| (name_of(at), ty.clone())).collect::<Vec<_>>();
        let body = move |values: &[Value]| function.call(values);
        Self { pure, ..Self::of_values(name, params, F::returns(), body) }
    }

    /// A pure function over values, with types stated by hand: what [`HostFunction::pure`] can't say, such as bounds.
    ///
    /// ```
    /// use prov::HostFunction;
    /// use prov::base::types::Type;
    /// let double = HostFunction::of_values("acme::double", [("n", Type::number())], Type::number(), |values| {
    ///     let number = values[0].as_number().ok_or("a number is needed")?;
    ///     Ok(number.add(number).into())
    /// });
    /// assert_eq!(double.signature(), "acme::double(n: number) -> number");
    /// ```
    pub fn of_values(
        name: impl Into<Text>,
        params: impl IntoIterator<Item = (impl Into<Text>, Type)>,
        returns: Type,
        body: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        let params = params.into_iter().map(|(name, ty)| HostParam { name: name.into(), ty }).collect();
        Self { name: name.into(), params, returns, docs: Text::default(), pure: true, body: Arc::new(body) }
    }

    /// Runs when a plan is made or applied, never earlier; see [`HostFunction::impure`].
    pub fn at_plan(mut self) -> Self {
        self.pure = false;
        self
    }

    /// Names of the parameters, for signatures and messages, in their order; without them they are `value1`, `value2`…
    pub fn params(mut self, names: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        for (param, name) in self.params.iter_mut().zip(names) {
            param.name = name.into();
        }
        self
    }

    /// With documentation, Markdown.
    pub fn docs(mut self, docs: impl Into<Text>) -> Self {
        self.docs = docs.into();
        self
    }

    /// What calls name it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its parameters, in order.
    pub fn parameters(&self) -> &[HostParam] {
        &self.params
    }

    /// The type of its result.
    pub fn returns(&self) -> &Type {
        &self.returns
    }

    /// Its documentation, Markdown.
    pub fn documentation(&self) -> &str {
        &self.docs
    }

    /// Whether it may run before a plan is made.
    pub fn is_pure(&self) -> bool {
        self.pure
    }

    /// How it is called: `acme::cost_center(team: string) -> string`.
    pub fn signature(&self) -> String {
        let least = self.least();
        let param = |(at, param): (usize, &HostParam)| {
            format!("{}{}: {}", param.name, if at < least { "" } else { "?" }, param.ty)
        };
        let params: Vec<_> = self.params.iter().enumerate().map(param).collect();
        format!("{}({}) -> {}", self.name, params.join(", "), self.returns)
    }

    /// How many arguments it takes at least: trailing ones that may be null may be left out.
    pub fn least(&self) -> usize {
        self.params
            .iter()
            .rposition(|param| !param.ty.nullable || param.ty.is_any())
            .map_or(0, |last| last + 1)
    }

    /// The result for values, one for each parameter or fewer. What is not known, or not to be run yet, gives an unknown
    /// result; what is secret, a secret one.
    pub(crate) fn call(&self, values: Vec<Value>, answers: Option<&Answers>) -> Result<Value, HostFailure> {
        if values.len() < self.least() || values.len() > self.params.len() {
            let message = format!("{} takes {}, not {}", self.signature(), self.count(), values.len());
            return Err(HostFailure::Failed(message));
        }
        let mut fitted = Vec::with_capacity(self.params.len());
        for (at, param) in self.params.iter().enumerate() {
            let value = values.get(at).unwrap_or(&Value::NULL);
            let value = conforms(value, &param.ty).map_err(|mismatch| HostFailure::Argument(at, mismatch))?;
            fitted.push(value);
        }
        let secret = fitted.iter().any(Value::has_secret);
        let unknown = || Ok(Value::unknown(self.returns.clone()).mark(secret));
        if !fitted.iter().all(Value::is_wholly_known) {
            return unknown();
        }
        let result = match (self.pure, answers) {
            (true, _) => self.run(&fitted),
            (false, Some(answers)) => answers.of(self, fitted),
            (false, None) => return unknown(),
        };
        let value = result.map_err(|message| match secret {
            // It may quote its arguments.
            true => HostFailure::Failed(format!(
                "{}() failed; why is not shown, for an argument is secret",
                self.name
            )),
            false => HostFailure::Failed(format!("{}(): {message}", self.name)),
        })?;
        let value = conforms(&value, &self.returns).map_err(|mismatch| {
            let (found, expected) = (&mismatch.found, &mismatch.expected);
            let found = if secret { "(sensitive)".to_owned() } else { found.to_string() };
            HostFailure::Failed(format!(
                "{}() states {} as its result and gave {found} where {expected} belongs",
                self.name, self.returns
            ))
        })?;
        Ok(value.mark(secret))
    }

    fn run(&self, values: &[Value]) -> Result<Value, String> {
        // Nothing of ours is broken by a host function that is: what it was given is thrown away.
        catch_unwind(AssertUnwindSafe(|| (self.body)(values))).unwrap_or_else(|_| {
            Err("the function of the embedding program broke off (it panicked)".to_owned())
        })
    }

    fn count(&self) -> String {
        let (least, most) = (self.least(), self.params.len());
        let plural = if most == 1 { "" } else { "s" };
        if least == most {
            format!("{most} argument{plural}")
        } else {
            format!("{least} to {most} arguments")
        }
    }
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.signature())
    }
}

/// Why a host function has no value.
pub(crate) enum HostFailure {
    /// An argument, from 0, does not fit.
    Argument(usize, Box<ValueMismatch>),
    /// In words that name the function.
    Failed(String),
}

/// What impure functions answered in one run: each is asked once for the same arguments.
#[derive(Debug, Default)]
pub struct Answers(Mutex<BTreeMap<Question, Result<Value, String>>>);

/// The function's name and the arguments.
type Question = (Text, Vec<Value>);

impl Answers {
    /// Nothing was asked yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As they were given in an earlier run.
    pub fn from_recorded(recorded: impl IntoIterator<Item = (Text, Vec<Value>, Value)>) -> Self {
        let answers = recorded.into_iter().map(|(name, values, answer)| ((name, values), Ok(answer)));
        Self(Mutex::new(answers.collect()))
    }

    /// What was answered, except failures.
    pub fn recorded(&self) -> Vec<(Text, Vec<Value>, Value)> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = answers.iter().filter_map(|((name, values), answer)| {
            Some((name.clone(), values.clone(), answer.clone().ok()?))
        });
        given.collect()
    }

    fn of(&self, function: &HostFunction, values: Vec<Value>) -> Result<Value, String> {
        let key = (function.name.clone(), values);
        if let Some(answer) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return answer.clone();
        }
        let answer = function.run(&key.1);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, answer.clone());
        answer
    }
}

/// The host functions of an engine, by name.
#[derive(Debug, Clone, Default)]
pub struct HostFunctions(IndexMap<Text, Arc<HostFunction>>);

impl HostFunctions {
    /// These functions.
    ///
    /// # Errors
    /// Names that nothing can call, that are taken by the language, or that are given twice.
    pub fn new(functions: impl IntoIterator<Item = HostFunction>) -> Result<Self, Vec<Diagnostic>> {
        let mut known = IndexMap::new();
        let mut wrong = Vec::new();
        for function in functions {
            let name = function.name.clone();
            let refuse = |code, message: String| Diagnostic::without_place(code, message);
            if !is_name(&name) {
                let help = "a name has letters, digits, `_` and `-`, as in acme::cost_center";
                wrong.push(refuse(codes::USAGE, format!("no function can be called {name:?}")).help(help));
            } else if super::find(name.strip_prefix("core::").unwrap_or(&name)).is_some() {
                let message = format!("{name}() is a function of the language");
                wrong.push(
                    refuse(codes::DUPLICATE_DEFINITION, message)
                        .help("give it a name of your own, as in acme::upper"),
                );
            } else if known.insert(name.clone(), Arc::new(function)).is_some() {
                wrong
                    .push(refuse(codes::DUPLICATE_DEFINITION, format!("the function {name} is given twice")));
            }
        }
        if wrong.is_empty() { Ok(Self(known)) } else { Err(wrong) }
    }

    /// The function of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<HostFunction>> {
        self.0.get(name)
    }

    /// All of them, in the order they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<HostFunction>> {
        self.0.values()
    }
}

fn is_name(name: &str) -> bool {
    name.split("::").all(|part| {
        let mut chars = part.chars();
        chars.next().is_some_and(char::is_alphabetic)
            && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    })
}
