//! Guildhall: one program that runs a Discord bot for one server or for a million of them.

mod cli;
mod commands;
mod config;
mod log;
mod parts;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;
use guildhall_runtime::cluster::Role;

use crate::{
    cli::{Cli, Command},
    config::{ConfigError, Loaded, Sources},
};

/// The configuration cannot be used (`EX_CONFIG` of sysexits).
const BAD_CONFIGURATION: u8 = 78;

fn main() -> ExitCode {
    end_quietly_without_readers();
    let cli = Cli::parse();
    // The first provider wins; nothing else installs one.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("warning: a crypto provider is installed already");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the async runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            let bad_configuration = error.is::<ConfigError>();
            if bad_configuration { ExitCode::from(BAD_CONFIGURATION) } else { ExitCode::FAILURE }
        }
    }
}

/// Whoever pipes the output into `head` has seen enough: `println!` panics then, and that is no fault of ours.
fn end_quietly_without_readers() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or_default();
        if text.starts_with("failed printing to stdout") && text.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

async fn run(cli: Cli) -> Result<ExitCode> {
    let Cli { config, command } = cli;
    let load = || -> Result<Loaded, ConfigError> { config::load(&Sources::of_process(config)) };
    match command.unwrap_or(Command::Run) {
        Command::Run => commands::run::run(load()?, Role::All).await?,
        Command::Gateway => commands::run::run(load()?, Role::Gateway).await?,
        Command::Worker => commands::run::run(load()?, Role::Worker).await?,
        Command::Web => commands::run::run(load()?, Role::Web).await?,
        Command::Sandbox(args) => guildhall_sandbox_cli::run(&args, &["sandbox"]).await?,
        Command::Config(command) => commands::config::run(&command, || Ok(load()?))?,
        Command::Doctor(args) => return commands::doctor::run(&args, load()).await,
        Command::Health(args) => return commands::health::run(&args, || Ok(load()?)).await,
        Command::Backup(command) => return commands::backup::run(&command, &load()?.config).await,
        Command::Db(command) => return commands::db::run(&command, &load()?.config).await,
        Command::Migrate(args) => commands::migrate::run(&args, &load()?.config).await?,
        Command::Logs(args) => commands::logs::run(&args, &load()?.config.storage.folder)?,
        Command::Import(command) => commands::import::run(&command, || Ok(load()?)).await?,
        Command::Privacy(command) => commands::privacy::run(&command, || Ok(load()?.config)).await?,
        Command::Retention(command) => commands::retention::run(&command, &load()?.config).await?,
        Command::Jobs(command) => commands::jobs::run(&command, &load()?.config).await?,
        Command::Shards(command) => return commands::shards::run(&command, &load()?).await,
        Command::Bench(command) => commands::bench::run(&command).await?,
    }
    Ok(ExitCode::SUCCESS)
}
