//! Which events somebody wants, asked for every dispatch: one atomic in the usual case, one hash lookup
//! where a guild chose something else than the defaults. Where nobody wants all messages of a guild, those that
//! call a command behind its prefix are wanted all the same.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use guildhall_core::{
    event::{EventKind, EventSet},
    id::GuildId,
};
use guildhall_discord::gateway::{self, classify};
use guildhall_framework::{Registry, ctx::Services};
use parking_lot::RwLock;

/// What features want, by guild.
#[derive(Debug)]
pub struct Interest {
    services: Arc<Services>,
    /// Kinds that a guild with no choices wants.
    usual: EventSet,
    /// Kinds that at least one guild wants. Only grows, so that a guild that turns something off costs
    /// no scan over all the others.
    any: AtomicU64,
    /// Guilds that want something else than the usual.
    special: RwLock<HashMap<GuildId, EventSet>>,
}

impl Interest {
    /// The interest as the features and what the guilds chose have it now.
    pub fn new(services: Arc<Services>) -> Self {
        let usual = usual(&services.registry);
        let guilds = services.set_up();
        let interest =
            Self { services, usual, any: AtomicU64::new(usual.bits()), special: RwLock::default() };
        for guild in guilds {
            interest.refresh(guild);
        }
        interest
    }

    fn wanted(&self, guild: GuildId) -> EventSet {
        let toggles = &self.services.toggles;
        self.services.registry.wanted(|feature| toggles.enabled(guild, feature))
    }

    /// Looks again at what a guild chose.
    pub fn refresh(&self, guild: GuildId) {
        let wanted = self.wanted(guild);
        self.any.fetch_or(wanted.bits(), Ordering::AcqRel);
        if self.services.prefixes.has(guild) {
            self.any.fetch_or(EventSet::of(&[EventKind::MessageCreate]).bits(), Ordering::AcqRel);
        }
        let mut special = self.special.write();
        if wanted == self.usual {
            special.remove(&guild);
        } else {
            special.insert(guild, wanted);
        }
    }
}

impl gateway::Interest for Interest {
    fn any(&self) -> EventSet {
        EventSet::from_bits(self.any.load(Ordering::Acquire))
    }

    fn guild(&self, guild: GuildId) -> EventSet {
        if let Some(wanted) = self.special.read().get(&guild) {
            return *wanted;
        }
        // While a feature is there for some guilds only, what is usual depends on the guild.
        if self.services.toggles.rollout().is_empty() { self.usual } else { self.wanted(guild) }
    }

    fn event(&self, guild: GuildId, kind: EventKind, data: &[u8]) -> bool {
        self.guild(guild).contains(kind)
            || kind == EventKind::MessageCreate && calls(&self.services, guild, data)
    }
}

/// Whether a message calls a command. Most are told apart by the first byte of what they say.
pub fn calls(services: &Services, guild: GuildId, message: &[u8]) -> bool {
    let quoted = if services.prefixes.has(guild) { classify::member(message, b"content") } else { None };
    let Some(quoted) = quoted else { return false };
    let may_call =
        quoted.get(1).is_some_and(|byte| *byte == b'\\' || services.prefixes.may_begin(guild, *byte));
    may_call
        && serde_json::from_slice::<Cow<'_, str>>(quoted)
            .is_ok_and(|content| services.called(guild, &content).is_some())
}

fn usual(registry: &Registry) -> EventSet {
    registry.wanted(|feature| feature.toggle.initial())
}
