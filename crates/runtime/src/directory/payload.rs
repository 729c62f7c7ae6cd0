//! Cache events, read with narrow structs: fields that are not kept are skipped, not built.

use std::borrow::Cow;

use guildhall_core::{
    event::EventKind,
    id::{ChannelId, GuildId, RoleId, UserId},
};
use serde::{Deserialize, Deserializer, de};

use super::record::{self, Record};

/// What an event says.
pub enum Change {
    /// A guild, whole.
    Present(GuildId, Box<Record>),
    /// The bot was removed from a guild, or the guild is gone.
    Left(GuildId),
    /// Something within a guild.
    Within(GuildId, Edit),
}

/// A change within a guild.
pub enum Edit {
    /// The guild's own facts.
    Guild(Box<Facts>),
    /// A new or changed role.
    Role(record::Role),
    /// A role is gone.
    NoRole(RoleId),
    /// A new or changed channel.
    Channel(record::Channel),
    /// A channel is gone.
    NoChannel(ChannelId),
    /// The bot's own roles.
    OwnRoles(Box<[RoleId]>),
}

/// The facts that `GUILD_UPDATE` names.
pub struct Facts {
    name: Box<str>,
    locale: Box<str>,
    owner: UserId,
    system_channel: Option<ChannelId>,
    roles: Box<[record::Role]>,
}

impl Edit {
    /// Makes the change.
    pub fn apply(self, record: &mut Record) {
        match self {
            Self::Guild(facts) => {
                record.name = facts.name;
                record.locale = facts.locale;
                record.owner = facts.owner;
                record.system_channel = facts.system_channel;
                if !facts.roles.is_empty() {
                    record.roles = facts.roles;
                }
            }
            Self::Role(role) => record.put_role(role),
            Self::NoRole(role) => record.remove_role(role),
            Self::Channel(channel) => record.put_channel(channel),
            Self::NoChannel(channel) => record.remove_channel(channel),
            Self::OwnRoles(roles) => record.own_roles = roles,
        }
    }
}

/// Reads an event; `None` where it changes nothing that is kept.
pub fn read(
    kind: EventKind,
    guild: Option<GuildId>,
    payload: &[u8],
    me: Option<UserId>,
) -> Result<Option<Change>, serde_json::Error> {
    let within = |edit: Edit| guild.map(|guild| Change::Within(guild, edit));
    Ok(match kind {
        EventKind::GuildCreate => {
            let whole: Guild = serde_json::from_slice(payload)?;
            (!whole.unavailable).then(|| Change::Present(whole.id, Box::new(whole.record(me))))
        }
        EventKind::GuildUpdate => {
            let whole: Guild = serde_json::from_slice(payload)?;
            let id = whole.id;
            Some(Change::Within(id, Edit::Guild(Box::new(whole.facts()))))
        }
        EventKind::GuildDelete => {
            let gone: Gone = serde_json::from_slice(payload)?;
            // An outage, not a farewell (Discord docs: Gateway Events, Guild Delete).
            (!gone.unavailable).then_some(Change::Left(gone.id))
        }
        EventKind::RoleCreate | EventKind::RoleUpdate => {
            let change: RoleChange = serde_json::from_slice(payload)?;
            Some(Change::Within(change.guild_id, Edit::Role(change.role.record())))
        }
        EventKind::RoleDelete => {
            let change: RoleGone = serde_json::from_slice(payload)?;
            Some(Change::Within(change.guild_id, Edit::NoRole(change.role_id)))
        }
        EventKind::ChannelCreate | EventKind::ChannelUpdate => {
            let channel: Channel = serde_json::from_slice(payload)?;
            within(Edit::Channel(channel.record()))
        }
        EventKind::ChannelDelete => {
            let channel: Channel = serde_json::from_slice(payload)?;
            within(Edit::NoChannel(channel.id))
        }
        EventKind::MemberUpdate => {
            let member: Member = serde_json::from_slice(payload)?;
            if Some(member.user.id) == me { within(Edit::OwnRoles(member.roles.into())) } else { None }
        }
        _ => None,
    })
}

