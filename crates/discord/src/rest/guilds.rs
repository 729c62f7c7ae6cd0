//! Guilds, their channels, roles and members (Discord docs: Guild).

use guildhall_core::id::{ChannelId, GuildId, UserId};
use twilight_model::{
    channel::Channel,
    guild::{Guild, Member, Role},
    oauth::Application,
    user::CurrentUser,
};

use super::{Call, Priority, Rest, RestError, twilight_id};

/// A guild, with approximate member counts.
pub async fn get(rest: &Rest, guild: GuildId, priority: Priority) -> Result<Guild, RestError> {
    let builder = rest.builder().guild(twilight_id(guild)).with_counts(true);
    rest.send(Call::build(builder, priority)?).await?.model()
}

/// The channels of a guild.
pub async fn channels(rest: &Rest, guild: GuildId, priority: Priority) -> Result<Vec<Channel>, RestError> {
    rest.send(Call::build(rest.builder().guild_channels(twilight_id(guild)), priority)?).await?.model()
}

/// The roles of a guild.
pub async fn roles(rest: &Rest, guild: GuildId, priority: Priority) -> Result<Vec<Role>, RestError> {
    rest.send(Call::build(rest.builder().roles(twilight_id(guild)), priority)?).await?.model()
}

/// One member of a guild.
pub async fn member(
    rest: &Rest,
    guild: GuildId,
    user: UserId,
    priority: Priority,
) -> Result<Member, RestError> {
    let builder = rest.builder().guild_member(twilight_id(guild), twilight_id(user));
    rest.send(Call::build(builder, priority)?).await?.model()
}

/// One channel.
pub async fn channel(rest: &Rest, channel: ChannelId, priority: Priority) -> Result<Channel, RestError> {
    rest.send(Call::build(rest.builder().channel(twilight_id(channel)), priority)?).await?.model()
}

/// Leaves a guild.
pub async fn leave(rest: &Rest, guild: GuildId, priority: Priority) -> Result<(), RestError> {
    rest.send(Call::build(rest.builder().leave_guild(twilight_id(guild)), priority)?).await.map(drop)
}

/// The bot's own account.
pub async fn current_user(rest: &Rest) -> Result<CurrentUser, RestError> {
    rest.send(Call::build(rest.builder().current_user(), Priority::Command)?).await?.model()
}

/// The bot's own application.
pub async fn current_application(rest: &Rest) -> Result<Application, RestError> {
    rest.send(Call::build(rest.builder().current_user_application(), Priority::Command)?).await?.model()
}
