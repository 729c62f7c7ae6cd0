//! Announcements: those who run the bot write to every server once, and each server decides whether it wants to
//! hear of it, and where.
//!
//! A spreading job walks through the servers in the order of their ids, a few a second, and puts a job into each
//! together with a row that says so; that job posts the message. Both are durable, so that each server gets it once,
//! whatever is killed in between.

use guildhall_core::l10n::Source;
use guildhall_framework::{Command, Component, Feature, JobKind, Toggle};
use twilight_model::guild::Permissions;

mod broadcast;
mod choice;
mod confirm;
mod deliver;
mod records;
mod schema;
mod spread;

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "announcements",
        toggle: Toggle::Always,
        needs: Permissions::empty(),
        commands: vec![Command::of::<choice::Announcements>(), Command::of::<broadcast::GlobalBroadcast>()],
        components: vec![
            Component::of::<confirm::Send>(),
            Component::of::<confirm::Discard>(),
            Component::of::<confirm::Stop>(),
        ],
        events: Vec::new(),
        jobs: vec![JobKind::of::<spread::Spread>(), JobKind::of::<deliver::Deliver>()],
        schedules: Vec::new(),
        periodic: Vec::new(),
        figures: None,
        schema: schema::SCHEMA,
        locales: &[
            Source { locale: "en-US", ftl: include_str!("announcements/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("announcements/locales/de.ftl") },
        ],
    }
}
