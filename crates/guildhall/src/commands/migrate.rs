//! `guildhall migrate`: brings the tables up to date without starting the bot, or says what that would
//! change.

use anyhow::Result;
use guildhall_store::Store;

use crate::{
    cli::MigrateArgs,
    config::Config,
    parts::{self, World},
};

pub(crate) async fn run(args: &MigrateArgs, config: &Config) -> Result<()> {
    let registry = parts::registry()?;
    let plan = Store::plan(&parts::store_options(config), &parts::schemas(&registry)).await?;
    let steps = plan.pending.len();
    if steps == 0 {
        println!("`{}` is up to date", parts::place_name(&parts::place(config)));
        return Ok(());
    }
    if args.dry_run {
        for step in &plan.pending {
            println!("-- {} {}: {}", step.owner, step.migration.version, step.migration.name);
            println!("{}\n", step.migration.sql.trim());
        }
        println!("-- {steps} steps; nothing was changed");
        return Ok(());
    }
    parts::store(config, &registry, &World::real()).await?.close().await;
    println!("`{}`: {steps} steps ran", parts::place_name(&parts::place(config)));
    Ok(())
}
