//! The cache itself: this process first, then Redis, then the loader.

use std::{future::Future, sync::Arc};

use guildhall_core::random::SharedRandom;
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Budget, CacheError, Category, Options, Pattern, Scope, Stats,
    link::{Found, Link},
    local::{Drawer, Local, Value},
    telemetry::{self, Outcome, Tier},
};

/// Whose values are cleared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Within {
    /// One scope's; a guild's with those of its members.
    Scope(Scope),
    /// Everybody's.
    Everything,
}

impl Within {
    pub(crate) fn holds(self, scope: Scope) -> bool {
        match self {
            Self::Everything => true,
            Self::Scope(within) => within.holds(scope),
        }
    }
}

/// How many values were cleared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cleared {
    /// In this process. Other processes forget theirs, too.
    pub process: usize,
    /// In Redis; nothing where there is none, or where it is put off until it can be used.
    pub shared: Option<usize>,
}

/// The cache. Cloning gives another handle to the same.
#[derive(Clone, Debug)]
pub struct Cache {
    local: Arc<Local>,
    shared: Option<Arc<Link>>,
    _task: Option<Arc<DropGuard>>,
}

/// Why there is no value to keep.
#[derive(Debug)]
enum Failure<E> {
    Load(Arc<E>),
    /// There is one, and it has no JSON.
    Encode,
}

