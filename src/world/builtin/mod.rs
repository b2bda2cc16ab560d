//! Providers that need no other side: their objects live in the state alone.
//!
//! [`state_only`] does for all of them what a provider has to do; [`terraform`], [`null`] and [`random`] say what
//! their kinds are.

pub mod null;
pub mod random;
mod state_only;
pub mod terraform;

use std::sync::Arc;

use crate::base::effects::Entropy;
use crate::engine::provider::Provider;

/// All of them.
pub fn providers(entropy: Arc<dyn Entropy>) -> Vec<Arc<dyn Provider>> {
    vec![
        Arc::new(terraform::provider(entropy.clone())),
        Arc::new(null::provider(entropy.clone())),
        Arc::new(random::provider(entropy)),
    ]
}
