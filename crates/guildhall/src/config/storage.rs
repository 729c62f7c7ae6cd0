//! The section `storage`: where data is kept.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Where data is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Storage {
    /// The folder for the databases and the logs. Created when it is missing. Each bot has a database of its
    /// own in it, and so has the sandbox, so that trying things out never mixes with a real bot's data.
    pub(crate) folder: PathBuf,
    /// Connections that read at the same time. There is always exactly one that writes.
    pub(crate) readers: u32,
}

impl Default for Storage {
    fn default() -> Self {
        Self { folder: PathBuf::from("guildhall-data"), readers: 4 }
    }
}
