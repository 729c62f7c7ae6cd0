//! Another number of shards while the bot runs: a second set of sessions comes up beside the first, every event comes
//! over both meanwhile and has its effect once, and when all of the second set is up, the first is closed.
//!
//! The plan in the database says where it stands, so that any process may end at any moment. One that begins anew
//! goes on with what the plan says.

use std::{collections::HashSet, sync::Arc, time::Duration};

use guildhall_store::{
    OperatorPath,
    platform::{
        lease, session,
        shard_plan::{self, ShardPlan},
    },
};

use super::{
    Beat, Shards,
    sets::{Factory, Sets},
    shards::ShardsError,
};
use crate::telemetry;

/// How long what is in flight of the old sessions may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does this process's part of a change, where one is under way. Whether one is.
pub(super) async fn step(
    sets: &Sets,
    beat: &Beat,
    total: &(dyn Fn(u32) + Sync),
) -> Result<bool, ShardsError> {
    let (Some(factory), Some(current)) = (sets.factory(), sets.current()) else { return Ok(false) };
    let store = &factory.services.store;
    let plan = {
        let mut read = store.read().await?;
        shard_plan::load(&mut read.operator(OperatorPath::Cluster), &factory.identity).await?
    };
    let Some(plan) = plan else { return Ok(false) };
    if let Some(next) = sets.next().filter(|next| plan.total == next.gateway.total()) {
        return cut_over(sets, &factory, &next, total).await.map(|()| false);
    }
    if plan.total != current.gateway.total() {
        // This process slept through the whole change: what it runs is nobody's any more.
        let next = factory.set(plan.total).await?;
        sets.set_next(Some(Arc::clone(&next)));
        next.step(beat, false).await?;
        return cut_over(sets, &factory, &next, total).await.map(|()| false);
    }
    let Some(wanted) = plan.next else {
        give_up(sets).await;
        return Ok(false);
    };
    let up = sets.next().filter(|next| next.gateway.total() == wanted);
    let next = if let Some(next) = up {
        next
    } else {
        give_up(sets).await;
        tracing::info!(from = plan.total, to = wanted, "a second set of shards comes up");
        let next = factory.set(wanted).await?;
        sets.set_next(Some(Arc::clone(&next)));
        next
    };
    next.step(beat, false).await?;
    if all_up(beat, wanted) {
        // What guilds chose over the old sessions, the new ones have to know before they are alone.
        next.reload_set_up().await?;
        finish(&factory, plan, beat).await?;
    }
    Ok(true)
}

/// Whether every shard of the new number is in its session, as the processes say.
fn all_up(beat: &Beat, total: u32) -> bool {
    let shards = beat.peers.iter().flat_map(|peer| &peer.report.shards);
    let up = shards.filter(|shard| shard.total == total && shard.state == "active");
    up.map(|shard| shard.number).collect::<HashSet<u32>>().len() == total as usize
}

async fn finish(factory: &Factory, plan: ShardPlan, beat: &Beat) -> Result<(), ShardsError> {
    let Some(next) = plan.next else { return Ok(()) };
    let mut write = factory.services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Cluster);
    shard_plan::settle(&mut tx, &factory.identity, plan.total, next, beat.now).await?;
    Ok(write.commit().await?)
}

/// Closes the old sessions for good and goes on with the new ones.
async fn cut_over(
    sets: &Sets,
    factory: &Factory,
    next: &Arc<Shards>,
    total: &(dyn Fn(u32) + Sync),
) -> Result<(), ShardsError> {
    next.reload_set_up().await?;
    let count = next.gateway.total();
    total(count);
    let Some(old) = sets.promote() else { return Ok(()) };
    let numbers: Vec<u32> = old.gateway.status().iter().map(|shard| shard.id).collect();
    // Everything that came over the old sessions has its effect before they are forgotten.
    old.gateway.shutdown(PATIENCE).await;
    let (kind, from) = (Shards::kind(old.gateway.total()), old.gateway.total());
    let mut write = factory.services.store.write().await?;
    for shard in numbers {
        let key = session::ShardKey { shard, total: from };
        session::clear(&mut write.operator(OperatorPath::Gateway), &factory.identity, key).await?;
        lease::release(&mut write.operator(OperatorPath::Cluster), &kind, shard, factory.member.id()).await?;
    }
    write.commit().await?;
    let ours: Vec<u32> = next.gateway.status().iter().map(|shard| shard.id).collect();
    factory.guilds.keep_shards(&ours, count);
    telemetry::resharded(from, count);
    Ok(())
}

/// Gives the second set up: the change was called off, or goes to another number.
async fn give_up(sets: &Sets) {
    let Some(next) = sets.next() else { return };
    sets.set_next(None);
    next.hand_over_all(PATIENCE).await;
}
