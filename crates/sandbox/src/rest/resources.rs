//! Every resource of the REST face: the modules that declare routes.

use super::routes::{Routes, Table};
use super::{
    announcements, applications, audit_log, automod, bans, catalogue, channels, commands, community, emojis,
    files, gateway, guilds, incoming, interactions, invites, members, messages, monetization, oauth2,
    overwrites, pins, polls, prune, reactions, roles, scheduled_events, search, soundboard, stages, stickers,
    threads, users, voice, webhooks,
};

/// The table of routes, as the modules fill it.
pub(crate) fn table() -> Routes {
    let mut table = Table::default();
    announcements::routes(&mut table);
    applications::routes(&mut table);
    audit_log::routes(&mut table);
    automod::routes(&mut table);
    bans::routes(&mut table);
    catalogue::routes(&mut table);
    channels::routes(&mut table);
    commands::routes(&mut table);
    community::routes(&mut table);
    emojis::routes(&mut table);
    files::routes(&mut table);
    gateway::routes(&mut table);
    guilds::routes(&mut table);
    incoming::routes(&mut table);
    interactions::routes(&mut table);
    invites::routes(&mut table);
    members::routes(&mut table);
    messages::routes(&mut table);
    monetization::routes(&mut table);
    oauth2::routes(&mut table);
    overwrites::routes(&mut table);
    pins::routes(&mut table);
    polls::routes(&mut table);
    prune::routes(&mut table);
    reactions::routes(&mut table);
    roles::routes(&mut table);
    scheduled_events::routes(&mut table);
    search::routes(&mut table);
    soundboard::routes(&mut table);
    stages::routes(&mut table);
    stickers::routes(&mut table);
    threads::routes(&mut table);
    users::routes(&mut table);
    voice::routes(&mut table);
    webhooks::routes(&mut table);
    table.finish()
}
