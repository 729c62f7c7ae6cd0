//! Invites into a guild.

use crate::snowflake::{Id, Millis};

/// An invite (Discord docs: Invite, Invite Object and Invite Metadata Object).
#[derive(Clone, Debug, Default)]
pub struct Invite {
    /// What its link ends in; made up when empty.
    pub code: String,
    /// Where it leads.
    pub guild_id: Id,
    /// The channel it was made for.
    pub channel_id: Id,
    /// Who made it.
    pub inviter_id: Id,
    /// When it was made.
    pub created_at: Millis,
    /// Seconds until it expires; 0 for never.
    pub max_age: u32,
    /// How often it can be used; 0 for without end.
    pub max_uses: u32,
    /// How often it was used.
    pub uses: u32,
    /// Whether it makes members for a while only.
    pub temporary: bool,
    /// Roles that who joins by it gets.
    pub role_ids: Vec<Id>,
    /// What it is for beside the channel.
    pub target: Option<InviteTarget>,
    /// The only ones who may use it.
    pub target_users: Option<Box<TargetUsers>>,
}

/// What an invite to a voice channel is for (Discord docs: Invite, Invite Target Types).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InviteTarget {
    /// Someone's stream.
    Stream(Id),
    /// An application to be played.
    Application(Id),
}

/// The users an invite is for.
#[derive(Clone, Debug, Default)]
pub struct TargetUsers {
    /// Who, in the order of the file.
    pub users: Vec<Id>,
    /// When the list was given.
    pub given_at: Millis,
}

impl Invite {
    /// When it expires, if ever.
    pub fn expires_at(&self) -> Option<Millis> {
        (self.max_age > 0).then(|| self.created_at + Millis::from(self.max_age) * 1000)
    }

    /// Whether its time is over.
    pub fn expired(&self, now: Millis) -> bool {
        self.expires_at().is_some_and(|at| at <= now)
    }

    /// Whether a user may use it.
    pub fn is_for(&self, user_id: Id) -> bool {
        self.target_users.as_ref().is_none_or(|only| only.users.contains(&user_id))
    }
}
