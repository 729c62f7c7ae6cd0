//! Events that a feature could not handle: what, why, and under which reference the log has more. The
//! event itself is not kept; it may hold what people wrote.

use std::time::Duration;

use guildhall_core::{clock::Timestamp, id::GuildId, scope::GuildScope};
use guildhall_framework::ctx::Services;
use guildhall_store::{
    Column, GuildStatement, Person, Retention, ScopeKind, Store, StoreError, Table, guild, params,
};
use tokio::time::sleep;

use crate::telemetry;

/// How long they are kept.
pub const KEEP_DAYS: u32 = 30;
/// The longest cause that is kept.
const CAUSE_LENGTH: usize = 1_000;
/// The first pause after the database refused; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(super) const TABLE: Table = Table {
    name: "dead_letter",
    scope: ScopeKind::Guild,
    columns: &[
        Column::plain("guild_id"),
        Column::plain("key"),
        Column::plain("feature"),
        Column::plain("kind"),
        Column::plain("reference"),
        Column::plain("cause"),
        Column::plain("died_at"),
    ],
    key: &["guild_id", "key"],
    person: Person::Nobody,
    retention: Retention::Days { column: "died_at", days: KEEP_DAYS },
    purpose: "remembers which events could not be handled, for whoever runs the bot to look at",
};

pub(super) const RECORD: GuildStatement = guild(
    "dead_letter_record",
    "INSERT INTO dead_letter (guild_id, key, feature, kind, reference, cause, died_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (guild_id, key) DO NOTHING",
);

/// An event that one feature could not handle.
#[derive(Debug)]
pub struct DeadLetter<'a> {
    /// The inbox key.
    pub key: String,
    /// The feature.
    pub feature: &'a str,
    /// The kind of event.
    pub kind: &'a str,
    /// Names the log line.
    pub reference: &'a str,
    /// What went wrong.
    pub cause: &'a str,
}

/// Writes one down. One that is known already is left as it is.
pub async fn record(
    store: &Store,
    guild: GuildId,
    letter: &DeadLetter<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let cause: String = letter.cause.chars().take(CAUSE_LENGTH).collect();
    let mut write = store.write().await?;
    let values = params![&letter.key, letter.feature, letter.kind, letter.reference, cause, now];
    write.guild(GuildScope(guild)).execute(&RECORD, values).await?;
    write.commit().await
}

/// Writes one down, trying for as long as it takes.
pub async fn insist(services: &Services, guild: GuildId, letter: &DeadLetter<'_>) {
    let mut pause = FIRST_PAUSE;
    while let Err(error) = record(&services.store, guild, letter, services.clock.now()).await {
        telemetry::background_write_failed("dead letter", &error);
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
