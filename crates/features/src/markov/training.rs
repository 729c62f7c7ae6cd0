//! Trains a guild: brings the texts of a file into its rows, batch by batch. How far it has come is part of each
//! batch's transaction, so that a training that was cut short goes on where it was.

pub(super) mod batches;
pub(super) mod history;
pub(super) mod job;
pub(super) mod pace;
pub(super) mod upload;

use guildhall_core::{
    clock::Timestamp,
    id::{ChannelId, MessageId},
    scope::GuildScope,
};
use guildhall_store::{GuildTx, Row, Store, StoreError, params, platform};

use super::{
    corpus::{self, Text},
    file::Entry,
    schema,
    telemetry::{self, Source},
};

/// The counter that numbers a guild's trainings.
const COUNTER: &str = "markov_training";

/// One training.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Training {
    pub(super) id: i64,
    /// Who asked for it; zero for whoever runs the bot.
    pub(super) user: u64,
    /// Where its progress is shown.
    pub(super) channel: Option<ChannelId>,
    pub(super) message: Option<MessageId>,
    /// The name of the file.
    pub(super) source: String,
    /// Whether what was learned before is still to go.
    pub(super) clean: bool,
    pub(super) total: u64,
    pub(super) done: u64,
    pub(super) learned: u64,
    pub(super) skipped: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
}

impl Training {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get("id")?,
            user: row.get("user_id")?,
            channel: ChannelId::from_db(row.get("channel_id")?),
            message: row.get::<Option<i64>>("message_id")?.and_then(MessageId::from_db),
            source: row.get("source")?,
            clean: row.get::<i64>("clean")? != 0,
            total: row.get("total")?,
            done: row.get("done")?,
            learned: row.get("learned")?,
            skipped: row.get("skipped")?,
            started: row.get("started_at")?,
            ended: row.get("ended_at")?,
        })
    }

    /// The training of this number.
    pub(super) async fn find(store: &Store, scope: GuildScope, id: i64) -> Result<Option<Self>, StoreError> {
        let row = store.read().await?.guild(scope).fetch_optional(&schema::TRAINING, params![id]).await?;
        row.as_ref().map(Self::read).transpose()
    }

    /// Begins one. `user` asked for it, zero for whoever runs the bot.
    pub(super) async fn begin(
        tx: &mut GuildTx<'_>,
        user: u64,
        channel: Option<ChannelId>,
        source: &str,
        clean: bool,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let id = platform::counter::next(tx, COUNTER).await?;
        let channel = channel.map_or(0, ChannelId::to_db);
        tx.execute(&schema::BEGIN, params![id, user, channel, source, clean, now]).await?;
        Ok(id)
    }

    /// The id of the text at this place of the file, where the file says none. Ids of messages are larger.
    fn id_of(&self, place: u64) -> u64 {
        (self.id.cast_unsigned() << 32) | (place & u64::from(u32::MAX))
    }

    /// Stores the entries that follow what is done, in one transaction; how many are new. `None` where another
    /// process has gone on with it.
    pub(super) async fn store(
        &mut self,
        store: &Store,
        scope: GuildScope,
        entries: Vec<Entry>,
        refused: &(dyn Fn(u64) -> bool + Sync),
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let seen = entries.len() as u64;
        let places = self.done + 1..;
        let texts: Vec<Text> = places
            .zip(entries)
            .filter(|(_, entry)| !entry.author.is_some_and(refused))
            .map(|(place, entry)| Text {
                id: entry.id.unwrap_or_else(|| self.id_of(place)),
                author: entry.author.unwrap_or(self.user),
                channel: entry.channel.unwrap_or(0),
                parent: None,
                upload: self.id,
                content: entry.text,
                attachments: entry.attachments,
                heard: None,
            })
            .collect();
        let mut write = store.write().await?;
        let mut tx = write.guild(scope);
        let learned = corpus::add(&mut tx, &texts, now).await?;
        let skipped = seen - learned;
        let row = params![self.id, self.done, self.done + seen, learned, skipped];
        if tx.execute(&schema::PROGRESS, row).await? == 0 {
            return Ok(None);
        }
        write.commit().await?;
        telemetry::read(Source::Upload, seen);
        telemetry::learned(Source::Upload, learned);
        self.done += seen;
        self.learned += learned;
        self.skipped += skipped;
        self.clean = false;
        Ok(Some(learned))
    }
}
