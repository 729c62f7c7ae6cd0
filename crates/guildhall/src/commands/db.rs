//! `guildhall db`: what there is to know about the database. Looking is allowed while the bot runs.

use std::process::ExitCode;

use anyhow::Result;
use guildhall_store::{
    Health, OperatorPath, OperatorStatement, Place, Store, StoreOptions, operator, params,
    sizes::{self, Sizes},
};
use serde_json::json;

use super::bench::table;
use crate::{
    cli::{DbCommand, DbHealthArgs},
    config::Config,
    parts::{self, World},
};

const MEGABYTE: u64 = 1_000_000;

/// The connections of all processes to this database.
const OPEN: OperatorStatement = operator(
    "db_pool",
    "SELECT COALESCE(application_name, '') AS program, COALESCE(state, '') AS state, COUNT(*) AS connections
     FROM pg_catalog.pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend'
     GROUP BY application_name, state ORDER BY 1, 2",
);

pub(crate) async fn run(command: &DbCommand, config: &Config) -> Result<ExitCode> {
    match command {
        DbCommand::Health(args) => health(args, config).await,
        DbCommand::Optimize => optimize(config).await.map(|()| ExitCode::SUCCESS),
        DbCommand::Pool => pool(config).await.map(|()| ExitCode::SUCCESS),
    }
}

/// The open database, for looking only.
async fn look(config: &Config) -> Result<Store> {
    let registry = parts::registry()?;
    let options = StoreOptions { read_only: true, ..parts::store_options(config) };
    Ok(Store::open(options, &parts::schemas(&registry), World::real().clock).await?)
}

async fn health(args: &DbHealthArgs, config: &Config) -> Result<ExitCode> {
    let store = look(config).await?;
    let health = store.check().await?;
    let sizes = sizes::measure(&store).await?;
    store.close().await;
    let large = Some(u64::from(config.storage.warn_megabytes))
        .filter(|line| *line > 0 && health.bytes / MEGABYTE >= *line);
    if args.json {
        println!("{}", as_json(&health, &sizes, args.servers));
    } else {
        show(config, &health, &sizes, args.servers);
        if let Some(line) = large {
            println!("warning: the database is larger than `storage.warn_megabytes`, {line} MB");
            println!("hint: `guildhall retention preview` shows what old data could go");
        }
    }
    Ok(if health.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(config: &Config, health: &Health, sizes: &Sizes, servers: usize) {
    println!("place       {}", parts::place_name(&parts::place(config)));
    println!("engine      {}", health.engine);
    println!("size        {} KiB, log {} KiB", health.bytes >> 10, health.log_bytes >> 10);
    println!("migrations  {}", health.migrations.len());
    match health.findings.as_slice() {
        [] => println!("health      good"),
        findings => findings.iter().for_each(|finding| println!("health      {finding}")),
    }
    println!();
    let figures = |rows: u64, bytes: u64| [rows.to_string(), (bytes >> 10).to_string()];
    let tables = sizes
        .tables
        .iter()
        .map(|size| std::iter::once(size.table.to_owned()).chain(figures(size.rows, size.bytes)).collect());
    table::print(&["table", "rows", "KiB"], &tables.collect::<Vec<_>>());
    println!();
    let guilds =
        sizes.guilds.iter().take(servers).map(|size| {
            std::iter::once(size.guild.to_string()).chain(figures(size.rows, size.bytes)).collect()
        });
    table::print(&["server", "rows", "KiB"], &guilds.collect::<Vec<_>>());
    if sizes.guilds.len() > servers {
        println!("and {} servers more", sizes.guilds.len() - servers);
    }
}

fn as_json(health: &Health, sizes: &Sizes, servers: usize) -> serde_json::Value {
    let table =
        |size: &sizes::TableSize| json!({ "table": size.table, "rows": size.rows, "bytes": size.bytes });
    let guild = |size: &sizes::GuildSize| json!({ "guild_id": size.guild.to_string(), "rows": size.rows, "bytes": size.bytes });
    json!({
        "engine": health.engine,
        "good": health.is_good(),
        "findings": health.findings,
        "bytes": health.bytes,
        "log_bytes": health.log_bytes,
        "migrations": health.migrations.len(),
        "tables": sizes.tables.iter().map(table).collect::<Vec<_>>(),
        "guilds": sizes.guilds.iter().take(servers).map(guild).collect::<Vec<_>>(),
    })
}

async fn optimize(config: &Config) -> Result<()> {
    let registry = parts::registry()?;
    let store = parts::store(config, &registry, &World::real()).await?;
    let before = store.check().await?.bytes;
    store.optimize().await?;
    let after = store.check().await?.bytes;
    store.close().await;
    println!("{} KiB before, {} KiB now", before >> 10, after >> 10);
    Ok(())
}

async fn pool(config: &Config) -> Result<()> {
    let storage = &config.storage;
    if !matches!(parts::store_options(config).place, Place::Postgres(_)) {
        println!("one connection writes, {} read each file", storage.readers);
        println!("the running bot shows those that are open in `/metrics`, as guildhall_store_connections");
        return Ok(());
    }
    println!(
        "at most {} connections of each process, {} s in the queue, closed after {} s without use",
        storage.connections, storage.queue_timeout_seconds, storage.idle_seconds
    );
    let store = look(config).await?;
    let mut read = store.read().await?;
    let rows = read.operator(OperatorPath::Diagnosis).fetch_all(&OPEN, params![]).await?;
    let mut lines: Vec<Vec<String>> = Vec::new();
    for row in &rows {
        let count: u64 = row.get("connections")?;
        lines.push(vec![row.get("program")?, row.get("state")?, count.to_string()]);
    }
    drop(read);
    store.close().await;
    println!();
    table::print(&["program", "state", "connections"], &lines);
    Ok(())
}
