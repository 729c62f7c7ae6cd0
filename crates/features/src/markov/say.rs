//! What the bot says without a command: an answer to a message, or something by itself every so often.

use std::time::Duration;

use guildhall_core::{
    id::{ChannelId, MessageId},
    scope::GuildScope,
    text,
};
use guildhall_framework::{Body, Ctx, Ended, Failure, JobOptions, OnJob, Reply, Rules};
use serde::{Deserialize, Serialize};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::{application::interaction::InteractionChannel, guild::Permissions};

use super::{
    channels::{self, Settings},
    words::{self, Wish},
};
use crate::view;

/// Nobody wants an answer to what was said long ago.
const ONCE: Rules = Rules { tries: 2, limit: Duration::from_mins(1), ..Rules::USUAL };

/// Answers a message.
pub(super) struct Answer;

/// A message to answer.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Order {
    pub(super) channel: ChannelId,
    pub(super) message: MessageId,
    pub(super) seed: Option<String>,
    /// Whether the bot was asked by name: then it says why it has nothing to say.
    pub(super) mentioned: bool,
}

impl OnJob for Answer {
    const KIND: &'static str = "markov_answer";
    const RULES: Rules = ONCE;
    type Payload = Order;

    async fn run(ctx: &mut Ctx, order: Order) -> Result<Ended, Failure> {
        let wish = Wish { seed: order.seed, seed_optional: true, path: false };
        let said = match words::sentence(ctx, &wish).await {
            Ok(sentence) => words::said(ctx, &sentence).await?,
            Err(Failure::Refused(text)) if order.mentioned => ctx.t_guild(&text),
            Err(Failure::Refused(_)) => return Ok(Ended::Done),
            Err(failure) => return Err(failure),
        };
        let body = Body { reply_to: Some(order.message), ..Body::text(said) };
        ctx.send(order.channel, body).await?;
        Ok(Ended::Done)
    }
}

/// Says something in a channel every so often, for as long as it is wished.
pub(super) struct Speak;

/// The channel.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Place {
    channel: ChannelId,
    /// The interval that was wished when it was begun; another one is another job.
    minutes: u64,
}

impl OnJob for Speak {
    const KIND: &'static str = "markov_speak";
    const RULES: Rules = Rules { limit: Duration::from_mins(2), ..Rules::USUAL };
    type Payload = Place;

    async fn run(ctx: &mut Ctx, place: Place) -> Result<Ended, Failure> {
        let scope = GuildScope(ctx.guild()?);
        let (settings, _) = {
            let mut read = ctx.services().store.read().await?;
            Settings::of(&mut read.guild(scope), place.channel).await?
        };
        let every = Duration::from_mins(place.minutes);
        if settings.every != Some(every) {
            return Ok(Ended::Done);
        }
        match words::sentence(ctx, &Wish::default()).await {
            Ok(sentence) => {
                let body = Body::text(words::said(ctx, &sentence).await?);
                ctx.send(place.channel, body).await?;
            }
            Err(Failure::Refused(_)) => {}
            Err(failure) => return Err(failure),
        }
        Ok(Ended::Again(ctx.now() + every))
    }
}

/// Have me say something by myself every so often
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "speak")]
pub(super) struct SpeakUp {
    /// The channel
    channel: InteractionChannel,
    /// The minutes between two sentences, from 5; 0 for none
    #[command(min_value = 0, max_value = 10_080)]
    minutes: i64,
}

impl SpeakUp {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let channel = channels::usable(ctx, &self.channel)?;
        let minutes = u64::try_from(self.minutes).unwrap_or(0);
        if (1..5).contains(&minutes) {
            return Err(text!("markov-speak-often").into());
        }
        let held = ctx.services().directory.bot_permissions(ctx.guild()?, channel);
        if let Some(held) =
            held.filter(|held| !held.contains(Permissions::SEND_MESSAGES | Permissions::VIEW_CHANNEL))
        {
            return Err(Failure::BotLacks((Permissions::SEND_MESSAGES | Permissions::VIEW_CHANNEL) - held));
        }
        let mut tx = ctx.db().await?;
        let (mut settings, _) = Settings::of(&mut tx, channel).await?;
        settings.every = (minutes > 0).then(|| Duration::from_mins(minutes));
        settings.store(&mut tx, channel).await?;
        let shown = view::channel(channel);
        if minutes == 0 {
            return Ok(Reply::hidden(ctx.t(&text!("markov-speak-off", channel = shown))));
        }
        let options = JobOptions {
            not_before: Some(ctx.now() + Duration::from_mins(minutes)),
            dedupe: Some(format!("{channel} {minutes}")),
            ..JobOptions::default()
        };
        ctx.enqueue::<Speak>(&Place { channel, minutes }, options).await?;
        Ok(Reply::hidden(ctx.t(&text!("markov-speak-on", channel = shown, minutes = minutes))))
    }
}
