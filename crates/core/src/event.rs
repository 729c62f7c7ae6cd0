//! Gateway events as they travel inside Guildhall: their names, and the envelope around one payload.

use std::fmt;

use crate::{
    clock::Timestamp,
    id::{GuildId, InteractionId},
};

macro_rules! kinds {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The dispatches that Guildhall tells apart (Discord docs: Gateway Events). Everything else is
        /// [`EventKind::Other`] and never leaves the shard.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u8)]
        pub enum EventKind {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
            /// A dispatch with any other name.
            Other,
        }

        impl EventKind {
            /// Every named kind.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The kind with this name on the wire.
            pub fn from_name(name: &[u8]) -> Self {
                $(if name == $name.as_bytes() { return Self::$variant; })+
                Self::Other
            }

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Other => "OTHER",
                }
            }
        }
    };
}

// Most frequent first: `from_name` looks from the top.
kinds! {
    MessageCreate = "MESSAGE_CREATE",
    InteractionCreate = "INTERACTION_CREATE",
    MessageUpdate = "MESSAGE_UPDATE",
    MessageDelete = "MESSAGE_DELETE",
    MessageDeleteBulk = "MESSAGE_DELETE_BULK",
    ReactionAdd = "MESSAGE_REACTION_ADD",
    ReactionRemove = "MESSAGE_REACTION_REMOVE",
    GuildCreate = "GUILD_CREATE",
    GuildUpdate = "GUILD_UPDATE",
    GuildDelete = "GUILD_DELETE",
    RoleCreate = "GUILD_ROLE_CREATE",
    RoleUpdate = "GUILD_ROLE_UPDATE",
    RoleDelete = "GUILD_ROLE_DELETE",
    ChannelCreate = "CHANNEL_CREATE",
    ChannelUpdate = "CHANNEL_UPDATE",
    ChannelDelete = "CHANNEL_DELETE",
    ThreadCreate = "THREAD_CREATE",
    ThreadDelete = "THREAD_DELETE",
    MemberAdd = "GUILD_MEMBER_ADD",
    MemberUpdate = "GUILD_MEMBER_UPDATE",
    MemberRemove = "GUILD_MEMBER_REMOVE",
    EntitlementCreate = "ENTITLEMENT_CREATE",
    EntitlementUpdate = "ENTITLEMENT_UPDATE",
    EntitlementDelete = "ENTITLEMENT_DELETE",
    Ready = "READY",
    Resumed = "RESUMED",
}

/// A set of event kinds.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct EventSet(u64);

impl EventSet {
    /// No events.
    pub const EMPTY: Self = Self(0);

    /// The set of these kinds.
    pub const fn of(kinds: &[EventKind]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < kinds.len() {
            bits |= 1 << kinds[index] as u64;
            index += 1;
        }
        Self(bits)
    }

    /// Whether the set holds this kind.
    pub const fn contains(self, kind: EventKind) -> bool {
        self.0 & (1 << kind as u64) != 0
    }

    /// The kinds of both sets.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set as bits, for an atomic.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set with these bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

impl fmt::Debug for EventSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(EventKind::ALL.iter().filter(|kind| self.contains(**kind))).finish()
    }
}

/// Where an event came from: enough to name it again after a replay.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Origin {
    /// The shard that received it.
    pub shard: u32,
    /// The gateway session.
    pub session: std::sync::Arc<str>,
    /// The sequence number within the session (Discord docs: Gateway, Resuming).
    pub sequence: u64,
}

/// One event on its way from a shard to a worker. The payload is the raw `d` of the dispatch.
#[derive(Clone, Debug)]
pub struct Envelope<P> {
    /// What happened.
    pub kind: EventKind,
    /// The guild it happened in; `None` for direct messages.
    pub guild: Option<GuildId>,
    /// The interaction, where it is one: those have a deadline.
    pub interaction: Option<InteractionId>,
    /// Where it came from.
    pub origin: Origin,
    /// When the shard received it.
    pub received: Timestamp,
    /// The raw JSON.
    pub payload: P,
}

impl<P: AsRef<[u8]>> Envelope<P> {
    /// What it counts for in a bound on what waits: its payload in KiB, one at least and `most` at most.
    pub fn kib(&self, most: u32) -> u32 {
        let size = u32::try_from(self.payload.as_ref().len().div_ceil(1024)).unwrap_or(u32::MAX);
        size.clamp(1, most.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_fits_a_set() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_name(kind.name().as_bytes()), *kind);
            assert!(EventSet::of(&[*kind]).contains(*kind));
            assert!(!EventSet::EMPTY.contains(*kind));
        }
        assert_eq!(EventKind::from_name(b"TYPING_START"), EventKind::Other);
        assert!(EventKind::ALL.len() < 63);
    }
}
