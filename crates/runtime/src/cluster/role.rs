//! What a process of the bot does.

/// What a process of the bot does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Role {
    /// Everything.
    #[default]
    All,
    /// Runs shards, and hands what they receive to workers.
    Gateway,
    /// Handles commands and events, runs jobs, sends messages.
    Worker,
    /// Shows how the bot fares.
    Web,
}

impl Role {
    /// Its name, on the command line and in the process's row.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Gateway => "gateway",
            Self::Worker => "worker",
            Self::Web => "web",
        }
    }

    /// The role with this name. One that only another version knows does nothing that concerns this one.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::All, Self::Gateway, Self::Worker, Self::Web].into_iter().find(|role| role.as_str() == name)
    }

    /// Whether it runs shards.
    pub const fn runs_shards(self) -> bool {
        matches!(self, Self::All | Self::Gateway)
    }

    /// Whether it handles what shards receive, and everything that follows from that.
    pub const fn works(self) -> bool {
        matches!(self, Self::All | Self::Worker)
    }

    /// Whether it talks to others over the bus: who does everything needs none.
    pub const fn needs_bus(self) -> bool {
        matches!(self, Self::Gateway | Self::Worker)
    }
}
