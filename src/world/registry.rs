//! Which providers there are.

use std::path::Path;
use std::sync::Arc;

use crate::engine::provider::Provider;

use super::cloud::{self, CloudOptions};

/// Every provider that is built in, for the account in this directory: what is mocked lives in its `.prov/cloud`.
pub fn providers(account: &Path) -> Vec<Arc<dyn Provider>> {
    vec![cloud::aws::provider(CloudOptions { directory: account.join(".prov/cloud") })]
}
