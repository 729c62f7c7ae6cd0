//! Random sentences in the manner of a server, from what it was trained with.

use std::sync::Arc;

use guildhall_core::{l10n::Source, text};
use guildhall_framework::{Command, Component, Failure, Feature, JobKind, Services, Toggle};
use twilight_model::guild::Permissions;

mod chains;
mod corpus;
mod file;
mod manage;
mod mark;
mod options;
mod schema;
mod train;
mod training;
mod words;

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
        commands: vec![
            Command::of::<mark::Mark>(),
            Command::of::<train::Train>(),
            Command::of::<manage::Manage>(),
        ],
        components: vec![
            Component::of::<manage::forget::Confirmed>(),
            Component::of::<manage::forget::Kept>(),
        ],
        events: Vec::new(),
        jobs: vec![JobKind::of::<training::job::Train>(), JobKind::of::<manage::forget::Forgetting>()],
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
