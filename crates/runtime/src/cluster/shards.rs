//! The shards of this process: taken by leases, run by the gateway, handed over when others are to have them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use guildhall_core::id::GuildId;
use guildhall_discord::gateway::{Gateway, GatewayError, ShardStatus};
use guildhall_framework::{ctx::Services, report::ShardReport};
use guildhall_store::{OperatorPath, StoreError, platform::lease, platform::setting};
use tokio::sync::Mutex;

use super::{
    Beat, Member,
    balance::{self, Candidate, Shard},
};
use crate::{
    directory::Guilds,
    interest::Interest,
    store::guilds::{self as known_guilds, Saver},
    telemetry,
};

/// How long what is in flight may take when one shard is handed over.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why shards could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum ShardsError {
    /// The database failed.
    #[error("take and hand over shards")]
    Store(#[from] StoreError),
    /// A shard could not be run.
    #[error("run a shard")]
    Gateway(#[from] GatewayError),
}

/// The shards of one number of them, as far as this process runs them.
pub struct Shards {
    /// This process.
    pub member: Arc<Member>,
    /// What handlers share.
    pub services: Arc<Services>,
    /// The guild cache.
    pub guilds: Arc<Guilds>,
    /// Writes the guild cache behind.
    pub saver: Arc<Saver>,
    /// Which events anybody wants.
    pub interest: Arc<Interest>,
    /// Runs the shards.
    pub gateway: Arc<Gateway>,
    /// Whether every shard that is this process's to run is taken.
    pub settled: AtomicBool,
    /// Held by whoever takes or hands over; says whether everything is to be handed over for good.
    pub turn: Mutex<bool>,
}

impl Shards {
    /// The kind of the leases of shards among `total`.
    pub fn kind(total: u32) -> String {
        format!("shard/{total}")
    }

    /// Takes and hands over what a look at all processes says. Shards whose handing over fails stay.
    /// With `even`, one may be handed over to even out what the processes carry.
    pub async fn step(&self, beat: &Beat, even: bool) -> Result<(), ShardsError> {
        let leaving = self.turn.lock().await;
        if *leaving {
            return Ok(());
        }
        let total = self.gateway.total();
        let kind = Self::kind(total);
        let store = &self.services.store;
        let leases = {
            let mut read = store.read().await?;
            lease::of_kind(&mut read.operator(OperatorPath::Cluster), &kind).await?
        };
        let holders: HashMap<u32, String> =
            leases.into_iter().filter_map(|lease| Some((lease.number, lease.holder?))).collect();
        self.agree(&holders).await?;
        let (candidates, shards) = picture(beat, &holders, total);
        let me = &**self.member.id();
        let moves = balance::moves(me, &candidates, &shards);
        if let Some(number) = moves.release.filter(|_| even) {
            self.hand_over(number, PATIENCE).await?;
        }
        let mut taken = Vec::new();
        if !moves.take.is_empty() {
            let mut write = store.write().await?;
            let mut tx = write.operator(OperatorPath::Cluster);
            for number in &moves.take {
                if let Some(epoch) = lease::take(&mut tx, &kind, *number, me, beat.now).await? {
                    taken.push(*number);
                    tracing::debug!(shard = number, epoch, "a shard is taken");
                }
            }
            write.commit().await?;
        }
        self.run(&taken).await?;
        let open = shards.iter().any(|shard| shard.holder.is_none() && !taken.contains(&shard.number));
        let able = candidates.iter().find(|candidate| candidate.id == me);
        self.settled.store(!open || able.is_none(), Ordering::Relaxed);
        Ok(())
    }

    /// Runs what the leases say that this process has: an earlier step may have been cut short.
    async fn agree(&self, holders: &HashMap<u32, String>) -> Result<(), ShardsError> {
        let me = &**self.member.id();
        let running: Vec<u32> = self.gateway.status().iter().map(|shard| shard.id).collect();
        let missing: Vec<u32> = holders
            .iter()
            .filter(|(number, holder)| holder.as_str() == me && !running.contains(number))
            .map(|(number, _)| *number)
            .collect();
        self.run(&missing).await
    }

    /// Runs shards whose leases this process has, with what earlier holders knew of their guilds.
    async fn run(&self, numbers: &[u32]) -> Result<(), ShardsError> {
        if numbers.is_empty() {
            return Ok(());
        }
        let total = self.gateway.total();
        // A process that is alone with its data has known all of it since its start.
        if self.services.store.is_shared() {
            for number in numbers {
                known_guilds::load_shard(&self.services.store, &self.guilds, *number, total).await?;
            }
            self.set_up_of(numbers).await?;
        }
        for number in numbers {
            self.gateway.add(*number, &self.guilds.of_shard(*number, total)).await?;
        }
        telemetry::shards_taken(numbers.len());
        Ok(())
    }

    /// Looks again at what the guilds of its shards chose.
    pub async fn reload_set_up(&self) -> Result<(), StoreError> {
        let numbers: Vec<u32> = self.gateway.status().iter().map(|shard| shard.id).collect();
        self.set_up_of(&numbers).await
    }

    /// What guilds chose while another process had them.
    async fn set_up_of(&self, numbers: &[u32]) -> Result<(), StoreError> {
        let total = self.gateway.total();
        let ours = |guild: GuildId| numbers.contains(&guild.shard(total));
        let services = &self.services;
        let before: Vec<_> = services.set_up().into_iter().filter(|guild| ours(*guild)).collect();
        let mut read = services.store.read().await?;
        let stored = setting::everywhere(&mut read.operator(OperatorPath::Settings)).await?;
        let mut changed = before;
        let chosen: HashSet<GuildId> = stored.iter().map(|(guild, _)| *guild).collect();
        for guild in changed.iter().filter(|guild| !chosen.contains(guild)) {
            services.forget_set_up(*guild);
        }
        for (guild, setting) in stored.into_iter().filter(|(guild, _)| ours(*guild)) {
            services.load(guild, &setting);
            changed.push(guild);
        }
        for guild in changed {
            self.interest.refresh(guild);
        }
        Ok(())
    }

    /// Closes one shard so that its session lives on, and lets go of it once everything up to its cursor is stored.
    async fn hand_over(&self, number: u32, patience: Duration) -> Result<(), StoreError> {
        let total = self.gateway.total();
        self.gateway.remove(number, patience).await;
        self.saver.save().await?;
        let mut write = self.services.store.write().await?;
        let mut tx = write.operator(OperatorPath::Cluster);
        lease::release(&mut tx, &Self::kind(total), number, self.member.id()).await?;
        write.commit().await?;
        self.guilds.forget_shard(number, total);
        telemetry::shard_handed_over();
        tracing::debug!(shard = number, "a shard is handed over");
        Ok(())
    }

    /// Closes every shard for good, so that the next start of this process goes on with its session.
    pub async fn close(&self, patience: Duration) {
        *self.turn.lock().await = true;
        self.gateway.close(patience).await;
    }

    /// Hands every shard over for good, side by side.
    pub async fn hand_over_all(&self, patience: Duration) {
        // A step that is under way comes to its end first: it may have taken one more.
        let mut leaving = self.turn.lock().await;
        *leaving = true;
        let numbers: Vec<u32> = self.gateway.status().iter().map(|shard| shard.id).collect();
        let ends = numbers.into_iter().map(|number| self.hand_over(number, patience));
        for error in join_all(ends).await.into_iter().filter_map(Result::err) {
            telemetry::background_write_failed("lease", &error);
        }
    }

    /// Its shards, for the row of this process.
    pub fn report(&self) -> Vec<ShardReport> {
        let total = self.gateway.total();
        self.gateway.status().iter().map(|status| told(status, total)).collect()
    }
}

/// A shard among `total`, as others are told of it.
fn told(status: &ShardStatus, total: u32) -> ShardReport {
    ShardReport {
        number: status.id,
        total,
        state: status.state.as_str().to_owned(),
        latency_ms: status.latency.map(|latency| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)),
        guilds: status.guilds as u64,
        in_flight: status.in_flight as u64,
    }
}

/// The processes that can run shards, and the shards with what is known of them.
fn picture(beat: &Beat, holders: &HashMap<u32, String>, total: u32) -> (Vec<Candidate>, Vec<Shard>) {
    let able = beat.peers.iter().filter(|peer| peer.runs_shards() && !peer.report.draining);
    let candidates: Vec<Candidate> = able
        .map(|peer| Candidate {
            id: peer.instance.id.clone(),
            weight: peer.weight(),
            room: peer.report.max_guilds,
            only: peer.report.only.clone(),
        })
        .collect();
    let alive = |id: &String| beat.peers.iter().any(|peer| peer.instance.id == *id);
    let loads: BTreeMap<u32, u64> = beat
        .peers
        .iter()
        .flat_map(|peer| &peer.report.shards)
        .filter(|shard| shard.total == total)
        .map(|shard| (shard.number, shard.guilds))
        .collect();
    let usual = if loads.is_empty() { 1 } else { loads.values().sum::<u64>() / loads.len() as u64 };
    let shards = (0..total)
        .map(|number| Shard {
            number,
            holder: holders.get(&number).filter(|id| alive(id)).cloned(),
            load: loads.get(&number).copied().unwrap_or(usual).max(1),
        })
        .collect();
    (candidates, shards)
}
