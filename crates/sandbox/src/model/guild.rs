//! Guilds, which people call servers.

use std::collections::BTreeMap;

use super::{Channel, Emoji, Extras, Member, Role, Sticker, VoiceState};
use crate::snowflake::Id;

/// A guild with everything in it but messages.
#[derive(Clone, Debug, Default)]
pub struct Guild {
    /// Its id, which is also the id of its everyone role.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The icon's hash.
    pub icon: Option<String>,
    /// The banner's hash.
    pub banner: Option<String>,
    /// The invite splash's hash.
    pub splash: Option<String>,
    /// Who owns it.
    pub owner_id: Id,
    /// Its roles, the everyone role first.
    pub roles: Vec<Role>,
    /// Its channels and threads.
    pub channels: Vec<Channel>,
    /// Its members by user.
    pub members: BTreeMap<Id, Member>,
    /// Members that are counted but have no record, so that big guilds stay small in memory.
    pub phantom_members: u32,
    /// Who is banned.
    pub bans: BTreeMap<Id, Ban>,
    /// Who is in which voice channel.
    pub voice_states: Vec<VoiceState>,
    /// Custom emojis.
    pub emojis: Vec<Emoji>,
    /// Custom stickers.
    pub stickers: Vec<Sticker>,
    /// Guild features.
    pub features: Vec<String>,
    /// The guild's language.
    pub preferred_locale: String,
    /// How much a new member must have verified.
    pub verification_level: u8,
    /// 0 all messages, 1 only mentions.
    pub default_message_notifications: u8,
    /// The media filter.
    pub explicit_content_filter: u8,
    /// 1 when moderators need two-factor login.
    pub mfa_level: u8,
    /// The age rating.
    pub nsfw_level: u8,
    /// Where idle voice users go.
    pub afk_channel_id: Option<Id>,
    /// Seconds until a voice user is idle.
    pub afk_timeout: u32,
    /// Where join notices go.
    pub system_channel_id: Option<Id>,
    /// Which notices are off.
    pub system_channel_flags: u64,
    /// The rules channel.
    pub rules_channel_id: Option<Id>,
    /// Where Discord tells moderators things.
    pub public_updates_channel_id: Option<Id>,
    /// Where safety alerts go.
    pub safety_alerts_channel_id: Option<Id>,
    /// The boost level.
    pub premium_tier: u8,
    /// Boosts.
    pub premium_subscription_count: u32,
    /// Whether the boost bar is shown.
    pub premium_progress_bar_enabled: bool,
    /// The vanity invite code.
    pub vanity_url_code: Option<String>,
    /// What only some guilds have.
    pub extras: Option<Box<Extras>>,
    /// Whether the guild suffers an outage.
    pub unavailable: bool,
}

impl Guild {
    /// Everyone in it, counted.
    pub fn member_count(&self) -> u64 {
        self.members.len() as u64 + u64::from(self.phantom_members)
    }

    /// A role.
    pub fn role(&self, id: Id) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// A role, to be changed.
    pub fn role_mut(&mut self, id: Id) -> Option<&mut Role> {
        self.roles.iter_mut().find(|role| role.id == id)
    }

    /// A channel or thread.
    pub fn channel(&self, id: Id) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    /// A channel or thread, to be changed.
    pub fn channel_mut(&mut self, id: Id) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.id == id)
    }

    /// A member.
    pub fn member(&self, user_id: Id) -> Option<&Member> {
        self.members.get(&user_id)
    }

    /// The highest role a member has; everyone's role when it has no other.
    pub fn top_role(&self, user_id: Id) -> Option<&Role> {
        let member = self.members.get(&user_id)?;
        let own = member.roles.iter().filter_map(|id| self.role(*id));
        own.max_by_key(|role| (role.position, std::cmp::Reverse(role.id))).or_else(|| self.role(self.id))
    }
}

/// A ban.
#[derive(Clone, Debug, Default)]
pub struct Ban {
    /// Who is banned.
    pub user_id: Id,
    /// Why.
    pub reason: Option<String>,
}
