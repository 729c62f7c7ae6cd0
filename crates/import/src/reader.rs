//! Reads the source ahead of the writer, table by table in batches: every row with a verdict.

use std::collections::{HashMap, HashSet};

use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, sqlite::SqliteRow};
use tokio::sync::mpsc;

use crate::{
    archive::{digest, hex},
    check::{self, Cell, Changed, Checked},
    error::ImportError,
    layout::Layout,
    reason::Reason,
    source::Source,
};

/// Rows of the source in one batch, which the writer commits together.
pub(crate) const BATCH: usize = 4_096;

/// Batches that the reader may be ahead of the writer.
const AHEAD: usize = 4;

/// A row that is to be kept.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) key: String,
    pub(crate) user: Option<i64>,
    pub(crate) other: Option<i64>,
    pub(crate) payload: String,
    pub(crate) digest: String,
}

/// A remark on a row: that it is not taken, or what is odd about it.
#[derive(Debug)]
pub(crate) struct Noted {
    /// Its place in the order in which the table is read, from 0.
    pub(crate) position: u64,
    /// Its number in the source.
    pub(crate) number: i64,
    pub(crate) reason: Reason,
    pub(crate) detail: Option<String>,
}

/// Some rows of one table that follow each other.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Which of the layouts.
    pub(crate) table: usize,
    /// Rows of the table that were read before this batch, and with it.
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) ready: Vec<Ready>,
    pub(crate) notes: Vec<Noted>,
    /// The sum of the digests of the rows that are to be kept.
    pub(crate) checksum: u128,
    /// Whether the table ends here.
    pub(crate) last: bool,
}

/// Where to go on with a table.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Start {
    pub(crate) next_row: u64,
    pub(crate) finished: bool,
}

/// What a first look at a table found.
#[derive(Default)]
struct Plan {
    /// Rows that lose against a newer one of the same key: by their place, the number of the winner.
    losers: HashMap<u64, i64>,
    /// The hashed keys of the rows that are taken; only where somebody asks.
    keys: HashSet<u128>,
}

/// Begins to read. Dropping the receiver ends it.
pub(crate) fn start(
    source: Source,
    layouts: Vec<Layout>,
    starts: Vec<Start>,
    guild: i64,
) -> mpsc::Receiver<Result<Batch, ImportError>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        if let Err(error) = run(&source, &layouts, &starts, guild, &sender).await {
            // A writer that has gone away no longer wants to know.
            let _ = sender.send(Err(error)).await;
        }
    });
    receiver
}

async fn run(
    source: &Source,
    layouts: &[Layout],
    starts: &[Start],
    guild: i64,
    sender: &mpsc::Sender<Result<Batch, ImportError>>,
) -> Result<(), ImportError> {
    let mut connection = source.connect().await?;
    let mut parents: HashMap<&str, HashSet<u128>> = HashMap::new();
    for (table, (layout, start)) in layouts.iter().zip(starts).enumerate() {
        if start.finished && !layout.referred {
            continue;
        }
        let plan = if layout.key.is_empty() {
            Plan::default()
        } else {
            plan(source, &mut connection, layout, guild, layout.referred).await?
        };
        if !start.finished {
            let stream = Stream { layout, plan: &plan, parents: &parents, guild };
            if !stream.send(source, &mut connection, table, start.next_row, sender).await? {
                return Ok(());
            }
        }
        if layout.referred {
            parents.insert(&layout.source, plan.keys);
        }
    }
    Ok(())
}

/// The keys of the rows of a table that are taken, hashed.
pub(crate) async fn taken_keys(
    source: &Source,
    connection: &mut SqliteConnection,
    layout: &Layout,
    guild: i64,
) -> Result<HashSet<u128>, ImportError> {
    Ok(plan(source, connection, layout, guild, true).await?.keys)
}

