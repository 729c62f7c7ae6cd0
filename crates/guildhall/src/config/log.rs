//! The section `log`: what is logged, and how it looks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is logged, and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// The least level that is logged (`error`, `warn`, `info`, `debug`, `trace`), or directives such as
    /// `info,guildhall_discord=debug`.
    pub(crate) level: String,
    /// How lines on the terminal look.
    pub(crate) format: LogFormat,
    /// Whether lines go to the terminal, too. Without it and without log files nothing is logged at all.
    pub(crate) terminal: bool,
    /// Days that log files are kept in the data folder. They are what `guildhall logs` searches; 0 writes
    /// none.
    pub(crate) keep_days: u32,
}

/// How lines on the terminal look.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text, terminal: true, keep_days: 14 }
    }
}
