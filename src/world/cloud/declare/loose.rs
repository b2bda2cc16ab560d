//! Expressions and types that stand in a `kind` block, resolved: each becomes the body of a function (or a named
//! type) of a module made for this purpose, so that they mean what they mean everywhere in the language.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::Text;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::{Entry, FileError, Files, Limits};
use crate::base::schema::Schemas;
use crate::base::source::TextRange;
use crate::base::types::{Alias, ObjectAttribute, ObjectType, Type, TypeKind};
use crate::base::value::Value;
use crate::lang::eval;
use crate::lang::functions::HostFunctions;
use crate::lang::load::{Loaded, LoadedModule};
use crate::lang::resolve::program::{Module, Program, Reference, Slot, UserFunction};
use crate::lang::resolve::{resolve, uses_of_expr};
use crate::lang::syntax::tree::{
    Attribute, Block, Body, Expr, ExprId, ExprKind, FnDecl, Item, Param, Tree, TypeDecl,
};
use crate::world::cloud::kind::{Evaluate, Formula, Scope};

/// Blocks of `name = type`.
pub const TYPED: [&str; 4] = ["required", "optional", "optional_computed", "computed"];

/// The expressions and types of a `kind` block.
pub struct Loose {
    program: Arc<Program>,
    values: FxHashMap<ExprId, Arc<UserFunction>>,
    types: FxHashMap<ExprId, Type>,
}

impl Loose {
    /// Resolves everything in a block.
    pub fn resolve(tree: &Tree, block: &Block) -> Result<Self, Vec<Diagnostic>> {
        let (mut values, mut types) = (Vec::new(), Vec::new());
        collect(tree, &block.body, false, &mut values, &mut types);
        let mut made = Made::new(tree);
        let any = made.name("any");
        let names: Vec<TextRange> = Scope::NAMES.iter().map(|name| made.word(name)).collect();
        let params: Box<[Param]> =
            names.iter().map(|name| Param { name: *name, ty: any, default: None }).collect();
        for (at, body) in values.iter().enumerate() {
            let (docs, name, range) =
                (Box::default(), made.word(&format!("formula-{at}")), tree.expr(*body).range);
            let decl = FnDecl { docs, name, params: params.clone(), returns: any, body: *body, range };
            made.tree.body.items.push(Item::Function(decl));
        }
        for (at, value) in types.iter().enumerate() {
            let (docs, name, range) =
                (Box::default(), made.word(&format!("type-{at}")), tree.expr(*value).range);
            made.tree.body.items.push(Item::Type(TypeDecl { docs, name, value: *value, range }));
        }
        let module = LoadedModule {
            directory: String::new(),
            trees: vec![Arc::new(made.finish())],
            sources: FxHashMap::default(),
        };
        let loaded = Loaded { modules: vec![module], ..Loaded::default() };
        let program =
            Arc::new(resolve(&loaded, &Schemas::default(), &HostFunctions::default()).into_result()?);
        let root = program.root().clone();
        let function = |at: usize| root.functions.get(format!("formula-{at}").as_str()).cloned();
        let values = values.iter().enumerate().filter_map(|(at, id)| Some((*id, function(at)?)));
        let ty = |at: usize, id: ExprId| {
            let declared = root.types.get(format!("type-{at}").as_str())?.ty.clone();
            // The name a person gave the type, if the whole of it is a name.
            let named = matches!(tree.expr(id).kind, ExprKind::Name);
            let named = root.types.get(tree.text(tree.expr(id).range)).filter(|_| named);
            let alias = named.and_then(|named| named.ty.alias.clone());
            Some((id, placeless(&Type { alias, ..declared })))
        };
        let types = types.iter().enumerate().filter_map(|(at, id)| ty(at, *id)).collect();
        Ok(Self { values: values.collect(), types, program: program.clone() })
    }

    /// The type an expression means.
    pub fn ty(&self, id: ExprId) -> Type {
        self.types.get(&id).cloned().unwrap_or_else(Type::error)
    }

    /// What an expression computes.
    pub fn formula(&self, id: ExprId) -> Option<Formula> {
        let function = self.values.get(&id)?.clone();
        let (reads, siblings) = reads(self.program.root(), &function);
        let body = Arc::new(Compiled { program: self.program.clone(), function });
        Some(Formula { reads, siblings, body })
    }

