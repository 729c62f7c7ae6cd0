//! The records of imports: which there were, how far each has come, and what it noted.

use guildhall_core::{clock::Timestamp, scope::GuildScope};
use guildhall_store::{GuildStatement, GuildTx, Row, Store, guild, params, platform::counter};
use serde::{Deserialize, Serialize};

use crate::{error::ImportError, reason::Reason};

/// How the source is read. It goes up when the same row would be kept in another form, so that no import is
/// continued in another way than it began.
pub(crate) const READING: i64 = 1;

/// What is done with what an earlier import brought.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It is removed first.
    CleanSlate,
    /// It stays; rows that are new or different are added and updated.
    Gradual,
}

impl Mode {
    /// Its name on the command line and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CleanSlate => "clean-slate",
            Self::Gradual => "gradual",
        }
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// What an earlier one brought is being removed.
    Clearing,
    /// Rows are being taken.
    Running,
    /// All is taken and verified.
    Done,
    /// What is stored was not what was read.
    Failed,
    /// It was given up for another.
    Abandoned,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Clearing => "clearing",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Clearing, Self::Running, Self::Done, Self::Failed, Self::Abandoned];
        all.into_iter().find(|state| state.name() == name)
    }
}

/// One import of a guild.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) id: i64,
    pub(crate) file_digest: String,
    pub(crate) reading: i64,
    pub(crate) mode: String,
    pub(crate) source_guild: i64,
    /// Whether the archive was empty when it began, or was emptied by it.
    pub(crate) fresh: bool,
    pub(crate) state: State,
    pub(crate) started_at: Timestamp,
}

/// How far one table has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) source: String,
    pub(crate) next_row: u64,
    pub(crate) finished: bool,
    pub(crate) added: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) refused: u64,
    pub(crate) checksum: u128,
}

impl Progress {
    /// Rows that the archive holds now because of this import or of an earlier one.
    pub(crate) const fn taken(&self) -> u64 {
        self.added + self.updated + self.unchanged
    }
}

/// A remark on a row of the source.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Note {
    /// The table, in lower case.
    pub table: String,
    /// The row's number: its `rowid`, or its place where the table has none.
    pub row: i64,
    /// What is wrong with it.
    pub reason: Reason,
    /// The column, the other row or the other table that it is about.
    pub detail: Option<String>,
}

pub(crate) const BEGIN: GuildStatement = guild(
    "legacy_import_begin",
    "INSERT INTO legacy_import
         (guild_id, import_id, file_digest, file_bytes, reading, mode, source_guild, fresh, state, started_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
);

pub(crate) const LAST: GuildStatement = guild(
    "legacy_import_last",
    "SELECT import_id, file_digest, reading, mode, source_guild, fresh, state, started_at FROM legacy_import
     WHERE guild_id = $1 ORDER BY import_id DESC LIMIT 1",
);

pub(crate) const SET_STATE: GuildStatement = guild(
    "legacy_import_set_state",
    "UPDATE legacy_import SET state = $3, finished_at = $4 WHERE guild_id = $1 AND import_id = $2",
);

pub(crate) const ADD_PROGRESS: GuildStatement = guild(
    "legacy_progress_add",
    "INSERT INTO legacy_progress (guild_id, import_id, source, next_row, finished, added, updated, unchanged,
         refused, checksum)
     VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0, '0')",
);

pub(crate) const PROGRESS: GuildStatement = guild(
    "legacy_progress_all",
    "SELECT source, next_row, finished, added, updated, unchanged, refused, checksum FROM legacy_progress
     WHERE guild_id = $1 AND import_id = $2",
);

pub(crate) const NOTES: GuildStatement = guild(
    "legacy_note_page",
    "SELECT source, position, source_row, reason, detail FROM legacy_note
     WHERE guild_id = $1 AND import_id = $2 AND (source, position) > ($3, $4)
     ORDER BY source, position LIMIT $5",
);

/// The newest import of the guild.
pub(crate) async fn last(store: &Store, scope: GuildScope) -> Result<Option<Import>, ImportError> {
    let row = store.read().await?.guild(scope).fetch_optional(&LAST, params![]).await?;
    row.as_ref().map(read_import).transpose()
}

fn read_import(row: &Row) -> Result<Import, ImportError> {
    let state: String = row.get("state")?;
    Ok(Import {
        id: row.get("import_id")?,
        file_digest: row.get("file_digest")?,
        reading: row.get("reading")?,
        mode: row.get("mode")?,
        source_guild: row.get("source_guild")?,
        fresh: row.get("fresh")?,
        state: State::from_name(&state).ok_or(ImportError::Records("an unknown state"))?,
        started_at: row.get("started_at")?,
    })
}

/// Writes down that an import begins; its number is the next of its guild.
pub(crate) async fn begin(
    tx: &mut GuildTx<'_>,
    import: &mut Import,
    file_bytes: u64,
    sources: impl Iterator<Item = &str>,
) -> Result<(), ImportError> {
    import.id = counter::next(tx, "legacy_import").await?;
    let values = params![
        import.id,
        &import.file_digest,
        file_bytes,
        import.reading,
        &import.mode,
        import.source_guild,
        import.fresh,
        import.state.name(),
        import.started_at,
    ];
    tx.execute(&BEGIN, values).await?;
    for source in sources {
        tx.execute(&ADD_PROGRESS, params![import.id, source]).await?;
    }
    Ok(())
}

/// Writes down how far the import has come; `ended` where it is over.
pub(crate) async fn set_state(
    store: &Store,
    scope: GuildScope,
    import: i64,
    state: State,
    ended: Option<Timestamp>,
) -> Result<(), ImportError> {
    let mut write = store.write().await?;
    write.guild(scope).execute(&SET_STATE, params![import, state.name(), ended]).await?;
    Ok(write.commit().await?)
}

/// How far each table has come.
pub(crate) async fn progress(
    store: &Store,
    scope: GuildScope,
    import: i64,
) -> Result<Vec<Progress>, ImportError> {
    let rows = store.read().await?.guild(scope).fetch_all(&PROGRESS, params![import]).await?;
    rows.iter()
        .map(|row| {
            let checksum: String = row.get("checksum")?;
            Ok(Progress {
                source: row.get("source")?,
                next_row: row.get("next_row")?,
                finished: row.get("finished")?,
                added: row.get("added")?,
                updated: row.get("updated")?,
                unchanged: row.get("unchanged")?,
                refused: row.get("refused")?,
                checksum: u128::from_str_radix(&checksum, 16)
                    .map_err(|_| ImportError::Records("a checksum that is none"))?,
            })
        })
        .collect()
}

/// Every note of an import, by table and row.
pub(crate) async fn notes(store: &Store, scope: GuildScope, import: i64) -> Result<Vec<Note>, ImportError> {
    const PAGE: usize = 5_000;
    let mut found = Vec::new();
    let mut after = (String::new(), -1_i64);
    loop {
        let values = params![import, &after.0, after.1, PAGE];
        let rows = store.read().await?.guild(scope).fetch_all(&NOTES, values).await?;
        for row in &rows {
            after = (row.get("source")?, row.get("position")?);
            let reason: String = row.get("reason")?;
            found.push(Note {
                table: after.0.clone(),
                row: row.get("source_row")?,
                reason: Reason::from_name(&reason).ok_or(ImportError::Records("an unknown reason"))?,
                detail: row.get("detail")?,
            });
        }
        if rows.len() < PAGE {
            return Ok(found);
        }
    }
}
