//! From a handler to its answer: deferral, commit, sending.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use guildhall_bus::Ack;
use guildhall_discord::rest::RestError;
use guildhall_framework::{Ctx, Failure, Reply, ctx::Invocation};
use guildhall_store::StoreError;

use super::{Dispatcher, Work, failure, guard::guarded};
use crate::{
    outbox::{
        self, Answer, Entry,
        answer::{self, Target},
    },
    telemetry::{self, InteractionDone},
};

/// What runs.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    /// `command`, `component` or `modal`.
    pub(crate) kind: &'static str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Whether a slow answer is announced to the caller alone.
    pub(crate) ephemeral: bool,
}

/// Who was first: the deferral or the commit. An answer that is stored says truly whether it was deferred.
#[derive(Default)]
struct Race(AtomicU8);

const OPEN: u8 = 0;
const DEFERRED: u8 = 1;
const ANSWERING: u8 = 2;

impl Race {
    fn defer(&self) -> bool {
        self.0.compare_exchange(OPEN, DEFERRED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Ends the race and says whether the interaction was deferred.
    fn answer(&self) -> bool {
        self.0.compare_exchange(OPEN, ANSWERING, Ordering::AcqRel, Ordering::Acquire).is_err()
    }
}

/// What is to be said, and the row that holds it.
struct Outcome {
    reply: Option<Reply>,
    stored: Option<Entry>,
    word: &'static str,
    /// Still open where nothing is durable: a replay may then run once more and answer.
    ack: Option<Ack>,
}

/// What a handler left behind, durable where it wrote anything.
struct Committed {
    reply: Reply,
    stored: Option<Entry>,
    wrote: bool,
}

impl Dispatcher {
    /// Runs a handler to its end: deferral when it is slow, commit, answer.
    pub(crate) async fn run(
        &self,
        work: Work,
        job: Job<'_>,
        handler: impl AsyncFnOnce(&mut Ctx) -> Result<Reply, Failure>,
    ) {
        let Work { target, invocation, ack } = work;
        let race = Race::default();
        let work = self.handle(&target, invocation, job, &race, ack, handler);
        let deferral = async {
            tokio::time::sleep(self.options.defer_after.saturating_sub(self.age(&target))).await;
            if !race.defer() {
                // The answer is being committed and will be quicker than a deferral.
                return std::future::pending().await;
            }
            telemetry::deferred();
            let deferred = answer::defer(&self.rest, &target, job.ephemeral).await;
            if let Err(error) = deferred {
                telemetry::answer_lost(&error);
            }
        };
        let mut work = std::pin::pin!(work);
        let mut deferral = std::pin::pin!(deferral);
        let outcome = tokio::select! {
            biased;
            outcome = &mut work => {
                if race.answer() && race.0.load(Ordering::Acquire) == DEFERRED {
                    // A deferral on its way must arrive before the answer edits it.
                    deferral.await;
                }
                outcome
            }
            () = &mut deferral => work.await,
        };
        let deferred = race.0.load(Ordering::Acquire) == DEFERRED;
        self.deliver(&target, outcome, deferred, job).await;
    }

    async fn handle(
        &self,
        target: &Target,
        invocation: Invocation,
        job: Job<'_>,
        race: &Race,
        ack: Ack,
        handler: impl AsyncFnOnce(&mut Ctx) -> Result<Reply, Failure>,
    ) -> Outcome {
        let key = format!("interaction:{}", target.interaction);
        let mut ctx = Ctx::new(Arc::clone(&self.services), invocation.clone(), Some(key));
        let result = guarded(self.options.command_limit, handler(&mut ctx)).await;
        let result = match result {
            Ok(reply) => match reply.checked() {
                Ok(reply) => self.commit(target, ctx, reply, race).await.map_err(Failure::from),
                Err(failure) => Err(failure),
            },
            Err(failure) => {
                // Rolls back what was written.
                drop(ctx);
                Err(failure)
            }
        };
        match result {
            Ok(Committed { reply, stored, wrote }) => {
                // In a direct message nothing holds the answer but this: until it is sent, a crash makes
                // Discord tell again.
                let ack = if wrote && (stored.is_some() || invocation.guild.is_some()) {
                    ack.complete();
                    None
                } else {
                    Some(ack)
                };
                Outcome { reply: Some(reply), stored, word: "answered", ack }
            }
            Err(Failure::DoneBefore) => {
                telemetry::replayed();
                let said =
                    invocation.guild.is_none().then(|| failure::done_before(&self.services, &invocation));
                Outcome { reply: said, stored: None, word: "replayed", ack: Some(ack) }
            }
            Err(error) => {
                let word = if error.is_internal() { "failed" } else { "refused" };
                let reply = failure::reply(&self.services, &invocation, &error, job.kind, job.name);
                Outcome { reply: Some(reply), stored: None, word, ack: Some(ack) }
            }
        }
    }

    /// Makes durable what was written, together with the answer; nothing at all where nothing was.
    async fn commit(
        &self,
        target: &Target,
        ctx: Ctx,
        reply: Reply,
        race: &Race,
    ) -> Result<Committed, StoreError> {
        let (guild, user) = (ctx.invocation().guild, ctx.invocation().user);
        let work = ctx.finish();
        let deferred = race.answer();
        let (mut stored, mut wrote) = (None, false);
        if let Some(mut write) = work.write {
            let now = self.services.clock.now();
            let messages = outbox::store_messages(&mut write, work.outgoing, user, now).await?;
            if let (Some(guild), Some(answer)) = (guild, Answer::of(target, &reply, deferred)) {
                stored = Some(outbox::store_answer(&mut write, guild, answer, user, now).await?);
            }
            write.commit().await?;
            wrote = true;
            self.services.forget_cached(&work.stale).await;
            self.chosen(work.chosen);
            self.enqueued(work.enqueued);
            for message in messages {
                self.relay.send(message);
            }
        }
        self.changed(work.changes);
        Ok(Committed { reply, stored, wrote })
    }

    /// Says what is to be said. What is stored and does not get through now is left to the relay.
    async fn deliver(&self, target: &Target, outcome: Outcome, deferred: bool, job: Job<'_>) {
        let Outcome { reply, stored, mut word, ack } = outcome;
        if let Some(reply) = reply {
            word = self.say(target, &reply, stored, deferred).await.unwrap_or(word);
        }
        if let Some(ack) = ack {
            ack.complete();
        }
        self.services.processes.count_command();
        InteractionDone { kind: job.kind, outcome: word, took: self.age(target) }.emit();
    }

    /// Sends an answer; gives the word for it where it did not get through.
    async fn say(
        &self,
        target: &Target,
        reply: &Reply,
        stored: Option<Entry>,
        deferred: bool,
    ) -> Option<&'static str> {
        let Err(error) = answer::send(&self.rest, target, reply, deferred).await else {
            if let Some(entry) = stored {
                self.relay.sent(entry.row.id);
            }
            return None;
        };
        telemetry::answer_lost(&error);
        if let Some(mut entry) = stored {
            entry.perhaps_sent = matches!(error, RestError::Transport { perhaps_done: true, .. });
            self.relay.send(entry);
        }
        Some("lost")
    }

    /// Answers without having run anything.
    pub(crate) async fn answer_now(&self, target: &Target, reply: &Reply, deferred: bool) {
        if let Err(error) = answer::send(&self.rest, target, reply, deferred).await {
            telemetry::answer_lost(&error);
        }
    }
}
