//! `guildhall backup`: makes backups, checks them, and puts them back.

mod bar;
mod drill;
mod restore;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use guildhall_backup::{Plan, Scope, create, erasures, folder, keygen, verify};
use guildhall_store::{Store, StoreOptions};
use serde::Serialize;

use self::bar::Bar;
use super::{bench::table, moment};
use crate::{
    cli::{BackupCommand, BackupCreateArgs, BackupKeygenArgs, BackupVerifyArgs},
    config::Config,
    parts::{self, World},
};

pub(crate) async fn run(command: &BackupCommand, config: &Config) -> Result<ExitCode> {
    match command {
        BackupCommand::Create(args) => make(args, config).await?,
        BackupCommand::List(args) => list(args.json, config)?,
        BackupCommand::Verify(args) => check(args, config).await?,
        BackupCommand::Restore(args) => restore::run(args, config).await?,
        BackupCommand::Drill(args) => return drill::run(args, config).await,
        BackupCommand::Keygen(args) => key(args, config)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Beside the running bot, which goes on: only a snapshot is read.
async fn make(args: &BackupCreateArgs, config: &Config) -> Result<()> {
    let plan = parts::backups(config)?;
    plan.keys.encrypts()?;
    let world = World::real();
    let registry = parts::registry()?;
    let options = StoreOptions { read_only: true, ..parts::store_options(config) };
    let schemas = parts::schemas(&registry);
    if Store::plan(&options, &schemas).await?.empty {
        bail!("there is nothing to back up: `{}` has no data yet", parts::place_name(&parts::place(config)));
    }
    let store = Store::open(options, &schemas, world.clock.clone()).await?;
    let scope = args.guild.map_or(Scope::Whole, Scope::Guild);
    let named = || folder::name(&plan.folder, &plan.label, world.clock.now(), scope);
    let path = args.to.clone().unwrap_or_else(named);
    let bar = Bar::new("backing up");
    let made = create(&store, scope, &path, &plan.keys, &world.clock, &bar.watch()).await;
    bar.end();
    if plan.folder.exists() {
        erasures::keep(&store, &erasures::journal(&plan.folder, &plan.label)).await?;
    }
    store.close().await;
    let made = made?;
    if args.json {
        return print_json(&made);
    }
    println!("`{}`", made.path.display());
    println!(
        "{}, {} rows of {}, {}",
        size(made.size),
        made.trailer.totals.rows(),
        covers(scope),
        moment(made.header.created_at)
    );
    Ok(())
}

fn list(json: bool, config: &Config) -> Result<()> {
    let plan = parts::backups(config)?;
    let entries = folder::list(&plan.folder, &plan.label)?;
    if json {
        return print_json(&entries);
    }
    if entries.is_empty() {
        println!("there are no backups in `{}`", plan.folder.display());
        return Ok(());
    }
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            let name = entry.path.file_name().map(|name| name.to_string_lossy().into_owned());
            vec![name.unwrap_or_default(), moment(entry.at), covers(entry.scope), size(entry.size)]
        })
        .collect();
    println!("in `{}`:", plan.folder.display());
    table::print(&["backup", "made", "holds", "size"], &rows);
    Ok(())
}

async fn check(args: &BackupVerifyArgs, config: &Config) -> Result<()> {
    let plan = parts::backups(config)?;
    let path = named_or_newest(args.file.as_ref(), &plan)?;
    let bar = Bar::new("checking");
    let watch = bar.watch();
    let verified = verify(&path, &plan.keys, watch).await;
    bar.end();
    let verified = verified?;
    if args.json {
        return print_json(&verified);
    }
    let (header, totals) = (&verified.header, &verified.trailer.totals);
    println!("`{}` is whole", path.display());
    println!(
        "made       {} by Guildhall {} from {}",
        moment(header.created_at),
        header.program,
        header.backend
    );
    println!("holds      {}: {} rows", covers(header.scope), totals.rows());
    println!("servers    {}", totals.guilds.count);
    println!("users      {} with data of their own", totals.users.count);
    let rows: Vec<_> = totals
        .tables
        .iter()
        .map(|(name, digest)| {
            vec![name.clone(), digest.count.to_string(), digest.sum.to_string()[..16].to_owned()]
        })
        .collect();
    table::print(&["table", "rows", "checksum"], &rows);
    Ok(())
}

fn key(args: &BackupKeygenArgs, config: &Config) -> Result<()> {
    let path = args.file.as_ref().or(config.backup.identity_file.as_ref());
    let path = path.context("where to?\nhint: name a file, or set `backup.identity_file`")?;
    let public = keygen(path)?;
    println!("{public}");
    eprintln!("the secret key is in `{}`; keep a copy in another place than the backups", path.display());
    eprintln!(
        "hint: set `backup.identity_file` to it; a machine that only writes backups needs `backup.recipients` alone"
    );
    Ok(())
}

fn named_or_newest(named: Option<&PathBuf>, plan: &Plan) -> Result<PathBuf> {
    if let Some(path) = named {
        return Ok(path.clone());
    }
    let entries = folder::list(&plan.folder, &plan.label)?;
    let newest = folder::newest(&entries).map(|entry| entry.path.clone());
    newest.with_context(|| format!("there is no backup of everything in `{}`", plan.folder.display()))
}

fn print_json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

fn covers(scope: Scope) -> String {
    match scope {
        Scope::Whole => "everything".to_owned(),
        Scope::Guild(guild) => format!("server {guild}"),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
