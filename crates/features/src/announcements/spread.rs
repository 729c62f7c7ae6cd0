//! The spreading of an announcement: server after server gets a job, a few a second.

use std::time::Duration;

use guildhall_core::{id::GuildId, scope::GuildScope};
use guildhall_framework::{Ctx, Ended, Failure, JobOptions, OnJob, Services, tasks::Due};
use guildhall_store::{
    StoreError, params,
    platform::job::{self, NewJob, Party, Priority},
};
use serde::{Deserialize, Serialize};

use super::{
    deliver::Deliver,
    records::{self, Broadcast, Outcome, State},
    schema,
};

/// Servers that one run reaches, and the pause after it: ten a second at the most.
const STEP: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);
/// The pause while the last jobs are not done.
const LAST_PAUSE: Duration = Duration::from_secs(3);

/// Names the announcement.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Which {
    pub(super) id: i64,
}

/// Spreads one announcement. It is a job of the server in which the operator confirmed it.
pub(super) struct Spread;

impl OnJob for Spread {
    const KIND: &'static str = "broadcast_spread";
    type Payload = Which;

    async fn run(ctx: &mut Ctx, which: Which) -> Result<Ended, Failure> {
        let services = ctx.services();
        let Some(broadcast) = records::find(services, which.id).await? else { return Ok(Ended::Done) };
        match broadcast.state {
            // The job was committed with the operator's confirmation: it is what begins the announcement.
            State::Preview => {
                // Two may have been confirmed in the same moment: one goes.
                let latest = records::latest(services).await?;
                let other = latest.is_some_and(|latest| latest.state == State::Running);
                let next = if other { State::Discarded } else { State::Running };
                records::go(services, which.id, State::Preview, next).await?;
                return Ok(if other { Ended::Done } else { Ended::Again(ctx.now()) });
            }
            State::Running => {}
            State::Discarded | State::Cancelled | State::Done => return Ok(Ended::Done),
        }
        let (directory, store) = (&services.directory, &services.store);
        let guilds = directory.everywhere(store, broadcast.reached, STEP).await?;
        if let Some(last) = guilds.last() {
            give(services, &broadcast, &guilds).await?;
            // A crash before this line gives the same servers once more, which then have it.
            records::reach(services, which.id, *last).await?;
            return Ok(Ended::Again(ctx.now() + PAUSE));
        }
        if records::counts(services, which.id).await?.contains_key(&Outcome::Waiting) {
            return Ok(Ended::Again(ctx.now() + LAST_PAUSE));
        }
        if records::go(services, which.id, State::Running, State::Done).await? {
            tracing::info!(broadcast = which.id, "an announcement has reached every server");
        }
        Ok(Ended::Done)
    }
}

impl Spread {
    /// What keeps a second one from being put beside the first.
    pub(super) fn options(id: i64) -> JobOptions {
        JobOptions { dedupe: Some(id.to_string()), ..JobOptions::default() }
    }
}

/// Gives each of these servers its job, with a row that keeps it from being given twice.
async fn give(services: &Services, broadcast: &Broadcast, guilds: &[GuildId]) -> Result<(), StoreError> {
    let now = services.clock.now();
    let payload = serde_json::to_string(&Which { id: broadcast.id }).unwrap_or_default();
    let mut write = services.store.write().await?;
    let mut due = Vec::new();
    for guild in guilds {
        let mut tx = write.guild(GuildScope(*guild));
        if tx.execute(&schema::BEGIN, params![broadcast.id, now]).await? == 0 {
            continue;
        }
        let new = NewJob {
            kind: Deliver::KIND.to_owned(),
            payload: payload.clone(),
            priority: Priority::Low,
            not_before: now,
            dedupe: None,
            user: None,
        };
        job::add(&mut tx, &new, now).await?;
        due.push(Due { party: Party::Guild(*guild), at: now });
    }
    write.commit().await?;
    services.tasks.enqueued(due);
    Ok(())
}
