//! The one world: everything that exists, and every way it changes.
//!
//! Nothing here does I/O, locks or reads a clock. An operation changes the world and returns what must be
//! told to whom; [`crate::engine::Engine::apply`] does the telling.

mod access;
mod activities;
mod archive;
mod audit;
mod audited;
mod automation;
mod automod;
mod bulk;
mod channels;
mod command_access;
pub mod commands;
mod community;
mod content;
mod crossposts;
pub mod dispatch;
mod due;
mod error;
mod expressions;
mod files;
mod guilds;
pub mod interactions;
mod invites;
mod members;
mod messages;
pub mod monetization;
pub mod oauth;
mod polls;
mod prune;
mod roles;
mod scheduled_events;
mod slowmode;
mod stages;
mod threads;
mod users;
mod views;
mod voice;
mod webhooks;

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

pub use activities::Activity;
pub use archive::NewArchive;
pub use audit::{Acting, Audit};
pub use automod::Blocked;
pub use bulk::BulkGuilds;
pub use channels::NewChannel;
pub use command_access::Reach;
pub use crossposts::Hourly;
pub use dispatch::{Audience, Dispatch, Gate, Payload};
pub use error::WorldError;
pub use guilds::NewGuild;
pub use roles::NewRole;
pub use slowmode::Slowed;
pub use users::NewApplication;

use crate::{
    model::{Application, Assets, Channel, Command, Guild, Interaction, Message, User, Webhook},
    options::Limits,
    snowflake::{Id, Millis, Snowflakes},
    wire::links::Links,
};

/// What an operation that can fail returns: its result and what must be told.
pub type Changed<T> = Result<(T, Vec<Dispatch>), WorldError>;

/// Everything that exists.
#[derive(Debug, Default)]
pub struct World {
    /// People and bots.
    pub users: HashMap<Id, User>,
    /// Applications.
    pub applications: BTreeMap<Id, Application>,
    /// Guilds with their channels, roles and members.
    pub guilds: BTreeMap<Id, Guild>,
    /// Direct message channels.
    pub dms: BTreeMap<Id, Channel>,
    /// Messages by channel and id.
    pub messages: HashMap<Id, BTreeMap<Id, Message>>,
    /// What was said long ago, by channel.
    archives: HashMap<Id, archive::Archive>,
    /// Commands of every application.
    pub commands: BTreeMap<Id, Command>,
    /// Interactions that are still of interest.
    pub interactions: BTreeMap<Id, Interaction>,
    /// Webhooks.
    pub webhooks: BTreeMap<Id, Webhook>,
    /// Files that no message holds.
    pub files: files::Files,
    /// Activities that run in channels, oldest first.
    activities: Vec<Activity>,
    /// What applications sell, and who bought it.
    pub store: monetization::Store,
    /// What people allowed applications to do.
    pub oauth: oauth::OAuth,
    /// Presences by user, as they travel but without `user` and `guild_id`.
    pub presences: HashMap<Id, Value>,
    /// Pictures such as icons and avatars, by hash.
    pub assets: Assets,
    /// The numbers in force.
    pub limits: Limits,
    /// The source of ids.
    pub ids: Snowflakes,
    /// Who is acting, whose changes go into audit logs.
    acting: Option<Acting>,
    /// What must be told even when the operation is refused.
    owed: Vec<Dispatch>,
    /// The time of the operation under way; the engine sets it whenever it opens the world.
    pub now: Millis,
    /// What links to attachments are made with.
    pub links: Links,
    /// When guilds were first searched; until a while later their index is not ready.
    pub searched: HashMap<Id, Millis>,
    /// What is counted by the hour: since when, and how often.
    hourly: HashMap<(Hourly, Id), (Millis, u32)>,
    /// When people last did what slow mode holds back.
    slowed: HashMap<(Slowed, Id, Id), Millis>,
    /// Which messages hold copies of a file.
    lent: HashMap<Id, Vec<(Id, Id)>>,
    /// What happens by itself when its time comes.
    due: due::Due,
    /// Which guild a channel or thread is in.
    channel_guilds: HashMap<Id, Id>,
    /// Which guild an invite or a vanity address leads to.
    invite_guilds: HashMap<String, Id>,
    /// Which guild a template was made of.
    template_guilds: HashMap<String, Id>,
    /// Applications by token.
    tokens: HashMap<String, Id>,
    /// Applications by bot user.
    bots: HashMap<Id, Id>,
}

#[cfg(test)]
mod tests;
