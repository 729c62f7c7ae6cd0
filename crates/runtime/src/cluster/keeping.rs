//! The beat of this process: says that it lives, looks at the others, and does its part of what that comes to.

use std::{collections::HashSet, sync::Arc, time::Duration};

use guildhall_discord::rest::Rest;
use guildhall_framework::ctx::Services;
use parking_lot::RwLock;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Beat, Member, Peer, Sets, reshard, shards::ShardsError};
use crate::{directory::Guilds, outbox::Relay, telemetry};

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
    /// Sends what others left.
    pub relay: Relay,
    /// The sender, which has its share of the limit over all routes.
    pub rest: Rest,
    /// Everybody, as last seen.
    pub peers: Arc<RwLock<Vec<Peer>>>,
    /// How often to say that it lives.
    pub every: Duration,
    /// The guild cache.
    pub guilds: Arc<Guilds>,
    /// What handlers share.
    pub services: Arc<Services>,
    /// Told how many shards the bot runs.
    pub total: watch::Sender<Option<u32>>,
    /// Told when this process was evicted.
    pub evicted: watch::Sender<bool>,
}

impl Keeping {
    /// Beats until told to stop, or until this process is evicted: its connections are closed at once then.
    pub async fn run(self, stop: CancellationToken) {
        let mut known = HashSet::new();
        let mut pause = self.every;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
            self.member.tell(|report| report.shards = self.sets.report());
            let beat = match self.member.beat().await {
                Ok(beat) => beat,
                Err(error) if error.is_fenced() => {
                    tracing::error!(
                        "this process was silent for too long and was evicted; it closes its connections and begins anew"
                    );
                    self.sets.all().iter().for_each(|shards| shards.gateway.abandon());
                    self.evicted.send_replace(true);
                    return;
                }
                Err(error) => {
                    telemetry::background_write_failed("instance", &error);
                    pause = self.every;
                    continue;
                }
            };
            self.others(&beat, &mut known).await;
            if !self.member.report().draining
                && let Err(error) = self.shards(&beat).await
            {
                telemetry::step_failed(&error);
            }
            let leaving = beat.peers.iter().any(|peer| peer.report.draining);
            pause = if leaving { CLOSE_LOOK.min(self.every) } else { self.every };
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
        }
    }

    /// What follows from who is there and who is not any more.
    async fn others(&self, beat: &Beat, known: &mut HashSet<String>) {
        let alive: HashSet<String> = beat.peers.iter().map(|peer| peer.instance.id.clone()).collect();
        if !beat.evicted.is_empty() || known.iter().any(|id| !alive.contains(id)) {
            match self.member.adopt().await {
                Ok(_) => self.relay.adopt(),
                Err(error) => telemetry::background_write_failed("outbox", &error),
            }
        }
        if self.services.store.is_shared()
            && let Err(error) = self.services.consents.refresh(&self.services.store, beat.now - LATELY).await
        {
            telemetry::background_read_failed("user_privacy", &error);
        }
        if self.services.store.is_shared()
            && let Err(error) = self.services.operating.refresh(&self.services.store).await
        {
            telemetry::background_read_failed("operator_setting", &error);
        }
        telemetry::members(alive.len());
        let senders = beat.peers.iter().filter(|peer| peer.instance.role != "web").count();
        self.rest.share(u32::try_from(senders).unwrap_or(u32::MAX));
        *known = alive;
    }
}
