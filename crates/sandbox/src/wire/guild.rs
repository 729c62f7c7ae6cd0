//! Guilds on the wire (Discord docs: Guild, Guild Object; Gateway Events, Guild Create).

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    clock::iso,
    gateway::intents::Intents,
    model::{Emoji, Guild, Sticker},
    snowflake::{Id, Sid},
    wire::{self, channel::ChannelWire, member::MemberWire, role::RoleWire, value},
    world::World,
};

/// From this many members on, `GUILD_CREATE` holds no presences and only the bot and voice users.
const HUGE: u64 = 75_000;

/// A guild, and for `GUILD_CREATE` what is only sent there.
#[derive(Debug, Serialize)]
pub struct GuildWire<'a> {
    id: Sid,
    name: &'a str,
    icon: Option<&'a str>,
    description: Option<&'a str>,
    home_header: (),
    splash: Option<&'a str>,
    discovery_splash: Option<&'a str>,
    features: &'a [String],
    banner: Option<&'a str>,
    owner_id: Sid,
    application_id: (),
    region: &'static str,
    afk_channel_id: Option<Sid>,
    afk_timeout: u32,
    system_channel_id: Option<Sid>,
    system_channel_flags: u64,
    widget_enabled: bool,
    widget_channel_id: Option<Sid>,
    verification_level: u8,
    roles: Vec<RoleWire<'a>>,
    default_message_notifications: u8,
    mfa_level: u8,
    explicit_content_filter: u8,
    max_presences: (),
    max_members: u32,
    max_stage_video_channel_users: u32,
    max_video_channel_users: u32,
    vanity_url_code: Option<&'a str>,
    premium_tier: u8,
    premium_subscription_count: u32,
    preferred_locale: &'a str,
    rules_channel_id: Option<Sid>,
    safety_alerts_channel_id: Option<Sid>,
    public_updates_channel_id: Option<Sid>,
    premium_progress_bar_enabled: bool,
    nsfw: bool,
    nsfw_level: u8,
    emojis: &'a [Emoji],
    stickers: &'a [Sticker],
    incidents_data: Option<Value>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    extras: Option<Extras<'a>>,
}

/// What only `GUILD_CREATE` holds.
#[derive(Debug, Serialize)]
struct Extras<'a> {
    joined_at: String,
    large: bool,
    unavailable: bool,
    member_count: u64,
    voice_states: Vec<Value>,
    members: Vec<MemberWire<'a>>,
    channels: Vec<ChannelWire<'a>>,
    threads: Vec<Value>,
    presences: Vec<Value>,
    stage_instances: Vec<Value>,
    guild_scheduled_events: Vec<Value>,
    soundboard_sounds: Vec<Value>,
}

impl<'a> GuildWire<'a> {
    /// Borrows a guild.
    pub fn of(guild: &'a Guild) -> Self {
        let community = guild.community();
        let incidents = community.invites_disabled_until.is_some() || community.dms_disabled_until.is_some();
        Self {
            id: Sid(guild.id),
            name: &guild.name,
            icon: guild.icon.as_deref(),
            description: guild.description.as_deref(),
            home_header: (),
            splash: guild.splash.as_deref(),
            discovery_splash: community.discovery_splash.as_deref(),
            features: &guild.features,
            banner: guild.banner.as_deref(),
            owner_id: Sid(guild.owner_id),
            application_id: (),
            region: "us-east",
            afk_channel_id: guild.afk_channel_id.map(Sid),
            afk_timeout: guild.afk_timeout,
            system_channel_id: guild.system_channel_id.map(Sid),
            system_channel_flags: guild.system_channel_flags,
            widget_enabled: community.widget_enabled,
            widget_channel_id: community.widget_channel_id.map(Sid),
            verification_level: guild.verification_level,
            roles: guild.roles.iter().map(RoleWire::of).collect(),
            default_message_notifications: guild.default_message_notifications,
            mfa_level: guild.mfa_level,
            explicit_content_filter: guild.explicit_content_filter,
            max_presences: (),
            max_members: 25_000_000,
            max_stage_video_channel_users: 50,
            max_video_channel_users: 25,
            vanity_url_code: guild.vanity_url_code.as_deref(),
            premium_tier: guild.premium_tier,
            premium_subscription_count: guild.premium_subscription_count,
            preferred_locale: &guild.preferred_locale,
            rules_channel_id: guild.rules_channel_id.map(Sid),
            safety_alerts_channel_id: guild.safety_alerts_channel_id.map(Sid),
            public_updates_channel_id: guild.public_updates_channel_id.map(Sid),
            premium_progress_bar_enabled: guild.premium_progress_bar_enabled,
            nsfw: false,
            nsfw_level: guild.nsfw_level,
            emojis: &guild.emojis,
            stickers: &guild.stickers,
            incidents_data: incidents.then(|| wire::community::incidents(guild)),
            extras: None,
        }
    }
}

