//! What is known of an announcement.

use std::collections::BTreeMap;

use guildhall_core::{clock::Timestamp, id::GuildId};
use guildhall_framework::Services;
use guildhall_store::{OperatorPath, Row, StoreError, params};

use super::schema;

/// What an announcement is at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// Shown to the operator and not confirmed.
    Preview,
    /// It was never sent.
    Discarded,
    /// It goes from server to server.
    Running,
    /// It was stopped.
    Cancelled,
    /// Every server was reached.
    Done,
}

impl State {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Discarded => "discarded",
            Self::Running => "running",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
        }
    }

    fn named(name: &str) -> Self {
        let all = [Self::Preview, Self::Discarded, Self::Running, Self::Cancelled];
        all.into_iter().find(|state| state.name() == name).unwrap_or(Self::Done)
    }
}

/// What became of an announcement in a server.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Outcome {
    /// Its job has not run.
    Waiting,
    /// It is posted.
    Posted,
    /// The server does not want to hear.
    OptedOut,
    /// The bot may speak nowhere.
    NoChannel,
    /// The bot has left, or was not told of the server in time.
    Gone,
    /// The announcement was stopped before.
    Cancelled,
}

impl Outcome {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Posted => "posted",
            Self::OptedOut => "opted_out",
            Self::NoChannel => "no_channel",
            Self::Gone => "gone",
            Self::Cancelled => "cancelled",
        }
    }

    fn named(name: &str) -> Self {
        let all = [Self::Waiting, Self::Posted, Self::OptedOut, Self::NoChannel, Self::Cancelled];
        all.into_iter().find(|outcome| outcome.name() == name).unwrap_or(Self::Gone)
    }
}

/// An announcement.
#[derive(Clone, Debug)]
pub(super) struct Broadcast {
    pub(super) id: i64,
    pub(super) words: String,
    pub(super) state: State,
    /// The last server that was given a job for it.
    pub(super) reached: Option<GuildId>,
    pub(super) created_at: Timestamp,
    pub(super) changed_at: Timestamp,
}

impl Broadcast {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let reached: i64 = row.get("reached")?;
        Ok(Self {
            id: row.get("id")?,
            words: row.get("words")?,
            state: State::named(&row.get::<String>("state")?),
            reached: GuildId::new(reached.unsigned_abs()),
            created_at: row.get("created_at")?,
            changed_at: row.get("changed_at")?,
        })
    }
}

/// Writes down what is to be shown before it is sent; its number.
pub(super) async fn add(services: &Services, words: &str) -> Result<i64, StoreError> {
    // Numbers are drawn, so that no button of an earlier one fits.
    let id = (services.random.next_u64() >> 2).cast_signed();
    let mut write = services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Diagnosis);
    tx.execute(&schema::ADD, params![id, words, services.clock.now()]).await?;
    write.commit().await?;
    Ok(id)
}

/// The announcement of this number.
pub(super) async fn find(services: &Services, id: i64) -> Result<Option<Broadcast>, StoreError> {
    let mut read = services.store.read().await?;
    let mut tx = read.operator(OperatorPath::Diagnosis);
    tx.fetch_optional(&schema::FIND, params![id]).await?.as_ref().map(Broadcast::read).transpose()
}

/// The one that is under way, else the one that was begun last.
pub(super) async fn latest(services: &Services) -> Result<Option<Broadcast>, StoreError> {
    let mut read = services.store.read().await?;
    let mut tx = read.operator(OperatorPath::Diagnosis);
    tx.fetch_optional(&schema::LATEST, params![]).await?.as_ref().map(Broadcast::read).transpose()
}

/// Moves it on; `false` where it was not at `from`.
pub(super) async fn go(services: &Services, id: i64, from: State, to: State) -> Result<bool, StoreError> {
    let mut write = services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Diagnosis);
    let now = services.clock.now();
    let moved = tx.execute(&schema::MOVE, params![id, from.name(), to.name(), now]).await?;
    write.commit().await?;
    Ok(moved == 1)
}

/// Writes down how far it is.
pub(super) async fn reach(services: &Services, id: i64, guild: GuildId) -> Result<(), StoreError> {
    let mut write = services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Diagnosis);
    tx.execute(&schema::REACH, params![id, guild, services.clock.now()]).await?;
    write.commit().await
}

/// In how many servers it came to what.
pub(super) async fn counts(services: &Services, id: i64) -> Result<BTreeMap<Outcome, u64>, StoreError> {
    let mut read = services.store.read().await?;
    let mut tx = read.operator(OperatorPath::Diagnosis);
    let mut counts = BTreeMap::new();
    for row in tx.fetch_all(&schema::COUNTS, params![id]).await? {
        let outcome = Outcome::named(&row.get::<String>("state")?);
        *counts.entry(outcome).or_default() += row.get::<u64>("guilds")?;
    }
    Ok(counts)
}
