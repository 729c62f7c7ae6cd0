//! Servers: a guild is registered and welcomed when the bot joins, kept for a while when it leaves, and
//! set up by those who manage it.

use guildhall_core::l10n::Source;
use guildhall_framework::{Command, Component, EventHandler, Feature, Toggle};

mod config;
mod info;
mod join;
mod leave;
mod list;
mod purge;
mod schema;
mod setup;
mod stats;
mod welcome;

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "servers",
        toggle: Toggle::Always,
        needs: welcome::NEEDS,
        commands: vec![
            Command::of::<info::ServerInfo>(),
            Command::of::<config::ServerConfig>(),
            Command::of::<stats::ServerStats>(),
            Command::of::<list::ServerList>(),
        ],
        components: vec![
            Component::of::<config::Switch>(),
            Component::of::<setup::Open>(),
            Component::of::<setup::Choose>(),
            Component::of::<list::Turn>(),
            Component::of::<welcome::Features>(),
            Component::of::<welcome::Privacy>(),
        ],
        events: vec![EventHandler::of::<join::Joined>(), EventHandler::of::<leave::Left>()],
        jobs: Vec::new(),
        schedules: vec![purge::schedule()],
        periodic: vec![stats::SAVE_USAGE],
        figures: None,
        schema: schema::SCHEMA,
        locales: &[
            Source { locale: "en-US", ftl: include_str!("servers/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("servers/locales/de.ftl") },
        ],
    }
}
