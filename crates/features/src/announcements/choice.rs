//! `/announcements`: whether a server wants to hear from those who run the bot, and where.

use guildhall_core::{id::ChannelId, text};
use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand, directory::Spot, permissions};
use guildhall_store::platform::setting;
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::id::{Id, marker::ChannelMarker};

use super::deliver::NEEDS;
use crate::view;

/// Under which the settings are stored.
const FEATURE: &str = "announcements";
const RECEIVE: &str = "receive";
const CHANNEL: &str = "channel";

/// What a server wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Choice {
    /// Whether it wants to hear at all.
    pub(super) receive: bool,
    /// Where; the system channel, or the topmost, where nothing is chosen.
    pub(super) channel: Option<ChannelId>,
}

impl Choice {
    pub(super) async fn of(ctx: &mut Ctx) -> Result<Self, Failure> {
        let mut tx = ctx.snapshot().await?;
        let receive = setting::get(&mut tx, FEATURE, RECEIVE).await?;
        let channel = setting::get(&mut tx, FEATURE, CHANNEL).await?;
        Ok(Self {
            receive: receive.as_deref() != Some("false"),
            channel: channel.and_then(|channel| serde_json::from_str(&channel).ok()),
        })
    }
}

/// Choose whether and where this server hears from those who run the bot
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "announcements")]
pub(super) struct Announcements {
    /// Whether this server hears of them
    receive: Option<bool>,
    /// The channel for them
    #[command(channel_types = "guild_text guild_announcement")]
    channel: Option<Id<ChannelMarker>>,
}

impl SlashCommand for Announcements {
    const ACCESS: Access = Access::MANAGERS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let (guild, now) = (ctx.guild()?, ctx.now());
        let channel = self.channel.map(|channel| ChannelId::from(channel.into_nonzero()));
        if let Some(channel) = channel {
            let held = ctx.services().directory.bot_permissions(guild, channel);
            // A channel of which nothing is known is not of this server.
            let held = held.ok_or_else(|| text!("announcements-no-channel"))?;
            let lacking = permissions::missing(held, NEEDS);
            if !lacking.is_empty() {
                return Err(Failure::BotLacks(lacking));
            }
            let value = serde_json::to_string(&channel).map_err(Failure::unreadable)?;
            setting::set(&mut ctx.db().await?, FEATURE, CHANNEL, &value, now).await?;
        }
        if let Some(receive) = self.receive {
            let value = if receive { "true" } else { "false" };
            setting::set(&mut ctx.db().await?, FEATURE, RECEIVE, value, now).await?;
        }
        let choice = Choice::of(ctx).await?;
        if !choice.receive {
            return Ok(Reply::hidden(ctx.t(&text!("announcements-off"))));
        }
        let services = ctx.services();
        let spot = services.directory.spot(&services.store, guild, choice.channel, NEEDS).await?;
        Ok(Reply::hidden(ctx.t(&match spot {
            Spot::Channel(channel) => text!("announcements-on", channel = view::channel(channel)),
            _ => text!("announcements-nowhere"),
        })))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{CHANNEL as OPEN, World, words};

    #[tokio::test]
    async fn a_server_chooses_for_itself() {
        let world = World::new().await;
        let manager = world.manager(1, 20);
        let set = async |options| words(&manager.run("announcements", options).await.unwrap());
        assert!(set(json!({})).await.contains(&format!("<#{OPEN}>")));
        assert!(set(json!({ "receive": false })).await.contains("does not"));
        assert!(set(json!({})).await.contains("does not"));
        assert!(set(json!({ "receive": true, "channel": { "#": "77" } })).await.contains("<#77>"));
        let elsewhere = world.manager(2, 20).run("announcements", json!({})).await.unwrap();
        assert!(words(&elsewhere).contains(&format!("<#{OPEN}>")), "another server's choice is its own");
    }
}
