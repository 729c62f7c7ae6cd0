//! Webhooks: addresses that post into one channel.

use crate::snowflake::Id;

/// A webhook.
#[derive(Clone, Debug, Default)]
pub struct Webhook {
    /// Its id.
    pub id: Id,
    /// 1 incoming, 2 follower, 3 application.
    pub kind: u8,
    /// The guild.
    pub guild_id: Id,
    /// The channel it posts into.
    pub channel_id: Id,
    /// Its name.
    pub name: String,
    /// The avatar's hash.
    pub avatar: Option<String>,
    /// What authorises a post.
    pub token: String,
    /// The application that made it.
    pub application_id: Option<Id>,
    /// The user who made it.
    pub user_id: Option<Id>,
    /// The channel that a follower copies from.
    pub source_channel_id: Option<Id>,
}

impl Webhook {
    /// Posts what is sent to its address.
    pub const INCOMING: u8 = 1;
    /// Copies what an announcement channel publishes.
    pub const FOLLOWER: u8 = 2;
    /// Stands for an application's answers to interactions.
    pub const APPLICATION: u8 = 3;
}
