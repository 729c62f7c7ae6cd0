//! `guildhall backup restore`.
//!
//! Everything is restored into a fresh database beside the one in use, which takes its place in one step when
//! it is complete: killed at any moment, the old one or the new one is there as a whole. On a PostgreSQL server
//! there is no beside; there the data are replaced in place, and a row says that it is not complete until it is.

use anyhow::{Context as _, Result, bail};
use guildhall_backup::{
    BackupError, Plan, Restored, Scope, Target, erasures, fill, holds_data, ledger, peek, restore, swap,
};
use guildhall_core::error::chain;
use guildhall_store::{Place, Schema, Store, StoreError, StoreOptions, tombstone::Journal};
use serde::Serialize;

use super::{bar::Bar, covers, print_json};
use crate::commands::moment;
use crate::{
    cli::BackupRestoreArgs,
    config::Config,
    parts::{self, World},
};

/// What is told at the end.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    restored: Restored,
    /// Where the database is that was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
}

pub(super) async fn run(args: &BackupRestoreArgs, config: &Config) -> Result<()> {
    let plan = parts::backups(config)?;
    let world = World::real();
    let registry = parts::registry()?;
    let schemas = parts::schemas(&registry);
    let options = parts::store_options(config);
    // The file is opened first: a wrong key or name should be said before anything else.
    let header = {
        let (file, keys) = (args.file.clone(), plan.keys.clone());
        tokio::task::spawn_blocking(move || peek(&file, &keys)).await??
    };
    let bar = Bar::new("restoring");
    let job = Job { args, plan: &plan, world: &world, schemas: &schemas, options: &options, bar: &bar };
    // What people had erased, from beside the data and from beside the backups: one of them survives.
    let erased = [parts::journal(config), erasures::journal(&plan.folder, &plan.label)];
    let done = match (args.guild, &options.place) {
        (Some(from), _) => job.guild(from, args.other.unwrap_or(from), &erased).await,
        (None, _) if header.scope != Scope::Whole => {
            bail!(
                "`{}` holds {} only\nhint: name it with `--guild`",
                args.file.display(),
                covers(header.scope)
            )
        }
        (None, Place::Postgres(_)) => job.in_place(&header.versions(), &erased).await,
        (None, _) => job.beside(&erased).await,
    };
    bar.end();
    let told = done?;
    if args.json {
        return print_json(&told);
    }
    let restored = &told.restored;
    println!("restored {} rows; {} erasures were made again", restored.rows, restored.erased_again);
    println!(
        "the data are those of {}; what happened later is not there",
        moment(restored.header.created_at)
    );
    if let Some(before) = &told.before {
        println!("what was there before is in `{before}`; remove it when all is well");
    }
    Ok(())
}

struct Job<'a> {
    args: &'a BackupRestoreArgs,
    plan: &'a Plan,
    world: &'a World,
    schemas: &'a [Schema],
    options: &'a StoreOptions,
    bar: &'a Bar,
}

impl Job<'_> {
    async fn open(&self) -> Result<Store, StoreError> {
        Store::open(self.options.clone(), self.schemas, self.world.clock.clone()).await
    }

    async fn restore(&self, store: &Store, target: Target, erased: &[Journal]) -> Result<Told, BackupError> {
        let (file, keys, clock) = (&self.args.file, &self.plan.keys, &self.world.clock);
        let restored = restore(store, file, keys, target, clock, erased, &self.bar.watch()).await?;
        Ok(Told { restored, before: None })
    }

    async fn guild(
        &self,
        from: guildhall_core::id::GuildId,
        to: guildhall_core::id::GuildId,
        erased: &[Journal],
    ) -> Result<Told> {
        let store = self.open().await?;
        let told = self.restore(&store, Target::Guild { from, to }, erased).await;
        store.close().await;
        Ok(told?)
    }

    /// On a server: tables that are not there yet are made as the backup knows them, and then brought up to date.
    async fn in_place(&self, versions: &[(String, u32)], erased: &[Journal]) -> Result<Told> {
        let whole = Target::Whole { replace: self.args.replace };
        if !Store::plan(self.options, self.schemas).await?.empty {
            let store = self.open().await?;
            let told = self.restore(&store, whole, erased).await;
            store.close().await;
            return Ok(told?);
        }
        let clock = self.world.clock.clone();
        let store = Store::open_at(self.options.clone(), self.schemas, versions, clock).await?;
        let told = self.restore(&store, whole, &[]).await;
        store.close().await;
        let mut told = told?;
        let store = self.open().await?;
        let again =
            erasures::again(&store, erased, told.restored.header.created_at, self.world.clock.now()).await;
        store.close().await;
        told.restored.erased_again = again?;
        Ok(told)
    }

    /// Into a fresh database that takes the place of the one in use.
    async fn beside(&self, erased: &[Journal]) -> Result<Told> {
        let place = &self.options.place;
        let fresh =
            swap::beside(place, ".restoring").context("a database on a server has no file beside it")?;
        let held = self.hold(erased).await?;
        // What an earlier run that was killed left there.
        swap::discard(&fresh)?;
        let options = StoreOptions { place: fresh.clone(), ..self.options.clone() };
        let (file, keys, clock) = (&self.args.file, &self.plan.keys, &self.world.clock);
        let filled = fill(options, self.schemas, file, keys, clock, erased, &self.bar.watch()).await?;
        filled.store.close().await;
        drop(filled.store);
        let before = swap::swap(place, &fresh, clock.now())?;
        // Lets go of the lock: from here on the bot may start.
        drop(held);
        let before = before.map(|path| path.display().to_string());
        Ok(Told { restored: filled.restored, before })
    }

    /// The database that is to be replaced, closed, and held so that no bot starts on it meanwhile. An error
    /// where it holds data and nobody said that they may go.
    async fn hold(&self, erased: &[Journal]) -> Result<Option<Store>> {
        if !swap::exists(&self.options.place) {
            return Ok(None);
        }
        match self.old().await {
            Ok(store) => {
                for journal in erased.iter().take(1) {
                    erasures::keep(&store, journal).await?;
                }
                let keeps = !self.args.replace && holds_data(&store).await?;
                store.close().await;
                if keeps { Err(BackupError::NotEmpty.into()) } else { Ok(Some(store)) }
            }
            Err(error @ BackupError::Store(StoreError::InUse { .. })) => Err(error.into()),
            // A damaged database is what restores are for.
            Err(error) if self.args.replace => {
                eprintln!("the database in use cannot be read and is put aside as it is: {}", chain(&error));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Opened as it is: it is put aside, so nothing of it is changed.
    async fn old(&self) -> Result<Store, BackupError> {
        let clock = || self.world.clock.clone();
        let look = StoreOptions { read_only: true, ..self.options.clone() };
        let looked = Store::open(look, self.schemas, clock()).await?;
        let versions = ledger(&looked).await;
        looked.close().await;
        Ok(Store::open_at(self.options.clone(), self.schemas, &versions?, clock()).await?)
    }
}
