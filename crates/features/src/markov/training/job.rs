//! The job that trains from an uploaded file, with a message that shows how far it has come.

use std::{io::Cursor, sync::Arc, time::Duration};

use guildhall_core::{
    clock::Timestamp,
    id::{GuildId, UserId},
    l10n::Text,
    scope::GuildScope,
    text,
};
use guildhall_framework::{Body, Consents, Ctx, Ended, Failure, OnJob, OutsideError, Rules, Services};
use guildhall_store::{StoreError, params, platform::privacy::Choice};
use serde::{Deserialize, Serialize};

use super::{Training, batches, pace::PACE};
use crate::{
    markov::{
        Markov,
        corpus::{self, Which},
        file::FileFault,
        part, schema,
        telemetry::{self, Source, Stage},
    },
    view::{cut, one_line, relative},
};

/// A file to train from.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::markov) struct Order {
    pub(in crate::markov) training: i64,
    /// Where the file is. The link works for a day.
    pub(in crate::markov) url: String,
}

/// Trains from an uploaded file.
pub(in crate::markov) struct Train;

impl OnJob for Train {
    const KIND: &'static str = "markov_train";
    const RULES: Rules = Rules { limit: Duration::from_hours(6), heavy: true, ..Rules::USUAL };
    type Payload = Order;

    async fn run(ctx: &mut Ctx, order: Order) -> Result<Ended, Failure> {
        let (guild, markov) = (ctx.guild()?, part(ctx.services())?);
        let found = Training::find(&ctx.services().store, GuildScope(guild), order.training).await?;
        let Some(mut training) = found.filter(|training| training.ended.is_none()) else {
            return Ok(Ended::Done);
        };
        let language = |text: &Text| ctx.t_guild(text);
        let told = work(ctx.services(), &markov, guild, &mut training, &order.url, &language).await?;
        let Some((stage, told)) = told else { return Ok(Ended::Done) };
        let now = ctx.now();
        ctx.db().await?.execute(&schema::END, params![training.id, now]).await?;
        telemetry::training(Source::Upload, stage);
        if let Some(channel) = training.channel {
            let body = Body::text(ctx.t_guild(&told));
            ctx.send(channel, body).await?;
        }
        Ok(Ended::Done)
    }
}

/// Does it; what is told at the end, or nothing where another process has gone on with it.
async fn work(
    services: &Services,
    markov: &Arc<Markov>,
    guild: GuildId,
    training: &mut Training,
    url: &str,
    language: &(dyn Fn(&Text) -> String + Sync),
) -> Result<Option<(Stage, Text)>, Failure> {
    let refused = |why: Text| Ok(Some((Stage::Refused, why)));
    let scope = GuildScope(guild);
    let (store, options) = (&services.store, markov.options());
    let source = one_line(&cut(&training.source, 100));
    let bytes: Arc<[u8]> = match services.outside.download(url, options.upload_bytes).await {
        Ok(bytes) => bytes.into(),
        Err(error) if error.is_temporary() => return Err(Failure::internal(error)),
        Err(OutsideError::TooLarge(most)) => {
            return refused(text!("markov-train-too-large", source = source, most = most >> 20));
        }
        Err(_) => return refused(text!("markov-train-gone", source = source)),
    };
    let held = match batches::count(Cursor::new(Arc::clone(&bytes))).await {
        Ok(held) => held,
        Err(FileFault::Syntax { line, column }) => {
            return refused(text!("markov-train-syntax", source = source, line = line, column = column));
        }
        Err(FileFault::Form) => return refused(text!("markov-train-form", source = source)),
        Err(error) => return Err(Failure::internal(error)),
    };
    if held.entries == 0 {
        return refused(text!("markov-train-empty", source = source));
    }
    if training.total == 0 {
        set_total(services, scope, training, held.entries, held.skipped).await?;
    }
    let mut show = Show::begin(services, scope, training, &source, language).await;
    if training.clean && training.done == 0 {
        corpus::clear(store, scope, Which::Everything).await?;
    }
    let unwilling = |author: u64| refuses(&services.consents, author);
    let (mut parts, work) = batches::batches(Cursor::new(bytes), options.batch, training.done);
    while let Some(part) = parts.recv().await {
        if training.store(store, scope, part, &unwilling, services.clock.now()).await?.is_none() {
            return Ok(None);
        }
        show.tell(training).await;
    }
    work.await.map_err(Failure::internal)?.map_err(Failure::internal)?;
    show.end(training).await;
    // Whoever asks for a sentence next need not wait.
    drop(markov.ready(store, guild, Duration::ZERO).await);
    let done =
        text!("markov-train-done", source = source, learned = training.learned, skipped = training.skipped);
    Ok(Some((Stage::Done, done)))
}

