//! The standard library and the accounts against the schemas of the mocked clouds.

use std::path::Path;

use crate::base::effects::Limits;
use crate::base::lines::Columns;
use crate::base::schema::Schemas;
use crate::lang::check::{Surroundings, check};
use crate::lang::functions::HostFunctions;
use crate::lang::load::load;
use crate::lang::resolve::resolve;
use crate::world::files::DiskFiles;
use crate::world::registry;

#[tokio::test]
async fn the_accounts_are_without_fault() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = DiskFiles::new(root).unwrap();
    let mut schemas = Vec::new();
    for provider in registry::providers(root) {
        schemas.push(provider.schema().unwrap());
    }
    let schemas = Schemas::new(schemas);
    for account in ["accounts/production", "accounts/staging"] {
        let loaded = load(&files, account, &Limits::default());
        let resolved = resolve(&loaded, &schemas, &HostFunctions::default());
        let limits = Limits::default();
        let surroundings = Surroundings::new(&schemas, &loaded.sources, &files, &limits);
        let checked = check(&resolved.value, &surroundings);
        let all = loaded
            .diagnostics
            .iter()
            .chain(loaded.syntax.values().flatten())
            .chain(&resolved.diagnostics)
            .chain(&checked.diagnostics);
        // Warnings count too: these files are what newcomers read first.
        let shown: Vec<String> = all
            .map(|d| {
                let place = d.primary.as_ref().map(|label| {
                    let file = loaded.sources.get(label.span.file);
                    let position = file.lines().position(label.span.start, &file.text, Columns::Chars);
                    format!("{}:{}", file.path, position.line + 1)
                });
                format!("{}: {}", place.unwrap_or_default(), d.message)
            })
            .collect();
        assert!(shown.is_empty(), "{}", shown.join("\n"));
        assert_eq!(resolved.value.root().calls.len(), 4);
        assert!(resolved.value.modules.len() >= 7);
    }
}
