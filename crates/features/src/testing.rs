//! The house of the tests: the real registry over a real store in a folder of its own. Only Discord is
//! made up. Every answer is checked against Discord's limits, and that it pings nobody.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use guildhall_cache::Cache;
use guildhall_core::{
    clock::{ManualClock, SharedClock, Timestamp},
    event::EventKind,
    id::{ChannelId, CommandId, GuildId, UserId},
    random::Seeded,
    scope::GuildScope,
};
use guildhall_framework::{
    Body, Choice, Consents, Ctx, Event, Extensions, Failure, Invocation, Operating, Outgoing, Processes,
    Registry, Reply, Rollout, Services, Tasks,
    component::{self, Input},
    ctx::{Toggles, Usage},
    directory::{Directory, GuildFacts, Spot},
    text_command::Prefixes,
};
use guildhall_store::{
    GuildStatement, OperatorPath, Params, Row, Store, StoreError, StoreOptions, operator,
    platform::instance::Instance, tombstone::Journal,
};
use parking_lot::{Mutex, RwLock};
use serde_json::{Value, json};
use tempfile::TempDir;
use twilight_model::guild::Permissions;

use crate::markov::{Markov, MarkovOptions};

mod jobs;
mod outside;

pub(crate) use self::outside::FakeOutside;

/// 2026-11-20 12:00 UTC.
pub(crate) const NOON: Timestamp = Timestamp(1_795_176_000_000);

/// The channel in which everything happens.
pub(crate) const CHANNEL: u64 = 9_000;

/// The bot itself.
pub(crate) const ME: u64 = 1_111;

/// Who runs the bot.
pub(crate) const OPERATOR: u64 = 7_777;

pub(crate) fn guild(number: u64) -> GuildId {
    GuildId::new(number).unwrap()
}

pub(crate) fn user(number: u64) -> UserId {
    UserId::new(number).unwrap()
}

/// Guilds as the gateway would have told of them.
#[derive(Debug, Default)]
pub(crate) struct FakeDirectory {
    pub(crate) guilds: Mutex<HashMap<GuildId, GuildFacts>>,
    /// Where the bot may speak, if anywhere.
    pub(crate) open_channel: Mutex<Option<ChannelId>>,
    pub(crate) latency: Mutex<Option<Duration>>,
}

impl Directory for FakeDirectory {
    fn guild(&self, guild: GuildId) -> Option<GuildFacts> {
        self.guilds.lock().get(&guild).cloned()
    }

    fn guilds(&self) -> usize {
        self.guilds.lock().len()
    }

    fn me(&self) -> Option<UserId> {
        UserId::new(ME)
    }

    fn bot_permissions(&self, _guild: GuildId, _channel: ChannelId) -> Option<Permissions> {
        Some(Permissions::all())
    }

    fn channel_with(&self, _guild: GuildId, _wanted: Permissions) -> Option<ChannelId> {
        *self.open_channel.lock()
    }

    fn latency(&self, _guild: Option<GuildId>) -> Option<Duration> {
        *self.latency.lock()
    }

    fn shards(&self) -> Option<u32> {
        Some(1)
    }

    fn everywhere<'a>(
        &'a self,
        _store: &'a Store,
        after: Option<GuildId>,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<GuildId>, StoreError>> {
        let mut guilds: Vec<_> =
            self.guilds.lock().keys().copied().filter(|guild| Some(*guild) > after).collect();
        guilds.sort_unstable();
        guilds.truncate(usize::try_from(limit).unwrap());
        Box::pin(async { Ok(guilds) })
    }

    fn recall<'a>(
        &'a self,
        _store: &'a Store,
        guild: GuildId,
    ) -> BoxFuture<'a, Result<Option<GuildFacts>, StoreError>> {
        Box::pin(async move { Ok(self.guild(guild)) })
    }

    fn spot<'a>(
        &'a self,
        _store: &'a Store,
        _guild: GuildId,
        preferred: Option<ChannelId>,
        _wanted: Permissions,
    ) -> BoxFuture<'a, Result<Spot, StoreError>> {
        let channel = preferred.or(*self.open_channel.lock());
        Box::pin(async move { Ok(channel.map_or(Spot::Nowhere, Spot::Channel)) })
    }
}

