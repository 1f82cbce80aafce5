#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dhtls::fuzzing::access_list(bytes));
