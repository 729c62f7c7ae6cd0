//! `guildhall retention`: what would go because it is old, and lets it go.

use anyhow::Result;
use guildhall_store::retention::{self, Outdated};

use crate::{
    cli::RetentionCommand,
    config::Config,
    parts::{self, World},
};

pub(crate) async fn run(command: &RetentionCommand, config: &Config) -> Result<()> {
    let (registry, world) = (parts::registry()?, World::real());
    let store = parts::store(config, &registry, &world).await?;
    let now = world.clock.now();
    let found = match command {
        RetentionCommand::Preview => retention::preview_all(&store, now).await,
        RetentionCommand::Run => retention::run(&store, now).await,
    };
    store.close().await;
    print(&found?);
    Ok(())
}

fn print(found: &[Outdated]) {
    for Outdated { table, class, rows } in found {
        println!("{table}: {rows}  ({})", class.map_or("by its own time", |class| class.name));
    }
}