impl Cache {
    /// A cache in this process alone.
    pub fn in_process(categories: &[&'static Category]) -> Result<Self, CacheError> {
        telemetry::describe(categories.iter().map(|category| category.name));
        Ok(Self { local: Arc::new(Local::new(categories)?), shared: None, _task: None })
    }

    /// A cache that shares values through Redis. It connects in the background: that Redis is away is no error.
    /// Needs to be called within a runtime of tokio.
    pub fn shared(
        categories: &[&'static Category],
        options: Options,
        random: SharedRandom,
    ) -> Result<Self, CacheError> {
        let cache = Self::in_process(categories)?;
        let link = Arc::new(Link::new(options, Arc::clone(&cache.local), random)?);
        let (cancel, keeper) = (CancellationToken::new(), Arc::clone(&link));
        let ended = cancel.clone();
        tokio::spawn(async move { ended.run_until_cancelled(keeper.keep()).await });
        Ok(Self { shared: Some(link), _task: Some(Arc::new(cancel.drop_guard())), ..cache })
    }

    /// Whether there is a tier in Redis, though it may be away.
    pub const fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Whether the tier in Redis is there and can be used.
    pub fn available(&self) -> bool {
        self.shared.as_ref().is_some_and(|link| link.available())
    }

    /// A rate limit that all processes share; without Redis, one that is never available.
    pub fn budget(&self) -> Budget {
        Budget::new(self.shared.clone())
    }

    /// How the categories fare.
    pub fn stats(&self) -> Vec<Stats> {
        self.local.stats()
    }

    /// The value, if a tier has it.
    pub async fn get<T: DeserializeOwned>(
        &self,
        category: &'static Category,
        scope: Scope,
        name: &str,
    ) -> Option<T> {
        let drawer = self.local.drawer(category);
        if let Some(value) = drawer.get(scope, name).await
            && let Some(value) = decode(drawer, Tier::Process, &value)
        {
            return Some(value);
        }
        let link = self.link(category)?;
        let loading = drawer.begin(scope, name);
        let (value, found) = self.look(link, drawer, scope, name).await.ok()?;
        loading.fill(found).await;
        Some(value)
    }

    /// The value: from this process, from Redis, or loaded. Those who ask for it at the same time wait for one
    /// load, and share its failure.
    ///
    /// `load` is to read what it reads after it is called, so that it sees what was committed before the last
    /// [`Cache::invalidate`].
    pub async fn get_or_load<T, E, F>(
        &self,
        category: &'static Category,
        scope: Scope,
        name: &str,
        load: impl FnOnce() -> F,
    ) -> Result<T, Arc<E>>
    where
        T: Serialize + DeserializeOwned,
        E: Send + Sync + 'static,
        F: Future<Output = Result<T, E>>,
    {
        let drawer = self.local.drawer(category);
        let (mut load, mut made) = (Some(load), None);
        let fill = async {
            let lease = match self.link(category) {
                None => None,
                Some(link) => match self.look::<T>(link, drawer, scope, name).await {
                    Ok((value, found)) => {
                        made = Some(value);
                        return Ok(found);
                    }
                    Err(lease) => lease.map(|lease| (link, lease)),
                },
            };
            let load = load.take().expect("a load is begun once");
            let value = load().await.map_err(|error| Failure::Load(Arc::new(error)))?;
            let bytes = serde_json::to_vec(&value);
            made = Some(value);
            let bytes = bytes.map_err(|_| Failure::Encode)?;
            let value = Value { bytes: bytes.into(), ttl: category.ttl };
            if let Some((link, lease)) = lease {
                link.store(category.name, scope, name, &lease, &value).await;
            }
            Ok(value)
        };
        let found = drawer.load(scope, name, fill).await;
        if let Some(value) = made {
            return Ok(value);
        }
        match found {
            Ok(found) => {
                if let Some(value) = decode(drawer, Tier::Process, &found) {
                    return Ok(value);
                }
            }
            Err(failure) => {
                if let Failure::Load(error) = &*failure {
                    return Err(Arc::clone(error));
                }
            }
        }
        // Somebody else's load gave nothing that is of use here.
        drawer.count(Tier::Process, Outcome::Error);
        let load = load.take().expect("a load that was begun has given a value or an error");
        load().await.map_err(Arc::new)
    }

    /// Stores a value in both tiers, in the place of every older one.
    pub async fn put<T: Serialize>(&self, category: &'static Category, scope: Scope, name: &str, value: &T) {
        let drawer = self.local.drawer(category);
        let Ok(bytes) = serde_json::to_vec(value) else {
            drawer.count(Tier::Process, Outcome::Error);
            return self.invalidate(category, scope, name).await;
        };
        let value = Value { bytes: bytes.into(), ttl: category.ttl };
        drawer.forget(scope, name).await;
        let loading = drawer.begin(scope, name);
        if let Some(link) = self.link(category) {
            link.put(category.name, scope, name, &value).await;
        }
        loading.fill(value).await;
        telemetry::changed(true);
    }

    /// Says that a value is not valid any more, to every process. To be called after the change is committed.
    pub async fn invalidate(&self, category: &'static Category, scope: Scope, name: &str) {
        self.local.drawer(category).forget(scope, name).await;
        if let Some(link) = &self.shared {
            link.forget(category.name, scope, name).await;
            // Another look into Redis may have begun before it was told.
            self.local.drawer(category).forget(scope, name).await;
        }
        telemetry::changed(true);
    }

    /// Clears what matches a pattern, in both tiers and every process.
    pub async fn clear(&self, within: Within, pattern: &Pattern) -> Cleared {
        let process = self.local.clear(within, pattern).await;
        let shared = match &self.shared {
            None => None,
            Some(link) => {
                let shared = link.clear(within, pattern).await;
                self.local.clear(within, pattern).await;
                shared
            }
        };
        telemetry::changed(true);
        Cleared { process, shared }
    }

    /// Redis, for categories that share their values.
    fn link(&self, category: &'static Category) -> Option<&Link> {
        self.shared.as_deref().filter(|_| category.shared)
    }

    /// Looks into Redis. Without a value there is perhaps the right to store one.
    async fn look<T: DeserializeOwned>(
        &self,
        link: &Link,
        drawer: &Drawer,
        scope: Scope,
        name: &str,
    ) -> Result<(T, Value), Option<crate::link::Lease>> {
        match link.get(drawer.category.name, scope, name).await {
            Found::Value(found) => match decode(drawer, Tier::Shared, &found) {
                Some(value) => {
                    drawer.count(Tier::Shared, Outcome::Hit);
                    Ok((value, found))
                }
                None => Err(None),
            },
            Found::Nothing(lease) => {
                drawer.count(Tier::Shared, Outcome::Miss);
                Err(Some(lease))
            }
            Found::Unavailable => {
                drawer.count(Tier::Shared, Outcome::Error);
                Err(None)
            }
        }
    }
}

/// The value in its bytes. Another version of the program may have stored something else under the name.
fn decode<T: DeserializeOwned>(drawer: &Drawer, tier: Tier, value: &Value) -> Option<T> {
    let decoded = serde_json::from_slice(&value.bytes).ok();
    if decoded.is_none() {
        drawer.count(tier, Outcome::Error);
    }
    decoded
}
