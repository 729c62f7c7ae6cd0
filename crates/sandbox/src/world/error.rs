//! Why an operation was refused.

use thiserror::Error;

/// Why an operation was refused; each has Discord's error code.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
pub enum WorldError {
    /// No such request to join.
    #[error("unknown join request")]
    UnknownJoinRequest,
    /// No such invite, or none that can still be used.
    #[error("unknown invite")]
    UnknownInvite,
    /// No such webhook.
    #[error("unknown webhook")]
    UnknownWebhook,
    /// 15 webhooks of a channel at most.
    #[error("too many webhooks in the channel")]
    TooManyChannelWebhooks,
    /// 1000 webhooks of a guild at most.
    #[error("too many webhooks in the guild")]
    TooManyGuildWebhooks,
    /// 1000 invites at most.
    #[error("too many invites")]
    TooManyInvites,
    /// No such application.
    #[error("unknown application")]
    UnknownApplication,
    /// No such channel.
    #[error("unknown channel")]
    UnknownChannel,
    /// No such guild.
    #[error("unknown guild")]
    UnknownGuild,
    /// No such member.
    #[error("unknown member")]
    UnknownMember,
    /// No such message.
    #[error("unknown message")]
    UnknownMessage,
    /// No such role.
    #[error("unknown role")]
    UnknownRole,
    /// No such user.
    #[error("unknown user")]
    UnknownUser,
    /// No such ban.
    #[error("unknown ban")]
    UnknownBan,
    /// No such emoji.
    #[error("unknown emoji")]
    UnknownEmoji,
    /// No such sticker.
    #[error("unknown sticker")]
    UnknownSticker,
    /// No such sound.
    #[error("unknown sound")]
    UnknownSound,
    /// No such auto-moderation rule.
    #[error("unknown auto moderation rule")]
    UnknownRule,
    /// No such scheduled event.
    #[error("unknown guild scheduled event")]
    UnknownEvent,
    /// No such occurrence of a scheduled event.
    #[error("unknown guild scheduled event exception")]
    UnknownEventException,
    /// 100 events at most that are not over.
    #[error("too many scheduled events")]
    TooManyEvents,
    /// Not in a voice channel.
    #[error("unknown voice state")]
    UnknownVoiceState,
    /// No stage is open there.
    #[error("unknown stage instance")]
    UnknownStage,
    /// The target is in no voice channel.
    #[error("the target user is not connected to voice")]
    NotInVoice,
    /// The user may not connect.
    #[error("the user may not connect to this voice channel")]
    NoVoiceAccess,
    /// No place is left.
    #[error("the voice channel is full")]
    VoiceChannelFull,
    /// A stage is open there already.
    #[error("the stage is already open")]
    StageAlreadyOpen,
    /// 250 roles at most.
    #[error("too many roles")]
    TooManyRoles,
    /// 500 channels at most.
    #[error("too many channels")]
    TooManyChannels,
    /// 20 different reactions at most.
    #[error("too many reactions")]
    TooManyReactions,
    /// 250 pins at most.
    #[error("too many pins")]
    TooManyPins,
    /// Threads that are open at once.
    #[error("too many active threads")]
    TooManyActiveThreads,
    /// Members of one thread.
    #[error("too many thread participants")]
    TooManyThreadMembers,
    /// The user is banned.
    #[error("the user is banned from this guild")]
    Banned,
    /// Not possible in this kind of channel.
    #[error("wrong channel type")]
    WrongChannelType,
    /// Nothing with this id is sold.
    #[error("unknown SKU")]
    UnknownSku,
    /// Nobody has what this id stands for.
    #[error("unknown entitlement")]
    UnknownEntitlement,
    /// It cannot be used up, or is used up already.
    #[error("this entitlement cannot be consumed")]
    NotConsumable,
    /// The token or name is in use.
    #[error("already taken")]
    Taken,
}

impl WorldError {
    /// Discord's error code (Discord docs: Opcodes and Status Codes, JSON).
    pub const fn code(self) -> u32 {
        match self {
            Self::UnknownApplication => 10_002,
            Self::UnknownChannel => 10_003,
            Self::UnknownGuild => 10_004,
            Self::UnknownInvite => 10_006,
            Self::UnknownMember => 10_007,
            Self::UnknownMessage => 10_008,
            Self::UnknownRole => 10_011,
            Self::UnknownUser | Self::UnknownJoinRequest => 10_013,
            Self::UnknownEmoji => 10_014,
            Self::UnknownWebhook => 10_015,
            Self::UnknownBan => 10_026,
            Self::UnknownSticker => 10_060,
            Self::UnknownVoiceState => 10_065,
            Self::UnknownStage => 10_067,
            Self::UnknownEvent | Self::UnknownEventException => 10_070,
            Self::TooManyEvents => 30_038,
            Self::UnknownSound => 10_097,
            Self::TooManyPins => 30_003,
            Self::TooManyRoles => 30_005,
            Self::TooManyReactions => 30_010,
            Self::TooManyChannels => 30_013,
            Self::TooManyThreadMembers => 30_033,
            Self::TooManyChannelWebhooks => 30_007,
            Self::TooManyGuildWebhooks => 30_058,
            Self::TooManyInvites => 30_016,
            Self::Banned => 40_007,
            Self::NotInVoice => 40_032,
            Self::NoVoiceAccess | Self::VoiceChannelFull => 50_013,
            Self::WrongChannelType => 50_024,
            Self::TooManyActiveThreads => 160_006,
            Self::StageAlreadyOpen => 150_006,
            Self::UnknownSku => 10_027,
            Self::UnknownEntitlement => 10_029,
            Self::NotConsumable | Self::UnknownRule | Self::Taken => 0,
        }
    }

    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self.code() {
            10_000..20_000 => 404,
            40_007 | 50_013 => 403,
            _ => 400,
        }
    }
}
