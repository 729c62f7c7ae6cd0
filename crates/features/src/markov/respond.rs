//! `/autorespond`: the channels in which every message is answered.

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::application::interaction::InteractionChannel;

use super::{
    channels::{self, Way},
    menu,
};
use crate::view;

/// Choose the channels in which I answer every message
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "autorespond", desc = "Choose the channels in which I answer every message")]
pub(super) enum AutoRespond {
    /// One more.
    #[command(name = "add")]
    Add(Add),
    /// One less.
    #[command(name = "remove")]
    Remove(Remove),
    /// All of them.
    #[command(name = "list")]
    List(List),
    /// In a menu.
    #[command(name = "modify")]
    Modify(Modify),
}

/// Answer every message in a channel
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "add")]
pub(super) struct Add {
    /// The channel
    channel: InteractionChannel,
}

/// Answer no more in a channel
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "remove")]
pub(super) struct Remove {
    /// The channel
    channel: InteractionChannel,
}

/// See the channels in which I answer every message
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "list")]
pub(super) struct List {}

/// Choose up to 25 channels in a menu
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "modify")]
pub(super) struct Modify {}

impl SlashCommand for AutoRespond {
    const ACCESS: Access = Access::MANAGERS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        match self {
            Self::Add(Add { channel }) => {
                let id = channels::usable(ctx, &channel)?;
                channels::change(ctx, Way::Respond, &[id], true).await?;
                Ok(Reply::hidden(ctx.t(&text!("markov-respond-added", channel = view::channel(id)))))
            }
            Self::Remove(Remove { channel }) => {
                let id = channel.id.into_nonzero().into();
                channels::change(ctx, Way::Respond, &[id], false).await?;
                Ok(Reply::hidden(ctx.t(&text!("markov-respond-removed", channel = view::channel(id)))))
            }
            Self::List(_) => Ok(Reply::hidden(channels::listed(ctx, Way::Respond).await?)),
            Self::Modify(_) => menu::show(ctx, Way::Respond).await,
        }
    }
}
