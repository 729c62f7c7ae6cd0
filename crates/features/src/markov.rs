//! Random sentences in the manner of a server, from what it was trained with.

use std::sync::Arc;

use guildhall_core::{l10n::Source, text};
use guildhall_framework::{Command, Component, EventHandler, Failure, Feature, JobKind, Services, Toggle};
use twilight_model::guild::Permissions;

mod chains;
mod channels;
mod corpus;
mod file;
mod links;
mod listen;
mod manage;
mod mark;
mod menu;
mod options;
mod respond;
mod say;
mod schema;
mod talk;
mod telemetry;
mod train;
mod training;
mod unlearn;
mod words;

pub(crate) use self::talk::feature as talk;
pub use self::{
    chains::Markov,
    file::{FileFault, Held},
    options::MarkovOptions,
    training::upload::{TrainError, Trained, train_file},
};

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "markov",
        toggle: Toggle::On,
        needs: Permissions::empty(),
        commands: [
            vec![Command::of::<mark::Mark>(), Command::of::<train::Train>(), Command::of::<manage::Manage>()],
            talk::commands().to_vec(),
        ]
        .concat(),
        components: vec![
            Component::of::<manage::forget::Confirmed>(),
            Component::of::<manage::forget::Kept>(),
            Component::of::<menu::Chosen>(),
        ],
        events: vec![
            EventHandler::of::<unlearn::Edited>(),
            EventHandler::of::<unlearn::Deleted>(),
            EventHandler::of::<unlearn::Closed>(),
        ],
        jobs: vec![
            JobKind::of::<training::job::Train>(),
            JobKind::of::<training::history::Read>(),
            JobKind::of::<manage::forget::Forgetting>(),
            JobKind::of::<say::Speak>(),
        ],
        schedules: Vec::new(),
        periodic: vec![chains::periodic::tend()],
        figures: None,
        schema: schema::SCHEMA,
        locales: &[
            Source { locale: "en-US", ftl: include_str!("markov/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("markov/locales/de.ftl") },
        ],
    }
}

/// The chains of this process.
fn part(services: &Services) -> Result<Arc<Markov>, Failure> {
    services.extensions.get::<Markov>().ok_or_else(|| text!("markov-unavailable").into())
}

#[cfg(test)]
mod tests;
