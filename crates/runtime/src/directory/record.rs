//! What is kept of one guild. Slices are boxed to their exact length: a guild of 20 channels and 30
//! roles takes about three kilobytes.

use guildhall_core::id::{ChannelId, GuildId, RoleId, UserId};
use guildhall_framework::directory::GuildFacts;
use serde::{Deserialize, Serialize};

/// One guild.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Record {
    /// Its name.
    pub name: Box<str>,
    /// Its preferred language.
    pub locale: Box<str>,
    /// Its owner.
    pub owner: UserId,
    /// Members, as last counted by Discord.
    pub members: u32,
    /// Where Discord posts its own notices.
    pub system_channel: Option<ChannelId>,
    /// The bot's own roles, without that of everyone.
    pub own_roles: Box<[RoleId]>,
    /// Every role.
    pub roles: Box<[Role]>,
    /// Every channel but threads.
    pub channels: Box<[Channel]>,
}

/// One role.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Role {
    /// The role.
    pub id: RoleId,
    /// What it allows.
    pub permissions: u64,
    /// Its place; a higher one stands above.
    pub position: i32,
}

/// One channel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Channel {
    /// The channel.
    pub id: ChannelId,
    /// The category it stands in.
    pub parent: Option<ChannelId>,
    /// Its place within the category, or among what stands in none.
    pub position: i32,
    /// Its type (Discord docs: Channel, Channel Types).
    pub kind: u8,
    /// Who may do more or less here.
    pub overwrites: Box<[Overwrite]>,
}

/// What a role or member may do in a channel differently from elsewhere.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Overwrite {
    /// The role or user.
    pub id: u64,
    /// What it may do besides.
    pub allow: u64,
    /// What it may not do.
    pub deny: u64,
    /// Whether `id` is a user.
    pub member: bool,
}

impl Channel {
    /// Whether people write in it and bots greet in it: a text or announcement channel.
    pub const fn is_text(&self) -> bool {
        matches!(self.kind, 0 | 5)
    }
}

impl Record {
    /// The facts that others ask for.
    pub fn facts(&self, id: GuildId) -> GuildFacts {
        GuildFacts {
            id,
            name: self.name.to_string(),
            owner: self.owner,
            members: self.members.into(),
            channels: self.channels.len(),
            roles: self.roles.len(),
            locale: self.locale.to_string(),
        }
    }

    /// Where a channel stands in the client's list: channels without a category come first, then the
    /// categories by their position, and within each the channels by theirs.
    pub fn place_of(&self, channel: &Channel) -> (bool, i32, i32, ChannelId) {
        let parent = channel.parent.and_then(|parent| self.channels.iter().find(|known| known.id == parent));
        let category = parent.map_or(0, |parent| parent.position);
        (parent.is_some(), category, channel.position, channel.id)
    }

    /// Adds a role, or replaces the one with its id.
    pub fn put_role(&mut self, role: Role) {
        put(&mut self.roles, role, |known| known.id == role.id);
    }

    /// Adds a channel, or replaces the one with its id.
    pub fn put_channel(&mut self, channel: Channel) {
        let id = channel.id;
        put(&mut self.channels, channel, |known| known.id == id);
    }

    /// Takes a role away, from the bot too.
    pub fn remove_role(&mut self, role: RoleId) {
        remove(&mut self.roles, |known| known.id == role);
        remove(&mut self.own_roles, |known| *known == role);
    }

    /// Takes a channel away.
    pub fn remove_channel(&mut self, channel: ChannelId) {
        remove(&mut self.channels, |known| known.id == channel);
    }
}

fn put<T>(slice: &mut Box<[T]>, item: T, same: impl Fn(&T) -> bool) {
    if let Some(known) = slice.iter_mut().find(|known| same(known)) {
        *known = item;
        return;
    }
    let mut items = std::mem::take(slice).into_vec();
    items.reserve_exact(1);
    items.push(item);
    *slice = items.into_boxed_slice();
}

fn remove<T>(slice: &mut Box<[T]>, gone: impl Fn(&T) -> bool) {
    if slice.iter().any(&gone) {
        let mut items = std::mem::take(slice).into_vec();
        items.retain(|item| !gone(item));
        *slice = items.into_boxed_slice();
    }
}