/// The row of another process of the bot, which is heard of until twenty seconds after `now`.
pub(crate) fn other_process(id: &str, now: Timestamp, report: &str) -> Instance {
    Instance {
        id: id.to_owned(),
        role: "all".to_owned(),
        host: String::new(),
        process: String::new(),
        started_at: now,
        expires_at: now + Duration::from_secs(20),
        report: report.to_owned(),
    }
}

pub(crate) struct World {
    pub(crate) services: Arc<Services>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) directory: Arc<FakeDirectory>,
    pub(crate) outside: Arc<FakeOutside>,
    /// What was sent to channels.
    pub(crate) sent: Mutex<Vec<Outgoing>>,
    folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::set(Rollout::default(), MarkovOptions::default()).await
    }

    /// Features are there for these servers alone.
    pub(crate) async fn with(rollout: Rollout) -> Self {
        Self::set(rollout, MarkovOptions::default()).await
    }

    /// With what the operator decided about random sentences.
    pub(crate) async fn speaking(options: MarkovOptions) -> Self {
        Self::set(Rollout::default(), options).await
    }

    async fn set(rollout: Rollout, options: MarkovOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Arc::new(Registry::new(crate::all()).unwrap());
        let clock = Arc::new(ManualClock::at(NOON));
        let shared: SharedClock = clock.clone();
        let place = StoreOptions::new(folder.path().join("guildhall.db"));
        let store = Store::open(place, &registry.schemas(), shared.clone()).await.unwrap();
        let directory = Arc::new(FakeDirectory::default());
        *directory.open_channel.lock() = ChannelId::new(CHANNEL);
        let outside = Arc::new(FakeOutside::default());
        let options = MarkovOptions { threads: 1, batch: 2, min_score: 0, ..options };
        let markov = Markov::open(options, &folder.path().join("chains")).unwrap();
        let services = Services {
            store,
            cache: Cache::in_process(&crate::caches()).unwrap(),
            clock: shared,
            random: Arc::new(Seeded::new(1)),
            registry,
            directory: directory.clone(),
            toggles: Toggles::within(rollout),
            prefixes: Prefixes::allowed(true),
            usage: Usage::default(),
            tasks: Tasks::default(),
            operators: UserId::new(OPERATOR).into_iter().collect(),
            operating: Operating::default(),
            processes: Processes::default(),
            consents: Consents::default(),
            journal: Journal::none(),
            outside: outside.clone(),
            extensions: Extensions::default().with(Arc::new(markov)),
            command_ids: RwLock::default(),
            started: NOON,
        };
        Self { services: Arc::new(services), clock, directory, outside, sent: Mutex::default(), folder }
    }

    /// A member of a guild without special permissions, who speaks English.
    pub(crate) fn member(&self, guild: u64, user: u64) -> Caller<'_> {
        let locale = |code| self.services.registry.catalogue().negotiate(code);
        let invocation = Invocation {
            guild: GuildId::new(guild),
            channel: ChannelId::new(CHANNEL),
            user: UserId::new(user),
            user_permissions: Permissions::SEND_MESSAGES,
            bot_permissions: Permissions::VIEW_CHANNEL
                | Permissions::SEND_MESSAGES
                | Permissions::EMBED_LINKS,
            locale: locale("en-US"),
            guild_locale: locale("en-US"),
        };
        Caller { world: self, invocation, inbox: None }
    }

    /// Somebody in a direct message with the bot.
    pub(crate) fn direct(&self, user: u64) -> Caller<'_> {
        let mut caller = self.member(1, user);
        caller.invocation.guild = None;
        caller.invocation.user_permissions = Permissions::empty();
        caller
    }

    /// Every row of every table as text.
    pub(crate) async fn dump(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        for table in self.services.store.schemas().iter().flat_map(|schema| schema.inventory) {
            let columns: Vec<_> = table.columns.iter().map(|column| column.name).collect();
            let sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
            let all = operator("dump", Box::leak(sql.into_boxed_str()));
            let mut read = self.services.store.read().await.unwrap();
            let mut tx = read.operator(OperatorPath::Diagnosis);
            let found = tx.fetch_all(&all, Params::new()).await.unwrap();
            rows.extend(found.into_iter().map(|row| (table.name, format!("{:?}", row.into_values()))));
        }
        rows
    }

    /// Whether the bytes of the database, or of what lies beside it, hold these characters.
    pub(crate) fn bytes_hold(&self, text: &str) -> bool {
        self.files_hold("", text)
    }

    /// Whether the bytes of a folder beside the database hold them.
    pub(crate) fn files_hold(&self, folder: &str, text: &str) -> bool {
        let mut folders = vec![self.folder.path().join(folder)];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if std::fs::read(path).unwrap().windows(text.len()).any(|part| part == text.as_bytes())
                {
                    return true;
                }
            }
        }
        false
    }

    /// A member who may manage the guild.
    pub(crate) fn manager(&self, guild: u64, user: u64) -> Caller<'_> {
        let mut caller = self.member(guild, user);
        caller.invocation.user_permissions |= Permissions::MANAGE_GUILD;
        caller
    }

    /// Somebody who runs the bot, and has no say in the guild.
    pub(crate) fn operator(&self, guild: u64) -> Caller<'_> {
        self.member(guild, OPERATOR)
    }

    /// The gateway tells of something in a guild. `key` names the event. As in the runtime, each feature that is on
    /// handles it once.
    pub(crate) async fn event(
        &self,
        guild: u64,
        kind: EventKind,
        key: &str,
        payload: Value,
    ) -> Result<(), Failure> {
        let payload = payload.to_string();
        let event = Event {
            kind,
            guild: self::guild(guild),
            received: self.services.clock.now(),
            payload: payload.as_bytes(),
        };
        for feature in self.services.registry.features() {
            if !feature.wants().contains(kind) || !self.services.toggles.enabled(event.guild, feature) {
                continue;
            }
            let mut caller = self.member(guild, 1).within(&format!("{key}:{}", feature.name));
            caller.invocation.user = None;
            let mut ctx = caller.ctx();
            for handler in feature.events.iter().filter(|handler| handler.kinds.contains(kind)) {
                handler.run(&mut ctx, &event).await?;
            }
            self.commit(ctx).await;
        }
        Ok(())
    }

    /// Registers command ids, as after the start.
    pub(crate) fn register(&self, names: &[(&str, u64)]) {
        let ids = names.iter().map(|(name, id)| ((*name).to_owned(), CommandId::new(*id).unwrap()));
        self.services.command_ids.write().extend(ids);
    }

    /// The rows of a statement in a guild, committed or not at all.
    pub(crate) async fn rows(&self, guild: u64, statement: &GuildStatement, params: Params) -> Vec<Row> {
        let mut read = self.services.store.read().await.unwrap();
        read.guild(GuildScope(self::guild(guild))).fetch_all(statement, params).await.unwrap()
    }

    /// Runs the schedule or the periodic work of this name.
    pub(crate) async fn task(&self, name: &str) {
        let features = || self.services.registry.features().iter();
        let mut schedules = features().flat_map(|feature| &feature.schedules);
        if let Some(schedule) = schedules.find(|schedule| schedule.name == name) {
            return (schedule.run)(&self.services).await.unwrap();
        }
        let mut periodic = features().flat_map(|feature| &feature.periodic);
        (periodic.find(|periodic| periodic.name == name).unwrap().run)(&self.services).await.unwrap();
    }

    async fn commit(&self, ctx: Ctx) {
        let work = ctx.finish();
        if let Some(write) = work.write {
            write.commit().await.unwrap();
        }
        self.services.forget_cached(&work.stale).await;
        for (guild, change) in work.changes {
            self.services.heed(guild, change);
        }
        for (user, choice) in work.chosen {
            self.services.consents.set(user, choice);
        }
        for outgoing in work.outgoing {
            check(&outgoing.body);
            self.sent.lock().push(outgoing);
        }
    }
}

