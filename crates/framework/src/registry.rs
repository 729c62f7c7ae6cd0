//! All features of this program, looked up by command, component and event.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use guildhall_core::{
    clock::Timestamp,
    event::{EventKind, EventSet},
    l10n::{Catalogue, CatalogueError, Source},
};
use guildhall_store::Schema;
use twilight_model::{
    application::{command::Command as Definition, interaction::InteractionContextType},
    oauth::ApplicationIntegrationType,
};

use crate::{
    command::{Command, Place},
    component::Component,
    event::EventHandler,
    feature::{Feature, Toggle},
    job::JobKind,
    localise::{self, Missing},
    schedule::{InvalidCron, Schedule},
    text_command::Vocabulary,
};

/// The texts that the platform itself shows: failures, permissions, waiting.
const TEXTS: &[Source] = &[
    Source { locale: "en-US", ftl: include_str!("../locales/en-US.ftl") },
    Source { locale: "de", ftl: include_str!("../locales/de.ftl") },
];

/// The registered features.
pub struct Registry {
    features: Vec<Feature>,
    commands: HashMap<String, (usize, usize)>,
    components: HashMap<&'static str, (usize, usize)>,
    jobs: HashMap<&'static str, (usize, usize)>,
    catalogue: Catalogue,
    vocabulary: Vocabulary,
}

/// A set of features that does not fit together. Always a defect of the program.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Two features claim one name.
    #[error("two features claim the {what} `{name}`")]
    Claimed {
        /// Feature, command, component or task.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The texts cannot be used.
    #[error("the texts cannot be used")]
    Texts(#[from] CatalogueError),
    /// A schedule never comes.
    #[error("the schedule `{name}` never comes")]
    Schedule {
        /// The schedule.
        name: &'static str,
        /// Why.
        source: InvalidCron,
    },
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.features.iter().map(|feature| feature.name)).finish()
    }
}

impl Registry {
    /// The registry of these features.
    pub fn new(features: Vec<Feature>) -> Result<Self, RegistryError> {
        let mut commands = HashMap::new();
        let mut components = HashMap::new();
        let (mut jobs, mut tasks) = (HashMap::new(), HashSet::new());
        let mut names = HashMap::new();
        let claimed = |what, name: &str| RegistryError::Claimed { what, name: name.to_owned() };
        for (at, feature) in features.iter().enumerate() {
            if names.insert(feature.name, at).is_some() {
                return Err(claimed("name", feature.name));
            }
            for (index, command) in feature.commands.iter().enumerate() {
                if commands.insert(command.name().to_owned(), (at, index)).is_some() {
                    return Err(claimed("command", command.name()));
                }
            }
            for (index, component) in feature.components.iter().enumerate() {
                if components.insert(component.name, (at, index)).is_some() {
                    return Err(claimed("component", component.name));
                }
            }
        }
        for (at, feature) in features.iter().enumerate() {
            jobs.extend(feature.jobs.iter().enumerate().map(|(index, job)| (job.name, (at, index))));
            let recurring = feature.schedules.iter().map(|schedule| schedule.name);
            let periodic = feature.periodic.iter().map(|periodic| periodic.name);
            for task in feature.jobs.iter().map(|job| job.name).chain(recurring).chain(periodic) {
                // Their figures stand side by side.
                if !tasks.insert(task) {
                    return Err(claimed("task", task));
                }
            }
            for Schedule { name, when, .. } in &feature.schedules {
                when.next(Timestamp(0)).map_err(|source| RegistryError::Schedule { name, source })?;
            }
        }
        let texts = TEXTS.iter().chain(features.iter().flat_map(|feature| feature.locales)).copied();
        let catalogue = Catalogue::build(texts)?;
        let vocabulary = Vocabulary::default();
        let mut registry = Self { features, commands, components, jobs, catalogue, vocabulary };
        registry.vocabulary = Vocabulary::new(registry.definitions());
        Ok(registry)
    }

    /// The features in the order of their registration.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The feature with this name.
    pub fn feature(&self, name: &str) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.name == name)
    }

    /// The features that a guild can turn on and off.
    pub fn toggles(&self) -> impl Iterator<Item = &Feature> {
        self.features.iter().filter(|feature| feature.toggle != Toggle::Always)
    }

    /// The command with this name, and its feature.
    pub fn command(&self, name: &str) -> Option<(&Feature, &Command)> {
        let (feature, index) = *self.commands.get(name)?;
        Some((&self.features[feature], &self.features[feature].commands[index]))
    }

    /// The component handler with this name, and its feature.
    pub fn component(&self, name: &str) -> Option<(&Feature, &Component)> {
        let (feature, index) = *self.components.get(name)?;
        Some((&self.features[feature], &self.features[feature].components[index]))
    }

    /// The kind of job with this name, and its feature.
    pub fn job(&self, name: &str) -> Option<(&Feature, &JobKind)> {
        let (feature, index) = *self.jobs.get(name)?;
        Some((&self.features[feature], &self.features[feature].jobs[index]))
    }

    /// The names of the kinds of jobs that are heavy.
    pub fn heavy_jobs(&self) -> impl Iterator<Item = &'static str> {
        let kinds = self.features.iter().flat_map(|feature| &feature.jobs);
        kinds.filter(|job| job.rules.heavy).map(|job| job.name)
    }

    /// The handlers of a kind of event, each with its feature.
    pub fn handlers(&self, kind: EventKind) -> impl Iterator<Item = (&Feature, &EventHandler)> {
        self.features.iter().flat_map(move |feature| {
            let handlers = feature.events.iter().filter(move |handler| handler.kinds.contains(kind));
            handlers.map(move |handler| (feature, handler))
        })
    }

    /// The events that features want where `enabled` says they are on.
    pub fn wanted(&self, enabled: impl Fn(&Feature) -> bool) -> EventSet {
        let on = self.features.iter().filter(|feature| feature.toggle == Toggle::Always || enabled(feature));
        on.fold(EventSet::EMPTY, |set, feature| set.union(feature.wants()))
    }

    /// The texts.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The commands by their names in every language.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What the store needs to know of the features.
    pub fn schemas(&self) -> Vec<Schema> {
        self.features.iter().map(|feature| feature.schema).collect()
    }

    /// Every command as Discord registers it, in every language.
    pub fn definitions(&self) -> Vec<Definition> {
        self.localised().map(|(definition, _)| definition).collect()
    }

    /// The texts of commands that a language lacks.
    pub fn missing_texts(&self) -> Vec<Missing> {
        self.localised().flat_map(|(_, missing)| missing).collect()
    }

    fn localised(&self) -> impl Iterator<Item = (Definition, Vec<Missing>)> {
        let commands = self.features.iter().flat_map(|feature| &feature.commands);
        commands.map(|command| {
            let (mut definition, missing) = localise::command(&self.catalogue, command.definition.clone());
            let access = command.access;
            let contexts = match access.place {
                Place::Guild => vec![InteractionContextType::Guild],
                Place::Anywhere => vec![InteractionContextType::Guild, InteractionContextType::BotDm],
            };
            definition.contexts = Some(contexts);
            definition.integration_types = Some(vec![ApplicationIntegrationType::GuildInstall]);
            definition.default_member_permissions = (!access.caller.is_empty()).then_some(access.caller);
            (definition, missing)
        })
    }
}
