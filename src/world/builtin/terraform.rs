//! Provider `terraform`: `terraform_data`, which keeps a value and follows its changes.

use std::sync::Arc;

use super::state_only::{Kind, StateOnly};
use crate::base::assign::type_of;
use crate::base::effects::Entropy;
use crate::base::schema::{Attribute, BlockSchema, Schema};
use crate::base::types::Type;
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{PlanReply, PlanRequest};

/// The provider.
pub fn provider(entropy: Arc<dyn Entropy>) -> StateOnly {
    StateOnly::new("terraform", vec![Box::new(Data)], entropy)
}

struct Data;

impl Kind for Data {
    fn name(&self) -> &'static str {
        "terraform_data"
    }

    fn schema(&self) -> Schema {
        let attributes = [
            (
                "input",
                Attribute::optional(Type::any())
                    .docs("A value to keep; `output` is the same once it is applied."),
            ),
            (
                "output",
                Attribute::computed(Type::any())
                    .nullable()
                    .follows("input")
                    .docs("The value of `input`, known after apply."),
            ),
            (
                "triggers_replace",
                Attribute::optional(Type::any())
                    .forces_replacement()
                    .docs("A value whose change makes a new object."),
            ),
            ("id", Attribute::computed(Type::string()).docs("Names this object; a new one has another.")),
        ];
        let block = BlockSchema {
            attributes: attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect(),
            ..BlockSchema::default()
        };
        Schema::new(block, "Keeps a value in the state and replaces itself when another value changes.")
    }

    fn plan(&self, request: &PlanRequest) -> PlanReply {
        let attribute = |name: &str| request.config.get(name).cloned().unwrap_or(Value::NULL);
        let prior = request.prior.as_ref().map(|object| &object.attributes);
        let before = |name: &str| prior.and_then(|prior| prior.get(name)).cloned().unwrap_or(Value::NULL);
        let (input, triggers) = (attribute("input"), attribute("triggers_replace"));

        let replaced = prior.is_some() && triggers != before("triggers_replace");
        let fresh = prior.is_none() || replaced;
        let output = if input.is_null() {
            input.clone()
        } else if fresh || input != before("input") {
            // Its type says what in it is secret.
            Value::unknown(type_of(&input))
        } else {
            // Also where only its marks changed.
            input.clone()
        };
        let id = if fresh { Value::unknown(Type::string()) } else { before("id") };
        let planned =
            Value::map([("input", input), ("output", output), ("triggers_replace", triggers), ("id", id)]);
        PlanReply { planned, replace: replaced.then(|| "triggers_replace".into()).into_iter().collect() }
    }

    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String> {
        if planned.get("id").is_none_or(Value::is_unknown) {
            planned.insert("id".into(), super::random::uuid(entropy)?.into());
        }
        let input = planned.get("input").cloned().unwrap_or(Value::NULL);
        planned.insert("output".into(), input);
        Ok(())
    }

    fn import(&self, id: &str, _: &dyn Entropy) -> Result<ValueMap, String> {
        Ok([("id".into(), id.into())].into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::engine::provider::{
        Ledger, LedgerClosed, Object, Operation, Outcome, Provider, Recovered, Step, StepId,
    };
    use crate::world::entropy::SystemEntropy;

    async fn schema() -> Arc<Schema> {
        provider(Arc::new(SystemEntropy)).schema().unwrap().resources["terraform_data"].clone()
    }

    async fn plan(prior: Option<&Value>, input: Value, triggers: Value) -> PlanReply {
        Data.plan(&PlanRequest {
            address: "terraform_data.x".parse().unwrap(),
            kind: "terraform_data".into(),
            schema: schema().await,
            prior: prior.cloned().map(Object::new),
            config: Value::map([
                ("input", input),
                ("triggers_replace", triggers),
                ("output", Value::NULL),
                ("id", Value::NULL),
            ]),
        })
    }

    fn decided(planned: &Value) -> Value {
        let mut map = planned.as_map().unwrap().clone();
        Data.decide(&mut map, &SystemEntropy).unwrap();
        map.into()
    }

    #[tokio::test]
    async fn output_follows_input() {
        let input = Value::map([("a", 1.into()), ("b", Value::from("s").mark(true))]);
        let reply = plan(None, input.clone(), Value::NULL).await;
        let Some(output) = reply.planned.get("output") else { panic!("no output") };
        let crate::base::value::Kind::Unknown(unknown) = &output.kind else { panic!("known") };
        assert!(!output.secret && unknown.ty.has_secret());
        let made = decided(&reply.planned);
        assert_eq!(made.get("output"), Some(&input));
        assert!(made.get("output").unwrap().get("b").unwrap().secret);
        let again = plan(Some(&made), input, Value::NULL).await;
        assert_eq!(again, PlanReply { planned: made.clone(), replace: vec![] });

        let changed = plan(Some(&made), "x".into(), Value::NULL).await;
        assert!(changed.replace.is_empty());
        assert_eq!(changed.planned.get("id"), made.get("id"));
        let crate::base::value::Kind::Unknown(unknown) = &changed.planned.get("output").unwrap().kind else {
            panic!("output is known before apply")
        };
        assert_eq!(unknown.ty, Type::string());
        let updated = decided(&changed.planned);
        assert_eq!((updated.get("output"), updated.get("id")), (Some(&"x".into()), made.get("id")));

        let removed = plan(Some(&updated), Value::NULL, Value::NULL).await;
        assert_eq!(removed.planned.get("output"), Some(&Value::NULL));
        assert!(removed.planned.is_wholly_known());
    }

    #[tokio::test]
    async fn triggers_replace() {
        let made = decided(&plan(None, "x".into(), vec!["a".into()].into()).await.planned);
        for triggers in [Value::NULL, vec!["b".into()].into(), Value::unknown(Type::string())] {
            let reply = plan(Some(&made), "x".into(), triggers).await;
            assert_eq!(reply.replace, ["triggers_replace"]);
            assert!(reply.planned.get("id").unwrap().is_unknown());
            assert!(reply.planned.get("output").unwrap().is_unknown());
        }
        assert!(plan(Some(&made), "x".into(), vec!["a".into()].into()).await.replace.is_empty());
    }

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>, Mutex<Vec<(StepId, Outcome)>>);

    #[async_trait]
    impl Ledger for Notes {
        async fn intend(&self, steps: &[Step]) -> Result<(), LedgerClosed> {
            self.0.lock().unwrap().push(format!("intend {}", steps.len()));
            Ok(())
        }

        async fn record(&self, outcomes: Vec<(StepId, Outcome)>) -> Result<(), LedgerClosed> {
            self.0.lock().unwrap().push(format!("record {}", outcomes.len()));
            self.1.lock().unwrap().extend(outcomes);
            Ok(())
        }
    }

    #[tokio::test]
    async fn many_steps_share_two_commits() {
        let provider = provider(Arc::new(SystemEntropy));
        let connection = provider.configure(Value::NULL).await.unwrap();
        let planned = plan(None, "x".into(), Value::NULL).await.planned;
        let made = Object::new(decided(&planned));
        let schema = schema().await;
        let step = |id: StepId| Step {
            id,
            address: "terraform_data.x".parse().unwrap(),
            kind: if id == 7 { "terraform_no_such_kind" } else { "terraform_data" }.into(),
            schema: schema.clone(),
            token: "t".into(),
            operation: match id % 3 {
                0 => Operation::Delete { prior: made.clone() },
                1 => Operation::Create { planned: planned.clone() },
                _ => Operation::Update { prior: made.clone(), planned: made.attributes.clone() },
            },
        };
        let notes = Notes::default();
        connection.apply_many((0..9).map(step).collect(), &notes).await.unwrap();
        assert_eq!(*notes.0.lock().unwrap(), ["intend 9", "record 9"]);
        for (id, outcome) in notes.1.lock().unwrap().iter() {
            match (id, outcome) {
                (7, outcome) => assert!(outcome.is_err()),
                (0 | 3 | 6, outcome) => assert_eq!(*outcome, Ok(None)),
                (2 | 5 | 8, outcome) => assert_eq!(*outcome, Ok(Some(made.clone()))),
                (_, outcome) => {
                    assert!(outcome.as_ref().unwrap().as_ref().unwrap().attributes.is_wholly_known())
                }
            }
        }
        assert_eq!(connection.recover(step(1)).await, Ok(Recovered::NotHappened));
    }
}
