//! Statistics: how many messages are written in a guild, and by whom. Only numbers: no text is read.

use guildhall_core::l10n::Source;
use guildhall_framework::{EventHandler, Feature, Toggle};
use twilight_model::guild::Permissions;

mod counting;
mod figures;
mod schema;

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "statistics",
        toggle: Toggle::Off,
        needs: Permissions::VIEW_CHANNEL,
        commands: Vec::new(),
        components: Vec::new(),
        events: vec![EventHandler::of::<counting::Count>()],
        jobs: Vec::new(),
        schedules: Vec::new(),
        periodic: Vec::new(),
        figures: Some(|ctx| Box::pin(figures::gather(ctx))),
        schema: schema::SCHEMA,
        locales: &[
            Source { locale: "en-US", ftl: include_str!("statistics/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("statistics/locales/de.ftl") },
        ],
    }
}
