//! Guilds that other processes look after, read from what those have stored when somebody needs them.

use std::{collections::HashMap, time::Duration};

use guildhall_core::{clock::Timestamp, event::EventKind, id::GuildId};
use guildhall_store::{Store, StoreError};
use parking_lot::Mutex;

use super::Guilds;
use crate::{store::guilds as stored, telemetry};

/// Guilds that nobody asked for in this long are dropped.
const UNUSED: Duration = Duration::from_hours(1);

/// A copy of what other processes know of some guilds.
#[derive(Debug)]
pub struct Mirror {
    store: Store,
    guilds: Guilds,
    copies: Mutex<HashMap<GuildId, Copy>>,
}

/// How old a copy is.
#[derive(Clone, Copy, Debug)]
struct Copy {
    /// When what it shows was stored.
    stored_at: Timestamp,
    /// When it was last asked for, by the database's clock as of the last look.
    used: Timestamp,
    /// Whether something newer was stored.
    stale: bool,
}

impl Mirror {
    pub(super) fn new(store: Store) -> Self {
        Self { store, guilds: Guilds::default(), copies: Mutex::default() }
    }

    pub(super) const fn guilds(&self) -> &Guilds {
        &self.guilds
    }

    /// Sees to it that the guild is there as it was last stored, where it was.
    pub async fn ensure(&self, guild: GuildId, now: Timestamp) -> Result<(), StoreError> {
        if let Some(copy) = self.copies.lock().get_mut(&guild).filter(|copy| !copy.stale) {
            copy.used = now;
            return Ok(());
        }
        let stored = stored::load_one(&self.store, guild).await?;
        if let Some((record, stored_at)) = stored {
            self.guilds.put(guild, record);
            self.copies.lock().insert(guild, Copy { stored_at, used: now, stale: false });
            return Ok(());
        }
        // What an event has told of it, and nobody has stored yet, stays.
        let copied = self.copies.lock().contains_key(&guild);
        if copied {
            self.forget(guild);
        }
        Ok(())
    }

    /// Takes note of what an event says of a guild that nobody has stored yet, or that the bot has left.
    pub fn hear(&self, kind: EventKind, guild: GuildId, payload: &[u8]) {
        match kind {
            EventKind::GuildDelete => self.forget(guild),
            EventKind::GuildCreate if !self.guilds.has(guild) => {
                if let Err(error) = self.guilds.apply(kind, Some(guild), payload) {
                    telemetry::unreadable(kind.name(), &error);
                }
                self.guilds.all_is_stored();
            }
            _ => {}
        }
    }

    /// Looks for what others have stored since then, and drops what nobody needs any more.
    pub async fn refresh(&self, since: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        if self.copies.lock().is_empty() {
            return Ok(());
        }
        let changed = stored::changed(&self.store, since).await?;
        let mut copies = self.copies.lock();
        for (guild, stored_at) in changed {
            if let Some(copy) = copies.get_mut(&guild) {
                copy.stale |= stored_at > copy.stored_at;
            }
        }
        copies.retain(|guild, copy| {
            let used = copy.used + UNUSED > now;
            if !used {
                self.guilds.drop_quietly(*guild);
            }
            used
        });
        Ok(())
    }

    fn forget(&self, guild: GuildId) {
        self.copies.lock().remove(&guild);
        self.guilds.drop_quietly(guild);
    }
}
