//! Slow mode, which holds people back and never bots. (Discord docs: Channel resource, Modify Channel.)

use crate::model::{Channel, Message};
use crate::permissions::Permissions;
use crate::rest::access::Seen;
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Millis};
use crate::world::World;

/// Refuses a message that comes too soon after the person's last one here.
pub(crate) fn may_write(world: &World, seen: &Seen<'_>, user: Id, now: Millis) -> Result<(), ApiError> {
    let Some(window) = window(world, seen, user) else { return Ok(()) };
    let all = world.messages.get(&seen.channel.id).into_iter().flat_map(|all| all.values().rev());
    let ordinary = |message: &&Message| message.author_id == user && matches!(message.kind, 0 | 19);
    let last = all.take_while(|message| now - message.sent_at < window).find(ordinary);
    wait(last.map(|message| message.sent_at), window, now)
}

/// The same for threads, which count apart from messages.
pub(crate) fn may_start(world: &World, seen: &Seen<'_>, user: Id, now: Millis) -> Result<(), ApiError> {
    let Some(window) = window(world, seen, user) else { return Ok(()) };
    let started = |channel: &Channel| {
        let thread = channel.thread.as_ref().filter(|thread| thread.owner_id == user)?;
        (channel.parent_id == Some(seen.channel.id)).then_some(thread.created_at)
    };
    let channels = seen.guild.into_iter().flat_map(|guild| &guild.channels);
    wait(channels.filter_map(started).max(), window, now)
}

/// How long this user waits between two; nothing for those whom it does not hold.
fn window(world: &World, seen: &Seen<'_>, user: Id) -> Option<Millis> {
    let seconds = Some(seen.channel.rate_limit_per_user).filter(|seconds| *seconds > 0)?;
    let bot = world.users.get(&user).is_some_and(|user| user.bot);
    let free = bot || seen.own.contains(Permissions::BYPASS_SLOWMODE);
    (!free).then_some(Millis::from(seconds) * 1000)
}

fn wait(last: Option<Millis>, window: Millis, now: Millis) -> Result<(), ApiError> {
    match last.map(|last| last + window - now).filter(|left| *left > 0) {
        Some(left) => Err(ApiError { retry_after_ms: u64::try_from(left).ok(), ..error::SLOWMODE }),
        None => Ok(()),
    }
}
