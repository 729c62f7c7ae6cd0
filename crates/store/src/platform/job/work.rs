//! What the scheduler does with jobs: looks whose turn it may be, claims, extends, gives back, counts what went
//! wrong. Everything but the looking touches one party.

use guildhall_core::clock::Timestamp;

use super::{
    CAUSE_LENGTH, Held, JobId, MOST_CRASHES, Party, Priority, State, global_sql, guild_party, guild_sql,
    lane_party,
};
use crate::{
    error::StoreError, params, row::Row, statement::OperatorStatement, transaction::OperatorTx, value::Params,
};

/// Guilds that are looked up at once.
const PAGE: u32 = 1_000;

/// How a claim goes.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// The time.
    pub now: Timestamp,
    /// The end of the lease.
    pub until: Timestamp,
    /// Who claims, for people to see.
    pub holder: &'a str,
    /// Nothing less urgent than this.
    pub priority: Priority,
    /// Whether it may be a job during which a process has ended before.
    pub suspects: bool,
    /// How many jobs of the party may run at once, in all processes.
    pub most: u32,
    /// What is said of heavy ones.
    pub heavy: &'a Heavy,
}

/// Kinds of jobs that take much, and how many of all of them may run at once in a party, in all processes.
#[derive(Clone, Debug)]
pub struct Heavy {
    /// Each kind between bars, as the statements look it up.
    kinds: String,
    most: u32,
}

impl Heavy {
    /// These kinds.
    pub fn new<'a>(kinds: impl IntoIterator<Item = &'a str>, most: u32) -> Self {
        Self { kinds: kinds.into_iter().flat_map(|kind| ["|", kind, "|"]).collect(), most }
    }

    /// The same kinds, left where they are.
    #[must_use]
    pub fn left(&self) -> Self {
        Self { most: 0, ..self.clone() }
    }
}

/// No kind is heavy.
pub static NONE_HEAVY: Heavy = Heavy { kinds: String::new(), most: 0 };

/// When a party next has something to run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Head {
    /// Now, and so urgent it is.
    Due(Priority),
    /// Then.
    Later(Timestamp),
    /// When fewer heavy jobs run.
    Heavy,
    /// Nothing waits.
    Nothing,
}

/// What went wrong with a try.
#[derive(Clone, Debug)]
pub struct Fault<'a> {
    /// The chain of causes.
    pub cause: &'a str,
    /// Names the line in the log.
    pub reference: &'a str,
    /// When to try again.
    pub not_before: Timestamp,
    /// So many tries there are; with none, this was the last.
    pub tries: u32,
    /// The time.
    pub now: Timestamp,
}

/// Every party with a job that may run at `until` or before, and when its first may.
pub async fn parties(
    tx: &mut OperatorTx<'_>,
    until: Timestamp,
) -> Result<Vec<(Party, Timestamp)>, StoreError> {
    let mut found = Vec::new();
    for row in tx.fetch_all(&global_sql::PARTIES, params![until]).await? {
        found.push((lane_party(&row)?, row.get("at")?));
    }
    let mut last = 0_i64;
    loop {
        let rows = tx.fetch_all(&guild_sql::PARTIES, params![last, until, PAGE]).await?;
        for row in &rows {
            found.push((guild_party(row)?, row.get("at")?));
        }
        match rows.last() {
            Some(row) => last = row.get("guild_id")?,
            None => return Ok(found),
        }
    }
}

/// What a party has to run.
pub async fn head(
    tx: &mut OperatorTx<'_>,
    party: &Party,
    heavy: &Heavy,
    now: Timestamp,
) -> Result<Head, StoreError> {
    let (head, next) = match party {
        Party::Guild(_) => (&guild_sql::HEAD, &guild_sql::NEXT),
        Party::Lane(_) => (&global_sql::HEAD, &global_sql::NEXT),
    };
    let values = params![party.value(), now, heavy.kinds.as_str(), heavy.most];
    if let Some(row) = tx.fetch_optional(head, values).await? {
        return row.get("priority").map(|number| Head::Due(Priority::from_number(number)));
    }
    let next: Option<Timestamp> = tx.fetch_one(next, params![party.value()]).await?.get("at")?;
    Ok(match next {
        Some(at) if at <= now => Head::Heavy,
        Some(at) => Head::Later(at),
        None => Head::Nothing,
    })
}

