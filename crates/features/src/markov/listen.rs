//! `/listen`: the channels whose messages are learned. It takes the operator's word that Discord permits it, and
//! the wish of whoever manages the server.

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::application::interaction::InteractionChannel;

use super::{
    channels::{self, Way},
    menu, part,
};
use crate::view;

/// Choose the channels that I learn from
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "listen", desc = "Choose the channels that I learn from")]
pub(super) enum Listen {
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

/// Learn from a channel
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "add")]
pub(super) struct Add {
    /// The channel
    channel: InteractionChannel,
}

/// Learn no more from a channel; what was learned stays
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "remove")]
pub(super) struct Remove {
    /// The channel
    channel: InteractionChannel,
}

/// See the channels that I learn from
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "list")]
pub(super) struct List {}

/// Choose up to 25 channels in a menu
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "modify")]
pub(super) struct Modify {}

impl SlashCommand for Listen {
    const ACCESS: Access = Access::MANAGERS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        match self {
            Self::Add(Add { channel }) => {
                permitted(ctx)?;
                let id = channels::usable(ctx, &channel)?;
                channels::change(ctx, Way::Listen, &[id], true).await?;
                let level = view::command(ctx, "privacy level");
                let words = text!("markov-listen-added", channel = view::channel(id), level = level);
                Ok(Reply::hidden(ctx.t(&words)))
            }
            Self::Remove(Remove { channel }) => {
                let id = channel.id.into_nonzero().into();
                channels::change(ctx, Way::Listen, &[id], false).await?;
                let forget = view::command(ctx, "markov forget");
                let words = text!("markov-listen-removed", channel = view::channel(id), forget = forget);
                Ok(Reply::hidden(ctx.t(&words)))
            }
            Self::List(_) => Ok(Reply::hidden(channels::listed(ctx, Way::Listen).await?)),
            Self::Modify(_) => {
                permitted(ctx)?;
                menu::show(ctx, Way::Listen).await
            }
        }
    }
}

/// Lets only go on where the operator has Discord's permission.
pub(super) fn permitted(ctx: &Ctx) -> Result<(), Failure> {
    let train = view::command(ctx, "train");
    match part(ctx.services())?.options().permission {
        Some(_) => Ok(()),
        None => Err(text!("markov-not-permitted", train = train).into()),
    }
}
