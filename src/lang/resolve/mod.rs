//! Syntax trees → modules whose names point at their declarations.
