//! What a shard remembers between two runs of the process, and where it is kept.

use std::time::Duration;

use futures::future::BoxFuture;
use guildhall_core::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// An error of the place where sessions are kept.
pub type StoreFailure = Box<dyn std::error::Error + Send + Sync>;

/// A gateway session that can be resumed (Discord docs: Gateway, Resuming).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StoredSession {
    /// The session's id, from READY.
    pub session_id: String,
    /// Where to resume, from READY.
    pub resume_url: String,
    /// The cursor: everything up to this sequence is durable or judged droppable.
    pub sequence: u64,
    /// Which bot the session belongs to: the public first part of its token. A session of another bot
    /// is not resumed.
    pub identity: String,
    /// The intents of the IDENTIFY. A session keeps them for life, so other intents need another session.
    pub intents: u64,
    /// No event after the cursor was received before this time.
    pub as_of: Timestamp,
}

/// A session from when the bot ran another number of shards. It cannot be resumed now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OldSession {
    /// The shard.
    pub shard: u32,
    /// The number of shards then.
    pub total: u32,
    /// The session.
    pub session: StoredSession,
}

/// Why a session could not be continued.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Discord no longer had the session (op 9, or close code 4007 or 4009).
    SessionLost,
    /// The configured intents changed, which needs a new session.
    IntentsChanged,
    /// The number of shards changed, which needs new sessions.
    ShardsChanged,
}

impl GapReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::SessionLost, Self::IntentsChanged, Self::ShardsChanged];

    /// The reason as a word for logs, labels and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SessionLost => "session_lost",
            Self::IntentsChanged => "intents_changed",
            Self::ShardsChanged => "shards_changed",
        }
    }
}

/// A span of events that Discord will not replay. Somebody has to reconcile it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Gap {
    /// The shard that lost its session.
    pub shard: u32,
    /// The session that was lost.
    pub session: String,
    /// The cursor of that session: what came after it may be missing.
    pub from_sequence: u64,
    /// Events from this time on may be missing.
    pub since: Timestamp,
    /// When the loss was noticed.
    pub until: Timestamp,
    /// Why.
    pub reason: GapReason,
}

/// How much of the daily IDENTIFY budget was spent (Discord docs: Gateway, Session Start Limit).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct IdentifyBudget {
    /// When the window of 24 hours began.
    pub window_start: Timestamp,
    /// IDENTIFYs sent since then.
    pub used: u32,
    /// When the last one was sent: the next process keeps its distance.
    pub last: Timestamp,
}

/// Keeps one bot's sessions, gaps and budget where a crash does not reach them, apart from those of any
/// other bot. A call that returns `Ok` has made its data durable.
pub trait SessionStore: Send + Sync {
    /// The session of a shard when the bot runs `total` shards.
    fn load(&self, shard: u32, total: u32) -> BoxFuture<'_, Result<Option<StoredSession>, StoreFailure>>;

    /// The sessions that were kept when the bot ran another number of shards than `total`.
    fn others(&self, total: u32) -> BoxFuture<'_, Result<Vec<OldSession>, StoreFailure>>;

    /// Keeps the session of a shard when the bot runs `total` shards.
    fn save<'a>(
        &'a self,
        shard: u32,
        total: u32,
        session: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreFailure>>;

    /// Forgets the session of a shard.
    fn clear(&self, shard: u32, total: u32) -> BoxFuture<'_, Result<(), StoreFailure>>;

    /// Writes a gap down. The same gap may be written twice after a crash.
    fn record_gap<'a>(&'a self, gap: &'a Gap) -> BoxFuture<'a, Result<(), StoreFailure>>;

    /// The budget as it stands, whichever process of the bot spent of it.
    fn load_budget(&self) -> BoxFuture<'_, Result<Option<IdentifyBudget>, StoreFailure>>;

    /// Spends one IDENTIFY, before it is sent: takes the turn in its bucket, `spacing` after the last one at the
    /// earliest, and replaces the budget. All or nothing, among all processes of the bot.
    fn spend<'a>(&'a self, spending: &'a Spending) -> BoxFuture<'a, Result<Spent, StoreFailure>>;
}

/// One IDENTIFY that is to be spent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Spending {
    /// Its bucket: the shard's number modulo `max_concurrency` (Discord docs: Gateway, Max Concurrency).
    pub bucket: u32,
    /// The least distance of two in one bucket.
    pub spacing: Duration,
    /// The budget that was looked at.
    pub before: Option<IdentifyBudget>,
    /// The budget with one more.
    pub after: IdentifyBudget,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Spent {
    /// It is spent, and may be sent.
    Granted,
    /// Another process spent meanwhile: the budget is to be looked at anew.
    Overtaken,
    /// The bucket's last turn was too short a while ago: to be tried again after this time.
    TooSoon(Duration),
}
