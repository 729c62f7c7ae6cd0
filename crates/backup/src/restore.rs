//! The way back: into an empty store or one whose data may go, or one guild into a store of many.
//!
//! The file is checked from end to end before anything is changed. A row in the database says that a restore
//! is under way until everything is in, the checksums agree and what was erased since is erased again; a
//! process that is killed before that leaves a database that is not served, and the same command starts anew.

use std::path::Path;

use guildhall_core::{clock::SharedClock, id::GuildId, scope::GuildScope};
use guildhall_store::{OperatorPath, Store, params, platform::instance, tombstone::Journal};

use crate::{
    catalogue::{self, Source},
    create::checksums,
    digest::{Digest, Owner, Totals},
    erasures,
    error::BackupError,
    keys::Keys,
    load::{self, Load, Which},
    manifest::{Header, Scope, TableScope},
    state,
    verify::verify,
    walk::{Nowhere, Progress, Snapshot, Walk, Watch},
};

/// What is restored.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// Everything. `replace` says that what is there may go.
    Whole {
        /// Whether what is there may go.
        replace: bool,
    },
    /// One guild, whose rows are replaced; no other guild is touched.
    Guild {
        /// Its id in the backup.
        from: GuildId,
        /// Its id in the database: the same, but for tests.
        to: GuildId,
    },
}

/// What was restored.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Restored {
    /// What the backup says about itself. Its time is the recovery point: later effects are not there.
    pub header: Header,
    /// Rows that were put in.
    pub rows: u64,
    /// Erasures that were made again.
    pub erased_again: u64,
    /// The checksums of the database after the rows were in and before anything was erased again; for one
    /// guild only what it has.
    pub totals: Totals,
}

/// Restores. See the module's documentation for what happens when it is cut short.
pub async fn restore(
    store: &Store,
    path: &Path,
    keys: &Keys,
    target: Target,
    clock: &SharedClock,
    journals: &[Journal],
    watch: Watch<'_>,
) -> Result<Restored, BackupError> {
    // A file of SQLite is this process's alone anyway.
    let alive = if store.is_shared() { instance::alive(store, &**clock).await?.len() } else { 0 };
    if alive > 0 {
        return Err(BackupError::Running { processes: alive });
    }
    let verified = verify(path, keys, |_| {}).await?;
    let header = verified.header;
    fits(&header, &Snapshot::take(store).await?.ledger().await?)?;
    let tables = catalogue::tables(store);
    load::places(&header, &tables)?;
    let file = path.display().to_string();
    // Before anything goes: what only this database knows of is written down.
    let erased = erasures::since(store, journals, header.created_at).await?;
    let (rows, totals, erased) = match target {
        Target::Whole { replace } => {
            if header.scope != Scope::Whole {
                return Err(BackupError::Tables {
                    reason: "it holds one server only; name it with `--guild`".to_owned(),
                });
            }
            if !replace && state::unfinished(store).await?.is_none() && !empty(store, &tables).await? {
                return Err(BackupError::NotEmpty);
            }
            state::begin(store, &file, clock.now()).await?;
            clear(store, &tables).await?;
            let load = Load::new(store, &header, &tables, Which::Everything, watch)?;
            let (tx, progress) = load.run(load::chunks(path, keys)).await?;
            if let Some(tx) = tx {
                tx.commit().await?;
            }
            let totals = checksums(store, Scope::Whole, &|_| {}).await?;
            if let Some(difference) = verified.trailer.totals.difference(&totals) {
                return Err(BackupError::Differs(difference));
            }
            (progress.rows, totals, erased)
        }
        Target::Guild { from, to } => {
            if !matches!(header.scope, Scope::Whole) && header.scope != Scope::Guild(from) {
                return Err(BackupError::NoGuild(from));
            }
            let (wanted, progress) = guild_digest(path, keys, from).await?;
            if progress.rows == 0 {
                return Err(BackupError::NoGuild(from));
            }
            if let Some(file) = state::unfinished(store).await?.filter(|unfinished| *unfinished != file) {
                return Err(BackupError::HalfRestored(file));
            }
            state::begin(store, &file, clock.now()).await?;
            let done = one_guild(store, path, keys, &header, &tables, (from, to), wanted, watch).await;
            if done.is_err() {
                // Nothing has changed, so there is nothing to come to an end.
                state::finish(store, clock.now()).await?;
            }
            (progress.rows, done?, erasures::of_guild(&erased, from, to))
        }
    };
    let erased_again = erasures::replay(store, &erased, clock.now()).await?;
    state::finish(store, clock.now()).await?;
    Ok(Restored { header, rows, erased_again, totals })
}

