//! What is read often and changes seldom, kept for a while: values of one guild, which a feature makes from its rows.
//!
//! A category of a guild is forgotten as a whole: each guild has a stamp for each category, its values stand under the
//! stamp, and to forget them is to forget the stamp. What stands under an old one is found by nobody and goes when its
//! time is over.

use std::{convert::Infallible, sync::Arc, time::Duration};

use guildhall_cache::{Cache, Category, Pattern, Scope, Within};
use guildhall_core::id::GuildId;
use guildhall_store::{GuildTx, Subject};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ctx::{Ctx, Services},
    failure::Failure,
};

/// The stamps.
pub static STAMPS: Category =
    Category { name: "stamp", ttl: Duration::from_hours(1), weight: 8 << 20, shared: true };

impl Services {
    /// Whether a value of this process is surely not older than the last change: this process is the only one that
    /// changes anything, or all hear of changes through Redis.
    fn caches(&self) -> bool {
        !self.store.is_shared() || self.cache.is_shared()
    }

    /// Forgets what is cached of these guilds in these categories, in every process. To be called after the commit.
    pub async fn forget_cached(&self, stale: &[(GuildId, &'static Category)]) {
        for (guild, category) in stale {
            Box::pin(self.cache.invalidate(&STAMPS, Scope::Guild(*guild), category.name)).await;
        }
    }
}

impl Ctx {
    /// A value of the guild: a cached one, or what `load` makes of the guild's rows. A handler that has written reads
    /// what it wrote, and nothing of that is kept.
    ///
    /// What waits on Redis is boxed, so that the future of each handler stays small.
    pub async fn cached<T>(
        &mut self,
        category: &'static Category,
        name: &str,
        load: impl AsyncFnOnce(&mut GuildTx<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure>
    where
        T: Serialize + DeserializeOwned,
    {
        let guild = self.guild()?;
        if self.has_written() || !self.services().caches() {
            return load(&mut self.snapshot().await?).await;
        }
        let name = format!("{}.{name}", Box::pin(stamp(self.services(), guild, category)).await);
        let cache = self.services().cache.clone();
        let found = cache.get_or_load(category, Scope::Guild(guild), &name, move || async move {
            // Read after it was found missing: an older snapshot may lack what was committed before that.
            self.look_anew();
            load(&mut self.snapshot().await?).await
        });
        Box::pin(found).await.map_err(shared)
    }

    /// Once everything is committed, what is cached of the guild in this category is forgotten.
    pub fn stale(&mut self, category: &'static Category) -> Result<(), Failure> {
        let guild = self.guild()?;
        self.note_stale(guild, category);
        Ok(())
    }
}

/// The stamp of a guild's category.
async fn stamp(services: &Services, guild: GuildId, category: &'static Category) -> String {
    let fresh = format!("{:016x}", services.random.next_u64());
    let load = || async { Ok::<_, Infallible>(fresh.clone()) };
    let found = services.cache.get_or_load(&STAMPS, Scope::Guild(guild), category.name, load).await;
    found.unwrap_or_else(|never| match *never {})
}

/// Forgets whatever may hold something of somebody who is erased. What others see of a member is the guild's.
pub async fn forget_subject(cache: &Cache, subject: Subject) {
    let within = match subject {
        Subject::Guild(guild) | Subject::Member(guild, _) => Within::Scope(Scope::Guild(guild)),
        Subject::User(_) => Within::Everything,
    };
    Box::pin(cache.clear(within, &Pattern::everything())).await;
}

/// The failure of a load, which those share who waited for it.
fn shared(failure: Arc<Failure>) -> Failure {
    Arc::try_unwrap(failure).unwrap_or_else(|failure| match &*failure {
        Failure::Refused(text) => Failure::Refused(text.clone()),
        other => Failure::internal(guildhall_core::error::chain(other)),
    })
}
