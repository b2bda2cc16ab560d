//! The mocked clouds: one simulator, resource kinds as data.
