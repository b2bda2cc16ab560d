//! From stage to stage: where a plan defers instances, what is planned once it is applied, until nothing is deferred.

use std::collections::BTreeSet;

use super::{Account, Inputs, Planned};
use crate::base::address::Target;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::report::Report;
use crate::engine::events::Events;
use crate::engine::faults::store_failed;
use crate::engine::options::PlanOptions;
use crate::engine::plan::{Deferred, Plan};
use crate::engine::state::StateSession;

/// The stages of an apply, from [`Planned::stages`]. After each that is applied whole, [`Stages::next`] plans another.
pub struct Stages {
    account: Account,
    inputs: Inputs,
    options: PlanOptions,
    deferred: Vec<Deferred>,
    /// What was deferred once and then no longer. Keys are left aside, so that there are no more of them than declarations.
    settled: BTreeSet<Target>,
}

impl Planned {
    /// The stages of which this plan is the first.
    ///
    /// # Errors
    /// With the code `keys-never-known`: applying the plan would do nothing, so what it defers stays deferred.
    pub fn stages(&self) -> Result<Stages, Report> {
        if self.plan().only_defers() {
            return Err(never_known(&self.account, &self.plan().deferred));
        }
        let mut stages = Stages {
            account: self.account.clone(),
            inputs: self.origins.inputs.clone(),
            options: self.origins.options.clone(),
            deferred: Vec::new(),
            settled: BTreeSet::new(),
        };
        stages.expect(self.plan());
        Ok(stages)
    }
}

impl Stages {
    /// What is left to be planned by later stages.
    pub fn deferred(&self) -> &[Deferred] {
        &self.deferred
    }

    /// Plans what the last stage deferred, against the state as it left it: with the same inputs and options, but what
    /// it made anew by [`PlanOptions::replace`] is not made anew again. `None` if nothing was deferred. There is an end
    /// to the stages, whatever providers answer.
    ///
    /// # Errors
    /// As [`Account::plan`]; and with the code `keys-never-known` if the last stage settled nothing of what was deferred.
    pub async fn next(
        &mut self,
        session: &dyn StateSession,
        events: &dyn Events,
    ) -> Result<Option<Planned>, Report> {
        if self.deferred.is_empty() {
            return Ok(None);
        }
        let state = session.state().await;
        let state = state.map_err(|error| self.account.report(vec![store_failed(&error)]))?;
        let planned = self.account.plan_with(&self.inputs, &self.options, &state, events).await?;
        self.advance(planned.plan())?;
        Ok(Some(planned))
    }

    fn advance(&mut self, plan: &Plan) -> Result<(), Report> {
        let open = keyless(&plan.deferred);
        let before = self.settled.len();
        self.settled.extend(keyless(&self.deferred).difference(&open).cloned());
        if plan.only_defers() || (self.settled.len() == before && !open.is_empty()) {
            return Err(never_known(&self.account, &plan.deferred));
        }
        self.expect(plan);
        Ok(())
    }

    /// What comes after this plan.
    fn expect(&mut self, plan: &Plan) {
        self.options.replace.retain(|asked| plan.changes.iter().all(|change| change.address != *asked));
        self.deferred.clone_from(&plan.deferred);
    }
}

fn never_known(account: &Account, deferred: &[Deferred]) -> Report {
    let about = |deferred: &Deferred| {
        let message = format!("no apply makes known which instances of {} there are", deferred.address);
        Diagnostic::new(codes::KEYS_NEVER_KNOWN, deferred.span, message)
            .here("known only after each apply")
            .help(
                "let it follow from what stays as it is from one apply to the next: not from the clock, from chance, \
                 or from what is replaced or left out each time",
            )
    };
    account.report(deferred.iter().map(about).collect())
}

fn keyless(deferred: &[Deferred]) -> BTreeSet<Target> {
    deferred.iter().map(|deferred| deferred.address.without_keys()).collect()
}
