//! Looks for inputs that break [`prov_fuzz::evaluate`].
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| prov_fuzz::evaluate(text));
