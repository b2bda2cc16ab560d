//! Performs what a plan says.