/// A guild, with approximate counts when asked for.
pub fn guild(guild: &Guild, with_counts: bool) -> Value {
    let mut all = value(&GuildWire::of(guild));
    if with_counts {
        all["approximate_member_count"] = json!(guild.member_count());
        all["approximate_presence_count"] = json!(guild.members.len());
    }
    all
}

/// What a session must have for which part of `GUILD_CREATE`.
#[derive(Clone, Copy, Debug)]
pub struct GuildView {
    /// The bot user that looks.
    pub bot_id: Id,
    /// The session's intents.
    pub intents: Intents,
    /// From how many members on offline members are left out.
    pub large_threshold: u64,
}

/// The data of `GUILD_CREATE` for one session. The members part follows the session's intents
/// (Discord docs: Gateway Events, Guild Create).
pub fn guild_create<'a>(world: &'a World, guild: &'a Guild, view: &GuildView) -> GuildWire<'a> {
    let count = guild.member_count();
    let all_presences = view.intents.contains(Intents::GUILD_PRESENCES) && count <= HUGE;
    let large = count > view.large_threshold;
    let voice: HashSet<Id> = guild.voice_states.iter().map(|state| state.user_id).collect();
    let in_voice = |id: Id| voice.contains(&id);
    let shown = |member: &crate::model::Member| {
        let id = member.user_id;
        let online =
            || world.presences.contains_key(&id) || !member.roles.is_empty() || member.nick.is_some();
        id == view.bot_id || in_voice(id) || (all_presences && (!large || online()))
    };
    let members = guild
        .members
        .values()
        .filter(|member| shown(member))
        .map(|member| MemberWire::of(member, world.users.get(&member.user_id)))
        .collect();
    // Without the intent, and in huge guilds, only the bot and those in voice are shown.
    let known = guild.members.keys().filter(|id| all_presences || **id == view.bot_id || in_voice(**id));
    let known = known.filter_map(|id| Some((*id, world.presences.get(id)?)));
    let presences = known.map(|(id, presence)| presence_of(id, presence)).collect();
    let threads = guild.channels.iter().filter(|channel| {
        let open = channel.thread.as_ref().is_some_and(|thread| !thread.archived);
        open && crate::permissions::can_view(guild, channel, view.bot_id)
    });
    let extras = Extras {
        joined_at: iso(guild.member(view.bot_id).map_or(0, |member| member.joined_at)),
        large,
        unavailable: false,
        member_count: count,
        voice_states: guild.voice_states.iter().map(|state| wire::voice_state(guild, state, false)).collect(),
        members,
        channels: guild
            .channels
            .iter()
            .filter(|channel| channel.thread.is_none())
            .map(|channel| ChannelWire::of(channel, false))
            .collect(),
        threads: threads.map(|channel| thread_of(world, channel, view.bot_id)).collect(),
        presences,
        stage_instances: guild.extras().stages.iter().map(|stage| wire::stage(guild.id, stage)).collect(),
        guild_scheduled_events: guild
            .extras()
            .events
            .values()
            .filter(|event| {
                !event.finished() && event.channel_id.is_none_or(|id| world.can_view(id, view.bot_id))
            })
            .map(|event| wire::scheduled_event(world, guild.id, event, false))
            .collect(),
        soundboard_sounds: guild.extras().sounds.iter().map(|sound| wire::sound(sound, None)).collect(),
    };
    GuildWire { extras: Some(extras), ..GuildWire::of(guild) }
}

/// A thread; the bot's own membership has no ids there (Discord docs: Channel, Thread Member Object).
fn thread_of(world: &World, channel: &crate::model::Channel, bot_id: Id) -> Value {
    let mut all = wire::channel(world, channel, Some(bot_id));
    if let Some(member) = all.get_mut("member").and_then(Value::as_object_mut) {
        member.retain(|key, _| !matches!(key.as_str(), "id" | "user_id"));
    }
    all
}

/// A stored presence with its user.
fn presence_of(user_id: Id, presence: &Value) -> Value {
    let mut all = presence.clone();
    all["user"] = json!({ "id": Sid(user_id) });
    all
}
