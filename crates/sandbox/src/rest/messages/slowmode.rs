//! Slow mode, which holds people back and never bots. (Discord docs: Channel resource, Modify Channel.)

use crate::permissions::Permissions;
use crate::rest::access::Seen;
use crate::rest::error::{self, ApiError};
use crate::rest::limits::Scope;
use crate::snowflake::{Id, Millis};
use crate::world::{Slowed, World};

/// Refuses a message that comes too soon after the person's last one here.
pub(crate) fn may_write(world: &World, seen: &Seen<'_>, user: Id, now: Millis) -> Result<(), ApiError> {
    wait(world, seen, user, Slowed::Message, now)
}

/// The same for threads, which count apart from messages.
pub(crate) fn may_start(world: &World, seen: &Seen<'_>, user: Id, now: Millis) -> Result<(), ApiError> {
    wait(world, seen, user, Slowed::Thread, now)
}

/// How long this user waits between two; nothing for those whom it does not hold.
fn window(world: &World, seen: &Seen<'_>, user: Id) -> Option<Millis> {
    let seconds = Some(seen.channel.rate_limit_per_user).filter(|seconds| *seconds > 0)?;
    let bot = world.users.get(&user).is_some_and(|user| user.bot);
    let free = bot || seen.own.contains(Permissions::BYPASS_SLOWMODE);
    (!free).then_some(Millis::from(seconds) * 1000)
}

fn wait(world: &World, seen: &Seen<'_>, user: Id, what: Slowed, now: Millis) -> Result<(), ApiError> {
    let Some(window) = window(world, seen, user) else { return Ok(()) };
    let last = world.last_slowed(what, seen.channel.id, user);
    match last.map(|last| last + window - now).filter(|left| *left > 0) {
        Some(left) => Err(error::SLOWMODE.limited(left.unsigned_abs(), Scope::User)),
        None => Ok(()),
    }
}