/// Takes the party's best job, where one may run. Where another process takes one of the same party at this
/// very moment, nothing is taken: so nobody waits, and the party's limit holds.
pub async fn claim(
    tx: &mut OperatorTx<'_>,
    party: &Party,
    claim: &Claim<'_>,
) -> Result<Option<Held>, StoreError> {
    if !tx.alone(&format!("job {party}")).await? {
        return Ok(None);
    }
    let values = params![
        party.value(),
        claim.now,
        claim.holder,
        claim.until,
        claim.priority.number(),
        if claim.suspects { i64::MAX } else { 0 },
        claim.most,
        claim.heavy.kinds.as_str(),
        claim.heavy.most
    ];
    let statement = match party {
        Party::Guild(_) => &guild_sql::CLAIM,
        Party::Lane(_) => &global_sql::CLAIM,
    };
    let row = tx.fetch_optional(statement, values).await?;
    row.map(|row| held(party.clone(), &row)).transpose()
}

fn held(party: Party, row: &Row) -> Result<Held, StoreError> {
    Ok(Held {
        id: JobId { party, id: row.get("id")? },
        epoch: row.get("epoch")?,
        kind: row.get("kind")?,
        payload: row.get("payload")?,
        priority: Priority::from_number(row.get("priority")?),
        user: row.get("user_id")?,
        created_at: row.get("created_at")?,
        tries: row.get("tries")?,
        crashes: row.get("crashes")?,
    })
}

/// Extends a lease. `false` where the job is no longer the holder's.
pub async fn beat(
    tx: &mut OperatorTx<'_>,
    id: &JobId,
    epoch: i64,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let statement = of(id, &guild_sql::BEAT, &global_sql::BEAT);
    tx.execute(statement, params![id.party.value(), id.id, epoch, until]).await.map(|rows| rows == 1)
}

/// Puts a job back that was cut short, without counting a try. `false` where it is no longer the holder's.
pub async fn release(
    tx: &mut OperatorTx<'_>,
    id: &JobId,
    epoch: i64,
    not_before: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let statement = of(id, &guild_sql::RELEASE, &global_sql::RELEASE);
    let values = params![id.party.value(), id.id, epoch, not_before, now];
    tx.execute(statement, values).await.map(|rows| rows == 1)
}

/// Counts a try that failed; what the job is at now, or nothing where it is no longer the holder's.
pub async fn fail(
    tx: &mut OperatorTx<'_>,
    id: &JobId,
    epoch: i64,
    fault: &Fault<'_>,
) -> Result<Option<State>, StoreError> {
    let cause: String = fault.cause.chars().take(CAUSE_LENGTH).collect();
    let values = params![
        id.party.value(),
        id.id,
        epoch,
        fault.tries,
        fault.not_before,
        fault.now,
        cause,
        fault.reference
    ];
    state(tx, of(id, &guild_sql::FAIL, &global_sql::FAIL), values).await
}

/// A job whose lease ran out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Orphan {
    /// The job.
    pub id: JobId,
    /// The token of whoever held it.
    pub epoch: i64,
    /// Its kind.
    pub kind: String,
}

/// Jobs whose lease ended before `before`.
pub async fn orphans(tx: &mut OperatorTx<'_>, before: Timestamp) -> Result<Vec<Orphan>, StoreError> {
    let mut found = Vec::new();
    for row in tx.fetch_all(&global_sql::EXPIRED, params![before]).await? {
        found.push((lane_party(&row)?, row));
    }
    for row in tx.fetch_all(&guild_sql::EXPIRED, params![before]).await? {
        found.push((guild_party(&row)?, row));
    }
    found
        .into_iter()
        .map(|(party, row)| {
            Ok(Orphan {
                id: JobId { party, id: row.get("id")? },
                epoch: row.get("epoch")?,
                kind: row.get("kind")?,
            })
        })
        .collect()
}

/// Counts the crash of whoever held a job whose lease ended before `before`, and lets it run again, or puts it
/// aside. Nothing where somebody else was quicker, or the holder has extended the lease after all.
pub async fn crashed(
    tx: &mut OperatorTx<'_>,
    orphan: &Orphan,
    before: Timestamp,
    now: Timestamp,
) -> Result<Option<State>, StoreError> {
    let id = &orphan.id;
    let values = params![id.party.value(), id.id, orphan.epoch, MOST_CRASHES, now, before];
    state(tx, of(id, &guild_sql::CRASHED, &global_sql::CRASHED), values).await
}

fn of<'s>(id: &JobId, guild: &'s OperatorStatement, lane: &'s OperatorStatement) -> &'s OperatorStatement {
    if id.party.guild().is_some() { guild } else { lane }
}

async fn state(
    tx: &mut OperatorTx<'_>,
    statement: &OperatorStatement,
    values: Params,
) -> Result<Option<State>, StoreError> {
    let row = tx.fetch_optional(statement, values).await?;
    row.map(|row| row.get::<String>("state").map(|name| State::named(&name))).transpose()
}
