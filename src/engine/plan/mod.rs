//! Checked program + state → what would change, and why.
