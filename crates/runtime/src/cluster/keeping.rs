//! The beat of this process: says that it lives, looks at the others, and does its part of what that comes to.

use std::{collections::HashSet, sync::Arc, time::Duration};

use guildhall_core::{clock::Timestamp, id::GuildId};
use guildhall_framework::ctx::Services;
use guildhall_store::{OperatorPath, StoreError, Subject, platform::setting};
use parking_lot::RwLock;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Beat, Member, Partitions, Peer, Sets, Sharing, reshard, shards::ShardsError};
use crate::{
    directory::{Guilds, known::Known},
    interest::Interest,
    outbox::Relay,
    telemetry,
};

/// How often this process looks while another hands its shards over: their users wait meanwhile.
const CLOSE_LOOK: Duration = Duration::from_millis(100);

/// How far back changes through other processes are looked for: their clocks may differ by as much.
const LATELY: Duration = Duration::from_mins(1);

/// Keeps this process among the others.
pub struct Keeping {
    /// This process.
    pub member: Arc<Member>,
    /// Its shards, once it may run any.
    pub sets: Arc<Sets>,
    /// Its partitions of the bus, where it has any.
    pub partitions: Option<Arc<Partitions>>,
    /// Sends what others left.
    pub relay: Relay,
    /// The sender's part of Discord's limits, where other processes may send, too.
    pub sharing: Option<Sharing>,
    /// Everybody, as last seen.
    pub peers: Arc<RwLock<Vec<Peer>>>,
    /// How often to say that it lives.
    pub every: Duration,
    /// The guild cache.
    pub guilds: Arc<Guilds>,
    /// What is known over all processes.
    pub known: Arc<Known>,
    /// Told of toggles.
    pub interest: Arc<Interest>,
    /// What handlers share.
    pub services: Arc<Services>,
    /// Told how many shards the bot runs.
    pub total: watch::Sender<Option<u32>>,
    /// Told when this process was evicted.
    pub evicted: watch::Sender<bool>,
}

impl Keeping {
    /// Beats until told to stop, or until this process is evicted: its connections are closed at once then.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut known = HashSet::new();
        let mut pause = self.every;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
            self.member.tell(|report| {
                report.shards = self.sets.report();
                self.sharing.iter_mut().for_each(|sharing| sharing.tell(report));
            });
            let started = self.sharing.as_ref().map(Sharing::now).unwrap_or_default();
            let beat = match self.member.beat().await {
                Ok(beat) => beat,
                Err(error) if error.is_fenced() => {
                    tracing::error!(
                        "this process was silent for too long and was evicted; it closes its connections and begins anew"
                    );
                    self.sets.all().iter().for_each(|shards| shards.gateway.abandon());
                    self.partitions.iter().for_each(|partitions| partitions.abandon());
                    self.evicted.send_replace(true);
                    return;
                }
                Err(error) => {
                    telemetry::background_write_failed("instance", &error);
                    pause = self.every;
                    continue;
                }
            };
            if let Some(sharing) = &mut self.sharing {
                sharing.heard(self.member.id(), &beat.peers, started);
            }
            self.others(&beat, &mut known).await;
            if !self.member.report().draining
                && let Err(error) = self.shards(&beat).await
            {
                telemetry::step_failed(&error);
            }
            let leaving = beat.peers.iter().any(|peer| peer.report.draining);
            pause = if leaving { CLOSE_LOOK.min(self.every) } else { self.every };
            if let Some(due) = self.sharing.as_ref().and_then(Sharing::due) {
                pause = pause.min(due.max(CLOSE_LOOK));
            }
            *self.peers.write() = beat.peers;
        }
    }

    /// Takes and hands over shards, and does its part where their number changes.
    async fn shards(&self, beat: &Beat) -> Result<(), ShardsError> {
        let total = |count| {
            self.guilds.set_shards(count);
            self.total.send_replace(Some(count));
        };
        let changes = reshard::step(&self.sets, beat, &total).await?;
        match self.sets.current() {
            Some(shards) => shards.step(beat, !changes).await,
            None => Ok(()),
        }?;
        match &self.partitions {
            Some(partitions) => Ok(partitions.step(beat).await?),
            None => Ok(()),
        }
    }

    /// What follows from who is there and who is not any more.
    async fn others(&self, beat: &Beat, known: &mut HashSet<String>) {
        let alive: HashSet<String> = beat.peers.iter().map(|peer| peer.instance.id.clone()).collect();
        let gone = !beat.evicted.is_empty() || known.iter().any(|id| !alive.contains(id));
        if gone && self.member.role().works() {
            match self.member.adopt().await {
                Ok(_) => self.relay.adopt(),
                Err(error) => telemetry::background_write_failed("outbox", &error),
            }
        }
        if self.services.store.is_shared()
            && let Err(error) = self.news(beat).await
        {
            telemetry::background_read_failed("news of other processes", &error);
        }
        if self.services.store.is_shared()
            && let Err(error) = self.services.operating.refresh(&self.services.store).await
        {
            telemetry::background_read_failed("operator_setting", &error);
        }
        telemetry::members(alive.len());
        *known = alive;
    }

    /// Hears of what happened through other processes lately.
    async fn news(&self, beat: &Beat) -> Result<(), StoreError> {
        let (services, since) = (&self.services, beat.now - LATELY);
        let erased = services.consents.refresh(&services.store, since).await?;
        self.set_up(since, &erased).await?;
        self.known.mirror().refresh(since, beat.now).await?;
        let total = self.total.borrow().or_else(|| total_of(&beat.peers));
        let shards = beat.peers.iter().flat_map(|peer| &peer.report.shards);
        let shards: Vec<_> = shards.filter(|shard| Some(shard.total) == total).collect();
        self.known.set_everywhere(shards.iter().map(|shard| shard.guilds).sum());
        if !self.member.role().runs_shards() {
            self.guilds.set_shards(total.unwrap_or(1));
            for shard in shards {
                self.guilds.set_latency(shard.number, shard.latency_ms.map(Duration::from_millis));
            }
        }
        Ok(())
    }

    /// What guilds turned on and off through other processes, their prefixes, and those that were erased.
    async fn set_up(&self, since: Timestamp, erased: &[Subject]) -> Result<(), StoreError> {
        let services = &self.services;
        let mut read = services.store.read().await?;
        let changed = setting::changed(&mut read.operator(OperatorPath::Settings), since).await?;
        let erased = erased.iter().filter_map(|subject| match subject {
            Subject::Guild(guild) => Some(*guild),
            _ => None,
        });
        let mut touched: HashSet<GuildId> = erased.collect();
        for guild in &touched {
            services.forget_set_up(*guild);
        }
        for (guild, setting) in changed {
            if services.load(guild, &setting) {
                touched.insert(guild);
            }
        }
        for guild in touched {
            self.interest.refresh(guild);
        }
        Ok(())
    }
}

/// The number of shards that the processes run; the higher one while it changes.
fn total_of(peers: &[Peer]) -> Option<u32> {
    peers.iter().flat_map(|peer| &peer.report.shards).map(|shard| shard.total).max()
}
