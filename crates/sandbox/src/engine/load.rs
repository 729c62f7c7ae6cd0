//! Load over many shards: `MESSAGE_CREATE` events at an even rate, prepared ahead, each to the shard of
//! its guild.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Engine, Target, flood};
use crate::{
    gateway::session::Session,
    snowflake::{Id, shard_of},
    world::World,
};

/// Guilds a shard whose messages are prepared, and different messages of each.
const GUILDS: usize = 8;
const VARIANTS: u64 = 4;

/// How often events are handed to the sessions.
const TICK: Duration = Duration::from_millis(5);

/// The same when as many go as the sockets take.
const TICK_FLAT_OUT: Duration = Duration::from_millis(1);

/// How many events may wait for one socket. What does not fit is held back and counted.
const AHEAD: usize = 4_096;

/// A load to be sent.
#[derive(Clone, Debug)]
pub struct Load {
    /// To this application's sessions.
    pub application_id: Id,
    /// How large each event's data is, at least.
    pub size_bytes: usize,
    /// How many a second over all shards; as many as the sockets take when none.
    pub rate: Option<u64>,
}

/// What has become of a load so far.
#[derive(Debug, Default)]
pub struct LoadMeter {
    sent: AtomicU64,
    held_back: AtomicU64,
    deepest: AtomicU64,
}

impl LoadMeter {
    /// Events handed to sessions.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Events that were due but not sent, because their socket had too many waiting.
    pub fn held_back(&self) -> u64 {
        self.held_back.load(Ordering::Relaxed)
    }

    /// The most events that waited for one socket.
    pub fn deepest(&self) -> u64 {
        self.deepest.load(Ordering::Relaxed)
    }
}

impl Engine {
    /// Sends a load until it is stopped. Sessions come and go meanwhile: one without a socket gets its
    /// events when it is resumed, as far as they are kept.
    pub async fn load(&self, load: &Load, meter: &LoadMeter, stop: &CancellationToken) {
        let began = Instant::now();
        let mut lanes = Lanes::default();
        let mut tick = tokio::time::interval(if load.rate.is_some() { TICK } else { TICK_FLAT_OUT });
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut due, mut refreshed) = (0_u64, None::<Instant>);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = stop.cancelled() => return,
                () = self.stopped().cancelled() => return,
            }
            if refreshed.is_none_or(|then| then.elapsed() > Duration::from_secs(1)) {
                lanes.refresh(self, load);
                refreshed = Some(Instant::now());
            }
            if lanes.open.is_empty() {
                continue;
            }
            let wanted = match load.rate {
                Some(rate) => {
                    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
                    micros.saturating_mul(rate) / 1_000_000 - due
                }
                None => u64::MAX,
            };
            due = due.saturating_add(wanted);
            lanes.send(wanted, meter);
        }
    }
}

/// The sessions and what is prepared for each.
#[derive(Default)]
struct Lanes {
    prepared: HashMap<Option<(u32, u32)>, Arc<[Bytes]>>,
    open: Vec<Lane>,
    /// Which lane is next, so that all get the same.
    next: usize,
}

struct Lane {
    session: Arc<Session>,
    payloads: Arc<[Bytes]>,
    turn: usize,
}

impl Lanes {
    fn refresh(&mut self, engine: &Engine, load: &Load) {
        let sessions = engine.targets(&Target::Application(load.application_id));
        let unknown: Vec<_> = sessions.iter().map(|session| session.shard).collect();
        if unknown.iter().any(|shard| !self.prepared.contains_key(shard)) {
            self.prepared = engine.read(|world| prepare(world, load, &unknown));
        }
        let lane = |session: Arc<Session>| {
            let payloads = self.prepared.get(&session.shard).filter(|payloads| !payloads.is_empty())?;
            Some(Lane { payloads: Arc::clone(payloads), session, turn: 0 })
        };
        self.open = sessions.into_iter().filter_map(lane).collect();
    }

    fn send(&mut self, wanted: u64, meter: &LoadMeter) {
        let all = self.open.len();
        let share = usize::try_from(wanted / all as u64).unwrap_or(usize::MAX);
        let rest = usize::try_from(wanted % all as u64).unwrap_or(0);
        for number in 0..all {
            let index = (self.next + number) % all;
            let mine = share.saturating_add(usize::from(number < rest));
            self.open[index].push(mine, wanted == u64::MAX, meter);
        }
        self.next = (self.next + rest) % all;
    }
}

impl Lane {
    fn push(&mut self, wanted: usize, endless: bool, meter: &LoadMeter) {
        let waiting = self.session.waiting();
        meter.deepest.fetch_max(waiting as u64, Ordering::Relaxed);
        let count = wanted.min(AHEAD.saturating_sub(waiting));
        if !endless {
            meter.held_back.fetch_add((wanted - count) as u64, Ordering::Relaxed);
        }
        if count == 0 {
            return;
        }
        let payloads = &self.payloads;
        let events = (0..count).map(|number| payloads[(self.turn + number) % payloads.len()].clone());
        self.session.push_all("MESSAGE_CREATE", events);
        self.turn = (self.turn + count) % payloads.len();
        meter.sent.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// For each shard, messages in some of its guilds.
fn prepare(
    world: &World,
    load: &Load,
    shards: &[Option<(u32, u32)>],
) -> HashMap<Option<(u32, u32)>, Arc<[Bytes]>> {
    let Some(bot_id) = world.applications.get(&load.application_id).map(|own| own.bot_id) else {
        return HashMap::new();
    };
    let mut guilds: HashMap<Option<(u32, u32)>, Vec<Id>> =
        shards.iter().map(|shard| (*shard, Vec::new())).collect();
    for guild in world.guilds_of(bot_id) {
        for (shard, chosen) in &mut guilds {
            let covers = shard.is_none_or(|(own, count)| shard_of(guild.id, count) == own);
            if chosen.len() < GUILDS && covers {
                chosen.push(guild.id);
            }
        }
        if guilds.values().all(|chosen| chosen.len() >= GUILDS) {
            break;
        }
    }
    let messages = |id: &Id| {
        let guild = world.guilds.get(id)?;
        let channel_id = flood::text_channel(guild)?;
        Some(
            (0..VARIANTS)
                .map(move |number| flood::message(world, guild, channel_id, load.size_bytes, number)),
        )
    };
    guilds
        .into_iter()
        .map(|(shard, chosen)| (shard, chosen.iter().filter_map(messages).flatten().collect()))
        .collect()
}
