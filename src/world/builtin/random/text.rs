//! `random_string` and `random_password`: the same text, but a password is secret and comes with its hash.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::super::state_only::{Kind, complaint};
use super::{LONGEST, generator, int, length, plan, schema, text};
use crate::base::effects::Entropy;
use crate::base::schema::{Attribute, Schema};
use crate::base::types::Type;
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{Complaint, PlanReply, PlanRequest};

/// The cost of a hash of a password: 2 to this power rounds.
const COST: u32 = 10;

/// The classes of characters: what switches them, their least count, and their members.
const CLASSES: [(&str, &str, &str); 4] = [
    ("lower", "min_lower", "abcdefghijklmnopqrstuvwxyz"),
    ("upper", "min_upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("numeric", "min_numeric", "0123456789"),
    ("special", "min_special", "!@#$%&*()-_=+[]{}<>:?"),
];

pub(super) struct RandomText {
    name: &'static str,
    secret: bool,
}

impl RandomText {
    pub(super) const STRING: Self = Self { name: "random_string", secret: false };
    pub(super) const PASSWORD: Self = Self { name: "random_password", secret: true };
}

impl Kind for RandomText {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> Schema {
        let least = |what: &str| {
            let docs = format!("At least so many {what}.");
            Attribute::optional(int(0, LONGEST)).default(0).docs(docs)
        };
        let with = |what: &str| {
            Attribute::optional(Type::bool()).default(true).docs(format!("Whether {what} may be in it."))
        };
        let numeric =
            Attribute::optional_computed(Type::bool()).docs("Whether digits may be in it; true if not set.");
        let number = Attribute {
            deprecated: Some("use numeric".into()),
            ..numeric.clone().docs("The same as `numeric`.")
        };
        let mut attributes = vec![
            ("length", Attribute::required(int(1, LONGEST)).docs("How many characters.")),
            ("special", with("characters such as `!` and `#`")),
            ("upper", with("capital letters")),
            ("lower", with("small letters")),
            ("numeric", numeric),
            ("number", number),
            ("min_numeric", least("digits")),
            ("min_upper", least("capital letters")),
            ("min_lower", least("small letters")),
            ("min_special", least("special characters")),
            (
                "override_special",
                Attribute::optional(Type::string()).docs("The special characters to choose from."),
            ),
        ];
        let result = Attribute::computed(Type::string()).docs("The text.");
        if self.secret {
            attributes.push(("result", result.sensitive()));
            let hash = "A bcrypt hash of the text, of its first 72 bytes if it is longer.";
            attributes.push(("bcrypt_hash", Attribute::computed(Type::string()).sensitive().docs(hash)));
            attributes.push(("id", Attribute::computed(Type::string()).docs("Always `none`.")));
        } else {
            attributes.push(("result", result));
            attributes.push(("id", Attribute::computed(Type::string()).docs("The text.")));
        }
        let docs = if self.secret { "A random password." } else { "Random text that is no secret." };
        schema(docs, attributes)
    }

    fn validate(&self, config: &Value) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let flag = |name: &str| config.get(name).and_then(Value::as_bool);
        if let (Some(number), Some(numeric)) = (flag("number"), flag("numeric"))
            && number != numeric
        {
            complaints.push(complaint("number", "number and numeric mean the same and must not differ"));
        }
        let off =
            |name: &str| flag(name) == Some(false) || (name == "numeric" && flag("number") == Some(false));
        if CLASSES.iter().all(|(name, ..)| off(name)) {
            complaints.push(complaint("special", "one of special, upper, lower and numeric must be true"));
        }
        let count = |name: &str| config.get(name).and_then(Value::as_i64);
        let least = CLASSES.iter().filter_map(|(_, least, _)| count(least)).fold(0, i64::saturating_add);
        if let Some(length) = count("length")
            && length < least
        {
            complaints.push(complaint("length", too_short(length, least)));
        }
        complaints
    }

    fn plan(&self, request: &PlanRequest) -> PlanReply {
        // Two names for one switch: what one says, both say.
        let mut request = request.clone();
        let mut config = request.config.as_map().cloned().unwrap_or_default();
        let set = |name: &str| config.get(name).filter(|value| !value.is_null()).cloned();
        let numeric = set("numeric").or_else(|| set("number")).unwrap_or(true.into());
        config.insert("numeric".into(), numeric.clone());
        config.insert("number".into(), numeric);
        request.config = config.into();
        plan(&request)
    }

    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String> {
        let length = length(planned, "length", 1)?;
        let mut generator = generator(planned, entropy)?;
        let mut chars = Vec::new();
        let mut all = Vec::new();
        for (switch, least, members) in CLASSES {
            let special =
                Some(text(planned, "override_special")).filter(|s| switch == "special" && !s.is_empty());
            let members: Vec<char> = special.unwrap_or(members).chars().collect();
            let least = super::length(planned, least, 0)?;
            if chars.len() + least > length {
                let asked = (chars.len() + least) as i64;
                return Err(too_short(length as i64, asked));
            }
            chars.extend((0..least).map(|_| pick(&members, &mut generator)));
            if planned.get(switch).and_then(Value::as_bool) == Some(true) {
                all.extend(members);
            }
        }
        if all.is_empty() && chars.len() < length {
            return Err("one of special, upper, lower and numeric must be true".into());
        }
        chars.extend((chars.len()..length).map(|_| pick(&all, &mut generator)));
        chars.shuffle(&mut generator);
        let result: String = chars.into_iter().collect();
        write(self.secret, planned, &result);
        if self.secret {
            let mut salt = [0; 16];
            entropy.fill(&mut salt).map_err(|error| error.to_string())?;
            planned.insert("bcrypt_hash".into(), hash(&result, salt)?.into());
        }
        Ok(())
    }

    /// The text itself.
    fn import(&self, id: &str, entropy: &dyn Entropy) -> Result<ValueMap, String> {
        let length = id.chars().count();
        if length == 0 || length as i64 > LONGEST {
            return Err(format!("the id must be the text, of 1 to {LONGEST} characters"));
        }
        let mut map = ValueMap::new();
        map.insert("length".into(), length.into());
        for name in ["special", "upper", "lower", "numeric", "number"] {
            map.insert(name.into(), true.into());
        }
        for (_, least, _) in CLASSES {
            map.insert(least.into(), 0.into());
        }
        write(self.secret, &mut map, id);
        if self.secret {
            let mut salt = [0; 16];
            entropy.fill(&mut salt).map_err(|error| error.to_string())?;
            map.insert("bcrypt_hash".into(), hash(id, salt)?.into());
        }
        Ok(map)
    }
}

fn write(secret: bool, map: &mut ValueMap, result: &str) {
    map.insert("result".into(), result.into());
    map.insert("id".into(), if secret { "none".into() } else { result.into() });
}

fn hash(result: &str, salt: [u8; 16]) -> Result<String, String> {
    let hash =
        bcrypt::hash_with_salt(result, COST, salt).map_err(|error| format!("it can't be hashed: {error}"))?;
    Ok(hash.format_for_version(bcrypt::Version::TwoA))
}

fn pick(members: &[char], generator: &mut impl RngExt) -> char {
    members[generator.random_range(0..members.len())]
}

fn too_short(length: i64, least: i64) -> String {
    format!(
        "length is {length}, but min_lower, min_upper, min_numeric and min_special ask for {least} together"
    )
}
