//! Entry point: hands the arguments to the command line and its outcome to the system.

fn main() -> std::process::ExitCode {
    stepwright::cli::run(std::env::args_os())
}
