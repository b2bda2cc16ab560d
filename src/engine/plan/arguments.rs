//! The arguments of an instance, held against its schema; what triggers a replacement and what forbids one.

use super::marks;
use super::model::Action;
use super::planner::Planner;
use super::world::{Here, World};
use crate::base::address::{InstanceAddress, InstanceKey};
use crate::base::assign::conforms;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::schema::{Presence, Schema};
use crate::base::value::Value;
use crate::engine::expand::{InstId, RowId};
use crate::lang::resolve::program::{ExprId, Reference, Resource};
use crate::lang::resolve::{Instance as Which, Use, uses_of_expr};

impl World {
    /// The arguments of a row as configured, in the shape of its schema.
    pub(crate) fn arguments(&self, id: RowId, schema: &Schema) -> Result<Value, Vec<Diagnostic>> {
        let row = self.row(id);
        let tree = self.tree.clone();
        let Some(resource) = tree.resource(row.node) else { return Ok(Value::NULL) };
        let config = self.eval_block(row.inst, &resource.body, &schema.block, self.here(row)).map_err(
            |mut error| {
                error.path.get_or_insert_with(|| row.address.to_string());
                vec![*error]
            },
        )?;
        let faults = self.misfits(row.inst, resource, &config, schema, &row.address);
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    /// What only shows once values are known: those that come from `any`.
    fn misfits(
        &self,
        inst: InstId,
        resource: &Resource,
        config: &Value,
        schema: &Schema,
        address: &InstanceAddress,
    ) -> Vec<Diagnostic> {
        let module = self.module(inst);
        let mut faults = Vec::new();
        for (name, attribute) in &schema.block.attributes {
            let value = config.get(name).unwrap_or(&Value::NULL);
            let place = resource.body.attributes.get(name);
            let span = place.map_or(resource.span, |argument| module.expr(argument.value).span);
            if value.is_null() {
                if attribute.presence == Presence::Required {
                    let path = format!("{address}.{name}");
                    let message = format!("{path} must be {}, is null", attribute.ty);
                    faults.push(
                        Diagnostic::new(codes::ANY_MISMATCH, span, message)
                            .at_path(path)
                            .mismatch(attribute.ty.to_string(), "null"),
                    );
                }
                continue;
            }
            if let Err(mismatch) = conforms(value, &attribute.ty) {
                let path = format!("{address}.{name}{}", mismatch.path);
                let code = match mismatch.fault {
                    crate::base::assign::Fault::Bound => codes::CONSTRAINT_VIOLATED,
                    _ => codes::ANY_MISMATCH,
                };
                faults.push(
                    Diagnostic::new(code, span, format!("{path} {mismatch}"))
                        .at_path(path)
                        .mismatch(mismatch.expected.to_string(), mismatch.found.to_string()),
                );
            }
        }
        faults
    }

    /// The instances of a resource of the same module that a reference in `row`'s declaration names.
    pub(crate) fn named(&self, id: RowId, found: &Use) -> Vec<RowId> {
        let row = self.row(id);
        let Reference::Resource(at) = found.target else { return Vec::new() };
        let Some(all) = self.instances.get(row.inst).resources.get(at as usize) else { return Vec::new() };
        match self.key_of(id, &found.instance) {
            Some(key) => all.find(key.as_ref()).into_iter().collect(),
            None => all.members.clone(),
        }
    }

    /// The key a reference names from within a row; `None` for all.
    pub(crate) fn key_of(&self, id: RowId, which: &Which) -> Option<Option<InstanceKey>> {
        match which {
            Which::All => None,
            Which::EachKey | Which::CountIndex => Some(self.row(id).address.key.clone()),
            Which::Key(key) => Some(Some(key.clone())),
        }
    }
}

impl Planner<'_> {
    /// The instances named in `replace_triggered_by` that change.
    pub(crate) fn triggers(&self, id: RowId, expressions: &[ExprId]) -> Vec<InstanceAddress> {
        let module = self.world.module(self.world.row(id).inst);
        let mut uses = Vec::new();
        for expr in expressions {
            uses_of_expr(module, *expr, &mut |found| uses.push(found));
        }
        let mut changing = Vec::new();
        for found in &uses {
            for other in self.world.named(id, found) {
                let draft = self.draft(other);
                let changes = match (&found.attribute, draft.action) {
                    (_, Action::NoOp | Action::Import | Action::Read) => false,
                    (_, Action::Create | Action::Replace | Action::ReplaceCreateFirst) => true,
                    (None, _) => true,
                    (Some(name), _) => {
                        let before = draft.prior.as_ref().map(|prior| &prior.object.attributes);
                        let before = before.and_then(|before| before.get(name)).unwrap_or(&Value::NULL);
                        !marks::same(before, draft.planned.get(name).unwrap_or(&Value::NULL))
                    }
                };
                if changes {
                    changing.push(self.world.row(other).address.clone());
                }
            }
        }
        changing
    }

    /// Complains if something that is protected would be removed.
    pub(crate) fn guard(&mut self, id: RowId, prevent: Option<ExprId>) {
        let row = self.world.row(id);
        let (inst, node, address) = (row.inst, row.node, row.address.clone());
        let reasons: Vec<_> = self.draft(id).reasons.iter().map(ToString::to_string).collect();
        if let Some(diagnostic) = self.protected(inst, prevent, &address, Some(reasons.join("; "))) {
            self.fail(node, [diagnostic]);
        }
    }

    /// What to say if `prevent_destroy` holds.
    pub(crate) fn protected(
        &self,
        inst: InstId,
        prevent: Option<ExprId>,
        address: &InstanceAddress,
        why: Option<String>,
    ) -> Option<Diagnostic> {
        let prevent = prevent?;
        let node = self.world.tree.find_resource(&address.resource)?;
        let declared = self.world.tree.declared(node)?;
        let value = match self.world.eval(inst, prevent, Here::NOWHERE) {
            Ok(value) => value,
            Err(error) => return Some(*error),
        };
        if value.as_bool() == Some(false) || value.is_null() {
            return None;
        }
        let place = self.world.module(inst).expr(prevent).span;
        let done = if why.is_some() { "replaced" } else { "removed" };
        let message = format!("{address} is protected and would be {done}");
        let diagnostic = Diagnostic::new(codes::PREVENT_DESTROY, declared, message)
            .label(place, "protected here")
            .at_path(address.to_string())
            .help("set `prevent_destroy` to false if that is what you want, or leave it out of this run with --exclude");
        Some(match why.filter(|why| !why.is_empty()) {
            Some(why) => diagnostic.note(format!("why: {why}")),
            None => diagnostic,
        })
    }
}