/// Whether the backup has the tables of this very database.
fn fits(header: &Header, mine: &[crate::manifest::LedgerEntry]) -> Result<(), BackupError> {
    let of = |ledger: &[crate::manifest::LedgerEntry], owner: &str| {
        ledger.iter().find(|entry| entry.owner == owner).map_or(0, |entry| entry.version)
    };
    let owners = header.ledger.iter().chain(mine).map(|entry| entry.owner.as_str());
    for owner in owners {
        let (theirs, ours) = (of(&header.ledger, owner), of(mine, owner));
        let version = &header.program;
        let reason = match theirs.cmp(&ours) {
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Greater => format!(
                "its tables of `{owner}` are newer (migration {theirs}, this program knows {ours})\nhint: use the Guildhall that wrote it, {version} or newer"
            ),
            std::cmp::Ordering::Less => format!(
                "its tables of `{owner}` are older (migration {theirs}, here {ours})\nhint: restore it with the Guildhall that wrote it ({version}) into an empty database, then start this one on that: it brings the tables up to date"
            ),
        };
        return Err(BackupError::Tables { reason });
    }
    let altered = header.ledger.iter().find(|entry| !mine.contains(entry));
    altered.map_or(Ok(()), |entry| {
        Err(BackupError::Tables {
            reason: format!("its tables of `{}` were made by another migration", entry.owner),
        })
    })
}

/// Whether any table has a row.
pub async fn holds_data(store: &Store) -> Result<bool, BackupError> {
    empty(store, &catalogue::tables(store)).await.map(|empty| !empty)
}

async fn empty(store: &Store, tables: &[Source]) -> Result<bool, BackupError> {
    let mut tx = store.read().await?;
    for table in tables {
        if tx.operator(OperatorPath::Backup).fetch_optional(&table.any(), params![]).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes every row, referring ones first.
async fn clear(store: &Store, tables: &[Source]) -> Result<(), BackupError> {
    for table in tables.iter().rev() {
        let mut tx = store.write().await?;
        tx.operator(OperatorPath::Backup).execute(&table.clear(), params![]).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// One guild in one transaction: either the whole guild is as in the backup, or nothing has changed.
#[expect(clippy::too_many_arguments, reason = "one step of the restore, with what that knows")]
async fn one_guild(
    store: &Store,
    path: &Path,
    keys: &Keys,
    header: &Header,
    tables: &[Source],
    (from, to): (GuildId, GuildId),
    wanted: Digest,
    watch: Watch<'_>,
) -> Result<Totals, BackupError> {
    let mut tx = store.write().await?;
    for table in tables.iter().rev().filter(|table| table.shape.scope == TableScope::Guild) {
        tx.guild(GuildScope(to)).execute(&table.clear_guild(), params![]).await?;
    }
    let which = Which::Guild { from: from.to_db(), to: to.to_db() };
    let load = Load::new(store, header, tables, which, watch)?.within(tx);
    let (tx, _) = load.run(load::chunks(path, keys)).await?;
    let mut tx = tx.ok_or(BackupError::Thread)?;
    let mut walk = Walk::new(&mut tx, tables, Nowhere, &|_| {});
    walk.run(Scope::Guild(to)).await?;
    let totals = std::mem::take(&mut walk.totals);
    let mut expected = Totals::default();
    expected.owner(Owner::Guild(to.to_db()), &wanted);
    if totals.guilds != expected.guilds {
        return Err(BackupError::Differs(format!("the rows of the server {to} are not those of the backup")));
    }
    tx.commit().await?;
    Ok(totals)
}

/// What a backup holds of one guild.
async fn guild_digest(path: &Path, keys: &Keys, guild: GuildId) -> Result<(Digest, Progress), BackupError> {
    use crate::codec::{self, Record};
    let mut from = load::chunks(path, keys);
    let (mut current, mut found) = (None, Digest::default());
    while let Some(chunk) = from.recv().await {
        let chunk = chunk?;
        let mut rest = &chunk[..];
        while let Some(record) = codec::read(&mut rest) {
            match record {
                Record::Owner(owner) => current = Some(owner),
                Record::OwnerEnd(digest) if current == Some(Owner::Guild(guild.to_db())) => found = digest,
                _ => {}
            }
        }
    }
    Ok((found, Progress { rows: found.count, bytes: 0 }))
}
