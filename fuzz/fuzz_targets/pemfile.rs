#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dhtls::fuzzing::pemfile(bytes));
