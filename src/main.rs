//! Entry point: hands the arguments to the command line and its outcome to the system.

/// Many threads make and drop many small strings and trees; the system's allocator takes a fifth of a build for that, and musl's far more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    stepwright::cli::run(std::env::args_os())
}
