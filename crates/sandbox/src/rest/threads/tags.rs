//! The tags of a forum's posts. (Discord docs: Channel resource, Forum Tag Object.)

use serde_json::{Map, Value};

use crate::model::Channel;
use crate::permissions::Permissions;
use crate::rest::error::{self, ApiError};
use crate::snowflake::Id;
use crate::validate::form::{Form, Path, parse_snowflake};

/// Tags on one post.
const MOST: usize = 5;

/// The flag of forums whose posts must have a tag.
pub(crate) const REQUIRE_TAG: u64 = 1 << 4;

/// The tags that a body wants on a post.
pub(crate) fn read(form: &mut Form, body: &Map<String, Value>, path: Path<'_>) -> Vec<Id> {
    let mut tags = Vec::new();
    for (index, tag) in form.list(body, "applied_tags", path, MOST).iter().take(MOST).enumerate() {
        if let Some(id) = form.snowflake_value(tag, path.key("applied_tags").index(index))
            && !tags.contains(&id)
        {
            tags.push(id);
        }
    }
    tags
}

/// Refuses tags that the forum does not have, those that only moderators set, and a post without a tag
/// where one is required.
pub(crate) fn check(forum: &Channel, own: Permissions, wanted: &[Id], had: &[Id]) -> Result<(), ApiError> {
    let known = forum.extra.as_ref().and_then(|extra| extra.get("available_tags")).and_then(Value::as_array);
    let known = known.map_or(&[][..], Vec::as_slice);
    let find = |id: &Id| known.iter().find(|tag| parse_snowflake(&tag["id"]) == Some(*id));
    for id in wanted {
        find(id).ok_or(error::UNKNOWN_TAG)?;
    }
    let changed =
        wanted.iter().filter(|id| !had.contains(id)).chain(had.iter().filter(|id| !wanted.contains(id)));
    let moderated = |id: &Id| find(id).is_some_and(|tag| tag["moderated"] == true);
    if !own.contains(Permissions::MANAGE_THREADS) && changed.into_iter().any(moderated) {
        return Err(error::MISSING_PERMISSIONS);
    }
    if wanted.is_empty() && forum.flags & REQUIRE_TAG != 0 {
        return Err(error::TAG_REQUIRED);
    }
    Ok(())
}
