//! The shards: how many the bot runs, and this process's part of them.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use guildhall_core::secret::ExposeSecret as _;
use guildhall_discord::{
    gateway::{self, Governor, InfoSource, ShardPlan},
    rest::{self, Rest},
};
use guildhall_store::{OperatorPath, platform::shard_plan};

use super::{GatewayParts, Runtime, StartError};
use crate::{cluster::sets::Factory, store::sessions::Sessions};

impl Runtime {
    /// Starts this process's part of the shards: all of them where it is alone.
    pub async fn connect(&mut self, parts: GatewayParts) -> Result<(), StartError> {
        let GatewayParts { options, force } = parts;
        let identity = gateway::identity(options.token.expose_secret());
        let (store, clock) = (self.services.store.clone(), Arc::clone(&self.services.clock));
        let sessions = Sessions::new(store, identity.clone(), Arc::clone(&clock), Arc::clone(&self.saver));
        let sessions: Arc<dyn gateway::SessionStore> = Arc::new(sessions);
        let info: Arc<dyn InfoSource> = Arc::new(RestInfo(self.rest.clone()));
        let governor = Governor::new(info, Arc::clone(&sessions), Arc::clone(&clock), force).await?;
        let (only, asked) = options.shards.resolve(&governor.info().await)?;
        let explicit = matches!(options.shards, ShardPlan::Set { .. });
        self.member.tell(|report| report.only = explicit.then(|| only.clone()));
        let beat = self.member.beat().await.map_err(StartError::Shards)?;
        let alone =
            !beat.peers.iter().any(|peer| peer.instance.id != **self.member.id() && peer.runs_shards());
        let plan = self.agree_on_total(&identity, &options.shards, asked, alone).await?;
        let factory = Factory {
            options,
            parts: gateway::GatewayParts {
                governor,
                sessions,
                sink: Arc::clone(&self.sink) as Arc<dyn gateway::Sink>,
                interest: Arc::clone(&self.interest) as Arc<dyn gateway::Interest>,
                clock,
                random: Arc::clone(&self.services.random),
            },
            sink: Arc::clone(&self.sink),
            identity,
            member: Arc::clone(&self.member),
            services: Arc::clone(&self.services),
            guilds: Arc::clone(&self.guilds),
            saver: Arc::clone(&self.saver),
            interest: Arc::clone(&self.interest),
        };
        let shards = factory.set(plan.total).await?;
        // While a second set comes up, its sessions are no leftovers.
        if alone && plan.next.is_none() {
            let ids: Vec<u32> = if explicit { only } else { (0..plan.total).collect() };
            shards.gateway.prepare(&ids).await?;
        }
        self.assume_shards(plan.total);
        shards.step(&beat, true).await?;
        self.sets.begin(Arc::new(factory), shards);
        Ok(())
    }

    /// The number of shards that all processes run: what is stored, unless this process is alone and is told another.
    /// Discord's recommendation moves a bot that has one only when it is twice as high, because it costs every session.
    async fn agree_on_total(
        &self,
        identity: &str,
        wanted: &ShardPlan,
        asked: u32,
        alone: bool,
    ) -> Result<shard_plan::ShardPlan, StartError> {
        let mut write = self.services.store.write().await?;
        let mut tx = write.operator(OperatorPath::Cluster);
        let now = self.services.clock.now();
        let mut plan = shard_plan::found(&mut tx, identity, asked, now).await?;
        let enough = matches!(wanted, ShardPlan::Recommended) && asked < plan.total.saturating_mul(2);
        if plan.total != asked && !enough {
            if alone {
                shard_plan::replace(&mut tx, identity, asked, now).await?;
                plan = shard_plan::ShardPlan { total: asked, next: None };
            } else if !matches!(wanted, ShardPlan::Set { .. }) {
                tracing::warn!(
                    running = plan.total,
                    asked,
                    "the bot's other processes run another number of shards, and so does this one; `guildhall shards reshard` changes it"
                );
            } else {
                return Err(StartError::ShardCount { configured: asked, running: plan.total });
            }
        }
        write.commit().await?;
        Ok(plan)
    }
}

/// Asks Discord where its gateway is.
struct RestInfo(Rest);

impl InfoSource for RestInfo {
    fn gateway_info(&self) -> BoxFuture<'_, Result<gateway::GatewayInfo, gateway::StoreFailure>> {
        Box::pin(async {
            let info = rest::gateway_info::GatewayInfo::fetch(&self.0).await?;
            let limit = info.session_start_limit;
            Ok(gateway::GatewayInfo {
                url: info.url,
                shards: info.shards,
                total: limit.total,
                remaining: limit.remaining,
                reset_after: Duration::from_millis(limit.reset_after),
                max_concurrency: limit.max_concurrency.into(),
            })
        })
    }
}
