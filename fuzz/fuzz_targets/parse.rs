//! Looks for inputs that break [`prov_fuzz::parse`].
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| prov_fuzz::parse(text));
