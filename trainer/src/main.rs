//! `polyinr-train`: trains the models of polyinr.

fn main() -> std::process::ExitCode {
    polyinr_train::commands::main()
}
