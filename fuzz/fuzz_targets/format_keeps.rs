//! Looks for inputs that break [`prov_fuzz::format_keeps`].
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| prov_fuzz::format_keeps(text));
