//! Turning diagnostics, plans and state into text, JSON and Markdown.
