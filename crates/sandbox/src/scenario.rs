//! Scenarios: a file that describes a world and a script of what people do, what goes wrong and what the bot is
//! expected to do. It is played against any bot, in any language.

mod check;
pub mod file;
mod play;
mod report;
mod stage;
mod steps;
pub mod value;
mod words;

use thiserror::Error;

pub use check::check;
pub use file::{Scenario, Step};
pub use report::{Report, StepReport};
pub use stage::Stage;

use crate::{expect::Unmet, hands::Refused};

/// Why a scenario cannot be played.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// The file is not a scenario.
    #[error("{0}")]
    File(String),
    /// The world cannot be made.
    #[error("the world cannot be made: {0}")]
    World(#[from] Refused),
    /// The file names something that is not there.
    #[error("{0}")]
    Unknown(String),
}

/// Why a step failed.
#[derive(Debug, Error)]
enum Failed {
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("{0}")]
    Unmet(#[from] Unmet),
    #[error("{0}")]
    Wrong(String),
}

impl Scenario {
    /// Reads a scenario from YAML. What is wrong is told with its line and column.
    pub fn read(text: &str) -> Result<Self, ScenarioError> {
        serde_saphyr::from_str(text).map_err(|error| ScenarioError::File(error.to_string()))
    }
}
