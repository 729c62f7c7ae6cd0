//! The section `rollout`: features that are there for a part of the servers first.

use std::collections::BTreeMap;

use guildhall_core::id::GuildId;
use guildhall_framework::{Feature, Toggle, rollout::Part};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    error::ConfigError,
    tree::{Given, unknown_key},
};

/// For whom one feature is there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RolloutPart {
    /// Percent of the servers, from 0 to 100.
    pub(crate) percent: f64,
    /// Servers that have it in any case, by their ids.
    #[schemars(with = "Vec<String>")]
    pub(crate) guilds: Vec<GuildId>,
}

/// For whom features are there, by their names.
pub(crate) type Parts = BTreeMap<String, RolloutPart>;

/// What the runtime is told.
pub(crate) fn rollout(parts: &Parts) -> guildhall_framework::Rollout {
    let part = |part: &RolloutPart| Part::new(part.percent, part.guilds.iter().copied());
    parts.iter().map(|(feature, told)| (feature.clone(), part(told))).collect()
}

/// Refuses features that do not exist or are always on, and parts that are none.
pub(super) fn check(parts: &Parts, features: &[Feature], given: &Given) -> Result<(), ConfigError> {
    for (name, part) in parts {
        let key = format!("rollout.{name}");
        let source_name = given.source(&key).map(str::to_owned);
        let Some(feature) = features.iter().find(|feature| feature.name == name) else {
            let known: Vec<_> = features
                .iter()
                .filter(|feature| feature.toggle != Toggle::Always)
                .map(|feature| format!("rollout.{}", feature.name))
                .collect();
            let source = source_name.unwrap_or_default();
            let unknown = unknown_key(&key, &source, known.iter().map(String::as_str));
            return Err(ConfigError::Unknown(vec![unknown]));
        };
        let reason = if feature.toggle == Toggle::Always {
            "the feature is a part of the bot itself and is there for every server"
        } else if !(0.0..=100.0).contains(&part.percent) {
            "`percent` is a number from 0 to 100"
        } else {
            continue;
        };
        return Err(ConfigError::Invalid { key, source_name, reason: reason.to_owned() });
    }
    Ok(())
}
