//! Breaks connections at random moments, in every way that a client has to live through.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use guildhall_core::random::{Random as _, Seeded};
use guildhall_sandbox::{
    Engine,
    engine::{FaultKind, Target},
    snowflake::Id,
};

/// The pause between two faults, at least and at most.
const PAUSE_MS: (u64, u64) = (100, 900);

/// Breaks things.
pub(super) struct Mischief {
    engine: Arc<Engine>,
    random: Seeded,
    application_id: Id,
    tally: BTreeMap<&'static str, u64>,
}

type Trick = (&'static str, fn(&Mischief));

/// Every trick; all have the same chance.
const TRICKS: [Trick; 8] = [
    ("connection dropped", |own| own.one(|engine, target| engine.drop_socket(target))),
    ("reconnect asked for", |own| own.one(|engine, target| engine.reconnect(target))),
    ("session invalidated, resumable", |own| own.one(|engine, target| engine.invalidate(target, true))),
    ("closed with 4000", |own| own.one(|engine, target| engine.close(target, 4000))),
    ("closed with 4008", |own| own.one(|engine, target| engine.close(target, 4008))),
    ("connections accepted and closed", |own| {
        own.fault(FaultKind::AcceptThenClose { code: None }, 3);
        own.one(|engine, target| engine.drop_socket(target));
    }),
    ("reconnect in place of hello", |own| {
        own.fault(FaultKind::ReconnectAtHello, 2);
        own.one(|engine, target| engine.drop_socket(target));
    }),
    ("heartbeats unanswered", |own| own.fault(FaultKind::HeartbeatSilence { session: None }, 4)),
];

impl Mischief {
    pub(super) fn new(engine: Arc<Engine>, random: Seeded, application_id: Id) -> Self {
        Self { engine, random, application_id, tally: BTreeMap::new() }
    }

    /// Plays one trick, and says how long to wait until the next.
    pub(super) fn play(&mut self) -> Duration {
        let (name, trick) = TRICKS[self.choose(TRICKS.len())];
        trick(self);
        *self.tally.entry(name).or_default() += 1;
        Duration::from_millis(PAUSE_MS.0 + self.random.below(PAUSE_MS.1 - PAUSE_MS.0))
    }

    /// Plays no more, and lets what still waits to be played go.
    pub(super) fn end(&self) {
        self.engine.faults().clear(None);
    }

    /// How often which trick was played.
    pub(super) fn tally(&self) -> &BTreeMap<&'static str, u64> {
        &self.tally
    }

    /// How many tricks were played.
    pub(super) fn played(&self) -> u64 {
        self.tally.values().sum()
    }

    fn choose(&self, among: usize) -> usize {
        usize::try_from(self.random.below(among.max(1) as u64)).unwrap_or(0)
    }

    /// Does it to one session.
    fn one(&self, act: impl Fn(&Engine, &Target) -> usize) {
        let sessions = self.engine.sessions();
        if let Some(session) = sessions.get(self.choose(sessions.len())) {
            act(&self.engine, &Target::Session(session.id.clone()));
        }
    }

    fn fault(&self, kind: FaultKind, count: u64) {
        self.engine.faults().add(kind, Some(count), None);
    }
}
