//! `templatefile` and `templatestring`: templates that are read while expressions are evaluated.

use super::expr::wrong;
use super::{Budget, Context, EvalError, Evaluator, NoLookup};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};
use crate::lang::functions::{Function, read_text};
use crate::lang::resolve::program::{Callee, ExprId, ExprKind, Module};
use crate::lang::resolve::{LoneTemplate, NOWHERE, first_error};

/// What is wrong with a call of `templatefile` or `templatestring` whose first argument is known, for variables of which
/// perhaps only the types are.
pub fn render(
    module: &Module,
    call: ExprId,
    first: Value,
    variables: Value,
    context: &Context<'_>,
) -> Result<Value, EvalError> {
    let ExprKind::Call { callee: Callee::Builtin(function), args, .. } = &module.expr(call).kind else {
        return Ok(Value::unknown(Type::string()));
    };
    let budget = Budget::new(context);
    let mut evaluator = Evaluator::new(module, &NoLookup, context, &budget);
    let span = evaluator.span(call);
    evaluator.rendered(function, span, args, &first, &variables)
}

impl Evaluator<'_> {
    pub(super) fn templates(
        &mut self,
        function: &'static Function,
        span: Span,
        args: &[ExprId],
        expand: bool,
    ) -> Result<Value, EvalError> {
        let Some(values) = self.arguments(args, expand)? else {
            return Ok(Value::unknown(Type::string()));
        };
        let [first, variables] = &*values else {
            let message = format!("{}() takes 2 arguments, not {}", function.name, values.len());
            return Err(Box::new(Diagnostic::new(codes::WRONG_ARGUMENT_COUNT, span, message)));
        };
        self.rendered(function, span, args, first, variables)
    }

    fn rendered(
        &mut self,
        function: &'static Function,
        span: Span,
        args: &[ExprId],
        first: &Value,
        variables: &Value,
    ) -> Result<Value, EvalError> {
        let place = |at: usize| args.get(at).or(args.last()).map_or(span, |id| self.span(*id));
        let secret = first.secret || variables.secret;
        let unknown = || Ok(Value::unknown(Type::string()).mark(secret));
        let given = match &first.kind {
            Kind::String(text) => text.as_str(),
            Kind::Unknown(_) => return unknown(),
            _ => {
                let rule = format!("`{}` of {}() is a string", function.params[0].name, function.name);
                return Err(wrong(place(0), &rule, "string", first));
            }
        };
        let Some((names, values)) = self.variables(variables, place(1))? else { return unknown() };
        let value = if function.name == "templatestring" {
            self.budget.spend(span, given.len() as u64)?;
            let Context { templates, modules, limits, .. } = *self.context;
            let read = templates.text(given, &names, self.module, modules, limits);
            let run = || self.run(span, given, &read.value, read.diagnostics, values);
            run().map_err(|error| from_nowhere(error, place(0), given, secret))
        } else {
            let read = self.with_functions(span, |context| read_text(context, given));
            let (path, text) = read.map_err(|failure| self.failed(function, None, span, args, failure))?;
            let Context { templates, modules, limits, .. } = *self.context;
            let read = templates.file(&path, &text, &names, self.module, modules, limits);
            self.run(span, &path, &read.value, read.diagnostics.clone(), values).map_err(|error| {
                let elsewhere = error.primary.as_ref().is_some_and(|label| label.span.file != span.file);
                Box::new(if elsewhere { error.label(span, "rendered here") } else { *error })
            })
        };
        value.map(|value| value.mark(secret))
    }

    fn run(
        &self,
        span: Span,
        key: &str,
        template: &LoneTemplate,
        diagnostics: Vec<Diagnostic>,
        values: Vec<Value>,
    ) -> Result<Value, EvalError> {
        if let Some(error) = first_error(&diagnostics) {
            return Err(Box::new(error));
        }
        self.budget.rendering(span, key, || {
            let mut inner = Evaluator::new(&template.module, &NoLookup, self.context, self.budget);
            inner.bindings = values;
            inner.expr(template.root)
        })
    }

    /// Names and values of what a template is given; `None` while not even the names are known.
    #[allow(clippy::type_complexity)]
    fn variables(&self, given: &Value, span: Span) -> Result<Option<(Vec<Text>, Vec<Value>)>, EvalError> {
        let (names, values): (Vec<Text>, Vec<Value>) = match &given.kind {
            Kind::Map(map) => map.iter().map(|(name, value)| (name.clone(), value.clone())).unzip(),
            Kind::Unknown(unknown) => match &unknown.ty.kind {
                TypeKind::Object(object) => object
                    .attributes
                    .iter()
                    .map(|(name, attribute)| (name.clone(), Value::unknown(attribute.ty.clone())))
                    .unzip(),
                _ => return Ok(None),
            },
            _ => return Err(wrong(span, "the variables of a template are an object", "object", given)),
        };
        if let Some(name) = names.iter().find(|name| !is_name(name)) {
            let message =
                format!("{} can't be the name of a variable of a template", Value::from(name.clone()));
            return Err(Box::new(
                Diagnostic::new(codes::EVALUATION_FAILED, span, message)
                    .help("names begin with a letter and go on with letters, digits and `_`"),
            ));
        }
        Ok(Some((names, values)))
    }
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
}

/// An error inside a text that is in no file: it is placed at the argument, and says where in the text it is.
fn from_nowhere(mut error: EvalError, place: Span, text: &str, secret: bool) -> EvalError {
    let Some(primary) = error.primary.as_mut().filter(|label| label.span.file == NOWHERE) else {
        return error;
    };
    let range = primary.span.range();
    primary.span = place;
    let before = text.get(..range.start as usize).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let shown: String = range.of(text).chars().take(60).collect();
    let quoted = if secret || shown.is_empty() { String::new() } else { format!(": `{shown}`") };
    error.labels.retain(|label| label.span.file != NOWHERE);
    error.fixes.clear();
    Box::new(error.note(format!("in line {line}, column {column} of the template{quoted}")))
}