/// Somebody who uses the bot.
#[derive(Clone)]
pub(crate) struct Caller<'w> {
    world: &'w World,
    pub(crate) invocation: Invocation,
    inbox: Option<String>,
}

impl Caller<'_> {
    pub(crate) fn german(mut self) -> Self {
        self.invocation.locale = self.world.services.registry.catalogue().negotiate("de");
        self
    }

    /// What follows is caused by the event of this key.
    pub(crate) fn within(mut self, key: &str) -> Self {
        self.inbox = Some(key.to_owned());
        self
    }

    /// Runs a slash command. `options` is an object; a subcommand is an object within.
    pub(crate) async fn run(&self, name: &str, options: Value) -> Result<Reply, Failure> {
        self.with_file(name, options, None).await
    }

    /// The same with a channel in the option `channel` of a subcommand.
    pub(crate) async fn with_channel(&self, name: &str, options: Value) -> Result<Reply, Failure> {
        let mut data = json!({ "id": "1", "name": name, "type": 1, "options": listed(&options) });
        let mut channels = json!({});
        for option in data["options"][0]["options"].as_array_mut().unwrap() {
            if option["name"] == "channel" {
                option["type"] = 7.into();
                let id = option["value"].as_str().unwrap();
                channels[id] = json!({ "id": id, "name": "general", "type": 0, "permissions": "0" });
            }
        }
        data["resolved"] = json!({ "channels": channels });
        self.command(name, data).await
    }

    /// Chooses in the menu with this custom id.
    pub(crate) async fn choose(&self, custom_id: &str, values: &[&str]) -> Result<Reply, Failure> {
        let (name, arguments) = component::split(custom_id).unwrap();
        let (_, component) = self.world.services.registry.component(name).unwrap();
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        let data = json!({ "custom_id": custom_id, "component_type": 8, "values": values, "id": 1 });
        let data = serde_json::from_value(data).unwrap();
        let mut ctx = self.ctx();
        let input = Input { arguments, component: Some(data), modal: None };
        let reply = component.run(&mut ctx, input).await?;
        self.done(ctx, reply).await
    }

    /// The same with a file in the option `json`.
    pub(crate) async fn with_file(
        &self,
        name: &str,
        options: Value,
        file: Option<(&str, &str)>,
    ) -> Result<Reply, Failure> {
        let mut data = json!({ "id": "1", "name": name, "type": 1, "options": listed(&options) });
        if let Some((filename, content)) = file {
            let (id, attachment) = self.world.outside.attach(filename, content);
            let option = json!({ "name": "json", "type": 11, "value": id });
            data["options"].as_array_mut().unwrap().push(option);
            data["resolved"] = json!({ "attachments": { id: attachment } });
        }
        self.command(name, data).await
    }

    async fn command(&self, name: &str, data: Value) -> Result<Reply, Failure> {
        let data = serde_json::from_value(data).unwrap();
        let (_, command) = self.world.services.registry.command(name).unwrap();
        let mut ctx = self.ctx();
        let reply = command.run(&mut ctx, data).await?;
        self.done(ctx, reply).await
    }

    /// The choices while typing.
    pub(crate) async fn complete(&self, name: &str, option: &str, typed: &str) -> Vec<Choice> {
        let (_, command) = self.world.services.registry.command(name).unwrap();
        let choices = command.complete(&mut self.ctx(), option, typed).await.unwrap();
        assert!(choices.len() <= 25, "{choices:?}");
        for choice in &choices {
            assert!((1..=100).contains(&choice.name.chars().count()), "{choice:?}");
            assert!((1..=100).contains(&choice.value.chars().count()), "{choice:?}");
        }
        choices
    }

    /// Presses the button with this custom id.
    pub(crate) async fn press(&self, custom_id: &str) -> Result<Reply, Failure> {
        self.use_component(custom_id, None).await
    }

    /// Sends the form with this custom id; `input` is what its one labelled component holds.
    pub(crate) async fn submit(&self, custom_id: &str, input: Value) -> Result<Reply, Failure> {
        let modal = json!({
            "custom_id": custom_id,
            "components": [{ "type": 18, "id": 1, "component": input }],
        });
        self.use_component(custom_id, Some(modal)).await
    }

    async fn use_component(&self, custom_id: &str, modal: Option<Value>) -> Result<Reply, Failure> {
        let (name, arguments) = component::split(custom_id).unwrap();
        let (_, component) = self.world.services.registry.component(name).unwrap();
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        let modal = modal.map(|modal| serde_json::from_value(modal).unwrap());
        let mut ctx = self.ctx();
        let reply = component.run(&mut ctx, Input { arguments, component: None, modal }).await?;
        self.done(ctx, reply).await
    }

    async fn done(&self, ctx: Ctx, reply: Reply) -> Result<Reply, Failure> {
        match &reply {
            Reply::Message { body, .. } | Reply::Update(body) => check(body),
            Reply::Modal(modal) => {
                assert!(modal.title.chars().count() <= 45 && modal.custom_id.chars().count() <= 100);
            }
            Reply::Acknowledge => {}
        }
        self.world.commit(ctx).await;
        Ok(reply)
    }

    fn ctx(&self) -> Ctx {
        Ctx::new(Arc::clone(&self.world.services), self.invocation.clone(), self.inbox.clone())
    }
}

