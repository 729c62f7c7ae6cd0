//! The tier in this process.
//!
//! A value is kept under its key and a version. An invalidation raises the version of what is being loaded, so that
//! it is not found when it comes: no order of events can bring an old value back.

use std::{
    collections::HashMap,
    future::Future,
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use moka::{Expiry, future::Cache};
use parking_lot::Mutex;

use crate::{
    CacheError, Category, Pattern, Scope, Within,
    message::{Change, within},
    telemetry::{self, Outcome, Tier},
};

/// Scopes of one hash share a version: to clear one makes a process forget the others, too.
const VERSIONS: usize = 1024;

/// So many keys are known one by one to have been invalidated while they were loaded.
const OVERTAKEN: usize = 10_000;

/// What a value costs besides its key and itself.
const OVERHEAD: usize = 96;

/// A value, serialized.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Value {
    pub(crate) bytes: Arc<[u8]>,
    /// How long it lives from now on.
    pub(crate) ttl: Duration,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Key {
    version: Version,
    scope: Scope,
    name: Box<str>,
}

/// Only ever grows, in each of its parts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Version {
    whole: u64,
    scope: u64,
    own: u64,
}

/// A key that is being loaded, or was invalidated while it was.
#[derive(Debug, Default)]
struct Load {
    /// How many load it.
    count: usize,
    /// How often it was invalidated meanwhile.
    version: u64,
}

struct OwnTime;

impl Expiry<Key, Value> for OwnTime {
    fn expire_after_create(&self, _: &Key, value: &Value, _: Instant) -> Option<Duration> {
        Some(value.ttl)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        value: &Value,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(value.ttl)
    }
}

/// How a category fares.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stats {
    /// Its name.
    pub category: &'static str,
    /// Values found in this process.
    pub process_hits: u64,
    /// Values that were not.
    pub process_misses: u64,
    /// Values found in Redis.
    pub shared_hits: u64,
    /// Values that were not.
    pub shared_misses: u64,
    /// Values that could not be looked for, or not be read.
    pub errors: u64,
    /// Values in this process, roughly.
    pub values: u64,
    /// Their bytes, roughly.
    pub bytes: u64,
}

/// The values of one category.
#[derive(Debug)]
pub(crate) struct Drawer {
    pub(crate) category: &'static Category,
    values: Cache<Key, Value>,
    loads: Mutex<HashMap<(Scope, Box<str>), Load>>,
    scopes: Vec<AtomicU64>,
    whole: AtomicU64,
    counts: [[AtomicU64; 3]; 2],
}

/// All categories.
#[derive(Debug)]
pub(crate) struct Local(HashMap<&'static str, Drawer>);

impl Drawer {
    fn new(category: &'static Category) -> Self {
        let weigh = |key: &Key, value: &Value| {
            u32::try_from(key.name.len() + value.bytes.len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        let values = Cache::builder()
            .name(category.name)
            .max_capacity(category.weight)
            .weigher(weigh)
            .expire_after(OwnTime)
            .build();
        Self {
            category,
            values,
            loads: Mutex::default(),
            scopes: std::iter::repeat_with(AtomicU64::default).take(VERSIONS).collect(),
            whole: AtomicU64::new(0),
            counts: Default::default(),
        }
    }

    fn key(&self, scope: Scope, name: &str) -> Key {
        let own = self.loads.lock().get(&(scope, name.into())).map_or(0, |load| load.version);
        self.at(scope, name, own)
    }

    fn at(&self, scope: Scope, name: &str, own: u64) -> Key {
        let whole = self.whole.load(Ordering::SeqCst);
        let version = Version { whole, scope: self.scopes[group(scope)].load(Ordering::SeqCst), own };
        Key { version, scope, name: name.into() }
    }

    pub(crate) fn count(&self, tier: Tier, outcome: Outcome) {
        self.counts[tier as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
        telemetry::lookup(self.category.name, tier, outcome);
    }

    /// The value, if this process has it.
    pub(crate) async fn get(&self, scope: Scope, name: &str) -> Option<Value> {
        let found = self.values.get(&self.key(scope, name)).await;
        self.count(Tier::Process, if found.is_some() { Outcome::Hit } else { Outcome::Miss });
        found
    }

    /// The value, loaded where this process does not have it: once, however many ask.
    pub(crate) async fn load<E>(
        &self,
        scope: Scope,
        name: &str,
        load: impl Future<Output = Result<Value, E>>,
    ) -> Result<Value, Arc<E>>
    where
        E: Send + Sync + 'static,
    {
        // Most are found without anything being loaded.
        if let Some(found) = self.values.get(&self.key(scope, name)).await {
            self.count(Tier::Process, Outcome::Hit);
            return Ok(found);
        }
        let loading = self.begin(scope, name);
        let entry = self.values.entry(loading.key.clone()).or_try_insert_with(load).await;
        let missed = entry.as_ref().map_or(true, moka::Entry::is_fresh);
        self.count(Tier::Process, if missed { Outcome::Miss } else { Outcome::Hit });
        self.weighed();
        entry.map(moka::Entry::into_value)
    }

    /// Begins to load a value. What is filled in is found only if it is not invalidated before.
    pub(crate) fn begin(&self, scope: Scope, name: &str) -> Loading<'_> {
        let mut loads = self.loads.lock();
        let load = loads.entry((scope, name.into())).or_default();
        load.count += 1;
        let own = load.version;
        drop(loads);
        Loading { drawer: self, key: self.at(scope, name, own) }
    }

    fn weighed(&self) {
        telemetry::weight(self.category.name, self.values.weighted_size());
    }

    /// Forgets a value, and what is being loaded in its place.
    pub(crate) async fn forget(&self, scope: Scope, name: &str) {
        let old = {
            let mut loads = self.loads.lock();
            let old = loads.get_mut(&(scope, name.into())).map_or(0, |load| {
                load.version += 1;
                load.version - 1
            });
            if loads.len() > OVERTAKEN {
                self.whole.fetch_add(1, Ordering::SeqCst);
                loads.retain(|_, load| load.count > 0);
            }
            old
        };
        self.values.invalidate(&self.at(scope, name, old)).await;
    }

    /// Forgets what matches. Returns how many values that were.
    async fn clear(&self, within: Within, pattern: &Pattern) -> usize {
        let matching = self.values.iter().map(|(key, _)| key).filter(|key| {
            within.holds(key.scope)
                && pattern.matches(self.category.name, &key.name)
                && **key == self.key(key.scope, &key.name)
        });
        let matching: Vec<_> = matching.collect();
        // What is being loaded matches perhaps, too.
        match within {
            Within::Everything => &self.whole,
            Within::Scope(scope) => &self.scopes[group(scope)],
        }
        .fetch_add(1, Ordering::SeqCst);
        for key in &matching {
            self.values.invalidate(&**key).await;
        }
        matching.len()
    }

    fn stats(&self) -> Stats {
        let count = |tier: Tier, outcome: Outcome| {
            self.counts[tier as usize][outcome as usize].load(Ordering::Relaxed)
        };
        Stats {
            category: self.category.name,
            process_hits: count(Tier::Process, Outcome::Hit),
            process_misses: count(Tier::Process, Outcome::Miss),
            shared_hits: count(Tier::Shared, Outcome::Hit),
            shared_misses: count(Tier::Shared, Outcome::Miss),
            errors: Tier::ALL.into_iter().map(|tier| count(tier, Outcome::Error)).sum(),
            values: self.values.entry_count(),
            bytes: self.values.weighted_size(),
        }
    }
}

/// A value that is being loaded.
#[derive(Debug)]
pub(crate) struct Loading<'a> {
    drawer: &'a Drawer,
    key: Key,
}

impl Loading<'_> {
    /// Here it is.
    pub(crate) async fn fill(self, value: Value) {
        self.drawer.values.insert(self.key.clone(), value).await;
        self.drawer.weighed();
    }
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        let mut loads = self.drawer.loads.lock();
        let key = (self.key.scope, std::mem::take(&mut self.key.name));
        if let Some(load) = loads.get_mut(&key) {
            load.count = load.count.saturating_sub(1);
            // What was loaded in vain is still stored under the version before.
            if load.count == 0 && load.version == 0 {
                loads.remove(&key);
            }
        }
    }
}

