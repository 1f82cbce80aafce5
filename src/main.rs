//! Entry point. Everything worth testing lives in the library.

fn main() -> std::process::ExitCode {
    dhtls::run(std::env::args_os(), &mut dhtls::Host::real())
}