/// Options as Discord sends them. An object is a subcommand, one of objects a group of them; `{ "#": "7" }` is a channel.
fn listed(options: &Value) -> Value {
    let one = |(name, value): (&String, &Value)| match value {
        Value::Object(inner) if inner.contains_key("#") => {
            json!({ "name": name, "type": 7, "value": inner["#"] })
        }
        Value::Object(inner) => {
            let kind = if inner.values().any(Value::is_object) { 2 } else { 1 };
            json!({ "name": name, "type": kind, "options": listed(value) })
        }
        Value::String(_) => json!({ "name": name, "type": 3, "value": value }),
        Value::Bool(_) => json!({ "name": name, "type": 5, "value": value }),
        _ => json!({ "name": name, "type": 4, "value": value }),
    };
    options.as_object().unwrap().iter().map(one).collect()
}

/// Whether Discord would take it, and nobody is pinged.
fn check(body: &Body) {
    assert!(body.pings.is_empty(), "{body:?}");
    twilight_validate::message::content(&body.content).unwrap();
    twilight_validate::message::embeds(&body.embeds).unwrap();
    twilight_validate::message::components(&body.components, false).unwrap();
    assert!(!body.content.is_empty() || !body.embeds.is_empty(), "an empty message");
    let ids = custom_ids(body);
    let distinct: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len(), "{ids:?}");
}

