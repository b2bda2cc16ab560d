//! State stores: where the state of an account is kept.
