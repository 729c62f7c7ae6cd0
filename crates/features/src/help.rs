//! Help: what the bot can do, whether it is there, and what it is.

use guildhall_core::l10n::Source;
use guildhall_framework::{Command, Feature, Toggle};
use guildhall_store::Schema;
use twilight_model::guild::Permissions;

mod about;
mod list;
mod ping;

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "help",
        toggle: Toggle::Always,
        needs: Permissions::empty(),
        commands: vec![
            Command::of::<list::Help>(),
            Command::of::<ping::Ping>(),
            Command::of::<about::About>(),
        ],
        components: Vec::new(),
        events: Vec::new(),
        jobs: Vec::new(),
        schedules: Vec::new(),
        periodic: Vec::new(),
        figures: None,
        schema: Schema { owner: "help", migrations: &[], inventory: &[], statements: &[] },
        locales: &[
            Source { locale: "en-US", ftl: include_str!("help/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("help/locales/de.ftl") },
        ],
    }
}