/// Whether somebody has said that what they write is not to be learned from. Who has said nothing has not refused
/// what the server's admin brings.
pub(in crate::markov) fn refuses(consents: &Consents, author: u64) -> bool {
    let choice = UserId::new(author).map(|author| consents.of(author));
    choice.is_some_and(|choice| !choice.learning && choice != Choice::default())
}

async fn set_total(
    services: &Services,
    scope: GuildScope,
    training: &mut Training,
    total: u64,
    skipped: u64,
) -> Result<(), StoreError> {
    let mut write = services.store.write().await?;
    write.guild(scope).execute(&schema::TOTAL, params![training.id, total, skipped]).await?;
    write.commit().await?;
    (training.total, training.skipped) = (total, skipped);
    Ok(())
}

/// The message that shows how far it has come. That it is late, or lost, does not matter.
struct Show<'s> {
    services: &'s Services,
    source: &'s str,
    language: &'s (dyn Fn(&Text) -> String + Sync),
    begun: Timestamp,
    /// What was done at the beginning.
    before: u64,
    told: Timestamp,
}

impl<'s> Show<'s> {
    async fn begin(
        services: &'s Services,
        scope: GuildScope,
        training: &mut Training,
        source: &'s str,
        language: &'s (dyn Fn(&Text) -> String + Sync),
    ) -> Self {
        let now = services.clock.now();
        let show = Self { services, source, language, begun: now, before: training.done, told: now };
        if training.message.is_none()
            && let Some(channel) = training.channel
            && let Ok(message) = services.outside.post(channel, &show.body(training)).await
        {
            training.message = Some(message);
            if let Err(error) = set_shown(services, scope, training.id, message.to_db()).await {
                tracing::debug!(%error, "where the progress of a training is shown was not stored");
            }
        }
        show
    }

    /// Shows how far it has come, but not too often.
    async fn tell(&mut self, training: &Training) {
        let now = self.services.clock.now();
        if now.since(self.told) >= PACE {
            self.told = now;
            self.end(training).await;
        }
    }

    async fn end(&self, training: &Training) {
        if let (Some(channel), Some(message)) = (training.channel, training.message) {
            // Nobody needs it: the end is told by a message of its own.
            drop(self.services.outside.edit(channel, message, &self.body(training)).await);
        }
    }

    fn body(&self, training: &Training) -> Body {
        let Training { done, total, .. } = *training;
        let now = self.services.clock.now();
        let here = done.saturating_sub(self.before);
        let percent = (done * 100).checked_div(total).unwrap_or(0);
        let (source, left) = (self.source, total.saturating_sub(done));
        let text = if here > 0 && left > 0 {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let rest = now.since(self.begun).mul_f64(left as f64 / here as f64);
            text!(
                "markov-train-progress-until",
                source = source,
                done = done,
                total = total,
                percent = percent,
                until = relative(now + rest)
            )
        } else {
            text!("markov-train-progress", source = source, done = done, total = total, percent = percent)
        };
        Body::text((self.language)(&text))
    }
}

pub(super) async fn set_shown(
    services: &Services,
    scope: GuildScope,
    id: i64,
    message: i64,
) -> Result<(), StoreError> {
    let mut write = services.store.write().await?;
    write.guild(scope).execute(&schema::SHOWN, params![id, message]).await?;
    write.commit().await
}
