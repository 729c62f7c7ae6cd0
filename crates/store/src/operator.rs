//! The ways around the walls between guilds: few, and each with a name.

/// Why something reads or writes across guilds. This list is complete: nothing else can.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum OperatorPath {
    /// Sessions, cursors, identify budget and gaps of the gateway: they belong to shards, not guilds.
    Gateway,
    /// Which processes of the bot live, and what each of them holds.
    Cluster,
    /// The sender takes what is due from the outboxes of all guilds.
    Outbox,
    /// The scheduler takes what is due from the jobs of all guilds.
    Jobs,
    /// At start the toggles and settings of all guilds are loaded.
    Settings,
    /// Old rows of all guilds are removed in batches.
    Retention,
    /// The list of guilds is compared with what Discord says.
    Reconcile,
    /// Operators look at numbers, failures and health.
    Diagnosis,
    /// A backup reads the tables of nobody in particular and asks which guilds and users have rows; the rows
    /// themselves are read guild by guild and user by user. A restore empties tables before it fills them.
    Backup,
    /// The guilds that hold something of a user are found, and what was erased is written down.
    Privacy,
}

impl OperatorPath {
    /// Every path there is.
    pub const ALL: &[Self] = &[
        Self::Gateway,
        Self::Cluster,
        Self::Outbox,
        Self::Jobs,
        Self::Settings,
        Self::Retention,
        Self::Reconcile,
        Self::Diagnosis,
        Self::Backup,
        Self::Privacy,
    ];

    /// Its name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Cluster => "cluster",
            Self::Outbox => "outbox",
            Self::Jobs => "jobs",
            Self::Settings => "settings",
            Self::Retention => "retention",
            Self::Reconcile => "reconcile",
            Self::Diagnosis => "diagnosis",
            Self::Backup => "backup",
            Self::Privacy => "privacy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn these_are_all_the_ways_around_the_walls() {
        let names: Vec<_> = OperatorPath::ALL.iter().map(|path| path.name()).collect();
        // Adding one is a decision: say in the enum why nothing narrower will do.
        let known = [
            "gateway",
            "cluster",
            "outbox",
            "jobs",
            "settings",
            "retention",
            "reconcile",
            "diagnosis",
            "backup",
            "privacy",
        ];
        assert_eq!(names, known);
    }
}
