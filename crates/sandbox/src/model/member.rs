//! Members of a guild.

use crate::snowflake::{Id, Millis};

/// A user in a guild.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Who.
    pub user_id: Id,
    /// The name in this guild.
    pub nick: Option<String>,
    /// The hash of the avatar in this guild.
    pub avatar: Option<String>,
    /// The hash of the banner in this guild.
    pub banner: Option<String>,
    /// The roles, without everyone's.
    pub roles: Vec<Id>,
    /// When they joined.
    pub joined_at: Millis,
    /// Since when they boost.
    pub premium_since: Option<Millis>,
    /// Deafened by a moderator.
    pub deaf: bool,
    /// Muted by a moderator.
    pub mute: bool,
    /// Member flags.
    pub flags: u64,
    /// Whether membership screening is not passed yet.
    pub pending: bool,
    /// Until when they are timed out.
    pub timeout_until: Option<Millis>,
}

impl Member {
    /// The flag of those in whose name auto-moderation found something.
    pub const QUARANTINED: u64 = 1 << 7;

    /// Whether auto-moderation found something in their name (Discord docs: Guild, Guild Member Flags).
    pub const fn quarantined(&self) -> bool {
        self.flags & Self::QUARANTINED != 0
    }

    /// Whether they are timed out at this time, or may do no more than that for another reason.
    pub fn timed_out(&self, now: Millis) -> bool {
        self.timeout_until.is_some_and(|until| until > now) || self.quarantined()
    }
}
