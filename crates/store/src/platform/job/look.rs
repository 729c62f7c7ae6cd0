//! What operators see of jobs, and how they let one run again.

use std::collections::BTreeMap;

use guildhall_core::clock::Timestamp;

use super::{JobId, Party, Priority, State, global_sql, guild_party, guild_sql, lane_party};
use crate::{error::StoreError, params, row::Row, transaction::OperatorTx};

/// How many jobs there are of a kind in a state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Count {
    /// The kind.
    pub kind: String,
    /// The state.
    pub state: State,
    /// How many.
    pub jobs: u64,
    /// When the first of them could run.
    pub oldest: Timestamp,
}

/// How many jobs there are, by kind and state.
pub async fn counts(tx: &mut OperatorTx<'_>) -> Result<Vec<Count>, StoreError> {
    let mut counts: BTreeMap<(String, State), (u64, Timestamp)> = BTreeMap::new();
    for statement in [&global_sql::COUNTS, &guild_sql::COUNTS] {
        // With a file for each guild there is a row from each file.
        for row in tx.fetch_all(statement, params![]).await? {
            let key = (row.get("kind")?, State::named(&row.get::<String>("state")?));
            let (jobs, oldest) = (row.get::<u64>("jobs")?, row.get("oldest")?);
            let count = counts.entry(key).or_insert((0, oldest));
            count.0 += jobs;
            count.1 = count.1.min(oldest);
        }
    }
    Ok(counts
        .into_iter()
        .map(|((kind, state), (jobs, oldest))| Count { kind, state, jobs, oldest })
        .collect())
}

/// A job as operators see it. What it is about stays hidden.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seen {
    /// Its name.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// What it is at.
    pub state: State,
    /// How urgent it is.
    pub priority: Priority,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Since when it is in this state.
    pub changed_at: Timestamp,
    /// Not to be run earlier.
    pub not_before: Timestamp,
    /// Tries that failed.
    pub tries: u32,
    /// Crashes of processes that held it.
    pub crashes: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// Names the line in the log.
    pub reference: Option<String>,
}

/// At most `limit` jobs in this state, those first that are in it for longest.
pub async fn in_state(tx: &mut OperatorTx<'_>, state: State, limit: u32) -> Result<Vec<Seen>, StoreError> {
    let mut found = Vec::new();
    for row in tx.fetch_all(&global_sql::IN_STATE, params![state.name(), limit]).await? {
        found.push(seen(lane_party(&row)?, &row)?);
    }
    for row in tx.fetch_all(&guild_sql::IN_STATE, params![state.name(), limit]).await? {
        found.push(seen(guild_party(&row)?, &row)?);
    }
    found.sort_by(|one, other| (one.changed_at, &one.id).cmp(&(other.changed_at, &other.id)));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Lets a job run again that was given up, as if it were new. `false` where there is none of this name.
pub async fn replay(tx: &mut OperatorTx<'_>, id: &JobId, now: Timestamp) -> Result<bool, StoreError> {
    let statement = match id.party {
        Party::Guild(_) => &guild_sql::REPLAY,
        Party::Lane(_) => &global_sql::REPLAY,
    };
    tx.execute(statement, params![id.party.value(), id.id, now]).await.map(|rows| rows == 1)
}

fn seen(party: Party, row: &Row) -> Result<Seen, StoreError> {
    Ok(Seen {
        id: JobId { party, id: row.get("id")? },
        kind: row.get("kind")?,
        state: State::named(&row.get::<String>("state")?),
        priority: Priority::from_number(row.get("priority")?),
        created_at: row.get("created_at")?,
        changed_at: row.get("changed_at")?,
        not_before: row.get("not_before")?,
        tries: row.get("tries")?,
        crashes: row.get("crashes")?,
        last_error: row.get("last_error")?,
        reference: row.get("reference")?,
    })
}
