//! The one place where the world meets sessions: changes are applied under one lock and told in order.

mod counters;
mod fanout;
mod farewell;
mod faults;
mod flood;
mod identify;
mod load;
mod outage;
pub(crate) mod outgoing;
mod reset;
mod sessions;

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

pub use counters::{Counter, Counters};
pub(crate) use faults::{Dice, Moment, Played, Point};
pub use faults::{
    Fault, FaultKind, FaultRule, Faults, LimitScope, Occasion, PartitionMode, Selector, ShardIs,
};
pub use flood::{Flood, FloodReport};
pub use identify::SessionStartLimit;
pub use load::{Load, LoadMeter};
pub(crate) use sessions::Refusal;
pub use sessions::{Connection, SessionInfo, Target};

use crate::{
    clock::Clock,
    example,
    journal::Journal,
    options::{Limits, Options, Seed},
    snowflake::{Id, Millis},
    world::{Acting, Dispatch, World},
};

/// Everything that a sandbox is, behind one handle.
#[derive(Debug)]
pub struct Engine {
    clock: Clock,
    started_at: Millis,
    world: Mutex<World>,
    sessions: Mutex<sessions::Registry>,
    identifies: Mutex<identify::Budgets>,
    member_lists: Mutex<HashMap<(Id, Id), Millis>>,
    outgoing: outgoing::Outgoing,
    journal: Journal,
    counters: Counters,
    faults: Faults,
    observers: broadcast::Sender<Arc<Dispatch>>,
    gateway_url: std::sync::OnceLock<String>,
    web_client: bool,
    remote_endpoints: bool,
    /// What a reset goes back to.
    initial: (Seed, Limits),
    stop: CancellationToken,
}

impl Engine {
    /// An engine with the world that the options ask for.
    pub fn new(options: &Options) -> Arc<Self> {
        let clock = Clock::default();
        let started_at = clock.now();
        let faults = Faults::ringing(Arc::clone(clock.moved()));
        let mut world = World::default();
        world.limits = options.limits.clone();
        world.links.key = *blake3::hash(format!("links {started_at}").as_bytes()).as_bytes();
        if options.seed == Seed::Example {
            example::build(&mut world, started_at);
        }
        Arc::new(Self {
            clock,
            started_at,
            world: Mutex::new(world),
            sessions: Mutex::default(),
            identifies: Mutex::default(),
            member_lists: Mutex::default(),
            outgoing: outgoing::Outgoing::default(),
            journal: Journal::new(options.journal_capacity, options.journal_body),
            counters: Counters::default(),
            faults,
            observers: broadcast::channel(4_096).0,
            gateway_url: std::sync::OnceLock::new(),
            web_client: options.web_client,
            remote_endpoints: options.remote_endpoints,
            initial: (options.seed, options.limits.clone()),
            stop: CancellationToken::new(),
        })
    }

    /// The sandbox's time.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The clock, which can be moved ahead.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// When the sandbox was started.
    pub fn started_at(&self) -> Millis {
        self.started_at
    }

    /// Looks at the world.
    pub fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        let now = self.now();
        let mut world = self.world.lock();
        world.now = now;
        look(&world)
    }

    /// Changes the world and tells of it. Events are told in the order in which changes are applied.
    pub fn apply<T>(&self, change: impl FnOnce(&mut World, Millis) -> (T, Vec<Dispatch>)) -> T {
        let now = self.now();
        let mut world = self.world.lock();
        world.act(None);
        world.now = now;
        let (result, mut told) = change(&mut world, now);
        told.extend(world.pay());
        self.tell(&world, told);
        result
    }

    /// Changes the world by an operation that can fail; nothing is told then.
    pub fn try_apply<T, E>(
        &self,
        change: impl FnOnce(&mut World, Millis) -> Result<(T, Vec<Dispatch>), E>,
    ) -> Result<T, E> {
        self.try_apply_as(None, None, change)
    }

    /// The same, done by a user: what changes a guild goes into its audit log, with the reason.
    pub fn try_apply_as<T, E>(
        &self,
        user_id: Option<Id>,
        reason: Option<String>,
        change: impl FnOnce(&mut World, Millis) -> Result<(T, Vec<Dispatch>), E>,
    ) -> Result<T, E> {
        let now = self.now();
        let mut world = self.world.lock();
        world.now = now;
        world.act(user_id.map(|user_id| Acting { user_id, reason, now }));
        let outcome = change(&mut world, now);
        world.act(None);
        let owed = world.pay();
        match outcome {
            Ok((result, mut told)) => {
                told.extend(owed);
                self.tell(&world, told);
                Ok(result)
            }
            Err(error) => {
                self.tell(&world, owed);
                Err(error)
            }
        }
    }

    /// Lets happen what is due by the clock, such as threads that fall silent and polls that end.
    pub fn run_due(&self) {
        self.apply(|world, now| ((), world.run_due(now)));
    }

    /// The numbers in force.
    pub fn limits(&self) -> Limits {
        self.world.lock().limits.clone()
    }

    /// Puts other numbers in force.
    pub fn set_limits(&self, limits: Limits) {
        self.world.lock().limits = limits;
    }

    /// What waits to be sent to addresses that applications registered.
    pub(crate) fn outgoing(&self) -> &outgoing::Outgoing {
        &self.outgoing
    }

    /// What was sent and received.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// How often what happened.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The faults to be played.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Hears every dispatch, as the web client does. A listener that falls far behind misses some.
    pub fn observe(&self) -> broadcast::Receiver<Arc<Dispatch>> {
        self.observers.subscribe()
    }

    /// Where bots connect: scheme and authority, without path (libraries append their own).
    pub fn gateway_url(&self) -> String {
        self.gateway_url.get().cloned().unwrap_or_default()
    }

    /// Whether the web client is served.
    pub fn serves_web_client(&self) -> bool {
        self.web_client
    }

    /// Whether addresses that applications register may be on other machines.
    pub(crate) fn remote_endpoints(&self) -> bool {
        self.remote_endpoints
    }

    /// Is cancelled when the sandbox stops.
    pub fn stopped(&self) -> &CancellationToken {
        &self.stop
    }

    pub(crate) fn set_gateway_url(&self, url: String) {
        self.world.lock().links.base = url.replacen("ws", "http", 1);
        self.gateway_url.get_or_init(|| url);
    }

    /// Asks for a full member list: nothing when it may be sent, or else how many milliseconds to wait.
    pub(crate) fn request_member_list(&self, application_id: Id, guild_id: Id) -> Option<Millis> {
        let (now, window) = (self.now(), self.limits().member_list_window);
        let window = Millis::try_from(window).unwrap_or(Millis::MAX);
        let mut lists = self.member_lists.lock();
        match lists.get(&(application_id, guild_id)) {
            Some(last) if now - last < window => Some(window - (now - last)),
            _ => {
                lists.insert((application_id, guild_id), now);
                None
            }
        }
    }

    /// How many shards `GET /gateway/bot` recommends.
    pub fn recommended_shards(&self, application_id: Id) -> u32 {
        let world = self.world.lock();
        fanout::recommended_shards(&world, application_id)
    }
}
