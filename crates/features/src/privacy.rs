//! Privacy: what is kept, in a file for whoever asks; its erasure; and what each may decide about it. All of it
//! is derived from the inventories: no table is named here.

use guildhall_core::l10n::Source;
use guildhall_framework::{Command, Component, Feature, Toggle};
use guildhall_store::Schema;
use twilight_model::guild::Permissions;

mod audit;
mod command;
mod confirm;
mod erase;
mod export;
mod level;
mod owner;
mod policy;
mod retention;

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "privacy",
        toggle: Toggle::Always,
        needs: Permissions::empty(),
        commands: vec![Command::of::<command::Privacy>(), Command::of::<retention::Retention>()],
        components: vec![
            Component::of::<erase::Confirmed>(),
            Component::of::<erase::Kept>(),
            Component::of::<owner::Confirmed>(),
        ],
        events: Vec::new(),
        jobs: Vec::new(),
        schedules: Vec::new(),
        periodic: Vec::new(),
        figures: None,
        schema: Schema { owner: "privacy", migrations: &[], inventory: &[], statements: &[] },
        locales: &[
            Source { locale: "en-US", ftl: include_str!("privacy/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("privacy/locales/de.ftl") },
        ],
    }
}
