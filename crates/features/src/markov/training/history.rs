//! The job that trains from the history of the channels that a guild listens to, threads included, page by page. How
//! far each channel was read is part of each page's transaction.

use std::time::Duration;

use guildhall_core::{
    clock::Timestamp,
    id::{ChannelId, GuildId, MessageId},
    l10n::Text as Words,
    scope::GuildScope,
    text,
};
use guildhall_framework::{Body, Ctx, Ended, Failure, OnJob, OutsideError, Rules, Services};
use guildhall_store::{Class, Row, StoreError, params, retention};
use serde::{Deserialize, Serialize};

use super::{Training, pace::Pace};
use crate::{
    markov::{
        channels::{self, Way},
        corpus::{self, Text, Which},
        part, schema,
        talk::Message,
        telemetry::{self, Source, Stage},
    },
    view::relative,
};

/// Pages that one run reads; then others get their turn.
const PAGES: u32 = 50;
/// Messages of a page (Discord docs: Message, Get Channel Messages).
const PAGE: usize = 100;
/// A training from history.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::markov) struct Order {
    pub(in crate::markov) training: i64,
}

/// Trains from history.
pub(in crate::markov) struct Read;

impl OnJob for Read {
    const KIND: &'static str = "markov_history";
    const RULES: Rules = Rules { limit: Duration::from_hours(1), tries: 30, heavy: true, ..Rules::USUAL };
    type Payload = Order;

    async fn run(ctx: &mut Ctx, order: Order) -> Result<Ended, Failure> {
        let guild = ctx.guild()?;
        let found = Training::find(&ctx.services().store, GuildScope(guild), order.training).await?;
        let Some(mut training) = found.filter(|training| training.ended.is_none()) else {
            return Ok(Ended::Done);
        };
        if part(ctx.services())?.options().permission.is_none() {
            // The operator has taken it back meanwhile.
            let now = ctx.now();
            ctx.db().await?.execute(&schema::END, params![training.id, now]).await?;
            telemetry::training(Source::History, Stage::Refused);
            return Ok(Ended::Done);
        }
        let language = |words: &Words| ctx.t_guild(words);
        let markov = part(ctx.services())?;
        let over = read(ctx.services(), markov.pace(), guild, &mut training, &language).await?;
        let now = ctx.now();
        if !over {
            return Ok(Ended::Again(now));
        }
        markov.pace().forget(guild, training.id);
        ctx.db().await?.execute(&schema::END, params![training.id, now]).await?;
        telemetry::training(Source::History, Stage::Done);
        if let Some(channel) = training.channel {
            let done = text!("markov-history-done", learned = training.learned, read = training.done);
            let body = Body::text(ctx.t_guild(&done));
            ctx.send(channel, body).await?;
        }
        Ok(Ended::Done)
    }
}

/// One channel or thread.
#[derive(Clone, Debug)]
struct Place {
    channel: ChannelId,
    parent: Option<ChannelId>,
    /// Messages before this one are still to be read.
    before: i64,
    /// The newest that was found; zero before the first page.
    newest: i64,
    done: bool,
}

impl Place {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            channel: row.get("channel_id")?,
            parent: row.get("parent_id")?,
            before: row.get("before_id")?,
            newest: row.get("newest_id")?,
            done: row.get::<i64>("done")? != 0,
        })
    }

    /// The part that is read, by time: from the newest message back to when the channel was made, or to the
    /// oldest message that is kept.
    fn part(&self, kept: i64) -> f64 {
        if self.done {
            return 1.0;
        }
        if self.newest == 0 {
            return 0.0;
        }
        let span = |to: i64| ((self.newest - to) >> 22).max(0);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let part = span(self.before) as f64 / span(self.channel.to_db().max(kept)).max(1) as f64;
        part.clamp(0.0, 1.0)
    }
}

/// Reads some pages. Says whether all was read.
async fn read(
    services: &Services,
    shown: &Pace,
    guild: GuildId,
    training: &mut Training,
    language: &(dyn Fn(&Words) -> String + Sync),
) -> Result<bool, Failure> {
    let scope = GuildScope(guild);
    let kept = kept(services, scope).await?;
    let mut places = places(services, guild, training).await?;
    for _ in 0..PAGES {
        if shown.is_due(guild, training.id, services.clock.now()) {
            show(services, scope, training, &places, kept, language).await;
        }
        let Some(place) = places.iter_mut().find(|place| !place.done) else { break };
        let before = MessageId::from_db(place.before).filter(|_| place.before != i64::MAX);
        let page: Vec<Message> = match services.outside.history(place.channel, before).await {
            Ok(page) => serde_json::from_slice(&page).map_err(Failure::unreadable)?,
            // The bot may not see it, or it is gone: there is nothing to learn.
            Err(OutsideError::Gone) => Vec::new(),
            Err(error) => return Err(Failure::internal(error)),
        };
        if !store(services, scope, training, place, kept, &page).await? {
            // Another process has gone on with it.
            return Ok(false);
        }
    }
    let over = places.iter().all(|place| place.done);
    if over {
        show(services, scope, training, &places, kept, language).await;
    }
    Ok(over)
}

