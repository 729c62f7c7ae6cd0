//! An import from beginning to end: look, back up, begin or go on, take, verify, report.

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    id::GuildId,
    scope::GuildScope,
};
use guildhall_store::{Store, params};

use crate::{
    archive,
    error::ImportError,
    layout::Layout,
    reader::{self, Start},
    records::{self, Import, Mode, Note, Progress, READING, State},
    report::{self, Report},
    source::{LeftOut, Source},
    verify, write,
};

/// Rows of an earlier import that are removed in one transaction.
const CLEAR: u32 = 5_000;

/// What is to be imported, and how.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The guild that the rows are kept for.
    pub guild: GuildId,
    /// The guild whose rows are taken where the source names guilds; the same guild by default.
    pub source_guild: Option<GuildId>,
    /// What is done with what an earlier import brought.
    pub mode: Mode,
    /// Whether an import that is half done is given up and begun anew.
    pub restart: bool,
}

impl Options {
    fn source_guild(&self) -> GuildId {
        self.source_guild.unwrap_or(self.guild)
    }
}

/// What an import tells of while it runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// The source has this many rows, of which earlier runs have read some.
    Counted {
        /// All rows.
        rows: u64,
        /// Those that were read by earlier runs.
        read: u64,
    },
    /// What an earlier import brought is being removed; this many rows went.
    Cleared(u64),
    /// This many rows more are read and durable.
    Read(u64),
    /// Everything is read; what is stored is compared with it.
    Verifying,
}

/// What a look at the source found.
struct Look {
    layouts: Vec<Layout>,
    left_out: Vec<LeftOut>,
    rows: u64,
}

async fn look(source: &Source) -> Result<Look, ImportError> {
    let mut connection = source.connect().await?;
    let (layouts, left_out) = source.tables(&mut connection).await?;
    let mut rows = 0;
    for layout in &layouts {
        rows += source.count(&mut connection, layout).await?;
    }
    Ok(Look { layouts, left_out, rows })
}

/// Looks at every page of the source. An import that goes on need not: the digest says that it is the same.
async fn check(source: &Source) -> Result<(), ImportError> {
    source.check(&mut source.connect().await?).await
}

/// Reads the source as an import would, and writes nothing anywhere.
pub async fn dry_run(
    source: &Source,
    options: &Options,
    clock: &SharedClock,
    tell: &(dyn Fn(Step) + Send + Sync),
) -> Result<Report, ImportError> {
    let started_at = clock.now();
    check(source).await?;
    let look = look(source).await?;
    tell(Step::Counted { rows: look.rows, read: 0 });
    let mut progress = blank(&look.layouts);
    let mut notes = Vec::new();
    let starts = vec![Start::default(); progress.len()];
    let guild = options.source_guild().to_db();
    let mut batches = reader::start(source.clone(), look.layouts.clone(), starts, guild);
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        let table = &mut progress[batch.table];
        tell(Step::Read(batch.to - batch.from));
        table.next_row = batch.to;
        table.finished = batch.last;
        table.added += batch.ready.len() as u64;
        table.checksum = table.checksum.wrapping_add(batch.checksum);
        notes.extend(batch.notes.into_iter().map(|note| Note {
            table: table.source.clone(),
            row: note.number,
            reason: note.reason,
            detail: note.detail,
        }));
    }
    complete(&progress)?;
    source.unchanged()?;
    let import = planned(source, options, started_at);
    Ok(finished(source, options, &import, look, &progress, notes, clock.now()))
}

/// Imports the source, or goes on with an import that was stopped. `backup` is awaited before the first
/// row is written, and not again when an import goes on.
pub async fn run(
    store: &Store,
    source: &Source,
    options: &Options,
    clock: &SharedClock,
    backup: impl AsyncFnOnce() -> Result<(), String>,
    tell: &(dyn Fn(Step) + Send + Sync),
) -> Result<Report, ImportError> {
    let scope = GuildScope(options.guild);
    let going_on = to_go_on_with(store, scope, source, options, clock).await?;
    let resumed = going_on.is_some();
    if !resumed {
        check(source).await?;
    }
    let look = look(source).await?;
    let mut import = if let Some(import) = going_on {
        import
    } else {
        backup().await.map_err(ImportError::Backup)?;
        begin(store, scope, source, options, &look.layouts, clock.now()).await?
    };
    let mut progress = in_order(&look.layouts, records::progress(store, scope, import.id).await?)?;
    let read = progress.iter().map(|table| table.next_row).sum();
    tell(Step::Counted { rows: look.rows, read });
    if import.state == State::Clearing {
        clear(store, scope, tell).await?;
        records::set_state(store, scope, import.id, State::Running, None).await?;
        import.state = State::Running;
    }
    let starts = progress.iter().map(|table| Start { next_row: table.next_row, finished: table.finished });
    let starts = starts.collect();
    let mut batches = reader::start(source.clone(), look.layouts.clone(), starts, import.source_guild);
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        let rows = batch.to - batch.from;
        let table = batch.table;
        write::batch(store, scope, &import, &mut progress[table], batch, clock.now()).await?;
        tell(Step::Read(rows));
    }
    complete(&progress)?;
    tell(Step::Verifying);
    source.unchanged()?;
    for (layout, table) in look.layouts.iter().zip(&progress) {
        let verified = verify::table(store, scope, source, layout, &import, table).await;
        if matches!(verified, Err(ImportError::Mismatch { .. })) {
            records::set_state(store, scope, import.id, State::Failed, Some(clock.now())).await?;
        }
        verified?;
    }
    let notes = records::notes(store, scope, import.id).await?;
    let now = clock.now();
    records::set_state(store, scope, import.id, State::Done, Some(now)).await?;
    let mut report = finished(source, options, &import, look, &progress, notes, now);
    report.dry_run = false;
    report.resumed = resumed;
    Ok(report)
}

