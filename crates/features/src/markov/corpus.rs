//! What a guild has learned, as rows: adding to it and taking away from it. Each change has a version, by which the
//! files of chains are brought up to date.

use guildhall_core::{clock::Timestamp, scope::GuildScope};
use guildhall_store::{GuildTx, Row, Store, StoreError, params};

use super::{
    schema,
    telemetry::{self, Reason},
};

/// Rows that one transaction takes away.
const BATCH: u64 = 1_000;

/// How far a guild has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Corpus {
    pub(super) messages: u64,
    pub(super) version: i64,
    /// Another one where more was taken away than is told message by message.
    pub(super) generation: i64,
}

impl Corpus {
    pub(super) async fn of(tx: &mut GuildTx<'_>) -> Result<Option<Self>, StoreError> {
        let row = tx.fetch_optional(&schema::CORPUS, params![]).await?;
        let read = |row: &Row| {
            Ok(Self {
                messages: row.get("messages")?,
                version: row.get("version")?,
                generation: row.get("generation")?,
            })
        };
        row.as_ref().map(read).transpose()
    }
}

/// One message or text to learn.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Text {
    pub(super) id: u64,
    /// Who wrote it; whoever brought it where nobody knows; zero where nobody brought it.
    pub(super) author: u64,
    pub(super) channel: u64,
    /// The channel to which a thread belongs.
    pub(super) parent: Option<u64>,
    /// The training that brought it; zero for what was heard.
    pub(super) upload: i64,
    pub(super) content: String,
    pub(super) attachments: Vec<String>,
    /// When it was heard.
    pub(super) heard: Option<Timestamp>,
}

/// Which of the messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Which {
    /// All of them.
    Everything,
    /// Those that were uploaded.
    Uploaded,
}

/// Whether the guild has learned nothing.
pub(super) async fn is_empty(tx: &mut GuildTx<'_>) -> Result<bool, StoreError> {
    Ok(Corpus::of(tx).await?.is_none_or(|corpus| corpus.messages == 0))
}

/// The version that follows. It is taken in the transaction of the change.
async fn advance(tx: &mut GuildTx<'_>, now: Timestamp) -> Result<i64, StoreError> {
    tx.fetch_one(&schema::ADVANCE, params![now]).await?.get("version")
}

fn links(attachments: &[String]) -> Option<String> {
    (!attachments.is_empty()).then(|| serde_json::to_string(attachments).unwrap_or_default())
}

/// Learns what is not known by its id yet; how many those are.
pub(super) async fn add(tx: &mut GuildTx<'_>, texts: &[Text], now: Timestamp) -> Result<u64, StoreError> {
    let version = advance(tx, now).await?;
    let mut added = 0;
    for text in texts {
        let row = params![
            text.id,
            text.author,
            text.channel,
            text.parent,
            text.upload,
            &text.content,
            links(&text.attachments),
            version,
            text.heard
        ];
        added += tx.execute(&schema::INSERT, row).await?;
    }
    tx.execute(&schema::COUNTED, params![added]).await?;
    Ok(added)
}

/// Gives a message other words. Says whether it was known.
pub(super) async fn replace(
    tx: &mut GuildTx<'_>,
    id: u64,
    content: &str,
    attachments: &[String],
    now: Timestamp,
) -> Result<bool, StoreError> {
    if tx.fetch_optional(&schema::SOURCES, params![id]).await?.is_none() {
        return Ok(false);
    }
    let version = advance(tx, now).await?;
    tx.execute(&schema::REPLACE, params![id, content, links(attachments), version]).await?;
    Ok(true)
}

/// Unlearns single messages; how many were known.
pub(super) async fn forget(tx: &mut GuildTx<'_>, ids: &[u64], now: Timestamp) -> Result<u64, StoreError> {
    let mut known = Vec::new();
    for id in ids {
        if tx.execute(&schema::DELETE, params![*id]).await? > 0 {
            known.push(*id);
        }
    }
    if known.is_empty() {
        return Ok(0);
    }
    let version = advance(tx, now).await?;
    for id in &known {
        tx.execute(&schema::GONE, params![version, *id, now]).await?;
    }
    tx.execute(&schema::COUNTED, params![-i64::try_from(known.len()).unwrap_or(0)]).await?;
    Ok(known.len() as u64)
}

/// Unlearns all of a channel; how many messages that were.
pub(super) async fn forget_channel(tx: &mut GuildTx<'_>, channel: u64) -> Result<u64, StoreError> {
    let mut gone = 0;
    loop {
        let some = tx.execute(&schema::DELETE_CHANNEL, params![channel, BATCH]).await?;
        gone += some;
        if some < BATCH {
            break;
        }
    }
    if gone > 0 {
        tx.execute(&schema::RENEW, params![]).await?;
    }
    Ok(gone)
}

/// Unlearns many, each thousand in a transaction of its own, so that nobody waits long for the writer.
pub(super) async fn clear(store: &Store, scope: GuildScope, which: Which) -> Result<u64, StoreError> {
    let from: i64 = match which {
        Which::Everything => 0,
        Which::Uploaded => 1,
    };
    let mut gone = 0;
    loop {
        let mut write = store.write().await?;
        let mut tx = write.guild(scope);
        let some = tx.execute(&schema::DELETE_SOME, params![from, i64::MAX, BATCH]).await?;
        gone += some;
        if some < BATCH {
            tx.execute(&schema::RENEW, params![]).await?;
        } else {
            tx.execute(&schema::COUNTED, params![-i64::try_from(some).unwrap_or(0)]).await?;
        }
        write.commit().await?;
        telemetry::unlearned(Reason::Cleared, some);
        if some < BATCH {
            return Ok(gone);
        }
    }
}