#[derive(Deserialize)]
struct Gone {
    id: GuildId,
    #[serde(default)]
    unavailable: bool,
}

#[derive(Deserialize)]
struct Guild {
    id: GuildId,
    #[serde(default)]
    unavailable: bool,
    #[serde(default)]
    name: String,
    #[serde(default)]
    owner_id: Option<UserId>,
    #[serde(default)]
    member_count: u32,
    #[serde(default)]
    preferred_locale: Option<String>,
    #[serde(default)]
    system_channel_id: Option<ChannelId>,
    #[serde(default)]
    roles: Vec<Role>,
    #[serde(default)]
    channels: Vec<Channel>,
    #[serde(default)]
    members: Vec<Member>,
}

impl Guild {
    fn record(self, me: Option<UserId>) -> Record {
        let own = self.members.iter().find(|member| Some(member.user.id) == me);
        let own_roles = own.map(|member| member.roles.clone().into()).unwrap_or_default();
        let channels = self.channels.iter().map(Channel::record).collect();
        let (id, members) = (self.id, self.member_count);
        let facts = self.facts();
        Record {
            name: facts.name,
            locale: facts.locale,
            owner: facts.owner,
            members,
            system_channel: facts.system_channel,
            own_roles,
            roles: if facts.roles.is_empty() { everyone(id) } else { facts.roles },
            channels,
        }
    }

    fn facts(self) -> Facts {
        Facts {
            name: self.name.into(),
            locale: self.preferred_locale.unwrap_or_else(|| "en-US".to_owned()).into(),
            // A guild always has an owner; should Discord leave it out, nobody is taken for it.
            owner: self.owner_id.unwrap_or(UserId::from(std::num::NonZeroU64::MIN)),
            system_channel: self.system_channel_id,
            roles: self.roles.iter().map(Role::record).collect(),
        }
    }
}

/// A guild without roles has that of everyone all the same.
fn everyone(guild: GuildId) -> Box<[record::Role]> {
    let id = RoleId::from(std::num::NonZeroU64::from(guild));
    Box::new([record::Role { id, permissions: 0, position: 0 }])
}

#[derive(Deserialize)]
struct RoleChange {
    guild_id: GuildId,
    role: Role,
}

#[derive(Deserialize)]
struct RoleGone {
    guild_id: GuildId,
    role_id: RoleId,
}

#[derive(Deserialize)]
struct Role {
    id: RoleId,
    permissions: Bits,
    #[serde(default)]
    position: i32,
}

impl Role {
    fn record(&self) -> record::Role {
        record::Role { id: self.id, permissions: self.permissions.0, position: self.position }
    }
}

#[derive(Deserialize)]
struct Channel {
    id: ChannelId,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    position: i32,
    #[serde(default)]
    parent_id: Option<ChannelId>,
    #[serde(default)]
    permission_overwrites: Vec<Overwrite>,
}

impl Channel {
    fn record(&self) -> record::Channel {
        record::Channel {
            id: self.id,
            parent: self.parent_id,
            position: self.position,
            kind: self.kind,
            overwrites: self.permission_overwrites.iter().map(Overwrite::record).collect(),
        }
    }
}

#[derive(Deserialize)]
struct Overwrite {
    id: RoleId,
    #[serde(rename = "type")]
    kind: u8,
    allow: Bits,
    deny: Bits,
}

impl Overwrite {
    fn record(&self) -> record::Overwrite {
        let (allow, deny) = (self.allow.0, self.deny.0);
        record::Overwrite { id: self.id.get(), allow, deny, member: self.kind == 1 }
    }
}

#[derive(Deserialize)]
struct Member {
    user: Me,
    #[serde(default)]
    roles: Vec<RoleId>,
}

#[derive(Deserialize)]
struct Me {
    id: UserId,
}

/// Permissions, which Discord writes as a decimal number in a string (Discord docs: Permissions).
struct Bits(u64);

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}