impl Local {
    pub(crate) fn new(categories: &[&'static Category]) -> Result<Self, CacheError> {
        let mut drawers = HashMap::new();
        for category in categories {
            let name = category.name;
            let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            if name.is_empty() || !name.bytes().all(good) {
                return Err(CacheError::Name(name));
            }
            if drawers.insert(name, Drawer::new(category)).is_some() {
                return Err(CacheError::Twice(name));
            }
        }
        Ok(Self(drawers))
    }

    /// The values of a category.
    ///
    /// # Panics
    /// When the cache was made without it: that is a mistake in the program.
    pub(crate) fn drawer(&self, category: &'static Category) -> &Drawer {
        self.0
            .get(category.name)
            .unwrap_or_else(|| panic!("the category `{}` is not one of the cache's", category.name))
    }

    pub(crate) async fn clear(&self, within: Within, pattern: &Pattern) -> usize {
        let mut cleared = 0;
        for drawer in self.0.values().filter(|drawer| pattern.may_match(drawer.category.name)) {
            cleared += drawer.clear(within, pattern).await;
        }
        cleared
    }

    /// Forgets everything at once.
    pub(crate) fn forget_all(&self) {
        for drawer in self.0.values() {
            drawer.whole.fetch_add(1, Ordering::SeqCst);
            drawer.values.invalidate_all();
        }
    }

    /// Applies what another process changed.
    pub(crate) async fn apply(&self, change: &Change) {
        match change {
            Change::Key { category, scope, name } => {
                match (self.0.get(category.as_str()), Scope::parse(scope)) {
                    (Some(drawer), Some(scope)) => drawer.forget(scope, name).await,
                    // A category that only a newer version has.
                    (None, Some(_)) => {}
                    (_, None) => self.senseless(scope),
                }
            }
            Change::Clear { scope, pattern } => match within(scope.as_deref()) {
                Some(within) => {
                    self.clear(within, &Pattern::new(pattern)).await;
                }
                None => self.senseless(scope.as_deref().unwrap_or_default()),
            },
        }
    }

    fn senseless(&self, scope: &str) {
        telemetry::not_a_change(&format!("no scope `{scope}`"));
        self.forget_all();
    }

    /// How the categories fare, by name.
    pub(crate) fn stats(&self) -> Vec<Stats> {
        let mut stats: Vec<Stats> = self.0.values().map(Drawer::stats).collect();
        stats.sort_by_key(|stats| stats.category);
        stats
    }

    /// Does what the caches put off: what has expired goes, and counts are exact.
    #[cfg(test)]
    pub(crate) async fn settle(&self) {
        for drawer in self.0.values() {
            drawer.values.run_pending_tasks().await;
        }
    }
}

/// The versions of scopes: a guild has one with all of its members.
fn group(scope: Scope) -> usize {
    slot(&match scope {
        Scope::Member(guild, _) => Scope::Guild(guild),
        other => other,
    })
}

fn slot(key: &impl Hash) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    usize::try_from(hasher.finish() % VERSIONS as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests;
