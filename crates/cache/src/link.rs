//! The tier in Redis, and the connection to it.
//!
//! A value may be stored only by a process that has found it missing and that nobody has overtaken since with an
//! invalidation: the generation of its scope, a random word that every invalidation changes, must still be the one
//! that was read with the miss. Until a process has made up for what it could not tell Redis, it does not use it.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use guildhall_core::{
    random::SharedRandom,
    secret::{ExposeSecret as _, SecretString},
};
use parking_lot::{Mutex, RwLock};
use redis::{Client, FromRedisValue, Pipeline, RedisResult, Script, aio::MultiplexedConnection};
use tokio::{sync::Notify, time::timeout};

use crate::{
    CacheError, Pattern, Scope, Within, key,
    local::{Local, Value},
    message::{Change, Message},
    pending::Pending,
    telemetry,
};

mod session;

/// How the tier in Redis is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its address: `redis://user:password@host:port/database`, or `rediss://` with TLS.
    pub url: SecretString,
    /// What its keys begin with: letters, digits, `-` and `_`. Bots that share a server need different ones.
    pub prefix: String,
    /// How long an answer may take until a lookup goes on without.
    pub timeout: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long to wait before connecting again.
    pub retry: Duration,
    /// How often a process makes sure that it hears what others say.
    pub beat: Duration,
}

impl Options {
    /// The usual set-up for a server.
    pub fn new(url: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            url: SecretString::from(url.into()),
            prefix: prefix.into(),
            timeout: Duration::from_millis(150),
            connect_timeout: Duration::from_millis(500),
            retry: Duration::from_millis(500),
            beat: Duration::from_secs(1),
        }
    }
}

/// So many slow answers in a row mean that Redis cannot be used.
const SLOW: u32 = 3;

/// A generation outlives every load that began before it.
const GENERATION: Duration = Duration::from_hours(1);

/// Scopes share generations: a wrong guess only means that a value is not stored.
const GENERATIONS: u64 = 4096;

/// Keys that one step of a search looks at.
const STEP: usize = 1000;

