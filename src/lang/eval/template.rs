//! Templates: text with values in it.

use std::fmt::Write;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::expr::{an, wrong};
use super::{EvalError, Evaluator};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::types::Type;
use crate::base::value::{Kind, Unknown, Value};
use crate::lang::resolve::program::{ExprId, Part, Slot};

/// Text under construction.
#[derive(Default)]
struct Output {
    text: String,
    /// Something unknown was met; `text` is what stands before it.
    unknown: bool,
    secret: bool,
}

impl Output {
    fn push(&mut self, text: &str) {
        if !self.unknown {
            self.text.push_str(text);
        }
    }
}

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[Part], span: Span) -> Result<Value, EvalError> {
        let mut output = Output::default();
        self.parts(parts, span, &mut output)?;
        let text = match is_nfc_quick(output.text.chars()) {
            IsNormalized::Yes => output.text,
            _ => output.text.nfc().collect(),
        };
        self.budget.output(span, text.len())?;
        let value = if output.unknown {
            Kind::Unknown(
                Unknown { ty: Type::string(), prefix: text.into(), length: Default::default() }.into(),
            )
        } else {
            Kind::String(text.into())
        };
        Ok(Value { kind: value, secret: output.secret })
    }

    fn parts(&mut self, parts: &[Part], span: Span, output: &mut Output) -> Result<(), EvalError> {
        for part in parts {
            match part {
                Part::Literal(text) => output.push(text),
                Part::Interpolation(id) => self.interpolate(*id, output)?,
                Part::If { condition, then, otherwise } => {
                    let test = self.expr(*condition)?;
                    output.secret |= test.secret;
                    match test.kind {
                        Kind::Bool(true) => self.parts(then, span, output)?,
                        Kind::Bool(false) => self.parts(otherwise, span, output)?,
                        Kind::Unknown(_) => output.unknown = true,
                        _ => {
                            return Err(wrong(
                                self.span(*condition),
                                "a condition is true or false",
                                "bool",
                                &test,
                            ));
                        }
                    }
                }
                Part::For { key, value, collection, body } => {
                    self.repeat(*key, *value, *collection, body, span, output)?
                }
            }
            // Checked as it grows, so that nested loops can't outgrow memory before the end.
            if output.text.len() as u64 > self.context.limits.output_bytes {
                self.budget.output(span, output.text.len())?;
            }
        }
        Ok(())
    }

    fn repeat(
        &mut self,
        key: Option<Slot>,
        value: Slot,
        collection: ExprId,
        body: &[Part],
        span: Span,
        output: &mut Output,
    ) -> Result<(), EvalError> {
        let items = self.expr(collection)?;
        output.secret |= items.secret;
        let Some(items) = self.entries(&items, self.span(collection))? else {
            output.unknown = true;
            return Ok(());
        };
        let depth = self.bindings.len();
        for (k, v) in items {
            self.bind(key, k);
            self.bind(Some(value), v);
            let result = self.budget.step(span).and_then(|()| self.parts(body, span, output));
            self.bindings.truncate(depth);
            result?;
        }
        Ok(())
    }

    fn interpolate(&mut self, id: ExprId, output: &mut Output) -> Result<(), EvalError> {
        let value = self.expr(id)?;
        output.secret |= value.secret;
        match &value.kind {
            Kind::Unknown(unknown) => {
                output.push(&unknown.prefix.clone());
                output.unknown = true;
            }
            _ => match text_of(&value) {
                Some(text) => output.push(&text),
                None => return Err(not_text(&value, self.span(id))),
            },
        }
        Ok(())
    }
}

/// A scalar as text; `None` for what can't be rendered.
pub(super) fn text_of(value: &Value) -> Option<String> {
    let mut text = String::new();
    let written = match &value.kind {
        Kind::String(s) => return Some(s.to_string()),
        Kind::Number(n) => write!(text, "{n}"),
        Kind::Bool(b) => write!(text, "{b}"),
        Kind::Duration(d) => write!(text, "{d}"),
        Kind::Size(s) => write!(text, "{s}"),
        _ => return None,
    };
    written.ok().map(|()| text)
}

fn not_text(value: &Value, span: Span) -> EvalError {
    if value.is_null() {
        return Box::new(
            Diagnostic::new(codes::ANY_MISMATCH, span, "null can't be part of a text")
                .here("this is null")
                .help("give it a fallback: `${… ?? \"\"}`"),
        );
    }
    let kind = an(value.kind_name());
    let diagnostic = Diagnostic::new(codes::ANY_MISMATCH, span, format!("{kind} can't be part of a text"))
        .here(format!("this is {value}"))
        .mismatch("string", value.kind_name());
    Box::new(match value.kind {
        Kind::Seq(_) | Kind::Set(_) => diagnostic.help("join its elements: `${join(\", \", …)}`"),
        _ => diagnostic.help("pick an attribute of it, or encode it: `${jsonencode(…)}`"),
    })
}
