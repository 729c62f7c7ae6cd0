//! Durable work: rows of guilds, and of lanes where no guild is concerned. A row is committed together with
//! the state that asks for it, and it goes in the transaction that holds its effects.
//!
//! Whoever runs a job holds it by a token, its epoch, and by a lease that is extended while it runs. A lease
//! that runs out is a crash. The token then fits no longer, so that a holder who comes back too late can
//! neither finish the job nor write what belongs to it. Leases go by the clocks of the processes, which may
//! differ by less than half of a lease.

use std::{fmt, str::FromStr};

use guildhall_core::{
    clock::Timestamp,
    id::{GuildId, UserId},
};

use super::counter;
use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    row::Row,
    statement::ScopeKind,
    transaction::{GuildTx, OperatorTx},
    value::Value,
};

pub mod look;
mod sql;
pub mod work;

pub(super) use self::sql::{global as global_sql, guild as guild_sql};

/// How long what failed for good stays for operators to see and to replay.
pub const KEEP_FAILED_DAYS: u32 = 30;
/// So many crashes, and a job is put aside.
pub const MOST_CRASHES: u32 = 3;
/// The longest cause that is kept.
const CAUSE_LENGTH: usize = 1_000;

const FAILED: &str = "state IN ('dead', 'quarantined')";
const RETENTION: Retention =
    Retention::UntilDone { column: "changed_at", failed: FAILED, failed_days: KEEP_FAILED_DAYS };

pub(super) const TABLE: Table = Table {
    name: "job",
    scope: ScopeKind::Guild,
    columns: &[
        Column::plain("guild_id"),
        Column::plain("id"),
        Column::plain("kind"),
        Column::content("payload"),
        Column::plain("priority"),
        Column::plain("state"),
        Column::content("dedupe"),
        Column::id("user_id"),
        Column::plain("created_at"),
        Column::plain("changed_at"),
        Column::plain("not_before"),
        Column::plain("tries"),
        Column::plain("crashes"),
        Column::plain("epoch"),
        Column::plain("holder"),
        Column::plain("lease_until"),
        Column::plain("last_error"),
        Column::plain("reference"),
    ],
    key: &["guild_id", "id"],
    person: Person::AuthorOrLoose { column: "user_id", loose: FAILED },
    retention: RETENTION,
    purpose: "holds work of a server until it is done",
};

pub(super) const GLOBAL_TABLE: Table = Table {
    name: "global_job",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("lane"),
        Column::plain("id"),
        Column::plain("kind"),
        Column::plain("payload"),
        Column::plain("priority"),
        Column::plain("state"),
        Column::plain("created_at"),
        Column::plain("changed_at"),
        Column::plain("not_before"),
        Column::plain("tries"),
        Column::plain("crashes"),
        Column::plain("epoch"),
        Column::plain("holder"),
        Column::plain("lease_until"),
        Column::plain("last_error"),
        Column::plain("reference"),
    ],
    key: &["lane", "id"],
    person: Person::Nobody,
    retention: RETENTION,
    purpose: "holds work of the bot itself until it is done",
};

/// Whose turn it is: work of one party never keeps that of another from its turn.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Party {
    /// Work of the bot itself, by its lane.
    Lane(String),
    /// A guild's.
    Guild(GuildId),
}

impl Party {
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Guild(guild) => Value::from(*guild),
            Self::Lane(lane) => Value::from(lane),
        }
    }

    /// The guild, where it is one.
    pub const fn guild(&self) -> Option<GuildId> {
        match self {
            Self::Guild(guild) => Some(*guild),
            Self::Lane(_) => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guild(guild) => guild.fmt(f),
            Self::Lane(lane) => lane.fmt(f),
        }
    }
}

/// Names a job. Written `PARTY/NUMBER`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct JobId {
    /// Whose it is.
    pub party: Party,
    /// The number within the party; never given twice.
    pub id: i64,
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.party, self.id)
    }
}

/// A text that names no job.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` names no job; a name is a server's id or a lane, `/` and a number")]
pub struct InvalidJobId(pub String);

impl FromStr for JobId {
    type Err = InvalidJobId;

    fn from_str(text: &str) -> Result<Self, InvalidJobId> {
        let read = || {
            let (party, id) = text.trim().rsplit_once('/')?;
            let id = id.parse().ok()?;
            let party = match party.parse::<GuildId>() {
                Ok(guild) => Party::Guild(guild),
                Err(_) if party.is_empty() || party.starts_with(|c: char| c.is_ascii_digit()) => return None,
                Err(_) => Party::Lane(party.to_owned()),
            };
            Some(Self { party, id })
        };
        read().ok_or_else(|| InvalidJobId(text.to_owned()))
    }
}

/// Which work goes first. Within one urgency, parties take turns.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Priority {
    /// Somebody waits for it.
    High,
    /// Usual work.
    #[default]
    Normal,
    /// When nothing else is to be done.
    Low,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }

    pub(crate) const fn from_number(number: i64) -> Self {
        match number {
            ..=0 => Self::High,
            1 => Self::Normal,
            _ => Self::Low,
        }
    }
}

