//! What there is to see while the runtime runs: for the web port, the metrics and the row of this process.

use std::{sync::atomic::Ordering, time::Duration};

use guildhall_bus::NatsBus;
use guildhall_discord::{
    gateway::{ShardState, ShardStatus},
    rest::{Priority, RestStats},
};
use guildhall_framework::report::{Queues, RestReport};

use super::Runtime;
use crate::{cluster::Measured, telemetry};

/// What there is to see.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Whether every shard is in a session and the runtime takes work.
    pub ready: bool,
    /// Every shard of this process.
    pub shards: Vec<ShardStatus>,
    /// Guilds the bot is in.
    pub guilds: usize,
    /// Interactions that wait.
    pub interactions_waiting: usize,
    /// Interactions that run.
    pub interactions_running: usize,
    /// Events that wait for a transaction.
    pub events_waiting: usize,
    /// Messages and answers that are to be sent.
    pub outbox_waiting: usize,
    /// Spans of lost events that are not reconciled.
    pub gaps: usize,
    /// Whether the bus can be used, where processes hand events to each other.
    pub bus: Option<bool>,
    /// The sender.
    pub rest: RestStats,
    /// Whether members' commands are answered with a notice, because operators work on the bot.
    pub maintenance: bool,
}

impl Runtime {
    /// What there is to see now. Also refreshes the figures that metrics show.
    pub fn snapshot(&self) -> Snapshot {
        use guildhall_framework::directory::Directory;
        let running = self.sets.current();
        let shards = self.sets.status();
        for shard in &shards {
            self.guilds.set_latency(shard.id, shard.latency);
        }
        let draining = self.draining.load(Ordering::Relaxed);
        // One that has no shards because others run them all is ready to step in.
        let settled = running.is_some_and(|shards| shards.settled.load(Ordering::Relaxed));
        let up = settled && shards.iter().all(|shard| shard.state == ShardState::Active);
        let up = up || !self.member.role().runs_shards();
        let reads = self.partitions.as_ref().is_none_or(|partitions| partitions.settled());
        let snapshot = Snapshot {
            ready: up && reads && self.transport.connected() && !draining,
            shards,
            guilds: self.guilds.guilds(),
            interactions_waiting: self.figures.waiting.load(Ordering::Relaxed),
            interactions_running: self.figures.running.load(Ordering::Relaxed),
            events_waiting: self.events.load(Ordering::Relaxed),
            outbox_waiting: self.relay.waiting(),
            gaps: self.gaps.load(Ordering::Relaxed),
            bus: self.transport.nats().map(NatsBus::connected),
            rest: self.rest.stats(),
            maintenance: self.services.operating.maintenance().is_some(),
        };
        self.tell(&snapshot);
        self.measure(&snapshot.shards);
        telemetry::depths(
            snapshot.interactions_waiting,
            snapshot.interactions_running,
            snapshot.events_waiting,
            snapshot.outbox_waiting,
            snapshot.guilds,
        );
        snapshot
    }

    /// Tells the others what this process has to do, and shows what all of them together ask for.
    fn measure(&self, shards: &[ShardStatus]) {
        let total = self.total.borrow().unwrap_or(1);
        let Some((load, age)) = self.meter.sample(self.services.clock.now(), shards, total) else { return };
        telemetry::load(&load, age);
        self.member.tell(|report| report.load = load);
        let measured = Measured::of(&self.peers.read(), total, self.services.store.is_shared());
        // Before the first look at the others nothing is known.
        if measured.processes > 0 {
            telemetry::advised(&measured.advice());
        }
    }

    /// Has the row of this process say what there is to see, and operators' commands find it before.
    fn tell(&self, snapshot: &Snapshot) {
        let (commands, events) = self.services.processes.counted();
        // Who hands everything over to workers has no seats.
        let works = self.member.role().works();
        let seats = |seats: usize| if works { seats as u64 } else { 0 };
        let queues = Queues {
            interactions: snapshot.interactions_waiting as u64,
            running: snapshot.interactions_running as u64,
            seats: seats(self.seats.seats),
            seats_per_guild: seats(self.seats.seats_per_guild),
            events: snapshot.events_waiting as u64,
            outbox: snapshot.outbox_waiting as u64,
        };
        let members = self.guilds.members();
        self.member.tell(|report| {
            report.waiting = queues.interactions + queues.events + queues.outbox;
            report.guilds = snapshot.guilds as u64;
            report.members = members;
            (report.commands, report.events) = (commands, events);
            report.queues = queues;
            report.rest = told(&snapshot.rest);
            report.shards = self.sets.report();
        });
        self.services.processes.note(self.member.id(), self.member.report());
    }
}

/// The sender as others are told of it.
fn told(stats: &RestStats) -> RestReport {
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let pending = Priority::ALL.iter().zip(stats.pending);
    RestReport {
        pending: pending.map(|(priority, calls)| (priority.name().to_owned(), calls as u64)).collect(),
        routes: stats.routes.iter().map(|(route, calls)| (route.clone(), *calls as u64)).collect(),
        in_flight: stats.in_flight as u64,
        buckets: stats.buckets as u64,
        per_second: stats.per_second as u64,
        paused_ms: stats.paused_for.map(millis),
        breaker: stats.breaker.name().to_owned(),
        invalid: stats.invalid_requests as u64,
        sent: stats.sent,
        rate_limited: stats.rate_limited,
        retries: stats.retries,
        delay_ms: millis(stats.background_gap),
    }
}
