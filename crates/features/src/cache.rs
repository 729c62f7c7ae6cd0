//! The cache, as those see it who run the bot, and those who manage a server.

use guildhall_core::l10n::Source;
use guildhall_framework::{Command, Feature, Toggle};
use guildhall_store::Schema;
use twilight_model::guild::Permissions;

mod clear;
mod command;
mod stats;

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "cache",
        toggle: Toggle::Always,
        needs: Permissions::empty(),
        commands: vec![Command::of::<command::Cache>()],
        components: Vec::new(),
        events: Vec::new(),
        jobs: Vec::new(),
        schedules: Vec::new(),
        periodic: Vec::new(),
        figures: None,
        schema: Schema { owner: "cache", migrations: &[], inventory: &[], statements: &[] },
        locales: &[
            Source { locale: "en-US", ftl: include_str!("cache/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("cache/locales/de.ftl") },
        ],
    }
}