/// What a job is at.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum State {
    /// It waits for its time or its turn.
    Waiting,
    /// Somebody holds it.
    Running,
    /// It failed as often as it may.
    Dead,
    /// The process crashed too often while it ran.
    Quarantined,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Running, Self::Dead, Self::Quarantined];

    /// Its name in the database, in metrics and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Dead => "dead",
            Self::Quarantined => "quarantined",
        }
    }

    /// The state of this name. What no program of ours wrote counts as dead: it is not run.
    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.name() == name).unwrap_or(Self::Dead)
    }
}

/// A job to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewJob {
    /// Which handler it is for.
    pub kind: String,
    /// What the handler is given, as JSON.
    pub payload: String,
    /// How urgent it is.
    pub priority: Priority,
    /// Not to be run earlier.
    pub not_before: Timestamp,
    /// While a job of this kind and key waits in the guild, there is no second.
    pub dedupe: Option<String>,
    /// By whose deed it is; their erasure takes it away.
    pub user: Option<UserId>,
}

/// Puts a job into the guild; its number, or nothing where the key of such a job waits already. One that runs
/// is no reason against it: it may have looked before what is asked for now.
pub async fn add(tx: &mut GuildTx<'_>, new: &NewJob, now: Timestamp) -> Result<Option<i64>, StoreError> {
    if let Some(key) = &new.dedupe
        && tx.fetch_optional(&guild_sql::WAITS, params![&new.kind, key]).await?.is_some()
    {
        return Ok(None);
    }
    let id = counter::next(tx, "job").await?;
    let values = params![
        id,
        &new.kind,
        &new.payload,
        new.priority.number(),
        new.dedupe.as_ref(),
        new.user,
        now,
        new.not_before
    ];
    tx.execute(&guild_sql::ADD, values).await?;
    Ok(Some(id))
}

/// Puts work of the bot itself into a lane, unless the lane holds some that is not done. Two that do so at the
/// same time must exclude each other by themselves; schedules do, by their row. `id` is drawn at random, so that
/// no number comes twice.
pub async fn add_to_lane(
    tx: &mut OperatorTx<'_>,
    lane: &str,
    id: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if tx.fetch_optional(&global_sql::OPEN, params![lane]).await?.is_some() {
        return Ok(false);
    }
    tx.execute(&global_sql::ADD, params![lane, id, now]).await.map(|rows| rows == 1)
}

/// A job in somebody's hands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// Its name.
    pub id: JobId,
    /// The token.
    pub epoch: i64,
    /// Which handler it is for.
    pub kind: String,
    /// What the handler is given, as JSON.
    pub payload: String,
    /// How urgent it is.
    pub priority: Priority,
    /// By whose deed it is.
    pub user: Option<UserId>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Tries that failed.
    pub tries: u32,
    /// Crashes of processes that held it.
    pub crashes: u32,
}

/// It is done: the row goes, in the transaction that holds its effects. `false` where the token fits no longer;
/// nothing that was written for the job may then be committed.
pub async fn done(tx: &mut GuildTx<'_>, id: i64, epoch: i64) -> Result<bool, StoreError> {
    tx.execute(&guild_sql::DONE, params![id, epoch]).await.map(|rows| rows == 1)
}

/// A part of it is done, and it goes on at `at`: the same promise as [`done`]. Earlier failures are forgiven.
pub async fn again(
    tx: &mut GuildTx<'_>,
    id: i64,
    epoch: i64,
    at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    tx.execute(&guild_sql::AGAIN, params![id, epoch, at, now]).await.map(|rows| rows == 1)
}

/// Work of the bot itself is done. `false` where the token fits no longer.
pub async fn done_in_lane(
    tx: &mut OperatorTx<'_>,
    lane: &str,
    id: i64,
    epoch: i64,
) -> Result<bool, StoreError> {
    tx.execute(&global_sql::DONE, params![lane, id, epoch]).await.map(|rows| rows == 1)
}

fn guild_party(row: &Row) -> Result<Party, StoreError> {
    row.get("guild_id").map(Party::Guild)
}

fn lane_party(row: &Row) -> Result<Party, StoreError> {
    row.get("lane").map(Party::Lane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_as_it_is_written() {
        let guild = JobId { party: Party::Guild(GuildId::new(7).unwrap()), id: 12 };
        let lane = JobId { party: Party::Lane("backup".to_owned()), id: 3 };
        for id in [guild, lane] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for wrong in ["", "7", "/1", "7/", "7/x", "0/1", "99999999999999999999/1"] {
            assert!(wrong.parse::<JobId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn urgent_work_comes_first_in_numbers_too() {
        assert!(Priority::ALL.windows(2).all(|two| two[0] < two[1] && two[0].number() < two[1].number()));
        assert_eq!(Priority::ALL.map(|one| Priority::from_number(one.number())), Priority::ALL);
    }
}
