//! What is known of the world: the model and the contract of the stores that keep it.
