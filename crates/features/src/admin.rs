//! Administration: what those who run the bot see and do from within Discord.

use guildhall_core::l10n::Source;
use guildhall_framework::{Command, Feature, Toggle};
use guildhall_store::Schema;
use twilight_model::guild::Permissions;

mod command;
mod config;
mod features;
mod global;
mod maintenance;
mod queue;
mod restart;
mod tasks;

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "admin",
        toggle: Toggle::Always,
        needs: Permissions::empty(),
        commands: vec![
            Command::of::<command::Admin>(),
            Command::of::<maintenance::MaintenanceMode>(),
            Command::of::<global::GlobalStats>(),
        ],
        components: Vec::new(),
        events: Vec::new(),
        jobs: Vec::new(),
        schedules: Vec::new(),
        periodic: Vec::new(),
        figures: None,
        schema: Schema { owner: "admin", migrations: &[], inventory: &[], statements: &[] },
        locales: &[
            Source { locale: "en-US", ftl: include_str!("admin/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("admin/locales/de.ftl") },
        ],
    }
}
