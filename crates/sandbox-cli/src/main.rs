//! `guildhall-sandbox`: the sandbox without Guildhall, for bots of any language. It builds in a fraction of
//! the time.

use std::process::ExitCode;

use clap::Parser;
use guildhall_sandbox_cli::SandboxArgs;

/// A local stand-in for Discord to test bots against.
#[derive(Debug, Parser)]
#[command(name = "guildhall-sandbox", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    args: SandboxArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // The first provider wins; nothing else installs one.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("warning: a crypto provider is installed already");
    }
    match guildhall_sandbox_cli::run(&cli.args, &[]).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
