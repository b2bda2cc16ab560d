//! `prov providers schema`

use serde_json::{Map, Value as Json, json};

use crate::base::schema::{Attribute, BlockSchema, Nesting, Presence, ProviderSchema, Schema};
use crate::base::suggest::nearest;
use crate::host::cli::args::{Lints, Providers, ProvidersSchema};
use crate::host::cli::session::{Ended, Session, wait};
use crate::host::cli::status::ExitStatus;
use crate::host::cli::terminal::Stream;
use crate::host::render::text::paragraph;
use crate::host::render::values::{Secrets, json as value_json};
use crate::host::render::{Role, Style};

pub(super) fn run(session: &Session, command: &Providers) -> Ended<ExitStatus> {
    let Providers::Schema(args) = command;
    let engine = wait(session.project(".".as_ref())?.engine(&Lints::default()))?;
    let providers: Vec<_> = engine.schemas().providers().collect();
    let style = session.style(Stream::Out);
    if let Some(kind) = &args.kind {
        let schemas = engine.schemas();
        let Some((_, schema)) = schemas.resource(kind).or_else(|| schemas.data(kind)) else {
            let help = match nearest(kind, schemas.resource_kinds().chain(schemas.data_kinds())) {
                Some(near) => format!("did you mean {near}?"),
                None => "`prov providers schema` lists the kinds".into(),
            };
            return session.usage(format!("no provider offers {kind}"), help);
        };
        Stream::Out.write(&if args.json {
            format!("{:#}\n", schema_json(schema))
        } else {
            describe(kind, schema, &style)
        });
        return Ok(ExitStatus::Success);
    }
    Stream::Out.write(&all(args, &providers, &style));
    Ok(ExitStatus::Success)
}

fn all(args: &ProvidersSchema, providers: &[&std::sync::Arc<ProviderSchema>], style: &Style) -> String {
    if args.json {
        let all: Map<_, _> = providers.iter().map(|p| (p.name.to_string(), provider_json(p))).collect();
        return format!("{:#}\n", json!({ "version": 1, "providers": all }));
    }
    let mut out = String::new();
    for provider in providers {
        out.push_str(&format!("{}\n", style.paint(Role::Strong, provider.name.as_str())));
        let kinds = provider.resources.iter().map(|(kind, schema)| ("resource", kind, schema));
        for (word, kind, schema) in
            kinds.chain(provider.data.iter().map(|(kind, schema)| ("data", kind, schema)))
        {
            let first = schema.docs.lines().next().unwrap_or_default();
            out.push_str(&paragraph(&format!("  {word} {kind}  "), first, style.width));
        }
    }
    out
}

fn describe(kind: &str, schema: &Schema, style: &Style) -> String {
    let mut out = format!("{}\n", style.paint(Role::Strong, kind));
    if !schema.docs.is_empty() {
        out.push_str(&paragraph("", &schema.docs, style.width));
    }
    out.push('\n');
    describe_block(&schema.block, 1, style, &mut out);
    out
}

fn describe_block(block: &BlockSchema, depth: usize, style: &Style, out: &mut String) {
    let indent = "  ".repeat(depth);
    for (name, attribute) in &block.attributes {
        let mut facts = vec![attribute.ty.to_string()];
        facts.push(presence(attribute.presence).replace('_', " or "));
        if attribute.forces_replacement {
            facts.push("forces replacement".into());
        }
        if attribute.sensitive {
            facts.push("sensitive".into());
        }
        if let Some(default) = &attribute.default {
            facts.push(format!("default {default}"));
        }
        let name = style.paint(Role::Strong, name.as_str());
        out.push_str(&paragraph(&format!("{indent}{name}  "), &facts.join(", "), style.width));
        if !attribute.docs.is_empty() {
            out.push_str(&paragraph(&format!("{indent}    "), &attribute.docs, style.width));
        }
    }
    for (name, nested) in &block.blocks {
        let name = style.paint(Role::Strong, name.as_str());
        out.push_str(&format!("{indent}{name} {{  {}\n", nesting(nested.nesting)));
        describe_block(&nested.block, depth + 1, style, out);
        out.push_str(&format!("{indent}}}\n"));
    }
}

fn provider_json(provider: &ProviderSchema) -> Json {
    let each = |schemas: &indexmap::IndexMap<_, std::sync::Arc<Schema>>| {
        schemas
            .iter()
            .map(|(kind, schema): (&crate::base::Text, _)| (kind.to_string(), schema_json(schema)))
            .collect::<Map<_, _>>()
    };
    json!({
        "config": schema_json(&provider.config),
        "resources": each(&provider.resources),
        "data": each(&provider.data),
    })
}

fn schema_json(schema: &Schema) -> Json {
    let mut out = block_json(&schema.block);
    out["version"] = schema.version.into();
    out["docs"] = schema.docs.as_str().into();
    out
}

fn block_json(block: &BlockSchema) -> Json {
    let attributes: Map<_, _> = block
        .attributes
        .iter()
        .map(|(name, attribute)| (name.to_string(), attribute_json(attribute)))
        .collect();
    let blocks: Map<_, _> = block
        .blocks
        .iter()
        .map(|(name, nested)| {
            let mut inner = block_json(&nested.block);
            inner["nesting"] = nesting(nested.nesting).into();
            inner["min"] = nested.min.into();
            inner["max"] = nested.max.into();
            inner["docs"] = nested.docs.as_str().into();
            (name.to_string(), inner)
        })
        .collect();
    json!({ "attributes": attributes, "blocks": blocks })
}

fn attribute_json(attribute: &Attribute) -> Json {
    json!({
        "type": attribute.ty.to_string(),
        "presence": presence(attribute.presence),
        "default": attribute.default.as_ref().map(|value| value_json(value, Secrets::Hide)),
        "forces_replacement": attribute.forces_replacement,
        "sensitive": attribute.sensitive,
        "nullable": attribute.nullable,
        "deprecated": attribute.deprecated.as_deref(),
        "docs": attribute.docs.as_str(),
    })
}

fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Required => "required",
        Presence::Optional => "optional",
        Presence::OptionalComputed => "optional_computed",
        Presence::Computed => "computed",
    }
}

fn nesting(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}
