//! Who may add, change and see the authors of emojis, stickers and sounds.
//! (Discord docs: Permissions, Bitwise Permission Flags.)

use super::access;
use super::error::ApiError;
use crate::model::Guild;
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};

/// Either of the two permissions shows who added something.
pub(super) fn shows_users(guild: &Guild, viewer: Id, now: Millis) -> bool {
    permissions::in_guild(guild, viewer, now)
        .intersects(Permissions::CREATE_GUILD_EXPRESSIONS | Permissions::MANAGE_GUILD_EXPRESSIONS)
}

/// One's own may be changed with either permission, others' only with the right to manage them.
pub(super) fn may_change(guild: &Guild, actor: Id, author: Id, now: Millis) -> Result<(), ApiError> {
    let own = permissions::in_guild(guild, actor, now);
    if actor == author && own.contains(Permissions::CREATE_GUILD_EXPRESSIONS) {
        return Ok(());
    }
    access::need(own, Permissions::MANAGE_GUILD_EXPRESSIONS)
}

/// "Maximum number of ... reached", with the number in force.
pub(super) fn too_many(code: u32, what: &str, most: usize) -> ApiError {
    let message = format!("Maximum number of {what} reached ({most})");
    ApiError { message: message.into(), ..ApiError::new(400, code, "") }
}
