//! Auto-moderation rules (Discord docs: Auto Moderation).

use regex::Regex;

use crate::snowflake::Id;

/// A rule.
#[derive(Clone, Debug)]
pub struct AutomodRule {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Who made it.
    pub creator_id: Id,
    /// What sets it off.
    pub trigger: Trigger,
    /// What it does then.
    pub actions: Vec<AutomodAction>,
    /// Whether it is on.
    pub enabled: bool,
    /// Roles whose members it leaves alone.
    pub exempt_roles: Vec<Id>,
    /// Channels that it leaves alone.
    pub exempt_channels: Vec<Id>,
}

/// What sets a rule off.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// Words and patterns in messages.
    Keyword(Words),
    /// What Discord's own model takes for spam; the sandbox takes nothing for it.
    Spam,
    /// Words of Discord's own lists; the sandbox has short lists of its own.
    Preset {
        /// 1 profanity, 2 sexual content, 3 slurs.
        presets: Vec<u8>,
        /// Words that are fine.
        allow: Vec<String>,
    },
    /// Too many mentions.
    MentionSpam {
        /// So many different ones are fine.
        limit: u32,
        /// Whether raids are looked for; the sandbox only keeps it.
        raid_protection: bool,
    },
    /// Words and patterns in names.
    Profile(Words),
}

impl Trigger {
    /// The number on the wire.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Keyword(_) => 1,
            Self::Spam => 3,
            Self::Preset { .. } => 4,
            Self::MentionSpam { .. } => 5,
            Self::Profile(_) => 6,
        }
    }

    /// The event on which it is looked at: 1 a message, 2 a change of a member.
    pub const fn event(&self) -> u8 {
        if matches!(self, Self::Profile(_)) { 2 } else { 1 }
    }
}

/// Words and patterns to look for.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Words, with `*` at either end for "anything".
    pub keywords: Vec<String>,
    /// Patterns as they were given, and ready to be used.
    pub patterns: Vec<(String, Regex)>,
    /// Words that are fine.
    pub allow: Vec<String>,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum AutomodAction {
    /// The message is not sent.
    Block {
        /// What its author is told.
        message: Option<String>,
    },
    /// It is shown to moderators.
    Alert {
        /// Where.
        channel_id: Id,
    },
    /// Its author is timed out.
    Timeout {
        /// How long.
        seconds: u32,
    },
    /// The member may do nothing until the name is changed.
    Quarantine,
}

impl AutomodAction {
    /// The number on the wire.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Block { .. } => 1,
            Self::Alert { .. } => 2,
            Self::Timeout { .. } => 3,
            Self::Quarantine => 4,
        }
    }
}
