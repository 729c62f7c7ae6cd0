//! A running runtime, and the events that tests put into it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use guildhall_bus::{InProcess, NatsBus};
use guildhall_core::{
    clock::{Clock, SharedClock, SystemClock, Timestamp},
    event::{Envelope, EventKind, Origin},
    id::{GuildId, InteractionId, UserId},
    random::Seeded,
    secret::SecretString,
};
use guildhall_discord::{
    gateway::{Done, Sink as _},
    rest::{Rest, RestOptions},
};
use guildhall_framework::{Registry, Rollout};
use guildhall_runtime::{
    Parts, Runtime, RuntimeOptions, Transport,
    cluster::{ClusterOptions, Role},
    store::SCHEMA,
};
use guildhall_server_kit::Nats;
use guildhall_store::{Store, StoreError, StoreOptions};
use guildhall_testkit::database::Database;
use serde_json::{Value, json};

use crate::{
    discord::{APPLICATION, Discord},
    feature, log,
};

pub(crate) const CHANNEL: u64 = 30;
/// A channel that members do not see.
pub(crate) const HIDDEN: u64 = 31;
/// Who writes.
pub(crate) const ADA: u64 = 9;
/// View channels, send messages, embed links, attach files, read history, use application commands, and send in
/// threads.
pub(crate) const USUAL: u64 = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 31 | 1 << 38;
/// Who runs the bot.
pub(crate) const OPERATOR: u64 = 11;

pub(crate) fn guild(id: u64) -> GuildId {
    GuildId::new(id).unwrap()
}

/// A guild with two channels, where everyone may do this.
fn world(place: u64, everyone: u64) -> Value {
    let role = |id: u64, permissions: u64| json!({ "id": id.to_string(), "permissions": permissions.to_string(), "position": 0 });
    let channel = |id: u64, overwrites: Value| json!({ "id": id.to_string(), "type": 0, "position": 0, "permission_overwrites": overwrites });
    let denied = json!([{ "id": place.to_string(), "type": 0, "allow": "0", "deny": (1 << 10).to_string() }]);
    json!({
        "id": place.to_string(), "name": "Book `Club`", "owner_id": "5", "preferred_locale": "en-US",
        "roles": [role(place, everyone), role(40, 1 << 5), role(41, USUAL)],
        "channels": [channel(CHANNEL, json!([])), channel(HIDDEN, denied)],
        "members": [{ "user": { "id": APPLICATION.to_string() }, "roles": ["41"] }],
    })
}

/// The machine's clock, set ahead.
#[derive(Debug, Default)]
pub(crate) struct Ahead(AtomicI64);

