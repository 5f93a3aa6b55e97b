//! The stand-alone `hyrex` command: everything that needs no application of yours.

fn main() -> std::process::ExitCode {
    hyrex::cli::run_standalone()
}