/// The custom ids of the buttons in a message.
pub(crate) fn custom_ids(body: &Body) -> Vec<String> {
    let value = serde_json::to_value(&body.components).unwrap();
    let rows = value.as_array().unwrap().iter().flat_map(|row| row["components"].as_array().unwrap());
    rows.filter_map(|button| button["custom_id"].as_str().map(str::to_owned)).collect()
}

/// The files in a ZIP by their names.
pub(crate) fn unzipped(bytes: &[u8]) -> BTreeMap<String, String> {
    let number = |at: usize, size: usize| {
        bytes[at..at + size].iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let end = bytes.len() - 22;
    assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut files = BTreeMap::new();
    for _ in 0..count {
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
        let (packed, name, local) = (number(at + 20, 4), number(at + 28, 2), number(at + 42, 4));
        let title = String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).unwrap();
        let data = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let mut text = String::new();
        let mut reader = flate2::read::DeflateDecoder::new(&bytes[data..data + packed]);
        std::io::Read::read_to_string(&mut reader, &mut text).unwrap();
        files.insert(title, text);
        at += 46 + name;
    }
    files
}

/// The message of an answer.
pub(crate) fn body(reply: &Reply) -> &Body {
    match reply {
        Reply::Message { body, .. } | Reply::Update(body) => body,
        other => panic!("not a message: {other:?}"),
    }
}

/// Every word that the answer shows.
pub(crate) fn words(reply: &Reply) -> String {
    serde_json::to_value(body(reply)).unwrap().to_string()
}

/// The key of the text with which the caller was refused.
pub(crate) fn refused(result: Result<Reply, Failure>) -> String {
    match result {
        Err(Failure::Refused(text)) => text.key.into_owned(),
        other => panic!("not refused: {other:?}"),
    }
}
