//! Inference, phases and secrets over resolved modules.
