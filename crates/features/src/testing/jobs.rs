//! Runs jobs in tests, as the runtime would.

use std::time::Duration;

use guildhall_core::{id::GuildId, scope::GuildScope};
use guildhall_framework::{Ended, Failure, job::JobFailure};
use guildhall_store::{
    OperatorPath, OperatorStatement, operator, params,
    platform::{
        self,
        job::{Party, Priority, work},
    },
};

use super::World;

const NEXT_JOB: OperatorStatement = operator(
    "test_next_job",
    "SELECT guild_id, id, kind, payload FROM job WHERE not_before <= $1 ORDER BY not_before, guild_id, id LIMIT 1",
);
const JOB_AGAIN: OperatorStatement =
    operator("test_job_again", "UPDATE job SET not_before = $3 WHERE guild_id = $1 AND id = $2");
const JOB_DONE: OperatorStatement =
    operator("test_job_done", "DELETE FROM job WHERE guild_id = $1 AND id = $2");

impl World {
    /// Runs the job that is due first, if one is; whether there was one.
    pub(crate) async fn job(&self) -> bool {
        let now = self.services.clock.now();
        let mut read = self.services.store.read().await.unwrap();
        let row = read.operator(OperatorPath::Jobs).fetch_optional(&NEXT_JOB, params![now]).await.unwrap();
        drop(read);
        let Some(row) = row else { return false };
        let (guild, id): (GuildId, i64) = (row.get("guild_id").unwrap(), row.get("id").unwrap());
        let kind = row.get::<String>("kind").unwrap();
        let (_, kind) = self.services.registry.job(&kind).unwrap();
        let mut caller = self.member(guild.get(), 1);
        caller.invocation.user = None;
        let mut ctx = caller.ctx();
        let ended = kind.run(&mut ctx, &row.get::<String>("payload").unwrap()).await.unwrap();
        self.commit(ctx).await;
        let mut write = self.services.store.write().await.unwrap();
        let mut tx = write.operator(OperatorPath::Jobs);
        match ended {
            Ended::Done => tx.execute(&JOB_DONE, params![guild, id]).await.unwrap(),
            Ended::Again(at) => tx.execute(&JOB_AGAIN, params![guild, id, at]).await.unwrap(),
        };
        write.commit().await.unwrap();
        true
    }

    /// Runs jobs until none is due for so long.
    pub(crate) async fn jobs(&self, within: Duration) {
        let end = self.services.clock.now() + within;
        loop {
            while self.job().await {}
            if self.services.clock.now() >= end {
                return;
            }
            self.clock.advance(Duration::from_secs(1));
        }
    }

    /// Runs the jobs of a guild that wait, as they would run; what became of each that failed.
    pub(crate) async fn jobs_of(&self, guild: u64) -> Vec<Failure> {
        let (scope, now) = (GuildScope(super::guild(guild)), self.services.clock.now());
        let mut failed = Vec::new();
        loop {
            let mut write = self.services.store.write().await.unwrap();
            let how = work::Claim {
                now,
                until: now,
                holder: "test",
                priority: Priority::Low,
                suspects: true,
                most: u32::MAX,
                heavy: &work::NONE_HEAVY,
            };
            let party = Party::Guild(scope.0);
            let held = work::claim(&mut write.operator(OperatorPath::Jobs), &party, &how).await.unwrap();
            write.commit().await.unwrap();
            let Some(held) = held else { return failed };
            let mut caller = self.member(guild, 1);
            (caller.invocation.user, caller.invocation.channel) = (None, None);
            let mut ctx = caller.ctx();
            let (_, kind) = self.services.registry.job(&held.kind).unwrap();
            match kind.run(&mut ctx, &held.payload).await {
                Ok(Ended::Done) => {
                    let mut tx = ctx.db().await.unwrap();
                    assert!(platform::job::done(&mut tx, held.id.id, held.epoch).await.unwrap());
                    self.commit(ctx).await;
                }
                Ok(Ended::Again(at)) => {
                    let mut tx = ctx.db().await.unwrap();
                    assert!(platform::job::again(&mut tx, held.id.id, held.epoch, at, now).await.unwrap());
                    self.commit(ctx).await;
                }
                Err(JobFailure::Failed(failure)) => {
                    drop(ctx);
                    let not_before = now + Duration::from_hours(1);
                    let fault = work::Fault { cause: "", reference: "", not_before, tries: 10, now };
                    let mut write = self.services.store.write().await.unwrap();
                    let mut tx = write.operator(OperatorPath::Jobs);
                    work::fail(&mut tx, &held.id, held.epoch, &fault).await.unwrap();
                    write.commit().await.unwrap();
                    failed.push(failure);
                }
                Err(JobFailure::Unreadable(error)) => panic!("{error}"),
            }
        }
    }
}
