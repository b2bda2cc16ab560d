//! Which expressions and complaints belong to which declaration, so that one can be resolved again without the others.

use std::ops::Range;

use super::declare::Declarations;
use super::program::{Expr, ExprId, ExprKind, Module, Reference};
use super::{Missing, Resolver};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;

/// A declaration that others may refer to, or an output, by index in its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Declaration {
    /// `variable`
    Variable(u32),
    /// An entry of `locals`
    Local(u32),
    /// `resource` and `data`
    Resource(u32),
    /// `module`
    Call(u32),
    /// `output`
    Output(u32),
}

impl Declaration {
    /// The declaration a reference names, if it names one.
    pub fn of(reference: Reference) -> Option<Self> {
        match reference {
            Reference::Variable(index) => Some(Self::Variable(index)),
            Reference::Local(index) => Some(Self::Local(index)),
            Reference::Resource(index) => Some(Self::Resource(index)),
            Reference::Call(index) => Some(Self::Call(index)),
            _ => None,
        }
    }
}

/// What resolving one declaration gave.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    /// Its expressions in the arena.
    pub(super) exprs: Range<u32>,
    pub(super) said: Vec<Diagnostic>,
    /// Names it uses and nobody defines.
    pub(super) missing: Vec<(Missing, Vec<Span>)>,
    /// Whether it refers to something that is gone.
    pub(super) stale: bool,
    /// Whether some of its expressions could not be understood.
    has_errors: bool,
}

impl Record {
    /// Its part of the arena.
    pub(super) fn slice<'e>(&self, exprs: &'e mut [Expr]) -> &'e mut [Expr] {
        &mut exprs[self.exprs.start as usize..self.exprs.end as usize]
    }
}

/// What resolving a module gave, by declaration.
#[derive(Debug, Clone, Default)]
pub struct Records {
    pub(super) declared: Declarations,
    /// About names that are declared twice or blocks that are none.
    pub(super) declaring: Vec<Diagnostic>,
    pub(super) variables: Vec<Record>,
    pub(super) locals: Vec<Record>,
    pub(super) resources: Vec<Record>,
    pub(super) calls: Vec<Record>,
    pub(super) outputs: Vec<Record>,
    /// Types, functions, providers, checks and small blocks.
    pub(super) rest: Vec<Record>,
    /// Expressions that belong to no declaration any more.
    pub(super) waste: usize,
}

impl Records {
    fn all(&self) -> impl Iterator<Item = &Record> {
        let Self { variables, locals, resources, calls, outputs, rest, .. } = self;
        [rest, variables, locals, resources, calls, outputs].into_iter().flatten()
    }

    pub(super) fn said(&self) -> impl Iterator<Item = &Diagnostic> {
        self.declaring.iter().chain(self.all().flat_map(|record| &record.said))
    }

    pub(super) fn missing(&self) -> impl Iterator<Item = &(Missing, Vec<Span>)> {
        self.all().flat_map(|record| &record.missing)
    }

    /// Whether some expressions of the module could not be understood.
    pub fn have_errors(&self) -> bool {
        self.all().any(|record| record.has_errors)
    }

    pub(super) fn of(&self, declaration: Declaration) -> &Record {
        match declaration {
            Declaration::Variable(index) => &self.variables[index as usize],
            Declaration::Local(index) => &self.locals[index as usize],
            Declaration::Resource(index) => &self.resources[index as usize],
            Declaration::Call(index) => &self.calls[index as usize],
            Declaration::Output(index) => &self.outputs[index as usize],
        }
    }

    /// The declarations one refers to, once for each reference.
    pub fn uses<'m>(
        &'m self,
        module: &'m Module,
        declaration: Declaration,
    ) -> impl Iterator<Item = Declaration> + 'm {
        used(module, self.of(declaration).exprs.clone())
    }

    /// The declarations that types, functions, providers and the like refer to.
    pub fn uses_of_rest<'m>(&'m self, module: &'m Module) -> impl Iterator<Item = Declaration> + 'm {
        self.rest.iter().flat_map(|record| used(module, record.exprs.clone()))
    }
}

fn used(module: &Module, exprs: Range<u32>) -> impl Iterator<Item = Declaration> + '_ {
    exprs.filter_map(|id| match &module.expr(ExprId(id)).kind {
        ExprKind::Reference(reference) => Declaration::of(*reference),
        _ => None,
    })
}

/// A declaration with its record.
pub(super) struct Recorded<T> {
    pub(super) value: T,
    pub(super) record: Record,
}

impl<T> Recorded<T> {
    /// The declaration; its record goes behind the others.
    pub(super) fn keep(self, records: &mut Vec<Record>) -> T {
        records.push(self.record);
        self.value
    }
}

impl Resolver<'_> {
    /// Resolves something and notes what belongs to it.
    pub(super) fn recorded<T>(&mut self, resolve: impl FnOnce(&mut Self) -> T) -> Recorded<T> {
        let first = self.module.exprs.len() as u32;
        let value = resolve(self);
        let missing = match self.missing.is_empty() {
            true => Vec::new(),
            false => std::mem::take(&mut self.missing).into_iter().collect(),
        };
        let exprs = first..self.module.exprs.len() as u32;
        self.bound.keep(&mut self.diagnostics);
        let said = std::mem::take(&mut self.diagnostics);
        let new = &self.module.exprs[first as usize..];
        let has_errors = new.iter().any(|expr| matches!(expr.kind, ExprKind::Error));
        Recorded { value, record: Record { exprs, said, missing, stale: false, has_errors } }
    }

    /// The same for what is no declaration of its own.
    pub(super) fn rest(&mut self, resolve: impl FnOnce(&mut Self)) {
        let Recorded { record, .. } = self.recorded(resolve);
        self.records.rest.push(record);
    }
}
