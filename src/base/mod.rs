//! Words everyone speaks: sources and spans, diagnostics, addresses, types, values, schemas.