const STORE: &str = r"
local found = redis.call('MGET', KEYS[2], KEYS[3])
if (found[1] or '') .. '|' .. (found[2] or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1";

/// What was found in Redis.
#[derive(Debug)]
pub(crate) enum Found {
    Value(Value),
    /// Nothing, and the right to store what is loaded in its place.
    Nothing(Lease),
    /// It cannot be asked.
    Unavailable,
}

/// A value, how long it lives, and the generations of its scope and of everything.
type Answer = (Option<Vec<u8>>, i64, [Option<String>; 2]);

/// The generations under which a value was missing.
#[derive(Debug)]
pub(crate) struct Lease(String);

#[derive(Debug)]
pub(crate) struct Link {
    client: Client,
    options: Options,
    instance: String,
    random: SharedRandom,
    local: Arc<Local>,
    pending: Mutex<Pending>,
    connection: RwLock<Option<MultiplexedConnection>>,
    slow: AtomicU32,
    tripped: Notify,
    store: Script,
}

impl Link {
    pub(crate) fn new(options: Options, local: Arc<Local>, random: SharedRandom) -> Result<Self, CacheError> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if options.prefix.is_empty() || !options.prefix.bytes().all(good) {
            return Err(CacheError::Prefix(options.prefix));
        }
        let client = Client::open(options.url.expose_secret()).map_err(|_| CacheError::Address)?;
        Ok(Self {
            client,
            instance: format!("{:016x}", random.next_u64()),
            options,
            random,
            local,
            pending: Mutex::default(),
            connection: RwLock::default(),
            slow: AtomicU32::new(0),
            tripped: Notify::new(),
            store: Script::new(STORE),
        })
    }

    pub(crate) fn available(&self) -> bool {
        self.connection.read().is_some()
    }

    /// Runs commands. Nothing where that fails: the breaker opens then, or soon.
    pub(crate) async fn run<T, F>(&self, commands: impl FnOnce(MultiplexedConnection) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let connection = self.connection.read().clone()?;
        match timeout(self.options.timeout, commands(connection)).await {
            Ok(Ok(answer)) => {
                self.slow.store(0, Ordering::Relaxed);
                Some(answer)
            }
            // It answers, if only that it does not like what it was asked.
            Ok(Err(error)) if error.code().is_some() => {
                tracing::debug!("Redis refuses a command: {error}");
                None
            }
            Ok(Err(error)) => {
                self.trip(&error);
                None
            }
            Err(_) => {
                if self.slow.fetch_add(1, Ordering::Relaxed) + 1 >= SLOW {
                    self.trip(&"it does not answer");
                }
                None
            }
        }
    }

    /// Opens the breaker: Redis is not asked any more until it was connected to anew.
    fn trip(&self, error: &dyn std::fmt::Display) {
        // In this order, and under the lock that admits changes: what is not admitted is made up for.
        let mut pending = self.pending.lock();
        pending.close();
        let was = self.connection.write().take().is_some();
        drop(pending);
        if was {
            telemetry::unavailable(error);
            self.tripped.notify_one();
        }
    }

    fn key(&self, category: &str, scope: Scope, name: &str) -> String {
        key::shared(&self.options.prefix, category, scope, name)
    }

    /// Where the generations of a scope are: its own, and the one of everything.
    fn generations(&self, scope: Scope) -> [String; 2] {
        let group = match scope {
            Scope::Global => 0,
            Scope::Guild(guild) | Scope::Member(guild, _) => guild.get(),
            Scope::User(user) => user.get(),
        };
        // Ids begin with 42 bits of time, so that their lowest bits say little.
        let group = (group ^ (group >> 22)) % GENERATIONS;
        [format!("{}:g:{group}", self.options.prefix), self.everything()]
    }

    /// Where the state of a shared rate is.
    pub(crate) fn rate_key(&self, key: &str) -> String {
        format!("{}:r:{key}", self.options.prefix)
    }

    fn everything(&self) -> String {
        format!("{}:g:all", self.options.prefix)
    }

    fn channel(&self) -> String {
        format!("{}:changes", self.options.prefix)
    }

    fn word(&self) -> String {
        format!("{:016x}", self.random.next_u64())
    }

    /// Looks a value up.
    pub(crate) async fn get(&self, category: &str, scope: Scope, name: &str) -> Found {
        let key = self.key(category, scope, name);
        let mut pipe = redis::pipe();
        pipe.atomic().get(&key).pttl(&key).mget(&self.generations(scope)[..]);
        let answer: Option<Answer> =
            self.run(|mut connection| async move { pipe.query_async(&mut connection).await }).await;
        match answer {
            None => Found::Unavailable,
            Some((Some(bytes), ttl, _)) if ttl > 0 => {
                let ttl = Duration::from_millis(ttl.unsigned_abs());
                Found::Value(Value { bytes: bytes.into(), ttl })
            }
            Some((_, _, [own, all])) => {
                Found::Nothing(Lease(format!("{}|{}", own.unwrap_or_default(), all.unwrap_or_default())))
            }
        }
    }

    /// Stores a value that was loaded in the place of a missing one.
    pub(crate) async fn store(&self, category: &str, scope: Scope, name: &str, lease: &Lease, value: &Value) {
        let [own, all] = self.generations(scope);
        let mut store = self.store.key(self.key(category, scope, name));
        store.key(own).key(all).arg(&lease.0).arg(&*value.bytes).arg(millis(value.ttl));
        let _: Option<i32> =
            self.run(|mut connection| async move { store.invoke_async(&mut connection).await }).await;
    }

    /// Stores a value in the place of every older one. In two steps: a command that a broken network delivers late
    /// must not bring back what was replaced meanwhile.
    pub(crate) async fn put(&self, category: &str, scope: Scope, name: &str, value: &Value) {
        let change = Change::key(category, scope, name);
        let own = self.word();
        let mut pipe = self.removal(&change, &own);
        pipe.get(self.everything());
        if let Some((all,)) = self.change::<(Option<String>,)>(change, pipe).await {
            let lease = Lease(format!("{own}|{}", all.unwrap_or_default()));
            self.store(category, scope, name, &lease, value).await;
        }
    }

    /// Removes a value. Where that cannot be done now, it is done before Redis is used again.
    pub(crate) async fn forget(&self, category: &str, scope: Scope, name: &str) {
        let change = Change::key(category, scope, name);
        let pipe = self.removal(&change, &self.word());
        let _: Option<()> = self.change(change, pipe).await;
    }

    /// The commands that remove a value, and tell everybody. `word` is the new generation of its scope.
    fn removal(&self, change: &Change, word: &str) -> Pipeline {
        let mut pipe = redis::pipe();
        if let Change::Key { category, scope, name } = change
            && let Some(scope) = Scope::parse(scope)
        {
            let [own, _] = self.generations(scope);
            pipe.atomic().unlink(self.key(category, scope, name)).ignore();
            pipe.pset_ex(own, word, millis(GENERATION)).ignore();
            pipe.publish(self.channel(), self.message(change)).ignore();
        }
        pipe
    }

    fn message(&self, change: &Change) -> Vec<u8> {
        let message = Message { from: self.instance.clone(), change: change.clone() };
        serde_json::to_vec(&message).expect("texts are JSON")
    }

    async fn change<T: FromRedisValue>(&self, change: Change, pipe: Pipeline) -> Option<T> {
        if !self.pending.lock().admit(&change) {
            return None;
        }
        let done = self.run(|mut connection| async move { pipe.query_async(&mut connection).await }).await;
        if done.is_none() {
            self.failed(change);
        }
        done
    }

    /// A change may have been made or not. It is made again before Redis is used again.
    fn failed(&self, change: Change) {
        self.pending.lock().keep(change);
        self.trip(&"it did not take a change");
    }

    /// Removes what matches. Returns how many values that were; nothing where it is put off.
    pub(crate) async fn clear(&self, within: Within, pattern: &Pattern) -> Option<usize> {
        let change = Change::clear(within, pattern);
        if !self.pending.lock().admit(&change) {
            return None;
        }
        let connection = self.connection.read().clone();
        let cleared = match connection {
            Some(mut connection) => self.sweep(&mut connection, within, pattern, &change).await.ok(),
            None => None,
        };
        if cleared.is_none() {
            self.failed(change);
        }
        cleared
    }

    async fn sweep(
        &self,
        connection: &mut MultiplexedConnection,
        within: Within,
        pattern: &Pattern,
        change: &Change,
    ) -> RedisResult<usize> {
        let prefix = &self.options.prefix;
        let generation = match within {
            Within::Everything => self.everything(),
            Within::Scope(scope) => self.generations(scope)[0].clone(),
        };
        // What is being loaded now is not stored any more; then what is stored goes; then the processes forget.
        let () = redis::cmd("SET")
            .arg(generation)
            .arg(self.word())
            .arg("PX")
            .arg(millis(GENERATION))
            .query_async(connection)
            .await?;
        let glob = format!("{prefix}:v:{}:*", pattern.category().unwrap_or("*"));
        let (mut cursor, mut cleared) = (0_u64, 0);
        loop {
            let (next, keys): (u64, Vec<Vec<u8>>) = redis::cmd("SCAN")
                .arg(cursor)
                .arg("MATCH")
                .arg(&glob)
                .arg("COUNT")
                .arg(STEP)
                .query_async(connection)
                .await?;
            let matching: Vec<&Vec<u8>> = keys
                .iter()
                .filter(|key| {
                    let text = std::str::from_utf8(key).ok();
                    text.and_then(|text| key::parse(prefix, text)).is_some_and(|(category, scope, name)| {
                        within.holds(scope) && pattern.matches(category, name)
                    })
                })
                .collect();
            if !matching.is_empty() {
                let gone: usize = redis::cmd("UNLINK").arg(matching).query_async(connection).await?;
                cleared += gone;
            }
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        let () = redis::cmd("PUBLISH")
            .arg(self.channel())
            .arg(self.message(change))
            .query_async(connection)
            .await?;
        Ok(cleared)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}
