//! The body of a message: create, edit, webhook and interaction flavours.
//! (Discord docs: Message resource, Create Message and Edit Message.)

use serde_json::{Map, Value};

use super::form::{Form, FormErrors, Path, parse_snowflake};
use super::{components, embed, poll};

/// `SUPPRESS_EMBEDS`
pub(crate) const SUPPRESS_EMBEDS: i64 = 1 << 2;
/// `EPHEMERAL`
pub(crate) const EPHEMERAL: i64 = 1 << 6;
/// `SUPPRESS_NOTIFICATIONS`
pub(crate) const SUPPRESS_NOTIFICATIONS: i64 = 1 << 12;
/// `IS_VOICE_MESSAGE`
pub(crate) const IS_VOICE_MESSAGE: i64 = 1 << 13;
/// `IS_COMPONENTS_V2`
pub(crate) const IS_COMPONENTS_V2: i64 = 1 << 15;

/// Where a message body arrives; each place has rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `POST /channels/{id}/messages`.
    Channel,
    /// `data` of an interaction callback.
    Callback,
    /// A follow-up or a webhook message.
    Webhook,
    /// Any edit; the flags are those the message already has.
    Edit(i64),
}

/// Checks a message body. `files` is the number of uploaded files.
pub(crate) fn check(
    body: &Map<String, Value>,
    path: Path<'_>,
    place: Place,
    files: usize,
) -> Result<(), FormErrors> {
    let mut form = Form::default();
    form.string(body, "content", path, (0, 2000));
    let flags = form.integer(body, "flags", path, (0, i64::MAX)).unwrap_or(0);
    let old = if let Place::Edit(flags) = place { flags } else { 0 };
    let v2 = (flags | old) & IS_COMPONENTS_V2 != 0;

    let embeds = form.list(body, "embeds", path, 10);
    embed::check(&mut form, embeds, path.key("embeds"));
    let parts = form.list(body, "components", path, usize::MAX);
    components::check(&mut form, parts, path.key("components"), v2);
    if v2 {
        check_v2(&mut form, body, path);
    }
    let stickers = form.list(body, "sticker_ids", path, 3);
    for (index, sticker) in stickers.iter().enumerate() {
        form.snowflake_value(sticker, path.key("sticker_ids").index(index));
    }
    if let Some(given) = body.get("poll").filter(|poll| !poll.is_null()) {
        poll::check(&mut form, given, path.key("poll"));
    }
    check_attachments(&mut form, body, path, files);
    check_allowed_mentions(&mut form, body, path);
    if place == Place::Channel {
        if let Some(Value::String(nonce)) = body.get("nonce")
            && nonce.chars().count() > 25
        {
            form.length(path.key("nonce"), 0, 25);
        }
        form.boolean(body, "enforce_nonce", path);
        check_reference(&mut form, body, path);
    }
    form.boolean(body, "tts", path);
    form.finish()
}

/// Whether a body carries anything to show; otherwise Discord answers 50006.
pub(crate) fn is_empty(body: &Map<String, Value>, files: usize) -> bool {
    let text = body.get("content").and_then(Value::as_str).is_some_and(|t| !t.trim().is_empty());
    let list = |key: &str| body.get(key).and_then(Value::as_array).is_some_and(|l| !l.is_empty());
    let number = body.get("content").is_some_and(Value::is_number);
    let poll = body.get("poll").is_some_and(Value::is_object);
    let forward =
        body.get("message_reference").and_then(|r| r.get("type")).and_then(Value::as_i64) == Some(1);
    !(text
        || number
        || poll
        || forward
        || files > 0
        || list("embeds")
        || list("components")
        || list("sticker_ids"))
}

fn check_v2(form: &mut Form, body: &Map<String, Value>, path: Path<'_>) {
    for key in ["content", "embeds", "poll", "sticker_ids"] {
        let set = match body.get(key) {
            None | Some(Value::Null) => false,
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::String(text)) => !text.is_empty(),
            Some(_) => true,
        };
        if set {
            form.error(
                path.key(key),
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                format!("The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"),
            );
        }
    }
}

