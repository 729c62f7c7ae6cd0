//! The section `bus`: how gateway processes hand events to worker processes.

use std::path::PathBuf;

use guildhall_core::secret::SecretString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How gateway processes hand events to worker processes: through NATS with JetStream. A process that does everything
/// needs none of this.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Bus {
    /// Addresses of the NATS servers, separated by commas: `nats://user:password@host:port`, or `tls://...`.
    #[schemars(with = "Option<String>")]
    pub(crate) url: Option<SecretString>,
    /// A file that holds the addresses, instead of `url`.
    pub(crate) url_file: Option<PathBuf>,
    /// A credentials file, where the servers ask for one.
    pub(crate) credentials_file: Option<PathBuf>,
    /// How many servers keep each event, 1 to 5. Nothing is lost with all of them: gateways send again what was not
    /// finished.
    pub(crate) replicas: u32,
    /// Where the servers keep events: on disk, or in memory.
    pub(crate) storage: BusStorage,
    /// Megabytes of events that the servers may hold; beyond, gateways wait.
    pub(crate) stream_megabytes: u32,
}

/// Where NATS keeps events.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BusStorage {
    /// On disk.
    #[default]
    File,
    /// In memory.
    Memory,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            url: None,
            url_file: None,
            credentials_file: None,
            replicas: 1,
            storage: BusStorage::default(),
            stream_megabytes: 1_024,
        }
    }
}

impl Bus {
    /// The setting with a value that cannot be used, and what would be right.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        if !(1..=5).contains(&self.replicas) {
            return Some(("bus.replicas", "use a number from 1 to 5"));
        }
        (self.stream_megabytes == 0).then_some(("bus.stream_megabytes", "use a number from 1"))
    }
}
