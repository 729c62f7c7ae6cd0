//! Which events a session asked for (Discord docs: Gateway, Gateway Intents).

use std::ops::BitOr;

/// A set of intents.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Intents(pub u64);

macro_rules! intents {
    ($($name:ident = $bit:literal,)*) => {
        impl Intents {
            $(
                #[doc = concat!("The documented intent `", stringify!($name), "`.")]
                pub const $name: Self = Self(1 << $bit);
            )*

            /// Every intent there is.
            pub const ALL: Self = Self($((1 << $bit))|*);
        }
    };
}

intents! {
    GUILDS = 0,
    GUILD_MEMBERS = 1,
    GUILD_MODERATION = 2,
    GUILD_EXPRESSIONS = 3,
    GUILD_INTEGRATIONS = 4,
    GUILD_WEBHOOKS = 5,
    GUILD_INVITES = 6,
    GUILD_VOICE_STATES = 7,
    GUILD_PRESENCES = 8,
    GUILD_MESSAGES = 9,
    GUILD_MESSAGE_REACTIONS = 10,
    GUILD_MESSAGE_TYPING = 11,
    DIRECT_MESSAGES = 12,
    DIRECT_MESSAGE_REACTIONS = 13,
    DIRECT_MESSAGE_TYPING = 14,
    MESSAGE_CONTENT = 15,
    GUILD_SCHEDULED_EVENTS = 16,
    AUTO_MODERATION_CONFIGURATION = 20,
    AUTO_MODERATION_EXECUTION = 21,
    GUILD_MESSAGE_POLLS = 24,
    DIRECT_MESSAGE_POLLS = 25,
}

impl Intents {
    /// No intent; as a requirement: sent to every session.
    pub const NONE: Self = Self(0);

    /// Those that must be switched on for the application first.
    pub const PRIVILEGED: Self =
        Self(Self::GUILD_MEMBERS.0 | Self::GUILD_PRESENCES.0 | Self::MESSAGE_CONTENT.0);

