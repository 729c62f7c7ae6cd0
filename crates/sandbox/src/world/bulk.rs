//! Guilds by the ten thousand, for benchmarks.

use super::{World, WorldError};
use crate::{
    model::{Channel, ChannelKind, Guild, Member, Role},
    permissions::Permissions,
    snowflake::{Id, Millis},
};

/// Everybody in such a guild joined a month ago: the world is one that a bot comes back to.
const JOINED_BEFORE: Millis = 30 * 24 * 60 * 60 * 1000;

/// Guilds to be made at once.
#[derive(Clone, Debug, Default)]
pub struct BulkGuilds {
    /// How many.
    pub count: u32,
    /// The name of each, with `{n}` for its number; `Guild {n}` when none.
    pub pattern: Option<String>,
    /// Channels in each, one of them a category and one a voice channel.
    pub channels: u16,
    /// Roles in each, everyone's among them.
    pub roles: u16,
    /// Members counted in each, without records.
    pub members: u32,
    /// The applications whose bots are in them.
    pub application_ids: Vec<Id>,
    /// Who owns them.
    pub owner_id: Id,
}

impl World {
    /// Makes guilds without telling anyone: they are meant to be there before a bot connects. Ids lie a
    /// millisecond apart, so that shards fill evenly. Returns the first guild's id.
    pub fn create_bulk(&mut self, bulk: &BulkGuilds, now: Millis) -> Result<Option<Id>, WorldError> {
        self.user(bulk.owner_id)?;
        let mut bots = Vec::new();
        for id in &bulk.application_ids {
            bots.push(self.application(*id)?.bot_id);
        }
        let joined_at = now - JOINED_BEFORE;
        let mut first = None;
        for number in 0..bulk.count {
            let id = self.ids.next_bulk();
            first = first.or(Some(id));
            let mut guild = one(id, number, bulk);
            for user_id in bots.iter().copied().chain([bulk.owner_id]) {
                guild.members.insert(user_id, Member { user_id, joined_at, ..Member::default() });
            }
            self.guilds.insert(id, guild);
            self.index_channels(id);
        }
        Ok(first)
    }
}

/// One guild. Its channels and roles take the ids that follow its own.
fn one(id: Id, number: u32, bulk: &BulkGuilds) -> Guild {
    let roles = bulk.roles.clamp(1, 250);
    let channels = bulk.channels.min(500);
    let first_channel = id + u64::from(roles);
    let role = |index: u16| Role {
        id: id + u64::from(index),
        name: if index == 0 { "@everyone".to_owned() } else { format!("role {index}") },
        permissions: if index == 0 { Permissions::DEFAULT } else { Permissions::NONE },
        position: i32::from(index),
        ..Role::default()
    };
    let channel = |index: u16| {
        let kind = match index {
            1 => ChannelKind::Category,
            2 => ChannelKind::Voice,
            _ => ChannelKind::Text,
        };
        Channel {
            id: first_channel + u64::from(index),
            guild_id: Some(id),
            kind,
            name: format!("channel-{index}"),
            position: i32::from(index),
            voice: kind.is_voice().then(Box::default),
            ..Channel::default()
        }
    };
    Guild {
        id,
        name: bulk.pattern.as_deref().unwrap_or("Guild {n}").replace("{n}", &number.to_string()),
        owner_id: bulk.owner_id,
        roles: (0..roles).map(role).collect(),
        channels: (0..channels).map(channel).collect(),
        phantom_members: bulk.members,
        preferred_locale: "en-US".to_owned(),
        afk_timeout: 300,
        ..Guild::default()
    }
}