/// The least id of a message that the guild keeps by its age. What is older would be removed as soon as it was
/// learned.
async fn kept(services: &Services, scope: GuildScope) -> Result<i64, StoreError> {
    let mut read = services.store.read().await?;
    let days = retention::days(&mut read.guild(scope), Class::MESSAGES).await?;
    let now = services.clock.now();
    Ok(days.map_or(0, |days| MessageId::least_at(retention::before(now, days).0)))
}

/// The channels to read. The first run finds them.
async fn places(services: &Services, guild: GuildId, training: &Training) -> Result<Vec<Place>, Failure> {
    let scope = GuildScope(guild);
    let known = async || -> Result<Vec<Place>, StoreError> {
        let mut read = services.store.read().await?;
        let rows = read.guild(scope).fetch_all(&schema::HISTORY, params![training.id]).await?;
        rows.iter().map(Place::read).collect()
    };
    let found = known().await?;
    if !found.is_empty() {
        return Ok(found);
    }
    let listened = channels::chosen(&mut services.store.read().await?.guild(scope), Way::Listen).await?;
    let mut all: Vec<(ChannelId, Option<ChannelId>)> = Vec::new();
    for channel in listened {
        all.push((channel, None));
        match services.outside.threads(guild, channel).await {
            Ok(threads) => all.extend(threads.into_iter().map(|thread| (thread, Some(channel)))),
            Err(error) if error.is_temporary() => return Err(Failure::internal(error)),
            // The bot may not see them, or it is a thread itself.
            Err(_) => {}
        }
    }
    if training.clean {
        corpus::clear(&services.store, scope, Which::Everything).await?;
    }
    let mut write = services.store.write().await?;
    let mut tx = write.guild(scope);
    for (channel, parent) in all {
        tx.execute(&schema::HISTORY_ADD, params![training.id, channel, parent, i64::MAX]).await?;
        if let Some(parent) = parent {
            channels::thread(&mut tx, channel, parent).await?;
        }
    }
    write.commit().await?;
    Ok(known().await?)
}

/// Stores a page, and how far the channel was read, in one transaction. `false` where another process has done so.
async fn store(
    services: &Services,
    scope: GuildScope,
    training: &mut Training,
    place: &mut Place,
    kept: i64,
    page: &[Message],
) -> Result<bool, StoreError> {
    let allowed = |message: &&Message| {
        let written = Timestamp(message.id.created_at_ms());
        message.is_written()
            && !message.is_empty()
            && message.id.to_db() >= kept
            && services.consents.of(message.author.id).learning
            && !services.consents.is_erased(Some(scope.0), message.author.id, written)
    };
    let texts: Vec<Text> = page.iter().filter(allowed).map(|message| message.text(place.parent)).collect();
    let oldest = page.iter().map(|message| message.id.to_db()).min();
    let newest = page.iter().map(|message| message.id.to_db()).max();
    let next = Place {
        before: oldest.unwrap_or(place.before),
        newest: place.newest.max(newest.unwrap_or(0)),
        done: page.len() < PAGE || oldest.is_some_and(|oldest| oldest < kept),
        ..place.clone()
    };
    let now = services.clock.now();
    let mut write = services.store.write().await?;
    let mut tx = write.guild(scope);
    let step = params![training.id, place.channel, place.before, next.before, next.newest, next.done];
    if tx.execute(&schema::HISTORY_STEP, step).await? == 0 {
        return Ok(false);
    }
    let learned = if texts.is_empty() { 0 } else { corpus::add(&mut tx, &texts, now).await? };
    let seen = page.len() as u64;
    let row = params![training.id, training.done, training.done + seen, learned, seen - learned];
    if tx.execute(&schema::PROGRESS, row).await? == 0 {
        return Ok(false);
    }
    write.commit().await?;
    telemetry::read(Source::History, seen);
    telemetry::learned(Source::History, learned);
    training.done += seen;
    training.learned += learned;
    *place = next;
    Ok(true)
}

/// Shows how far it has come. That it is late, or lost, does not matter.
async fn show(
    services: &Services,
    scope: GuildScope,
    training: &mut Training,
    places: &[Place],
    kept: i64,
    language: &(dyn Fn(&Words) -> String + Sync),
) {
    let Some(channel) = training.channel else { return };
    let (done, total) = (places.iter().filter(|place| place.done).count(), places.len());
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let part = places.iter().map(|place| place.part(kept)).sum::<f64>() / total.max(1) as f64;
    let now = services.clock.now();
    let spent = now.since(training.started);
    let words = if part > 0.01 && part < 1.0 {
        let left = spent.mul_f64((1.0 - part) / part);
        text!(
            "markov-history-progress-until",
            read = training.done,
            done = done,
            total = total,
            until = relative(now + left)
        )
    } else {
        text!("markov-history-progress", read = training.done, done = done, total = total)
    };
    let body = Body::text(language(&words));
    match training.message {
        Some(message) => drop(services.outside.edit(channel, message, &body).await),
        None => {
            if let Ok(message) = services.outside.post(channel, &body).await {
                training.message = Some(message);
                if let Err(error) = super::job::set_shown(services, scope, training.id, message.to_db()).await
                {
                    tracing::debug!(%error, "where the progress of a training is shown was not stored");
                }
            }
        }
    }
}
