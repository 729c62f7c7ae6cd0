//! The menu of `/listen modify` and `/autorespond modify`.

use std::num::NonZeroU64;

use guildhall_core::{id::ChannelId, text};
use guildhall_framework::{
    Body, Ctx, Failure, OnComponent, Reply,
    component::{Input, custom_id},
};
use twilight_model::{
    channel::{
        ChannelType,
        message::{
            Component,
            component::{ActionRow, SelectDefaultValue, SelectMenu, SelectMenuType},
        },
    },
    guild::Permissions,
};

use super::{
    channels::{self, Way},
    listen,
};
use crate::view::require;

/// Channels that one menu takes (Discord docs: Component Reference, Channel Select).
const MOST: u8 = 25;

/// Shows the menu, with what is chosen now.
pub(super) async fn show(ctx: &mut Ctx, way: Way) -> Result<Reply, Failure> {
    let chosen = channels::chosen(&mut ctx.snapshot().await?, way).await?;
    let shown = chosen.iter().take(MOST.into());
    let default = shown.map(|channel| SelectDefaultValue::Channel(NonZeroU64::from(*channel).into()));
    let menu = SelectMenu {
        channel_types: Some(vec![
            ChannelType::GuildText,
            ChannelType::GuildAnnouncement,
            ChannelType::GuildVoice,
            ChannelType::GuildForum,
        ]),
        custom_id: custom_id(Chosen::NAME, &[way.word()]),
        default_values: Some(default.collect()),
        disabled: false,
        id: None,
        kind: SelectMenuType::Channel,
        max_values: Some(MOST),
        min_values: Some(0),
        options: None,
        placeholder: None,
        required: None,
    };
    let row = ActionRow { components: vec![Component::SelectMenu(menu)], id: None };
    let ask = match way {
        Way::Listen => text!("markov-listen-choose"),
        Way::Respond => text!("markov-respond-choose"),
    };
    Ok(Reply::hidden(ctx.t(&ask)).with_components(vec![Component::ActionRow(row)]))
}

/// What was chosen: `markov:channels:WAY`. What the menu could not show, because it takes no more, stays.
pub(super) struct Chosen;

impl OnComponent for Chosen {
    const NAME: &'static str = "markov:channels";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        require(ctx, Permissions::MANAGE_GUILD)?;
        let way = input.arguments.first().and_then(|word| Way::named(word));
        let (Some(way), Some(data)) = (way, input.component) else {
            return Err(text!("failure-unknown-component").into());
        };
        let guild = ctx.guild()?;
        let mut wanted: Vec<ChannelId> = Vec::new();
        for value in data.values.iter().take(MOST.into()) {
            let channel = value.parse().ok();
            // Nothing but this guild's own.
            let own =
                |channel: &ChannelId| ctx.services().directory.bot_permissions(guild, *channel).is_some();
            wanted.extend(channel.filter(own));
        }
        if way == Way::Listen && !wanted.is_empty() {
            listen::permitted(ctx)?;
        }
        let before = channels::chosen(&mut ctx.db().await?, way).await?;
        let gone: Vec<ChannelId> =
            before.iter().take(MOST.into()).filter(|channel| !wanted.contains(channel)).copied().collect();
        channels::change(ctx, way, &gone, false).await?;
        channels::change(ctx, way, &wanted, true).await?;
        Ok(Reply::Update(Body::text(channels::listed(ctx, way).await?)))
    }
}
