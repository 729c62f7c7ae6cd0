//! The channels of a guild in which something is learned, answered or said by itself.

use std::time::Duration;

use guildhall_core::{id::ChannelId, l10n::Text, text};
use guildhall_framework::{Ctx, Failure, permissions};
use guildhall_store::{GuildTx, Row, StoreError, params};
use twilight_model::{
    application::interaction::InteractionChannel, channel::ChannelType, guild::Permissions,
};

use super::{schema, talk};
use crate::view;

/// Channels that a guild may choose.
const MOST: usize = 200;

/// What happens in a channel.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Settings {
    /// What is written there is learned.
    pub(super) listen: bool,
    /// What is written there is answered.
    pub(super) respond: bool,
    /// Something is said there this often.
    pub(super) every: Option<Duration>,
}

/// One of the two ways to choose channels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Listen,
    Respond,
}

impl Way {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Respond => "respond",
        }
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        [Self::Listen, Self::Respond].into_iter().find(|way| way.word() == word)
    }

    const fn of(self, settings: Settings) -> bool {
        match self {
            Self::Listen => settings.listen,
            Self::Respond => settings.respond,
        }
    }

    const fn set(self, settings: &mut Settings, on: bool) {
        match self {
            Self::Listen => settings.listen = on,
            Self::Respond => settings.respond = on,
        }
    }

    /// Words for what there is, or for that there is nothing.
    fn listed(self, channels: &[ChannelId]) -> Text {
        let names: Vec<_> = channels.iter().map(|channel| view::channel(*channel)).collect();
        match (self, names.is_empty()) {
            (Self::Listen, true) => text!("markov-listen-none"),
            (Self::Listen, false) => text!("markov-listen-list", channels = names.join(", ")),
            (Self::Respond, true) => text!("markov-respond-none"),
            (Self::Respond, false) => text!("markov-respond-list", channels = names.join(", ")),
        }
    }
}

impl Settings {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let minutes: u64 = row.get("minutes")?;
        Ok(Self {
            listen: row.get::<i64>("listen")? != 0,
            respond: row.get::<i64>("respond")? != 0,
            every: (minutes > 0).then(|| Duration::from_mins(minutes)),
        })
    }

    /// What happens in a channel; in a thread that is known, what happens where it belongs. With its parent.
    pub(super) async fn of(
        tx: &mut GuildTx<'_>,
        channel: ChannelId,
    ) -> Result<(Self, Option<ChannelId>), StoreError> {
        let Some(row) = tx.fetch_optional(&schema::CHANNEL, params![channel]).await? else {
            return Ok((Self::default(), None));
        };
        let Some(parent) = row.get::<Option<ChannelId>>("parent_id")? else {
            return Ok((Self::read(&row)?, None));
        };
        let above = tx.fetch_optional(&schema::CHANNEL, params![parent]).await?;
        let settings = above.as_ref().map(Self::read).transpose()?.unwrap_or_default();
        Ok((Self { every: None, ..settings }, Some(parent)))
    }

    pub(super) async fn store(self, tx: &mut GuildTx<'_>, channel: ChannelId) -> Result<(), StoreError> {
        if self == Self::default() {
            return tx.execute(&schema::CHANNEL_GONE, params![channel]).await.map(drop);
        }
        let minutes = self.every.map_or(0, |every| every.as_secs() / 60);
        let row = params![channel, self.listen, self.respond, minutes];
        tx.execute(&schema::CHANNEL_SET, row).await.map(drop)
    }
}

/// The channels that were chosen in this way.
pub(super) async fn chosen(tx: &mut GuildTx<'_>, way: Way) -> Result<Vec<ChannelId>, StoreError> {
    let mut found = Vec::new();
    for row in tx.fetch_all(&schema::CHANNELS, params![]).await? {
        if way.of(Settings::read(&row)?) {
            found.push(row.get("channel_id")?);
        }
    }
    Ok(found)
}

/// Remembers a thread of a channel in which something happens.
pub(super) async fn thread(
    tx: &mut GuildTx<'_>,
    thread: ChannelId,
    parent: ChannelId,
) -> Result<(), StoreError> {
    let (settings, _) = Settings::of(tx, parent).await?;
    if settings.listen || settings.respond {
        tx.execute(&schema::THREAD_SET, params![thread, parent]).await?;
    }
    Ok(())
}

/// Whether people write in it, and the bot can see it.
pub(super) fn usable(ctx: &Ctx, channel: &InteractionChannel) -> Result<ChannelId, Failure> {
    let id = ChannelId::from(channel.id.into_nonzero());
    if matches!(channel.kind, ChannelType::GuildCategory | ChannelType::GuildDirectory) {
        return Err(text!("markov-channel-kind", channel = view::channel(id)).into());
    }
    let held = ctx.services().directory.bot_permissions(ctx.guild()?, id);
    let lacking = held.map(|held| permissions::missing(held, Permissions::VIEW_CHANNEL));
    match lacking.filter(|lacking| !lacking.is_empty()) {
        Some(lacking) => Err(Failure::BotLacks(lacking)),
        None => Ok(id),
    }
}

/// Turns something on or off in channels, and the feature on where something is.
pub(super) async fn change(ctx: &mut Ctx, way: Way, channels: &[ChannelId], on: bool) -> Result<(), Failure> {
    let mut tx = ctx.db().await?;
    for channel in channels {
        let (mut settings, _) = Settings::of(&mut tx, *channel).await?;
        way.set(&mut settings, on);
        settings.store(&mut tx, *channel).await?;
    }
    if on && !channels.is_empty() {
        if tx.fetch_all(&schema::CHANNELS, params![]).await?.len() > MOST {
            return Err(text!("markov-channels-many", most = MOST).into());
        }
        ctx.set_toggle(talk::NAME, true).await?;
    }
    Ok(())
}

/// The words for what is chosen now.
pub(super) async fn listed(ctx: &mut Ctx, way: Way) -> Result<String, Failure> {
    let channels = chosen(&mut ctx.snapshot().await?, way).await?;
    Ok(view::cut(&ctx.t(&way.listed(&channels)), 2_000))
}