    /// Whether all of `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is in it.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is in it but not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Intents {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The intents of which a session needs one to get an event; none when every session gets it.
/// `direct` tells that the event happened outside any guild.
pub fn required(event: &str, direct: bool) -> Intents {
    let either = |guild: Intents, dm: Intents| if direct { dm } else { guild };
    match event {
        "GUILD_CREATE"
        | "GUILD_UPDATE"
        | "GUILD_DELETE"
        | "GUILD_ROLE_CREATE"
        | "GUILD_ROLE_UPDATE"
        | "GUILD_ROLE_DELETE"
        | "CHANNEL_CREATE"
        | "CHANNEL_UPDATE"
        | "CHANNEL_DELETE"
        | "THREAD_CREATE"
        | "THREAD_UPDATE"
        | "THREAD_DELETE"
        | "THREAD_LIST_SYNC"
        | "THREAD_MEMBER_UPDATE"
        | "STAGE_INSTANCE_CREATE"
        | "STAGE_INSTANCE_UPDATE"
        | "STAGE_INSTANCE_DELETE"
        | "VOICE_CHANNEL_STATUS_UPDATE"
        | "VOICE_CHANNEL_START_TIME_UPDATE" => Intents::GUILDS,
        "CHANNEL_PINS_UPDATE" => either(Intents::GUILDS, Intents::DIRECT_MESSAGES),
        "THREAD_MEMBERS_UPDATE" => Intents::GUILDS | Intents::GUILD_MEMBERS,
        "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" | "GUILD_MEMBER_REMOVE" => Intents::GUILD_MEMBERS,
        "GUILD_JOIN_REQUEST_CREATE"
        | "GUILD_JOIN_REQUEST_UPDATE"
        | "GUILD_JOIN_REQUEST_DELETE"
        | "GUILD_AUDIT_LOG_ENTRY_CREATE"
        | "GUILD_BAN_ADD"
        | "GUILD_BAN_REMOVE" => Intents::GUILD_MODERATION,
        "GUILD_EMOJIS_UPDATE"
        | "GUILD_STICKERS_UPDATE"
        | "GUILD_SOUNDBOARD_SOUND_CREATE"
        | "GUILD_SOUNDBOARD_SOUND_UPDATE"
        | "GUILD_SOUNDBOARD_SOUND_DELETE"
        | "GUILD_SOUNDBOARD_SOUNDS_UPDATE" => Intents::GUILD_EXPRESSIONS,
        "GUILD_INTEGRATIONS_UPDATE" | "INTEGRATION_CREATE" | "INTEGRATION_UPDATE" | "INTEGRATION_DELETE" => {
            Intents::GUILD_INTEGRATIONS
        }
        "WEBHOOKS_UPDATE" => Intents::GUILD_WEBHOOKS,
        "INVITE_CREATE" | "INVITE_DELETE" => Intents::GUILD_INVITES,
        "VOICE_STATE_UPDATE" | "VOICE_CHANNEL_EFFECT_SEND" => Intents::GUILD_VOICE_STATES,
        "PRESENCE_UPDATE" => Intents::GUILD_PRESENCES,
        "MESSAGE_CREATE" | "MESSAGE_UPDATE" | "MESSAGE_DELETE" => {
            either(Intents::GUILD_MESSAGES, Intents::DIRECT_MESSAGES)
        }
        "MESSAGE_DELETE_BULK" => Intents::GUILD_MESSAGES,
        "MESSAGE_REACTION_ADD"
        | "MESSAGE_REACTION_REMOVE"
        | "MESSAGE_REACTION_REMOVE_ALL"
        | "MESSAGE_REACTION_REMOVE_EMOJI" => {
            either(Intents::GUILD_MESSAGE_REACTIONS, Intents::DIRECT_MESSAGE_REACTIONS)
        }
        "TYPING_START" => either(Intents::GUILD_MESSAGE_TYPING, Intents::DIRECT_MESSAGE_TYPING),
        "MESSAGE_POLL_VOTE_ADD" | "MESSAGE_POLL_VOTE_REMOVE" => {
            either(Intents::GUILD_MESSAGE_POLLS, Intents::DIRECT_MESSAGE_POLLS)
        }
        "GUILD_SCHEDULED_EVENT_CREATE"
        | "GUILD_SCHEDULED_EVENT_UPDATE"
        | "GUILD_SCHEDULED_EVENT_DELETE"
        | "GUILD_SCHEDULED_EVENT_USER_ADD"
        | "GUILD_SCHEDULED_EVENT_USER_REMOVE" => Intents::GUILD_SCHEDULED_EVENTS,
        "AUTO_MODERATION_RULE_CREATE" | "AUTO_MODERATION_RULE_UPDATE" | "AUTO_MODERATION_RULE_DELETE" => {
            Intents::AUTO_MODERATION_CONFIGURATION
        }
        "AUTO_MODERATION_ACTION_EXECUTION" => Intents::AUTO_MODERATION_EXECUTION,
        _ => Intents::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_need_the_documented_intents() {
        let table = [
            ("GUILD_CREATE", false, Intents::GUILDS),
            ("MESSAGE_CREATE", false, Intents::GUILD_MESSAGES),
            ("MESSAGE_CREATE", true, Intents::DIRECT_MESSAGES),
            ("CHANNEL_PINS_UPDATE", true, Intents::DIRECT_MESSAGES),
            ("TYPING_START", false, Intents::GUILD_MESSAGE_TYPING),
            ("GUILD_MEMBER_UPDATE", false, Intents::GUILD_MEMBERS),
            ("GUILD_BAN_ADD", false, Intents::GUILD_MODERATION),
            ("INTERACTION_CREATE", false, Intents::NONE),
            ("ENTITLEMENT_CREATE", true, Intents::NONE),
            ("GUILD_MEMBERS_CHUNK", false, Intents::NONE),
        ];
        for (event, direct, intents) in table {
            assert_eq!(required(event, direct), intents, "{event}");
        }
    }

    #[test]
    fn the_gaps_in_the_numbering_are_unknown_intents() {
        for bit in [17, 18, 19, 22, 23, 26] {
            assert!(!Intents::ALL.intersects(Intents(1 << bit)), "{bit}");
        }
    }
}