/// Looks at a whole table for rows of the same key: the newest is taken, of equally new ones the last.
async fn plan(
    source: &Source,
    connection: &mut SqliteConnection,
    layout: &Layout,
    guild: i64,
    keep_keys: bool,
) -> Result<Plan, ImportError> {
    let mut found: Vec<(u128, Changed, u64, i64)> = Vec::new();
    let mut rows = sqlx::query(AssertSqlSafe(layout.select.clone())).bind(0_i64).fetch(connection);
    let mut position = 0;
    while let Some(row) = rows.try_next().await.map_err(|error| source.failed(error))? {
        let number = number(source, layout, &row, position)?;
        let cells = check::cells(&row).map_err(|error| source.failed(error))?;
        // A row that is refused later on must not win here. Its payload is made only where its length could
        // be the reason.
        let sound =
            |_: &Checked| !check::may_be_too_long(layout, &cells) || check::payload(layout, &cells).is_ok();
        if let Some(checked) = check::check(layout, &cells, number, guild).ok().filter(sound) {
            found.push((hashed(&checked.key), checked.changed, position, number));
        }
        position += 1;
    }
    found.sort_unstable();
    let mut plan = Plan::default();
    for same in found.chunk_by(|one, two| one.0 == two.0) {
        if let [losers @ .., (key, _, _, winner)] = same {
            plan.losers.extend(losers.iter().map(|loser| (loser.2, *winner)));
            if keep_keys {
                plan.keys.insert(*key);
            }
        }
    }
    Ok(plan)
}

/// The parts that the rows of one table need.
struct Stream<'a> {
    layout: &'a Layout,
    plan: &'a Plan,
    parents: &'a HashMap<&'a str, HashSet<u128>>,
    guild: i64,
}

impl Stream<'_> {
    /// Sends the table's rows after the first `next_row`; whether the writer still listens.
    async fn send(
        &self,
        source: &Source,
        connection: &mut SqliteConnection,
        table: usize,
        next_row: u64,
        sender: &mpsc::Sender<Result<Batch, ImportError>>,
    ) -> Result<bool, ImportError> {
        let new = |from| Batch { table, from, to: from, ..Batch::default() };
        let mut batch = new(next_row);
        let offset = i64::try_from(next_row).unwrap_or(i64::MAX);
        let mut rows = sqlx::query(AssertSqlSafe(self.layout.select.clone())).bind(offset).fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(|error| source.failed(error))? {
            self.add(source, &mut batch, &row)?;
            if batch.to - batch.from == BATCH as u64 {
                let next = new(batch.to);
                if sender.send(Ok(std::mem::replace(&mut batch, next))).await.is_err() {
                    return Ok(false);
                }
            }
        }
        batch.last = true;
        Ok(sender.send(Ok(batch)).await.is_ok())
    }

    fn add(&self, source: &Source, batch: &mut Batch, row: &SqliteRow) -> Result<(), ImportError> {
        let position = batch.to;
        batch.to += 1;
        let number = number(source, self.layout, row, position)?;
        let cells = check::cells(row).map_err(|error| source.failed(error))?;
        let note = |reason, detail| Noted { position, number, reason, detail };
        let checked = check::check(self.layout, &cells, number, self.guild);
        let (checked, payload) =
            match checked.and_then(|checked| Ok((checked, check::payload(self.layout, &cells)?))) {
                Ok(taken) => taken,
                Err(refused) => {
                    batch.notes.push(note(refused.reason, refused.detail));
                    return Ok(());
                }
            };
        if let Some(winner) = self.plan.losers.get(&position) {
            batch.notes.push(note(Reason::Duplicate, Some(winner.to_string())));
            return Ok(());
        }
        if let Some(parent) = self.missing_parent(&cells) {
            batch.notes.push(note(Reason::Orphan, Some(parent.to_owned())));
        }
        let Checked { key, user, other, .. } = checked;
        let digest = digest(&self.layout.source, &key, user, other, &payload);
        batch.checksum = batch.checksum.wrapping_add(digest);
        batch.ready.push(Ready { key, user, other, payload, digest: hex(digest) });
        Ok(())
    }

    /// The first table in which a row that this one refers to is missing.
    fn missing_parent(&self, cells: &[Cell<'_>]) -> Option<&str> {
        let missing = self.layout.refers.iter().find(|(column, table)| {
            let there = self.parents.get(table.as_str());
            // An empty reference refers to nothing, and nothing is missing.
            check::key_of(&cells[*column])
                .is_some_and(|key| there.is_none_or(|keys| !keys.contains(&hashed(&key))))
        });
        missing.map(|(_, table)| table.as_str())
    }
}

/// A row's number in the source, or its place from 1 where the table has none.
fn number(source: &Source, layout: &Layout, row: &SqliteRow, position: u64) -> Result<i64, ImportError> {
    if layout.numbered {
        row.try_get(0).map_err(|error| source.failed(error))
    } else {
        Ok(position.cast_signed().saturating_add(1))
    }
}

/// What stands for a key where only equality matters.
pub(crate) fn hashed(key: &str) -> u128 {
    let mut first = [0; 16];
    first.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..16]);
    u128::from_le_bytes(first)
}