fn check_attachments(form: &mut Form, body: &Map<String, Value>, path: Path<'_>, files: usize) {
    let here = path.key("attachments");
    for (index, attachment) in form.list(body, "attachments", path, 10).iter().enumerate() {
        let at = here.index(index);
        let Some(object) = form.object(attachment, at) else { continue };
        form.string(object, "filename", at, (0, 1024));
        form.string(object, "description", at, (0, 1024));
        form.boolean(object, "is_spoiler", at);
        match object.get("id") {
            None => form.required(at.key("id")),
            // Small numbers name an uploaded part, large ones an attachment that is kept.
            Some(id) => match parse_snowflake(id) {
                Some(n) if n < 1000 && usize::try_from(n).is_ok_and(|n| n >= files.max(10)) => {
                    form.error(at.key("id"), "ATTACHMENT_NOT_FOUND", "Attachment data was not found");
                }
                Some(_) => {}
                None => {
                    form.snowflake_value(id, at.key("id"));
                }
            },
        }
    }
}

fn check_allowed_mentions(form: &mut Form, body: &Map<String, Value>, path: Path<'_>) {
    let Some(value) = body.get("allowed_mentions").filter(|v| !v.is_null()) else { return };
    let here = path.key("allowed_mentions");
    let Some(object) = form.object(value, here) else { return };
    let parse = form.list(object, "parse", here, 3);
    for (index, kind) in parse.iter().enumerate() {
        if !matches!(kind.as_str(), Some("users" | "roles" | "everyone")) {
            form.error(
                here.key("parse").index(index),
                "BASE_TYPE_CHOICES",
                "Value must be one of {'users', 'everyone', 'roles'}.",
            );
        }
    }
    for kind in ["users", "roles"] {
        let ids = form.list(object, kind, here, 100);
        for (index, id) in ids.iter().enumerate() {
            form.snowflake_value(id, here.key(kind).index(index));
        }
        if !ids.is_empty() && parse.iter().any(|p| p == kind) {
            form.error(
                here,
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                format!("parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive."),
            );
        }
    }
    form.boolean(object, "replied_user", here);
}

fn check_reference(form: &mut Form, body: &Map<String, Value>, path: Path<'_>) {
    let Some(value) = body.get("message_reference").filter(|v| !v.is_null()) else { return };
    let here = path.key("message_reference");
    let Some(object) = form.object(value, here) else { return };
    form.choice(object, "type", here, &[0, 1]);
    if form.snowflake(object, "message_id", here).is_none() && object.get("message_id").is_none() {
        form.required(here.key("message_id"));
    }
    form.snowflake(object, "channel_id", here);
    form.snowflake(object, "guild_id", here);
    form.boolean(object, "fail_if_not_exists", here);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn errors(body: &Value, place: Place) -> Value {
        check(body.as_object().expect("object"), Path::ROOT, place, 0)
            .err()
            .map_or(json!({}), FormErrors::into_json)
    }

    #[test]
    fn content_is_at_most_2000_characters() {
        assert_eq!(errors(&json!({ "content": "é".repeat(2000) }), Place::Channel), json!({}));
        assert_eq!(
            errors(&json!({ "content": "x".repeat(2001) }), Place::Channel)["content"]["_errors"][0]["message"],
            "Must be 2000 or fewer in length."
        );
    }

    #[test]
    fn parse_and_ids_exclude_each_other() {
        let body = json!({ "content": "x", "allowed_mentions": { "parse": ["users"], "users": ["175928847299117063"] } });
        assert_eq!(
            errors(&body, Place::Channel)["allowed_mentions"]["_errors"][0]["code"],
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
        );
    }

    #[test]
    fn the_v2_flag_forbids_the_old_fields_even_on_edits() {
        let body = json!({ "content": "x", "components": [{ "type": 10, "content": "y" }] });
        assert!(errors(&body, Place::Edit(IS_COMPONENTS_V2))["content"]["_errors"].is_array());
    }

    #[test]
    fn nonces_have_25_characters() {
        assert_eq!(errors(&json!({ "nonce": "x".repeat(25) }), Place::Channel), json!({}));
        assert!(errors(&json!({ "nonce": "x".repeat(26) }), Place::Channel)["nonce"]["_errors"].is_array());
    }

    #[test]
    fn emptiness_looks_at_every_part() {
        for (body, empty) in [
            (json!({}), true),
            (json!({ "content": "  " }), true),
            (json!({ "content": "x" }), false),
            (json!({ "embeds": [{}] }), false),
            (json!({ "components": [] }), true),
        ] {
            assert_eq!(is_empty(body.as_object().expect("object"), 0), empty, "{body}");
        }
    }
}
