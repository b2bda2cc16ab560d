//! The system's randomness.

use rand::TryRng;
use rand::rngs::SysRng;

use crate::base::effects::{Entropy, EntropyError};

/// Asks the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        SysRng.try_fill_bytes(bytes).map_err(|error| EntropyError(error.to_string()))
    }
}
