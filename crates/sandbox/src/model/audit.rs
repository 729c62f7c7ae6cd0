//! What a guild's audit log keeps (Discord docs: Audit Log).

use serde_json::{Map, Value};

use crate::snowflake::Id;

macro_rules! actions {
    ($($name:ident = $code:literal,)*) => {
        /// What someone did (Discord docs: Audit Log, Audit Log Events).
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum AuditAction {
            $(
                #[doc = concat!("Number ", $code, " of the documented list.")]
                $name = $code,
            )*
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

actions! {
    GuildUpdate = 1,
    ChannelCreate = 10,
    ChannelUpdate = 11,
    ChannelDelete = 12,
    ChannelOverwriteCreate = 13,
    ChannelOverwriteUpdate = 14,
    ChannelOverwriteDelete = 15,
    MemberKick = 20,
    MemberPrune = 21,
    MemberBanAdd = 22,
    MemberBanRemove = 23,
    MemberUpdate = 24,
    MemberRoleUpdate = 25,
    MemberMove = 26,
    MemberDisconnect = 27,
    BotAdd = 28,
    RoleCreate = 30,
    RoleUpdate = 31,
    RoleDelete = 32,
    InviteCreate = 40,
    InviteUpdate = 41,
    InviteDelete = 42,
    WebhookCreate = 50,
    WebhookUpdate = 51,
    WebhookDelete = 52,
    EmojiCreate = 60,
    EmojiUpdate = 61,
    EmojiDelete = 62,
    MessageDelete = 72,
    MessageBulkDelete = 73,
    MessagePin = 74,
    MessageUnpin = 75,
    IntegrationCreate = 80,
    IntegrationUpdate = 81,
    IntegrationDelete = 82,
    StageInstanceCreate = 83,
    StageInstanceUpdate = 84,
    StageInstanceDelete = 85,
    StickerCreate = 90,
    StickerUpdate = 91,
    StickerDelete = 92,
    ScheduledEventCreate = 100,
    ScheduledEventUpdate = 101,
    ScheduledEventDelete = 102,
    ThreadCreate = 110,
    ThreadUpdate = 111,
    ThreadDelete = 112,
    CommandPermissionUpdate = 121,
    SoundboardSoundCreate = 130,
    SoundboardSoundUpdate = 131,
    SoundboardSoundDelete = 132,
    AutoModRuleCreate = 140,
    AutoModRuleUpdate = 141,
    AutoModRuleDelete = 142,
    AutoModBlockMessage = 143,
    AutoModFlagToChannel = 144,
    AutoModTimeout = 145,
    AutoModQuarantine = 146,
    OnboardingPromptCreate = 163,
    OnboardingPromptUpdate = 164,
    OnboardingPromptDelete = 165,
    OnboardingCreate = 166,
    OnboardingUpdate = 167,
    HomeSettingsCreate = 190,
    HomeSettingsUpdate = 191,
    VoiceStatusCreate = 192,
    VoiceStatusDelete = 193,
    ScheduledEventExceptionCreate = 200,
    ScheduledEventExceptionUpdate = 201,
    ScheduledEventExceptionDelete = 202,
}

impl AuditAction {
    /// The number on the wire.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The action with this number.
    pub fn from_code(code: usize) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| usize::from(action.code()) == code)
    }

    /// Whether it changes what is there, so that without a change nothing is logged.
    pub const fn is_update(self) -> bool {
        matches!(
            self,
            Self::GuildUpdate
                | Self::ChannelUpdate
                | Self::ChannelOverwriteUpdate
                | Self::MemberUpdate
                | Self::MemberRoleUpdate
                | Self::RoleUpdate
                | Self::InviteUpdate
                | Self::WebhookUpdate
                | Self::EmojiUpdate
                | Self::IntegrationUpdate
                | Self::StageInstanceUpdate
                | Self::StickerUpdate
                | Self::ScheduledEventUpdate
                | Self::ScheduledEventExceptionUpdate
                | Self::ThreadUpdate
                | Self::CommandPermissionUpdate
                | Self::SoundboardSoundUpdate
                | Self::AutoModRuleUpdate
                | Self::OnboardingPromptUpdate
                | Self::OnboardingUpdate
                | Self::HomeSettingsUpdate
        )
    }

    /// Whether repeated ones are gathered in one entry, whose `count` rises. Seen in practice; the
    /// documentation does not tell.
    pub const fn is_gathered(self) -> bool {
        matches!(self, Self::MessageDelete | Self::MemberMove | Self::MemberDisconnect)
    }

    /// Whether the target is a user, who is shown beside the entries.
    pub const fn targets_user(self) -> bool {
        matches!(
            self,
            Self::MemberKick
                | Self::MemberBanAdd
                | Self::MemberBanRemove
                | Self::MemberUpdate
                | Self::MemberRoleUpdate
                | Self::BotAdd
                | Self::MessageDelete
                | Self::MessagePin
                | Self::MessageUnpin
                | Self::AutoModBlockMessage
                | Self::AutoModFlagToChannel
                | Self::AutoModTimeout
                | Self::AutoModQuarantine
        )
    }
}

/// One entry of an audit log.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// Its id.
    pub id: Id,
    /// What was done.
    pub action: AuditAction,
    /// Who did it.
    pub user_id: Option<Id>,
    /// What it was done to.
    pub target_id: Option<Id>,
    /// Why, in the words of who did it.
    pub reason: Option<String>,
    /// What changed, as it travels.
    pub changes: Vec<Value>,
    /// Further details, as they travel.
    pub options: Map<String, Value>,
}
