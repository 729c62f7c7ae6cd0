//! `guildhall doctor`: checks everything that the bot needs, live, and says how to mend what is wrong.
//! Exits with 0 when nothing failed, else with 1.

mod backup;
mod discord;
mod machine;
pub(super) mod report;
mod size;

use std::process::ExitCode;

use anyhow::Result;

use self::report::{Finding, Report};
use crate::{
    cli::DoctorArgs,
    config::{self, ConfigError, Loaded},
    parts::{self, Account, World},
};

pub(crate) async fn run(args: &DoctorArgs, loaded: Result<Loaded, ConfigError>) -> Result<ExitCode> {
    let mut report = Report::default();
    match loaded {
        Ok(loaded) => check(&mut report, &loaded).await?,
        Err(error) => {
            let mend = "see docs/configuration.md, or run `guildhall config check`";
            report.add(Finding::fail("configuration", error.to_string(), mend));
        }
    }
    report.print(args.json)?;
    Ok(if report.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn check(report: &mut Report, loaded: &Loaded) -> Result<()> {
    let config = &loaded.config;
    let file = loaded.file.as_ref().map_or("no file".to_owned(), |file| format!("`{}`", file.display()));
    report.add(Finding::ok("configuration", format!("{file}, {} settings given", loaded.given.len())));
    let registry = parts::registry()?;
    let world = World::real();
    machine::token_file(report, config);
    machine::disk(report, &config.storage.folder);
    machine::database(report, config, &registry, &world).await;
    machine::redis(report, config, &world).await;
    backup::check(report, config, &world);
    for (feature, part) in config::rollout(&config.rollout).iter() {
        let guilds = part.guilds().len();
        let found =
            format!("`{feature}` is there for {} % of the servers and {guilds} named ones", part.percent());
        report.add(Finding::ok("rollout", found));
    }
    size::check(report, config).await;
    let Some(token) = config.discord.token.clone() else {
        let text = "no token is set, so the bot runs in the sandbox; Discord is not asked";
        report.add(Finding::skip("discord", text));
        return Ok(());
    };
    let account = Account {
        token,
        rest_url: config.discord.rest_url.clone(),
        gateway_url: config.discord.gateway_url.clone(),
    };
    discord::check(report, config, &account, &registry, &world).await
}
