//! Channels of every kind, threads and direct messages among them.

use serde_json::Value;

use crate::{
    permissions::Permissions,
    snowflake::{Id, Millis},
};

/// A channel.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// Its id.
    pub id: Id,
    /// The guild it is in; none for direct messages.
    pub guild_id: Option<Id>,
    /// What kind it is.
    pub kind: ChannelKind,
    /// Its name; empty for direct messages.
    pub name: String,
    /// Its place in the list.
    pub position: i32,
    /// The category, or for a thread its channel.
    pub parent_id: Option<Id>,
    /// Its topic.
    pub topic: Option<String>,
    /// Whether it is for adults.
    pub nsfw: bool,
    /// Seconds between two messages of one user.
    pub rate_limit_per_user: u32,
    /// Who may do what here beyond their roles.
    pub overwrites: Vec<Overwrite>,
    /// The last message's id, which may no longer exist.
    pub last_message_id: Option<Id>,
    /// When something was last pinned.
    pub last_pin_at: Option<Millis>,
    /// Channel flags.
    pub flags: u64,
    /// What only voice channels have.
    pub voice: Option<Box<Voice>>,
    /// What only threads have.
    pub thread: Option<Box<Thread>>,
    /// Further keys as they travel, such as a forum's tags.
    pub extra: Option<Box<serde_json::Map<String, Value>>>,
    /// Who takes part in a direct message.
    pub recipients: Vec<Id>,
}

impl Channel {
    /// An overwrite for a role or member.
    pub fn overwrite(&self, id: Id) -> Option<&Overwrite> {
        self.overwrites.iter().find(|overwrite| overwrite.id == id)
    }
}

/// What kind of channel (Discord docs: Channel, Channel Types).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum ChannelKind {
    /// Text in a guild.
    #[default]
    Text = 0,
    /// A direct message between two.
    Dm = 1,
    /// Voice in a guild.
    Voice = 2,
    /// A direct message between several.
    GroupDm = 3,
    /// A heading that groups channels.
    Category = 4,
    /// Text that others can follow.
    Announcement = 5,
    /// A thread in an announcement channel.
    AnnouncementThread = 10,
    /// A thread that all see who see its channel.
    PublicThread = 11,
    /// A thread that only the invited see.
    PrivateThread = 12,
    /// A stage.
    Stage = 13,
    /// The list of servers in a hub.
    Directory = 14,
    /// A channel of threads.
    Forum = 15,
    /// A forum for media.
    Media = 16,
}

impl ChannelKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Text,
        Self::Dm,
        Self::Voice,
        Self::GroupDm,
        Self::Category,
        Self::Announcement,
        Self::AnnouncementThread,
        Self::PublicThread,
        Self::PrivateThread,
        Self::Stage,
        Self::Directory,
        Self::Forum,
        Self::Media,
    ];

    /// The number on the wire.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The kind with this number.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| u64::from(kind.code()) == code)
    }

    /// Whether it is a thread.
    pub const fn is_thread(self) -> bool {
        matches!(self, Self::AnnouncementThread | Self::PublicThread | Self::PrivateThread)
    }

    /// Whether messages can be sent in it (voice channels and stages have a chat of their own).
    pub const fn has_messages(self) -> bool {
        !matches!(self, Self::Category | Self::Directory | Self::Forum | Self::Media)
    }

    /// Whether people speak in it.
    pub const fn is_voice(self) -> bool {
        matches!(self, Self::Voice | Self::Stage)
    }

    /// The kind of thread that is started from a message here; none where threads cannot be.
    pub const fn public_thread(self) -> Option<Self> {
        match self {
            Self::Text | Self::Forum | Self::Media => Some(Self::PublicThread),
            Self::Announcement => Some(Self::AnnouncementThread),
            _ => None,
        }
    }

    /// Whether it holds posts, each of them a thread.
    pub const fn is_forum(self) -> bool {
        matches!(self, Self::Forum | Self::Media)
    }

    /// Whether it is a direct message.
    pub const fn is_dm(self) -> bool {
        matches!(self, Self::Dm | Self::GroupDm)
    }
}

/// What a role or member may or may not do in a channel, beyond their roles.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Overwrite {
    /// The role or user.
    pub id: Id,
    /// Which of the two.
    pub kind: OverwriteKind,
    /// Granted here.
    pub allow: Permissions,
    /// Withheld here.
    pub deny: Permissions,
}

/// Whom an overwrite is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OverwriteKind {
    /// All who have a role.
    Role = 0,
    /// One member.
    Member = 1,
}

/// What only voice channels have.
#[derive(Clone, Debug)]
pub struct Voice {
    /// Bits a second.
    pub bitrate: u32,
    /// The most who may be in it; 0 for no limit.
    pub user_limit: u32,
    /// A fixed voice region.
    pub rtc_region: Option<String>,
    /// 1 automatic, 2 full.
    pub video_quality_mode: u8,
}

impl Default for Voice {
    fn default() -> Self {
        Self { bitrate: 64_000, user_limit: 0, rtc_region: None, video_quality_mode: 1 }
    }
}

impl Thread {
    /// Whether a user is in it.
    pub fn has(&self, user_id: Id) -> bool {
        self.members.iter().any(|(id, _)| *id == user_id)
    }
}

/// What only threads have.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    /// Who opened it.
    pub owner_id: Id,
    /// Who is in it, and since when.
    pub members: Vec<(Id, Millis)>,
    /// Messages in it now.
    pub message_count: u32,
    /// Messages ever sent in it.
    pub total_messages: u32,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether only moderators may reopen it.
    pub locked: bool,
    /// Whether anyone in it may add others.
    pub invitable: bool,
    /// Minutes of silence until it is archived.
    pub auto_archive_minutes: u32,
    /// When it was archived or reopened.
    pub archived_at: Millis,
    /// When it was opened.
    pub created_at: Millis,
    /// Forum tags on it.
    pub applied_tags: Vec<Id>,
    /// When it archives itself unless something happens in it before.
    pub archives_at: Option<Millis>,
}
