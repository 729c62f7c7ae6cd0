//! Talking along: what is written in some channels is learned, in others answered, and whoever mentions the bot is
//! answered everywhere. It looks at every message, so it is a feature of its own, which is off until somebody who
//! manages the server chooses a channel or turns it on.

use guildhall_core::{
    clock::Timestamp,
    event::{EventKind, EventSet},
    id::{ChannelId, MessageId, UserId},
    l10n,
};
use guildhall_framework::{
    Command, Ctx, Event, EventHandler, Failure, Feature, JobKind, JobOptions, OnEvent, Toggle,
};
use guildhall_store::{Schema, platform::job::Priority};
use serde::{Deserialize, de::IgnoredAny};
use twilight_model::{channel::ChannelType, guild::Permissions};

use super::{
    channels::{self, Settings},
    corpus::{self, Text},
    listen, part, respond,
    say::{self, Answer},
    telemetry::{self, Source},
};

/// The name in settings.
pub(super) const NAME: &str = "talk";

/// The longest part of a message that a sentence is made around, in characters.
const SEED: usize = 200;

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: NAME,
        toggle: Toggle::Off,
        needs: Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES),
        commands: Vec::new(),
        components: Vec::new(),
        events: vec![EventHandler::of::<Hear>(), EventHandler::of::<Thread>()],
        jobs: vec![JobKind::of::<Answer>()],
        schedules: Vec::new(),
        periodic: Vec::new(),
        figures: None,
        // Its rows are in the tables of what was learned.
        schema: Schema { owner: NAME, migrations: &[], inventory: &[], statements: &[] },
        locales: &[
            l10n::Source { locale: "en-US", ftl: include_str!("locales/talk-en-US.ftl") },
            l10n::Source { locale: "de", ftl: include_str!("locales/talk-de.ftl") },
        ],
    }
}

/// The commands that choose channels. They work while the feature is off, because they turn it on.
pub(super) fn commands() -> [Command; 2] {
    [Command::of::<listen::Listen>(), Command::of::<respond::AutoRespond>()]
}

/// What members write themselves: an ordinary message, and a reply (Discord docs: Message, Message Types).
const WRITTEN: [u8; 2] = [0, 19];

/// The parts of a message that are looked at.
#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) id: MessageId,
    channel_id: ChannelId,
    pub(super) author: Author,
    webhook_id: Option<IgnoredAny>,
    #[serde(rename = "type", default)]
    kind: u8,
    /// Empty where Discord keeps it from the bot.
    #[serde(default)]
    content: String,
    #[serde(default)]
    attachments: Vec<Attachment>,
    #[serde(default)]
    mentions: Vec<Mentioned>,
}

impl Message {
    /// Whether a person wrote it.
    pub(super) fn is_written(&self) -> bool {
        !self.author.bot && self.webhook_id.is_none() && WRITTEN.contains(&self.kind)
    }

    /// Whether there is nothing to learn.
    pub(super) fn is_empty(&self) -> bool {
        self.content.trim().is_empty() && self.attachments.is_empty()
    }

    /// As it is learned; in a thread, of the channel `parent`.
    pub(super) fn text(&self, parent: Option<ChannelId>) -> Text {
        Text {
            id: self.id.get(),
            author: self.author.id.get(),
            channel: self.channel_id.get(),
            parent: parent.map(ChannelId::get),
            upload: 0,
            content: self.content.clone(),
            attachments: self.attachments.iter().map(|attachment| attachment.url.clone()).collect(),
            heard: Some(Timestamp(self.id.created_at_ms())),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Author {
    pub(super) id: UserId,
    #[serde(default)]
    bot: bool,
}

#[derive(Deserialize)]
pub(super) struct Attachment {
    pub(super) url: String,
}

#[derive(Deserialize)]
struct Mentioned {
    id: UserId,
}

/// Learns from a message and answers it, each where somebody wished so.
struct Hear;

impl OnEvent for Hear {
    const KINDS: EventSet = EventSet::of(&[EventKind::MessageCreate]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        let message: Message = event.read()?;
        // Who runs a command does not talk: it is neither learned nor answered twice.
        if !message.is_written() || ctx.services().called(event.guild, &message.content).is_some() {
            return Ok(());
        }
        let me = ctx.services().directory.me();
        let mentioned = me.is_some_and(|me| message.mentions.iter().any(|other| other.id == me));
        let (settings, parent) = Settings::of(&mut ctx.snapshot().await?, message.channel_id).await?;
        if settings.listen {
            learn(ctx, &message, parent).await?;
        }
        if mentioned || settings.respond {
            let words = without_mention(&message.content, me);
            let seed = (!words.is_empty()).then(|| words.chars().take(SEED).collect());
            // One answer at a time in a channel where everything is answered.
            let once =
                if mentioned { format!("m{}", message.id) } else { format!("c{}", message.channel_id) };
            let order = say::Order { channel: message.channel_id, message: message.id, seed, mentioned };
            let options =
                JobOptions { priority: Priority::High, dedupe: Some(once), ..JobOptions::default() };
            ctx.enqueue::<Answer>(&order, options).await?;
        }
        Ok(())
    }
}

async fn learn(ctx: &mut Ctx, message: &Message, parent: Option<ChannelId>) -> Result<(), Failure> {
    let permitted = part(ctx.services())?.options().permission.is_some();
    let written = Timestamp(message.id.created_at_ms());
    if !permitted || message.is_empty() || !ctx.may_learn(message.author.id, written) {
        return Ok(());
    }
    let now = ctx.now();
    let added = corpus::add(&mut ctx.db().await?, &[message.text(parent)], now).await?;
    telemetry::learned(Source::Heard, added);
    Ok(())
}

/// What was said to the bot, without its name.
fn without_mention(content: &str, me: Option<UserId>) -> String {
    let Some(me) = me else { return content.trim().to_owned() };
    let plain = content.replace(&format!("<@{me}>"), " ").replace(&format!("<@!{me}>"), " ");
    plain.trim().to_owned()
}

/// A new thread of a channel is as the channel, but for a private one: who writes there has chosen not to be read by
/// the whole channel. It is listened to where it is chosen itself.
struct Thread;

#[derive(Deserialize)]
struct Made {
    id: ChannelId,
    parent_id: Option<ChannelId>,
    #[serde(rename = "type")]
    kind: ChannelType,
}

impl OnEvent for Thread {
    const KINDS: EventSet = EventSet::of(&[EventKind::ThreadCreate]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        let made: Made = event.read()?;
        if let Some(parent) = made.parent_id.filter(|_| made.kind != ChannelType::PrivateThread) {
            channels::thread(&mut ctx.db().await?, made.id, parent).await?;
        }
        Ok(())
    }
}
