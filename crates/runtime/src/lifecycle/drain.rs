//! The end, in the reverse order in which one part needs another.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::Runtime;
use crate::{jobs, telemetry};

/// How long the last runs of jobs may take, even past the deadline of a drain: they only write down counts.
const LAST_JOBS: Duration = Duration::from_secs(2);

/// How long other processes have to hear that this one hands its shards over, before it does.
const NOTICE: Duration = Duration::from_millis(1_200);

/// The part of a drain in which jobs may come to their end; what does not is put back after it.
const JOBS_SHARE: f64 = 0.7;

/// How long NATS may take to hear what became of the last events.
const LAST_WORD: Duration = Duration::from_secs(2);

/// How long saving the cursors may take, even past the deadline of a drain.
const LAST_SAVE: Duration = Duration::from_secs(5);

impl Runtime {
    /// Stops in order: no new work, what runs comes to its end, what is decided is sent, and what is left
    /// at the deadline is left to the next run. The database stays open.
    pub async fn drain(mut self, within: Duration) {
        self.not_ready();
        let deadline = Instant::now() + within;
        self.jobs.end_by(Instant::now() + within.mul_f64(JOBS_SHARE));
        self.stop.cancel();
        let sets = self.sets.all();
        // Others look closely at this process from now on, so that its shards are without one for a moment only.
        self.member.tell(|report| report.draining = true);
        let others = self.services.store.is_shared() && self.peers.read().len() > 1;
        if others {
            if let Ok(Err(error)) = timeout(NOTICE, self.member.beat()).await {
                telemetry::background_write_failed("instance", &error);
            }
            sleep(NOTICE.min(within.mul_f64(0.2))).await;
        }
        // The shards first: they close so that Discord replays what is not done.
        let patience = within.mul_f64(0.6);
        let ends = sets.iter().map(async |shards| {
            if others { shards.hand_over_all(patience).await } else { shards.close(patience).await }
        });
        futures::future::join_all(ends).await;
        if let Some(partitions) = &self.partitions
            && let Err(error) = partitions.hand_over_all().await
        {
            telemetry::background_write_failed("lease", &error);
        }
        self.transport.bus().close();
        finish(&mut self.workers, deadline).await;
        finish(&mut self.jobs.tasks, deadline).await;
        // The cursors when what was handed over has ended or is cut: until then it may hold the database.
        for shards in &sets {
            shards.gateway.save(LAST_SAVE).await;
        }
        if let Some(nats) = self.transport.nats()
            && !nats.flush(LAST_WORD).await
        {
            tracing::warn!(
                "NATS did not take the last word on some events; they come again and have no second effect"
            );
        }
        if self.member.role().works() && timeout(LAST_JOBS, jobs::last(&self.services)).await.is_err() {
            tracing::warn!("the last jobs took too long and were stopped");
        }
        self.relay.drain(deadline);
        if timeout_at(deadline + Duration::from_secs(1), &mut self.relay_task).await.is_err() {
            self.relay_task.abort();
        }
        self.background.shutdown().await;
        if self.member.role().runs_shards()
            && let Err(error) = self.saver.save().await
        {
            telemetry::background_write_failed("known guilds", &error);
        }
        self.stop_keeping.cancel();
        // Amid a beat it comes to its end: the last word is that this process is gone.
        if timeout(LAST_SAVE, &mut self.keeping).await.is_err() {
            self.keeping.abort();
        }
        match timeout(LAST_SAVE, self.member.leave()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => telemetry::background_write_failed("instance", &error),
            Err(_) => tracing::warn!("the other processes were not told that this one ends; they find out"),
        }
    }
}

/// Waits for tasks to end by themselves; what still runs at the deadline is stopped. Its transaction is
/// rolled back and its event replayed.
async fn finish(tasks: &mut JoinSet<()>, deadline: Instant) {
    let all = async { while tasks.join_next().await.is_some() {} };
    if timeout_at(deadline, all).await.is_err() {
        tasks.shutdown().await;
    }
}