    /// The value of an expression that depends on nothing.
    pub fn constant(&self, id: ExprId) -> Result<Value, String> {
        let formula = self.formula(id).ok_or("it has no value")?;
        formula.evaluate(&Scope::of(Value::NULL))
    }
}

/// The attributes of `self` that a formula reads, and whether it looks at `siblings`.
fn reads(module: &Module, function: &UserFunction) -> (Vec<Text>, bool) {
    let (mut names, mut siblings) = (FxHashSet::default(), false);
    uses_of_expr(module, function.body, &mut |used| match used.target {
        Reference::Binding(Slot(0)) => names.extend(used.attribute),
        Reference::Binding(Slot(4)) => siblings = true,
        _ => {}
    });
    let mut names: Vec<Text> = names.into_iter().collect();
    names.sort();
    (names, siblings)
}

/// An expression as the body of a function whose parameters are the names of [`Scope`].
struct Compiled {
    program: Arc<Program>,
    function: Arc<UserFunction>,
}

impl Evaluate for Compiled {
    fn evaluate(&self, scope: &Scope) -> Result<Value, String> {
        let limits = Limits::default();
        let context = eval::Context::new(&NoFiles, &limits, &self.program, "");
        let arguments = scope.values().into_iter().cloned().collect();
        eval::call(&self.function, arguments, &context).map_err(|error| error.message.clone())
    }
}

/// Kinds read no files.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Arc<[u8]>, FileError> {
        Err(FileError::NotFound)
    }

    fn list(&self, _: &str) -> Result<Vec<Entry>, FileError> {
        Err(FileError::NotFound)
    }
}

/// A tree in the making: names it needs are words added behind its text.
struct Made {
    tree: Tree,
    text: String,
}

impl Made {
    /// The types and functions of a tree, without its blocks.
    fn new(tree: &Tree) -> Self {
        let mut copy = tree.clone();
        copy.body.items.retain(|item| matches!(item, Item::Type(_) | Item::Function(_)));
        Self { text: format!("{}\n", tree.text), tree: copy }
    }

    fn word(&mut self, word: &str) -> TextRange {
        let start = self.text.len();
        self.text.push_str(word);
        let range = TextRange::new(start as u32, self.text.len() as u32);
        self.text.push(' ');
        range
    }

    fn name(&mut self, word: &str) -> ExprId {
        let range = self.word(word);
        self.tree.exprs.push(Expr { kind: ExprKind::Name, range });
        ExprId(self.tree.exprs.len() as u32 - 1)
    }

    fn finish(self) -> Tree {
        Tree { text: self.text.into(), ..self.tree }
    }
}

fn collect(tree: &Tree, body: &Body, typed: bool, values: &mut Vec<ExprId>, types: &mut Vec<ExprId>) {
    for item in &body.items {
        match item {
            Item::Attribute(Attribute { value, .. }) if typed => types.push(*value),
            Item::Attribute(Attribute { value, .. }) => values.push(*value),
            Item::Block(block) => {
                collect(tree, &block.body, TYPED.contains(&tree.text(block.kind)), values, types)
            }
            _ => {}
        }
    }
}

/// A type without places: those of a kind's file mean nothing among the files of a program.
fn placeless(ty: &Type) -> Type {
    let alias = ty.alias.as_ref().map(|alias| Arc::new(Alias { name: alias.name.clone(), span: None }));
    let kind = match &ty.kind {
        TypeKind::List(element, length) => TypeKind::List(Arc::new(placeless(element)), *length),
        TypeKind::Set(element, length) => TypeKind::Set(Arc::new(placeless(element)), *length),
        TypeKind::Map(element, length) => TypeKind::Map(Arc::new(placeless(element)), *length),
        TypeKind::Tuple(types) => TypeKind::Tuple(types.iter().map(placeless).collect()),
        TypeKind::Object(object) => {
            let attribute =
                |a: &ObjectAttribute| ObjectAttribute { ty: placeless(&a.ty), span: None, ..a.clone() };
            let attributes = object.attributes.iter().map(|(name, a)| (name.clone(), attribute(a))).collect();
            TypeKind::Object(Arc::new(ObjectType { attributes, name: object.name.clone() }))
        }
        kind => kind.clone(),
    };
    Type { kind, alias, ..*ty }
}
