//! Messages.

use serde_json::Value;

use super::Poll;
use crate::snowflake::{Id, Millis};

/// A message. Parts that only travel are kept as they came.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Its id; 0 until it is stored.
    pub id: Id,
    /// Where it is.
    pub channel_id: Id,
    /// The guild of that channel.
    pub guild_id: Option<Id>,
    /// The message type (0 ordinary, 19 reply, 20 command answer, 23 context menu answer).
    pub kind: u8,
    /// Who wrote it; the webhook's id for a webhook's message.
    pub author_id: Id,
    /// Name and avatar, when a webhook wrote it.
    pub webhook: Option<Box<WebhookAuthor>>,
    /// The application whose interaction answer or webhook message this is.
    pub application_id: Option<Id>,
    /// The text.
    pub content: String,
    /// Embeds.
    pub embeds: Vec<Value>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Components.
    pub components: Vec<Value>,
    /// Stickers.
    pub sticker_items: Vec<Value>,
    /// A poll.
    pub poll: Option<Box<Poll>>,
    /// Users who were mentioned.
    pub mentions: Vec<Id>,
    /// Roles that were mentioned.
    pub mention_roles: Vec<Id>,
    /// Whether everyone was mentioned.
    pub mention_everyone: bool,
    /// Message flags; ephemeral is `1 << 6`.
    pub flags: u64,
    /// Whether it is read aloud.
    pub tts: bool,
    /// Whether it is pinned, and since when.
    pub pinned_at: Option<Millis>,
    /// When it was sent.
    pub sent_at: Millis,
    /// When it was last edited.
    pub edited_at: Option<Millis>,
    /// The sender's own mark, text or number.
    pub nonce: Option<Value>,
    /// What it answers or forwards (the wire's `message_reference`).
    pub reference: Option<Value>,
    /// Forwarded copies.
    pub snapshots: Vec<Message>,
    /// Reactions in the order in which they came.
    pub reactions: Vec<Reaction>,
    /// About how many messages of its thread came before it.
    pub position: Option<u32>,
    /// The thread that was started from it.
    pub thread_id: Option<Id>,
    /// Which interaction it answers (the wire's `interaction_metadata`).
    pub interaction_metadata: Option<Value>,
    /// The older form of the same (the wire's `interaction`).
    pub interaction: Option<Value>,
    /// The only user who sees it, when it is ephemeral.
    pub ephemeral_for: Option<Id>,
}

impl Message {
    /// The flag of messages that were published to followers.
    pub const CROSSPOSTED: u64 = 1 << 0;
    /// The flag of messages that came from a followed channel.
    pub const IS_CROSSPOST: u64 = 1 << 1;
    /// The flag of messages whose embeds are not shown.
    pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
    /// The flag of crossposts whose source was removed.
    pub const SOURCE_DELETED: u64 = 1 << 3;
    /// The flag of forwards.
    pub const HAS_SNAPSHOT: u64 = 1 << 14;
    /// The flag of messages that a thread was started from.
    pub const HAS_THREAD: u64 = 1 << 5;
    /// The flag of messages that one user sees.
    pub const EPHEMERAL: u64 = 1 << 6;
    /// The flag of an interaction answer that is still being written.
    pub const LOADING: u64 = 1 << 7;
    /// The flag of messages made of components alone.
    pub const COMPONENTS_V2: u64 = 1 << 15;

    /// Whether anything in it is gated by the message content intent.
    pub fn has_content(&self) -> bool {
        !self.content.is_empty()
            || !self.embeds.is_empty()
            || !self.attachments.is_empty()
            || !self.components.is_empty()
            || self.poll.is_some()
            || self.snapshots.iter().any(Self::has_content)
    }
}

/// Who a webhook's message claims to be from.
#[derive(Clone, Debug, Default)]
pub struct WebhookAuthor {
    /// The webhook.
    pub id: Id,
    /// The name shown.
    pub name: String,
    /// The avatar's hash.
    pub avatar: Option<String>,
}

/// A file of a message.
#[derive(Clone, Debug, Default)]
pub struct Attachment {
    /// Its id.
    pub id: Id,
    /// The file's name.
    pub filename: String,
    /// A title.
    pub title: Option<String>,
    /// What it shows, for those who cannot see it.
    pub description: Option<String>,
    /// The media type.
    pub content_type: Option<String>,
    /// Bytes.
    pub size: usize,
    /// Where it can be fetched.
    pub url: String,
    /// Width of an image.
    pub width: Option<u32>,
    /// Height of an image.
    pub height: Option<u32>,
    /// Whether it goes away with an ephemeral message.
    pub ephemeral: bool,
    /// Attachment flags.
    pub flags: u64,
    /// Seconds that a voice message lasts.
    pub duration_secs: Option<f64>,
    /// The shape of a voice message, in base64.
    pub waveform: Option<String>,
    /// The bytes.
    pub data: bytes::Bytes,
}

impl Attachment {
    /// The flag of files that are shown only when clicked.
    pub const IS_SPOILER: u64 = 1 << 3;
}

/// One emoji under a message and who put it there.
#[derive(Clone, Debug, Default)]
pub struct Reaction {
    /// The custom emoji's id; none for a Unicode emoji.
    pub emoji_id: Option<Id>,
    /// The emoji itself or the custom emoji's name.
    pub emoji_name: String,
    /// Who reacted.
    pub users: Vec<Id>,
}
