//! The sandbox's command line: `guildhall sandbox` and the lean program `guildhall-sandbox` are both this.

mod args;
mod bare;
pub mod figures;
mod load;
mod play;
mod record;
mod scene;
mod soak;
pub mod stop;
mod takers;

use anyhow::Result;
pub use args::SandboxArgs;
use args::SandboxCommand;
use guildhall_sandbox::{Options, Sandbox, Seed, example, recording::Recorder};

/// Does what the command line says. `words` are those that lead to this command in the running program,
/// which some commands start again.
pub async fn run(args: &SandboxArgs, words: &[&str]) -> Result<()> {
    match &args.action {
        None => serve(args).await,
        Some(SandboxCommand::Reference) => {
            print!("{}", guildhall_sandbox::control_reference());
            Ok(())
        }
        Some(SandboxCommand::Check(args)) => play::check(args),
        Some(SandboxCommand::Run(args)) => play::run(args).await,
        Some(SandboxCommand::Replay(args)) => record::replay(args).await,
        Some(SandboxCommand::Routes) => {
            print!("{}", guildhall_sandbox::routes_page());
            Ok(())
        }
        Some(SandboxCommand::Load(args)) => load::run(args, words).await,
        Some(SandboxCommand::Soak(args)) => soak::run(args, words).await,
        Some(SandboxCommand::Takers(args)) => takers::run(args).await,
    }
}

async fn serve(args: &SandboxArgs) -> Result<()> {
    let seed = if args.empty { Seed::Empty } else { Seed::Example };
    let usual = Options { listen: args.listen, seed, ..Options::default() };
    let options = match &args.record {
        Some(_) => Options { journal_body: record::WHOLE, ..usual },
        None => usual,
    };
    let sandbox = Sandbox::start(options).await?;
    let recorder = Recorder::begin(sandbox.engine());
    let address = sandbox.addr();
    println!("web client   http://{address}/");
    println!("REST         {}", sandbox.rest_url());
    println!("gateway      {}", sandbox.gateway_url());
    println!("control      http://{address}/control/state");
    if !args.empty {
        println!("bot token    {}", example::OTHER_BOT_TOKEN);
    }
    match &args.record {
        None => {
            println!("Stop with Ctrl-C. Nothing is kept.");
            stop::asked().await?;
        }
        Some(path) => {
            println!("Stop with Ctrl-C. What happens is written to {}.", path.display());
            tokio::select! {
                stopped = stop::asked() => stopped?,
                written = record::write(recorder, path) => written?,
            }
        }
    }
    sandbox.shutdown().await;
    Ok(())
}
