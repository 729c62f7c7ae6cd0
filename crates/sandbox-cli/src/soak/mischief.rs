//! Breaks connections at random moments, in every way that a client has to live through without losing
//! an event.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use guildhall_core::random::{Random as _, Seeded};
use guildhall_sandbox::{
    Engine,
    engine::{FaultKind, FaultRule, Occasion, PartitionMode, Selector, Target},
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

/// What is done to a session.
enum Trick {
    /// At once, by hand.
    Hand(fn(&Engine, &Target) -> usize),
    /// By a rule for one session.
    Rule(FaultRule),
    /// By a rule for requests over REST.
    Rest(FaultRule),
    /// By a rule for all, and one connection is dropped so that somebody meets it.
    Meet(FaultRule),
}

impl Mischief {
    pub(super) fn new(engine: Arc<Engine>, random: Seeded, application_id: Id) -> Self {
        Self { engine, random, application_id, tally: BTreeMap::new() }
    }

    /// Plays one trick, and says how long to wait until the next.
    pub(super) fn play(&mut self) -> Duration {
        let (name, trick) = self.trick();
        let sessions = self.engine.sessions();
        let index = self.random.below(sessions.len().max(1) as u64);
        if let Some(session) = usize::try_from(index).ok().and_then(|index| sessions.get(index)) {
            self.apply(trick, session.id.clone());
            *self.tally.entry(name).or_default() += 1;
        }
        Duration::from_millis(PAUSE_MS.0 + self.random.below(PAUSE_MS.1 - PAUSE_MS.0))
    }

    fn trick(&self) -> (&'static str, Trick) {
        let at = Occasion::Dispatch;
        let once = |kind: FaultKind| FaultRule::from(kind).times(1);
        match self.random.below(26) {
            0 => ("connection dropped", Trick::Hand(Engine::drop_socket)),
            1 => ("reconnect asked for", Trick::Hand(Engine::reconnect)),
            2 => {
                ("invalid session, resumable", Trick::Hand(|engine, target| engine.invalidate(target, true)))
            }
            3 => ("closed with 4000", Trick::Hand(|engine, target| engine.close(target, 4000))),
            4 => ("closed with 4008", Trick::Hand(|engine, target| engine.close(target, 4008))),
            5 => (
                "accepted and closed",
                Trick::Meet(FaultRule::from(FaultKind::AcceptThenClose { code: None }).times(3)),
            ),
            6 => ("reconnect in place of hello", Trick::Meet(once(FaultKind::ReconnectAtHello))),
            7 => {
                ("heartbeats unanswered", Trick::Rule(FaultRule::from(FaultKind::HeartbeatSilence).times(2)))
            }
            8 => ("a dispatch cut short", Trick::Rule(once(FaultKind::Truncate { bytes: Some(9) }))),
            9 => ("stalled", Trick::Rule(once(FaultKind::Stall { ms: 300, at }))),
            10 => {
                let rule = FaultRule::from(FaultKind::SlowSocket { bytes_per_second: 200_000 });
                ("slow socket", Trick::Rule(rule.for_ms(500)))
            }
            11 => ("dropped in the middle", Trick::Rule(once(FaultKind::Close { code: None, at }))),
            12 => ("heartbeat asked for", Trick::Rule(once(FaultKind::ServerHeartbeat { at }))),
            13 => (
                "lost while resuming",
                Trick::Meet(once(FaultKind::Close { code: None, at: Occasion::Resume })),
            ),
            14 => (
                "resumable refusal of a resume",
                Trick::Meet(once(FaultKind::Invalidate { resumable: true, at: Occasion::Resume })),
            ),
            15 => (
                "network cut, refusing",
                Trick::Rule(
                    FaultRule::from(FaultKind::Partition { mode: PartitionMode::Refuse }).for_ms(400),
                ),
            ),
            16 => (
                "network cut, hanging",
                Trick::Rule(FaultRule::from(FaultKind::Partition { mode: PartitionMode::Stall }).for_ms(400)),
            ),
            17 => {
                let kind = FaultKind::Reconnect { at: Occasion::Heartbeat };
                ("reconnect at a heartbeat", Trick::Rule(once(kind)))
            }
            18 => {
                let kind = FaultKind::Delay { ms: 100 };
                ("events late", Trick::Rule(FaultRule::from(kind).times(5)))
            }
            19 => {
                let kind = FaultKind::Reorder { window: 3, ms: 300 };
                ("events in another order", Trick::Rule(FaultRule::from(kind).times(6)))
            }
            other => Self::rest_trick(other),
        }
    }

    /// What happens to requests. A message whose answer is lost is told of all the same.
    fn rest_trick(number: u64) -> (&'static str, Trick) {
        let few = |kind: FaultKind| Trick::Rest(FaultRule::from(kind).times(3));
        match number {
            20 => ("REST: global limit", few(FaultKind::Global429 { retry_after: 0.2 })),
            21 => ("REST: server errors", few(FaultKind::ServerError { status: 503, page: false })),
            22 => ("REST: answers lost", few(FaultKind::AnswerLost)),
            23 => ("REST: connections reset", few(FaultKind::ConnectionReset)),
            24 => ("REST: answers late", few(FaultKind::DelayAnswer { ms: 200 })),
            _ => ("REST: slow bodies", few(FaultKind::SlowBody { bytes_per_second: 20_000 })),
        }
    }

    fn apply(&self, trick: Trick, session: String) {
        let target = Target::Session(session.clone());
        let rule = match trick {
            Trick::Hand(act) => {
                act(&self.engine, &target);
                return;
            }
            // A network is cut for everyone; the rest meets one session.
            Trick::Rule(rule) if matches!(rule.kind, FaultKind::Partition { .. }) => self.own(rule),
            Trick::Rule(rule) => rule.on(Selector { session: Some(session), ..Selector::default() }),
            Trick::Rest(rule) => rule,
            Trick::Meet(rule) => {
                self.engine.drop_socket(&target);
                rule
            }
        };
        if let Err(problem) = self.engine.add_fault(rule) {
            eprintln!("a fault cannot be played: {problem}");
        }
    }

    fn own(&self, rule: FaultRule) -> FaultRule {
        rule.on(Selector { application: Some(self.application_id), ..Selector::default() })
    }

    /// Plays no more, and lets what still waits to be played go.
    pub(super) fn end(&self) {
        self.engine.clear_faults(None);
    }

    /// How often which trick was played.
    pub(super) fn tally(&self) -> &BTreeMap<&'static str, u64> {
        &self.tally
    }

    /// How many tricks were played.
    pub(super) fn played(&self) -> u64 {
        self.tally.values().sum()
    }
}
