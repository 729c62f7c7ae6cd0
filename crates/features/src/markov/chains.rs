//! The files of the chains. The tables are the truth: a file says which version of them it was made from, and is
//! brought up to date, or made anew, before anything is written from it. So an erasure, an old row that went by
//! itself and a message that another process learned are never overlooked.

mod build;
mod folder;
pub(super) mod periodic;
mod state;

use std::{
    collections::HashMap,
    fmt, io,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use guildhall_core::{id::GuildId, scope::GuildScope};
use guildhall_framework::Failure;
use guildhall_markov::{
    CacheLimits, CacheStats, Candidate, Chains, FileError, Message, NoSentence, Pool, Request, Sentence,
    Stats, Training,
};
use guildhall_store::{Row, Store, StoreError, params};
use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use self::{folder::Slot, state::Made};
use super::{
    corpus::Corpus,
    links::Links,
    options::MarkovOptions,
    schema,
    telemetry::{self, Why},
    training::pace::Pace,
};

/// Messages that a chain takes up one by one; where more are new it is made anew.
const AT_ONCE: usize = 5_000;
/// How often the bytes of single messages that were unlearned are taken out of a chain's file, which takes as long as
/// making it.
const CLEAN: Duration = Duration::from_hours(1);
/// Bytes that a chain being made uses beside its words.
const TRAINING_BYTES: usize = 64 << 20;

/// The chains of all guilds in this process.
pub struct Markov {
    options: MarkovOptions,
    pool: Pool,
    chains: Arc<Chains>,
    slot: Slot,
    links: Links,
    pace: Pace,
    /// Held while a guild's chain is looked after.
    guilds: Mutex<HashMap<GuildId, Arc<AsyncMutex<State>>>>,
}

impl fmt::Debug for Markov {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Markov").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What is known of one guild's chain.
#[derive(Debug, Default)]
pub(super) struct State {
    /// What the chain was made from; `None` until it is looked up.
    made: Option<Made>,
    /// What the file beside it says.
    saved: Option<Made>,
    looked: bool,
    /// Whether its file or journal still has bytes of what was unlearned.
    unclean: bool,
    /// When it was last made without them.
    cleaned: Option<Instant>,
}

/// Whether a chain can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ready {
    /// It is up to date.
    Yes,
    /// The guild has learned nothing.
    Nothing,
    /// It is being made, which takes longer than anybody waits.
    Making,
}

/// Why a chain could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChainFault {
    /// The database failed.
    #[error("read what was learned")]
    Store(#[from] StoreError),
    /// The file failed.
    #[error("keep the file of a chain")]
    File(#[from] FileError),
    /// What lies beside it.
    #[error("keep what lies beside a chain")]
    Beside(#[from] io::Error),
    /// A thread ended without an answer.
    #[error("a thread that worked on a chain has ended")]
    Ended,
}

impl From<ChainFault> for Failure {
    fn from(fault: ChainFault) -> Self {
        match fault {
            ChainFault::Store(error) => Self::Store(error),
            other => Self::internal(other),
        }
    }
}

impl Markov {
    /// Chains in a folder of this process's own below `folder`, which is made where it is missing.
    pub fn open(options: MarkovOptions, folder: &Path) -> io::Result<Self> {
        let slot = Slot::take(folder)?;
        let limits =
            CacheLimits { bytes: options.cache_bytes, debounce: options.debounce, ..CacheLimits::default() };
        telemetry::describe();
        let chains = Chains::new(slot.folder(), training(&options, &slot), limits).watched(telemetry::folded);
        let chains = Arc::new(chains);
        let pool = Pool::start(Arc::clone(&chains), options.threads, |key, error| {
            tracing::warn!(guild.id = key, error = %guildhall_core::error::chain(&error), "the file of a chain could not be kept");
        })?;
        Ok(Self {
            options,
            pool,
            chains,
            slot,
            links: Links::default(),
            pace: Pace::default(),
            guilds: Mutex::default(),
        })
    }

    /// What the operator decided.
    pub fn options(&self) -> &MarkovOptions {
        &self.options
    }

    /// Links to attachments.
    pub(super) fn links(&self) -> &Links {
        &self.links
    }

    /// When trainings were shown last.
    pub(super) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// What the cache of chains holds and did.
    pub fn stats(&self) -> CacheStats {
        self.chains.stats()
    }

    /// Brings a guild's chain up to date, waiting for at most `patience`.
    pub(super) async fn ready(
        self: &Arc<Self>,
        store: &Store,
        guild: GuildId,
        patience: Duration,
    ) -> Result<Ready, ChainFault> {
        let entry = self.entry(guild);
        // Whoever makes the chain holds it.
        let Ok(mut state) = tokio::time::timeout(patience, entry.lock_owned()).await else {
            return Ok(Ready::Making);
        };
        let corpus = corpus(store, guild).await?;
        let Some(corpus) = corpus.filter(|corpus| corpus.messages > 0) else {
            self.drop_chain(guild, &mut state).await?;
            return Ok(Ready::Nothing);
        };
        self.look(guild, &mut state);
        if state.made.is_some_and(|made| made.fits(corpus)) {
            return Ok(Ready::Yes);
        }
        let Err(why) = self.catch_up(store, guild, &mut state).await? else { return Ok(Ready::Yes) };
        let (done, made) = oneshot::channel();
        let (markov, store) = (Arc::clone(self), store.clone());
        tokio::spawn(async move {
            let result = markov.build(&store, guild, &mut state, why).await;
            drop(state);
            if let Err(Err(error)) = done.send(result) {
                tracing::warn!(guild.id = %guild, error = %guildhall_core::error::chain(&error), "a chain could not be made");
            }
        });
        match tokio::time::timeout(patience, made).await {
            Ok(Ok(result)) => result.map(|made| if made { Ready::Yes } else { Ready::Nothing }),
            Ok(Err(_)) => Err(ChainFault::Ended),
            Err(_) => Ok(Ready::Making),
        }
    }

    /// A sentence of a guild's chain as it is.
    pub(super) async fn sentence(
        &self,
        guild: GuildId,
        request: Request,
        seed: u64,
    ) -> Result<Result<Sentence, NoSentence>, ChainFault> {
        let started = Instant::now();
        let found = self.on(move |chains| Ok(chains.get(guild.get())?.generate(&request, seed))).await?;
        telemetry::wrote(started.elapsed());
        found
    }

    /// Words of a guild's chain that begin so.
    pub(super) async fn complete(
        &self,
        guild: GuildId,
        prefix: String,
        most: usize,
    ) -> Result<Vec<Candidate>, ChainFault> {
        self.on(move |chains| Ok(chains.get(guild.get())?.complete(&prefix, most))).await?
    }

    /// What a guild's chain holds.
    pub(super) async fn figures(&self, guild: GuildId) -> Result<Stats, ChainFault> {
        self.on(move |chains| Ok(chains.get(guild.get())?.stats())).await?
    }

    /// Follows what was taken away where nobody asks for sentences, and writes down what chains were made from.
    pub(super) async fn tend(self: &Arc<Self>, store: &Store) -> Result<(), ChainFault> {
        let mut guilds: Vec<GuildId> = self.guilds.lock().keys().copied().collect();
        guilds.extend(self.slot.guilds()?);
        guilds.sort_unstable();
        guilds.dedup();
        for guild in guilds {
            let Ok(mut state) = self.entry(guild).try_lock_owned() else { continue };
            let Some(corpus) = corpus(store, guild).await?.filter(|corpus| corpus.messages > 0) else {
                self.drop_chain(guild, &mut state).await?;
                self.guilds.lock().remove(&guild);
                continue;
            };
            self.look(guild, &mut state);
            match state.made {
                Some(made) if made.generation == corpus.generation => {
                    self.clean(guild, &mut state).await?;
                    self.save(guild, &mut state).await?;
                }
                Some(_) => drop(self.build(store, guild, &mut state, Why::Renewed).await?),
                None => drop(self.build(store, guild, &mut state, Why::Absent).await?),
            }
        }
        Ok(())
    }

    fn entry(&self, guild: GuildId) -> Arc<AsyncMutex<State>> {
        Arc::clone(self.guilds.lock().entry(guild).or_default())
    }

    /// Reads, once, what the file beside a chain says.
    fn look(&self, guild: GuildId, state: &mut State) {
        if !state.looked {
            state.looked = true;
            state.saved = self.slot.read(guild, self.options.state_size);
            state.made = state.saved;
        }
    }

    /// Takes up what is new, if that is not too much; else says why the chain is to be made anew.
    async fn catch_up(
        &self,
        store: &Store,
        guild: GuildId,
        state: &mut State,
    ) -> Result<Result<(), Why>, ChainFault> {
        let Some(made) = state.made else { return Ok(Err(Why::Absent)) };
        let (corpus, learned, gone) = {
            let mut read = store.read().await?;
            let mut tx = read.guild(GuildScope(guild));
            let most = AT_ONCE + 1;
            let learned = tx.fetch_all(&schema::SINCE, params![made.version, most]).await?;
            let gone = tx.fetch_all(&schema::GONE_SINCE, params![made.version, most]).await?;
            (Corpus::of(&mut tx).await?, learned, gone)
        };
        let Some(corpus) = corpus.filter(|corpus| made.leads_to(*corpus)) else {
            return Ok(Err(Why::Renewed));
        };
        if learned.len() > AT_ONCE || gone.len() > AT_ONCE {
            return Ok(Err(Why::Behind));
        }
        let gone = gone.iter().map(|row| row.get("message_id")).collect::<Result<Vec<u64>, _>>()?;
        let learned = learned.iter().map(Learned::read).collect::<Result<Vec<_>, _>>()?;
        let applied = self.on(move |chains| apply(chains, guild, &gone, &learned)).await?;
        match applied {
            Ok(unlearned) => {
                state.unclean |= unlearned;
                state.made = Some(Made::of(corpus, self.options.state_size));
                Ok(Ok(()))
            }
            // Whatever is wrong with the file, the rows are whole.
            Err(error) => {
                tracing::warn!(guild.id = %guild, error = %guildhall_core::error::chain(&error), "a chain is made anew");
                Ok(Err(Why::Damaged))
            }
        }
    }

    /// Takes the bytes of what was unlearned out of the file, if that was not done lately.
    async fn clean(&self, guild: GuildId, state: &mut State) -> Result<(), ChainFault> {
        if state.unclean && state.cleaned.is_none_or(|at| at.elapsed() >= CLEAN) {
            self.on(move |chains| chains.fold(guild.get())).await??;
            (state.unclean, state.cleaned) = (false, Some(Instant::now()));
        }
        Ok(())
    }

    /// Makes what the chain learned durable, and then writes down how far it has come.
    async fn save(&self, guild: GuildId, state: &mut State) -> Result<(), ChainFault> {
        let Some(made) = state.made.filter(|made| state.saved != Some(*made)) else { return Ok(()) };
        self.on(move |chains| chains.get(guild.get())?.sync()).await??;
        self.slot.write(guild, made)?;
        state.saved = Some(made);
        Ok(())
    }

    /// Takes a chain off the disk.
    async fn drop_chain(&self, guild: GuildId, state: &mut State) -> Result<(), ChainFault> {
        if state.looked && state.made.is_none() {
            return Ok(());
        }
        self.slot.forget(guild)?;
        self.on(move |chains| chains.remove(guild.get())).await??;
        *state = State { looked: true, ..State::default() };
        Ok(())
    }

    /// Runs something on a thread that may wait for the disk.
    async fn on<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Chains) -> T + Send + 'static,
    ) -> Result<T, ChainFault> {
        let (answer, heard) = oneshot::channel();
        self.pool.run(move |chains| drop(answer.send(job(chains))));
        let done = heard.await.map_err(|_| ChainFault::Ended);
        telemetry::cache(&self.chains.stats(), self.options.cache_bytes);
        done
    }
}

fn training(options: &MarkovOptions, slot: &Slot) -> Training {
    Training {
        order: options.state_size,
        memory: TRAINING_BYTES,
        threads: 1,
        scratch: slot.folder().to_owned(),
        durable: true,
    }
}

/// How far the guild has come by the database.
async fn corpus(store: &Store, guild: GuildId) -> Result<Option<Corpus>, StoreError> {
    Corpus::of(&mut store.read().await?.guild(GuildScope(guild))).await
}

/// A row as a chain takes it.
#[derive(Debug)]
struct Learned {
    id: u64,
    author: u64,
    channel: u64,
    content: String,
}

impl Learned {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get("id")?,
            author: row.get("author_id")?,
            channel: row.get("channel_id")?,
            content: row.get("content")?,
        })
    }

    fn message(&self) -> Message<'_> {
        Message { id: self.id, author: self.author, channel: self.channel, text: &self.content }
    }
}

/// First what went: a message that came back has a row. Says whether anything was unlearned.
fn apply(chains: &Chains, guild: GuildId, gone: &[u64], learned: &[Learned]) -> Result<bool, FileError> {
    let chain = chains.get(guild.get())?;
    let mut unlearned = learned.iter().any(|one| chain.contains(one.id));
    for id in gone {
        unlearned |= chain.forget(*id)?;
    }
    for empty in learned.iter().filter(|one| one.content.trim().is_empty()) {
        chain.forget(empty.id)?;
    }
    let messages: Vec<Message<'_>> =
        learned.iter().filter(|one| !one.content.trim().is_empty()).map(Learned::message).collect();
    chain.learn_batch(&messages)?;
    drop(chain);
    chains.settle(guild.get())?;
    Ok(unlearned)
}
