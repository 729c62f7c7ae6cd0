//! How events get from shards to workers: within this process, or over NATS between processes.

use std::sync::Arc;

use guildhall_bus::{Bus, InProcess, NatsBus};

/// The transport of this process.
#[derive(Clone, Debug)]
pub enum Transport {
    /// Shards and workers are in one process.
    Within(InProcess),
    /// They are in different ones.
    Between(NatsBus),
}

impl Transport {
    /// The bus itself.
    pub fn bus(&self) -> Arc<dyn Bus> {
        match self {
            Self::Within(bus) => Arc::new(bus.clone()),
            Self::Between(bus) => Arc::new(bus.clone()),
        }
    }

    /// The one over NATS, where it is that.
    pub const fn nats(&self) -> Option<&NatsBus> {
        match self {
            Self::Within(_) => None,
            Self::Between(bus) => Some(bus),
        }
    }

    /// Whether it can be used, as far as is known.
    pub fn connected(&self) -> bool {
        self.nats().is_none_or(NatsBus::connected)
    }
}
