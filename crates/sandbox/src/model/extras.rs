//! The parts of a guild that most guilds do not use. They are behind one pointer, so that a guild without
//! them costs nothing.

use std::collections::VecDeque;
use std::sync::LazyLock;

use super::{AuditEntry, Guild, Sound};

/// What only some guilds have.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// The audit log, oldest first.
    pub audit_log: VecDeque<AuditEntry>,
    /// Soundboard sounds.
    pub sounds: Vec<Sound>,
}

impl Guild {
    /// The rarely used parts; empty ones when there are none.
    pub fn extras(&self) -> &Extras {
        static NONE: LazyLock<Extras> = LazyLock::new(Extras::default);
        self.extras.as_deref().unwrap_or(&NONE)
    }

    /// The rarely used parts, to be changed.
    pub fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }
}