/// The import that is half done, where there is one and it may be continued with this file and in this way.
async fn to_go_on_with(
    store: &Store,
    scope: GuildScope,
    source: &Source,
    options: &Options,
    clock: &SharedClock,
) -> Result<Option<Import>, ImportError> {
    let last = records::last(store, scope).await?;
    let Some(last) = last.filter(|last| matches!(last.state, State::Clearing | State::Running)) else {
        return Ok(None);
    };
    if options.restart {
        records::set_state(store, scope, last.id, State::Abandoned, Some(clock.now())).await?;
        return Ok(None);
    }
    if last.file_digest != source.digest() {
        return Err(ImportError::Changed { import: last.id });
    }
    let same = (last.mode.as_str(), last.source_guild, last.reading)
        == (options.mode.name(), options.source_guild().to_db(), READING);
    if !same {
        let version = if last.reading == READING { "" } else { " by another version of this program" };
        let begun = format!("`--mode {} --source-guild {}`{version}", last.mode, last.source_guild);
        return Err(ImportError::Differs { import: last.id, begun });
    }
    Ok(Some(last))
}

fn planned(source: &Source, options: &Options, started_at: Timestamp) -> Import {
    Import {
        id: 0,
        file_digest: source.digest().to_owned(),
        reading: READING,
        mode: options.mode.name().to_owned(),
        source_guild: options.source_guild().to_db(),
        fresh: true,
        state: State::Running,
        started_at,
    }
}

async fn begin(
    store: &Store,
    scope: GuildScope,
    source: &Source,
    options: &Options,
    layouts: &[Layout],
    now: Timestamp,
) -> Result<Import, ImportError> {
    let mut write = store.write().await?;
    let mut tx = write.guild(scope);
    let empty = tx.fetch_optional(&archive::ANY, params![]).await?.is_none();
    let mut import = planned(source, options, now);
    if !empty {
        match options.mode {
            Mode::CleanSlate => import.state = State::Clearing,
            Mode::Gradual => import.fresh = false,
        }
    }
    let sources = layouts.iter().map(|layout| layout.source.as_str());
    records::begin(&mut tx, &mut import, source.bytes(), sources).await?;
    write.commit().await?;
    Ok(import)
}

/// Removes what an earlier import brought, in parts, so that others get their turn.
async fn clear(
    store: &Store,
    scope: GuildScope,
    tell: &(dyn Fn(Step) + Send + Sync),
) -> Result<(), ImportError> {
    loop {
        let mut write = store.write().await?;
        let gone = write.guild(scope).execute(&archive::CLEAR, params![CLEAR]).await?;
        write.commit().await?;
        if gone == 0 {
            return Ok(());
        }
        tell(Step::Cleared(gone));
    }
}

fn blank(layouts: &[Layout]) -> Vec<Progress> {
    layouts.iter().map(|layout| Progress { source: layout.source.clone(), ..Progress::default() }).collect()
}

/// The progress of each layout. The file is the same as when the import began, so both name the same tables.
fn in_order(layouts: &[Layout], mut found: Vec<Progress>) -> Result<Vec<Progress>, ImportError> {
    let wanted = layouts.iter().map(|layout| {
        let at = found.iter().position(|progress| progress.source == layout.source);
        at.map(|at| found.swap_remove(at)).ok_or(ImportError::Records("a table without its progress"))
    });
    wanted.collect()
}

/// The reader closes its channel when it is done, and also if it panics.
fn complete(progress: &[Progress]) -> Result<(), ImportError> {
    if progress.iter().all(|table| table.finished) { Ok(()) } else { Err(ImportError::Reader) }
}

fn finished(
    source: &Source,
    options: &Options,
    import: &Import,
    look: Look,
    progress: &[Progress],
    notes: Vec<Note>,
    now: Timestamp,
) -> Report {
    Report {
        guild: options.guild.to_string(),
        source_guild: options.source_guild().to_string(),
        import: import.id,
        dry_run: true,
        mode: options.mode,
        file_digest: source.digest().to_owned(),
        file_bytes: source.bytes(),
        started_at: import.started_at.as_millis(),
        finished_at: now.as_millis(),
        resumed: false,
        tables: report::tables(&look.layouts, progress, &notes),
        left_out: look.left_out,
        rows: notes,
    }
}