impl Ahead {
    pub(crate) fn by(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().as_millis() + self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Stage {
    pub(crate) discord: Discord,
    pub(crate) clock: Arc<Ahead>,
    pub(crate) store: Store,
    pub(crate) runtime: Runtime,
    options: RuntimeOptions,
    folder: tempfile::TempDir,
    address: std::net::SocketAddr,
    sequence: AtomicU64,
}

/// The usual options, but with short waits, and without jobs.
pub(crate) fn options() -> RuntimeOptions {
    RuntimeOptions {
        batch_wait: Duration::from_millis(5),
        first_jobs_within: Duration::from_hours(10_000),
        ..RuntimeOptions::default()
    }
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn with(options: RuntimeOptions) -> Self {
        log::start();
        let folder = tempfile::tempdir().unwrap();
        let (discord, address) = Discord::start().await;
        let clock = Arc::new(Ahead::default());
        let (store, runtime) = run(&path(folder.path()), &options, address, "token", &clock).await;
        let sequence = AtomicU64::new(1);
        Self { discord, clock, store, runtime, options, folder, address, sequence }
    }

    /// A gateway process, into which events are put, on a database and a bus that other processes may use, too.
    pub(crate) async fn gateway(database: &Database, nats: &Nats) -> Self {
        log::start();
        let clock = Arc::new(Ahead::default());
        let (discord, address) = Discord::start().await;
        let (store, options) = (open(database, &clock).await, options());
        let runtime = part(&store, &options, address, &clock, nats, Role::Gateway).await;
        let (folder, sequence) = (tempfile::tempdir().unwrap(), AtomicU64::new(1));
        Self { discord, clock, store, runtime, options, folder, address, sequence }
    }

    /// A worker process beside the gateway.
    pub(crate) async fn worker(&self, database: &Database, nats: &Nats) -> Runtime {
        let store = open(database, &self.clock).await;
        part(&store, &self.options, self.address, &self.clock, nats, Role::Worker).await
    }

    /// Kills everything that runs, without a word, and starts again over what is on disk.
    pub(crate) async fn crash(self) -> Self {
        self.crash_and(|_| ()).await
    }

    /// The same, with something happening in between.
    pub(crate) async fn crash_and(self, meanwhile: impl FnOnce(&Discord)) -> Self {
        let Self { discord, clock, store, runtime, options, folder, address, sequence } = self;
        drop(runtime);
        drop(store);
        meanwhile(&discord);
        let (store, runtime) = run(&path(folder.path()), &options, address, "token", &clock).await;
        Self { discord, clock, store, runtime, options, folder, address, sequence }
    }

    /// Delivers an event, as a shard does. The same `sequence` twice is a replay.
    pub(crate) async fn event(&self, kind: EventKind, place: GuildId, sequence: u64, payload: &Value) {
        let interaction = (kind == EventKind::InteractionCreate)
            .then(|| payload["id"].as_str().unwrap().parse::<InteractionId>().unwrap());
        let envelope = Envelope {
            kind,
            guild: Some(place),
            interaction,
            origin: Origin { shard: 0, session: "session".into(), sequence },
            received: self.clock.now(),
            payload: Bytes::from(payload.to_string()),
        };
        self.runtime.sink().deliver(envelope, Done::detached()).await;
    }

    /// Tells that the bot is in this guild.
    pub(crate) fn is_in(&self, place: GuildId, name: &str) {
        let payload = json!({
            "id": place.to_string(), "name": name, "owner_id": "5", "roles": [], "channels": [],
        });
        self.runtime.sink().cache(EventKind::GuildCreate, Some(place), payload.to_string().as_bytes());
    }

    /// Delivers an interaction in a direct message.
    pub(crate) async fn direct(&self, payload: &Value) {
        let envelope = Envelope {
            kind: EventKind::InteractionCreate,
            guild: None,
            interaction: Some(payload["id"].as_str().unwrap().parse::<InteractionId>().unwrap()),
            origin: Origin { shard: 0, session: "session".into(), sequence: 0 },
            received: self.clock.now(),
            payload: Bytes::from(payload.to_string()),
        };
        self.runtime.sink().deliver(envelope, Done::detached()).await;
    }

    /// A message that a member wrote.
    pub(crate) async fn message(&self, place: GuildId, id: u64, content: &str) {
        let payload = json!({ "id": id.to_string(), "channel_id": CHANNEL.to_string(), "content": content });
        self.event(EventKind::MessageCreate, place, id, &payload).await;
    }

    /// Tells that the bot is in this guild, which has two channels, and what everyone may do there.
    pub(crate) fn is_in_with_channels(&self, place: GuildId, everyone: u64) {
        let payload = world(place.get(), everyone).to_string();
        self.runtime.sink().cache(EventKind::GuildCreate, Some(place), payload.as_bytes());
    }

    /// A message of a member as Discord tells of it, with these parts beside the usual ones.
    pub(crate) fn written(&self, content: &str, more: &Value) -> Value {
        let id = self.payload(&json!({}))["id"].clone();
        let mut message = json!({
            "type": 0, "tts": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
            "member": { "roles": [] }, "id": id, "content": content, "channel_id": CHANNEL.to_string(),
            "author": { "id": ADA.to_string(), "username": "ada", "discriminator": "0", "avatar": null },
        });
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        message
    }

    /// Somebody writes a text command; gives the message.
    pub(crate) async fn text(&self, place: GuildId, content: &str) -> Value {
        let message = self.written(content, &json!({}));
        self.event(EventKind::MessageCreate, place, self.sequence.fetch_add(1, Ordering::SeqCst), &message)
            .await;
        message
    }

    /// A slash command; gives the interaction's id.
    pub(crate) async fn command(&self, name: &str, options: Value) -> String {
        self.interaction(
            &json!({ "type": 2, "data": { "id": "1", "name": name, "type": 1, "options": options } }),
        )
        .await
    }

    /// An interaction with these parts beside the usual ones.
    pub(crate) async fn interaction(&self, parts: &Value) -> String {
        let payload = self.payload(parts);
        self.event(EventKind::InteractionCreate, guild(1), 0, &payload).await;
        payload["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn payload(&self, parts: &Value) -> Value {
        let since = u64::try_from(self.clock.now().as_millis() - 1_420_070_400_000).unwrap();
        let id = (since << 22) + self.sequence.fetch_add(1, Ordering::SeqCst);
        let mut payload = json!({
            "id": id.to_string(), "application_id": APPLICATION.to_string(), "token": format!("token{id}"),
            "version": 1, "guild_id": "1", "channel": { "id": CHANNEL.to_string(), "type": 0 },
            "member": {
                "user": { "id": "9", "username": "ada", "discriminator": "0", "avatar": null },
                "roles": [], "joined_at": "2026-01-01T00:00:00.000000+00:00", "deaf": false, "mute": false,
                "flags": 0, "permissions": "3072",
            },
            "locale": "en-US", "guild_locale": "en-US", "app_permissions": "3072", "entitlements": [],
            "authorizing_integration_owners": {}, "attachment_size_limit": 1,
        });
        for (key, value) in parts.as_object().unwrap() {
            payload[key] = value.clone();
        }
        payload
    }

    pub(crate) async fn notes(&self, place: u64) -> Vec<String> {
        feature::notes(&self.store, guild(place)).await
    }

    pub(crate) async fn heard(&self, place: u64) -> i64 {
        feature::heard(&self.store, guild(place)).await
    }

    /// Waits for so many answers and gives them.
    pub(crate) async fn answers(&self, count: usize) -> Vec<Value> {
        until(&format!("{count} answers"), async || self.discord.answers().len() >= count).await;
        self.discord.answers()
    }
}

fn schemas() -> Vec<guildhall_store::Schema> {
    let mut schemas = Registry::new(vec![feature::feature()]).unwrap().schemas();
    schemas.push(SCHEMA);
    schemas
}

fn path(folder: &Path) -> PathBuf {
    folder.join("guildhall.db")
}

/// Reference ids differ between the tests of one log.
static SEED: AtomicU64 = AtomicU64::new(0);

/// Starts a runtime over a database file and a REST interface.
pub(crate) async fn run(
    path: &Path,
    options: &RuntimeOptions,
    address: std::net::SocketAddr,
    token: &str,
    clock: &Arc<Ahead>,
) -> (Store, Runtime) {
    let clock: SharedClock = Arc::clone(clock) as SharedClock;
    let schemas = schemas();
    let mut tries = 0;
    let store = loop {
        match Store::open(StoreOptions::new(path), &schemas, Arc::clone(&clock)).await {
            // Tasks of the run before are still being dropped.
            Err(StoreError::InUse { .. }) if tries < 1_000 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            opened => break opened.unwrap(),
        }
    };
    let within = Transport::Within(InProcess::new(1024));
    let runtime = assemble(&store, options, address, token, &clock, within, Role::All).await;
    (store, runtime)
}

async fn open(database: &Database, clock: &Arc<Ahead>) -> Store {
    database.open(&schemas(), Arc::clone(clock) as SharedClock).await.unwrap()
}

/// Starts a process that does this part of the work, over NATS.
async fn part(
    store: &Store,
    options: &RuntimeOptions,
    address: std::net::SocketAddr,
    clock: &Arc<Ahead>,
    nats: &Nats,
    role: Role,
) -> Runtime {
    let clock = Arc::clone(clock) as SharedClock;
    let set_up = guildhall_bus::nats::Options::new(nats.url(), "test");
    let random = Seeded::new(SEED.fetch_add(1, Ordering::SeqCst));
    let bus = NatsBus::connect(set_up, Arc::clone(&clock), &random).await.unwrap();
    assemble(store, options, address, "token", &clock, Transport::Between(bus), role).await
}

/// Starts a runtime that does this part of the work.
async fn assemble(
    store: &Store,
    options: &RuntimeOptions,
    address: std::net::SocketAddr,
    token: &str,
    clock: &SharedClock,
    transport: Transport,
    role: Role,
) -> Runtime {
    let parts = parts(store, address, token, clock, transport, role);
    Runtime::start(options.clone(), parts).await.unwrap()
}

/// What a runtime is made of that does this part of the work.
fn parts(
    store: &Store,
    address: std::net::SocketAddr,
    token: &str,
    clock: &SharedClock,
    transport: Transport,
    role: Role,
) -> Parts {
    let random = Arc::new(Seeded::new(SEED.fetch_add(1, Ordering::SeqCst)));
    let rest_options = RestOptions {
        base: format!("http://{address}/api/v10"),
        ..RestOptions::new(SecretString::from(token.to_owned()))
    };
    let rest = Rest::new(rest_options, Arc::clone(clock), random.clone()).unwrap();
    let beat = Duration::from_millis(100);
    Parts {
        cache: guildhall_cache::Cache::in_process(&[&guildhall_framework::caching::STAMPS]).unwrap(),
        files: guildhall_discord::rest::files::Files::new(None).unwrap(),
        extensions: guildhall_framework::Extensions::default(),
        store: store.clone(),
        clock: Arc::clone(clock),
        random,
        registry: Arc::new(Registry::new(vec![feature::feature()]).unwrap()),
        rest,
        transport,
        me: UserId::new(APPLICATION),
        journal: guildhall_store::tombstone::Journal::none(),
        cluster: ClusterOptions { role, beat, ..ClusterOptions::default() },
        operators: UserId::new(OPERATOR).into_iter().collect(),
        rollout: Rollout::default(),
        text_commands: true,
        schedules: Vec::new(),
    }
}

/// A runtime whose features are there for some guilds only.
pub(crate) async fn rolled_out(path: &Path, address: std::net::SocketAddr, rollout: Rollout) -> Runtime {
    let clock: SharedClock = Arc::new(Ahead::default());
    let store = Store::open(StoreOptions::new(path), &schemas(), Arc::clone(&clock)).await.unwrap();
    let within = Transport::Within(InProcess::new(1024));
    let parts = parts(&store, address, "token", &clock, within, Role::All);
    Runtime::start(options(), Parts { rollout, ..parts }).await.unwrap()
}

/// Waits until it is so, for 20 s at most.
pub(crate) async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    for _ in 0..2_000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain for {what}");
}
