//! Resolved expression → value.
