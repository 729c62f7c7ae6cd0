//! What the gateway would say. One payload has the fields of every kind of event in a guild: handlers take
//! those that they know.

use guildhall_core::{clock::Timestamp, id::UserId};
use serde_json::{Value, json};

use crate::canary;

/// The beginning of Discord's time (Discord docs: Reference, Snowflakes).
const EPOCH: i64 = 1_420_070_400_000;

/// An id that was made at this time.
pub(super) fn snowflake(now: Timestamp, number: u64) -> u64 {
    let at = u64::try_from(now.as_millis() - EPOCH).unwrap_or(0);
    (at << 22) + number % (1 << 22)
}

/// An event in this guild, of whatever kind.
pub(super) fn event(guild: u64, user: UserId, said: &str, now: Timestamp, number: u64) -> Value {
    let id = snowflake(now, number).to_string();
    let person = json!({
        "id": user.to_string(), "username": said, "global_name": said, "discriminator": "0", "bot": false,
        "avatar": null,
    });
    let joined = "2026-11-20T11:00:00.000000+00:00";
    let member = json!({ "user": person, "nick": said, "roles": [], "joined_at": joined, "flags": 0 });
    let role = json!({
        "id": id, "name": said, "color": 0, "hoist": false, "position": 1, "permissions": "0",
        "managed": false, "mentionable": false, "flags": 0,
    });
    json!({
        "id": id, "guild_id": canary::guild(guild).to_string(), "channel_id": canary::channel(guild).to_string(),
        "name": said, "content": said, "type": 0, "timestamp": joined, "edited_timestamp": null,
        "author": person, "user": person, "user_id": user.to_string(), "member": member,
        "message_id": id, "ids": [id], "emoji": { "id": null, "name": "a" }, "role": role, "role_id": id,
        "joined_at": joined, "member_count": 50, "owner_id": canary::member(guild, 0).to_string(),
        "channels": [{ "id": canary::channel(guild).to_string(), "name": said, "type": 0 }], "roles": [role],
        "members": [member], "nick": said, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "reactions": [], "pinned": false, "tts": false, "mention_everyone": false, "parent_id": null,
        "sku_id": id, "application_id": id, "deleted": false, "starts_at": null, "ends_at": null,
    })
}
