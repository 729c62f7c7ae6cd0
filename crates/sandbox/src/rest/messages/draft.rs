//! From a checked body to a message: content, embeds, components, files, mentions.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{media, normal, parts};
use crate::model::{Attachment, Message};
use crate::permissions::Permissions;
use crate::rest::body::Upload;
use crate::rest::error::{self, ApiError};
use crate::rest::mentions::{self, Allowed};
use crate::snowflake::{Id, Millis};
use crate::validate::form::parse_snowflake;
use crate::validate::message::EPHEMERAL;
use crate::world::World;

/// What surrounds a body.
pub(crate) struct Context<'c> {
    /// Where it goes.
    pub channel_id: Id,
    /// Who writes.
    pub author_id: Id,
    /// What the author may do there.
    pub own: Permissions,
    /// The default of `allowed_mentions`.
    pub allowed: Allowed,
    /// Files beside the body.
    pub files: &'c [Upload],
    /// Where attachments are served, such as `http://127.0.0.1:8080`.
    pub base: &'c str,
    /// Now.
    pub now: Millis,
}

/// A new message from a checked body.
pub(crate) fn build(
    world: &mut World,
    body: &Map<String, Value>,
    context: &Context<'_>,
) -> Result<Message, ApiError> {
    let flags = body.get("flags").and_then(Value::as_u64).unwrap_or(0);
    let mut message = Message {
        channel_id: context.channel_id,
        author_id: context.author_id,
        content: text(body),
        embeds: normal::embeds(list(body, "embeds")),
        components: normal::components(list(body, "components")),
        tts: body.get("tts").and_then(Value::as_bool).unwrap_or(false)
            && context.own.contains(Permissions::SEND_TTS_MESSAGES),
        nonce: body.get("nonce").filter(|v| v.is_string() || v.is_number()).cloned(),
        flags,
        ..Message::default()
    };
    parts::check_skus(world, &message.components, context)?;
    message.poll = parts::poll_of(body, context)?;
    message.sticker_items = parts::stickers(world, body, context)?;
    message.attachments = uploads(world, body, context, flags)?;
    parts::check_voice(&mut message, body, context)?;
    resolve_attachment_urls(&mut message);
    media::complete(world, &mut message, context.now);
    apply_mentions(world, &mut message, body, context);
    Ok(message)
}

/// Changes a message by a checked body: each given field is replaced.
pub(crate) fn edit(
    world: &mut World,
    message: &mut Message,
    body: &Map<String, Value>,
    context: &Context<'_>,
) -> Result<(), ApiError> {
    if body.contains_key("content") {
        message.content = text(body);
    }
    if body.contains_key("embeds") {
        message.embeds = normal::embeds(list(body, "embeds"));
    }
    if body.contains_key("components") {
        message.components = normal::components(list(body, "components"));
        parts::check_skus(world, &message.components, context)?;
    }
    if message.flags & Message::LOADING != 0 && message.poll.is_none() {
        message.poll = parts::poll_of(body, context)?;
    }
    if let Some(flags) = body.get("flags").and_then(Value::as_u64) {
        // Only these may change; ephemeral stays as it is, and v2 can be set but never taken away.
        let free = 1 << 2;
        message.flags = (message.flags & !free) | (flags & free) | (flags & Message::COMPONENTS_V2);
    }
    if message.flags & Message::COMPONENTS_V2 != 0 {
        // A message that becomes one of components alone must lose what it was before.
        for (key, left) in [("content", !message.content.is_empty()), ("embeds", !message.embeds.is_empty())]
        {
            if left {
                let code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2";
                let text =
                    format!("The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
                return Err(ApiError::field(&[key], code, text));
            }
        }
    }
    if body.contains_key("attachments") {
        // The list names everything to keep (Discord docs: Message resource, Edit Message).
        let keep: Vec<Id> =
            list(body, "attachments").iter().filter_map(|a| parse_snowflake(&a["id"])).collect();
        message.attachments.retain(|a| keep.contains(&a.id));
        describe(message, list(body, "attachments"));
    }
    let added = uploads(world, body, context, message.flags)?;
    message.attachments.extend(added);
    if message.attachments.len() > 10 {
        return Err(error::TOO_MANY_ATTACHMENTS);
    }
    resolve_attachment_urls(message);
    media::complete(world, message, context.now);
    if body.contains_key("content") || body.contains_key("allowed_mentions") {
        apply_mentions(world, message, body, context);
    }
    Ok(())
}

/// What an edit says about files that stay.
fn describe(message: &mut Message, given: &[Value]) {
    for about in given {
        let id = parse_snowflake(&about["id"]);
        let Some(file) = message.attachments.iter_mut().find(|file| Some(file.id) == id) else { continue };
        if let Some(text) = about.get("description") {
            file.description = text.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        }
        match about.get("is_spoiler").and_then(Value::as_bool) {
            Some(true) => file.flags |= Attachment::IS_SPOILER,
            Some(false) => file.flags &= !Attachment::IS_SPOILER,
            None => {}
        }
    }
}

fn text(body: &Map<String, Value>) -> String {
    match body.get("content") {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn list<'b>(body: &'b Map<String, Value>, key: &str) -> &'b [Value] {
    body.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn uploads(
    world: &mut World,
    body: &Map<String, Value>,
    context: &Context<'_>,
    flags: u64,
) -> Result<Vec<Attachment>, ApiError> {
    if !context.files.is_empty() && !context.own.contains(Permissions::ATTACH_FILES) {
        return Err(error::MISSING_PERMISSIONS);
    }
    let described = list(body, "attachments");
    let ephemeral = flags & EPHEMERAL.unsigned_abs() != 0;
    let attachment = |file: &Upload| {
        let about = described.iter().find(|a| parse_snowflake(&a["id"]) == Some(file.index));
        let spoiler = about.is_some_and(|a| a["is_spoiler"] == true) || file.filename.starts_with("SPOILER_");
        let about = |key: &str| about.and_then(|a| a[key].as_str()).map(str::to_owned);
        let id = world.ids.next(context.now);
        let filename = about("filename").unwrap_or_else(|| file.filename.clone());
        let (width, height) = image_size(&file.data).unzip();
        Attachment {
            id,
            url: format!("{}/attachments/{}/{id}/{}", context.base, context.channel_id, file.filename),
            title: about("title"),
            description: about("description"),
            content_type: file.content_type.clone().or_else(|| guess_type(&filename).map(str::to_owned)),
            filename,
            size: file.data.len(),
            width,
            height,
            ephemeral,
            data: file.data.clone(),
            flags: if spoiler { Attachment::IS_SPOILER } else { 0 },
            ..Attachment::default()
        }
    };
    Ok(context.files.iter().map(attachment).collect())
}

/// Width and height from an image's header.
fn image_size(data: &Bytes) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(data).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

fn guess_type(name: &str) -> Option<&'static str> {
    let extension = name.rsplit_once('.')?.1.to_ascii_lowercase();
    Some(match extension.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        _ => return None,
    })
}

/// `attachment://name` in embeds and components becomes the file's address.
fn resolve_attachment_urls(message: &mut Message) {
    let files: Vec<(String, String)> =
        message.attachments.iter().map(|a| (format!("attachment://{}", a.filename), a.url.clone())).collect();
    if !files.is_empty() {
        message.embeds.iter_mut().chain(&mut message.components).for_each(|v| swap_urls(v, &files));
    }
    message.embeds.iter_mut().for_each(drop_strays);
    message.embeds.iter_mut().for_each(|embed| tell_sizes(embed, &message.attachments));
}

/// An uploaded image has its size in the embed that shows it (Discord docs: Message, Embed Image Structure).
fn tell_sizes(embed: &mut Value, files: &[Attachment]) {
    for part in ["image", "thumbnail"] {
        let Some(shown) = embed.get_mut(part) else { continue };
        let file = files.iter().find(|file| shown["url"].as_str() == Some(&file.url));
        if let Some(file) = file
            && let (Some(width), Some(height)) = (file.width, file.height)
        {
            shown["width"] = width.into();
            shown["height"] = height.into();
        }
    }
}

/// Embeds show uploaded images and no other files (Discord docs: Reference, Using Attachments within
/// Embeds); what names none of those is left out.
fn drop_strays(embed: &mut Value) {
    let images = [".jpg", ".jpeg", ".png", ".webp", ".gif"];
    let shows = |url: &str| {
        let path = url.split('?').next().unwrap_or_default().to_ascii_lowercase();
        !url.starts_with("attachment://")
            && (!path.contains("/attachments/") || images.iter().any(|end| path.ends_with(end)))
    };
    let Value::Object(embed) = embed else { return };
    for (part, key) in
        [("image", "url"), ("thumbnail", "url"), ("footer", "icon_url"), ("author", "icon_url")]
    {
        let Some(Value::Object(keys)) = embed.get_mut(part) else { continue };
        if keys.get(key).and_then(Value::as_str).is_none_or(shows) {
            continue;
        }
        keys.remove(key);
        if key == "url" {
            embed.remove(part);
        }
    }
}

/// Moves a message with its files to another channel.
pub(crate) fn relocate(message: &mut Message, channel_id: Id) {
    let (from, to) = (message.channel_id, channel_id);
    let moved = |url: &str| url.replacen(&format!("/attachments/{from}/"), &format!("/attachments/{to}/"), 1);
    let files: Vec<(String, String)> =
        message.attachments.iter().map(|a| (a.url.clone(), moved(&a.url))).collect();
    for attachment in &mut message.attachments {
        attachment.url = moved(&attachment.url);
    }
    message.embeds.iter_mut().chain(&mut message.components).for_each(|v| swap_urls(v, &files));
    message.channel_id = channel_id;
}

/// Puts one address in the place of another wherever it stands alone.
fn swap_urls(value: &mut Value, files: &[(String, String)]) {
    match value {
        Value::String(text) => {
            if let Some((_, url)) = files.iter().find(|(name, _)| name == text) {
                text.clone_from(url);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| swap_urls(v, files)),
        Value::Object(keys) => keys.values_mut().for_each(|v| swap_urls(v, files)),
        _ => {}
    }
}

fn apply_mentions(world: &World, message: &mut Message, body: &Map<String, Value>, context: &Context<'_>) {
    let allowed = Allowed::read(body.get("allowed_mentions"), context.allowed.clone());
    let guild = world.guild_of_channel(context.channel_id);
    let may_everyone = context.own.contains(Permissions::MENTION_EVERYONE);
    let role_pings = |id: Id| guild.and_then(|g| g.role(id)).is_some_and(|r| r.mentionable || may_everyone);
    // Text displays mention as content does.
    let mut text = message.content.clone();
    message.components.iter().for_each(|c| collect_text(c, &mut text));
    let found = mentions::find(&text, &allowed, may_everyone, role_pings, |id| world.users.contains_key(&id));
    message.mentions = found.users;
    message.mention_roles = found.roles;
    message.mention_everyone = found.everyone && guild.is_some();
    if message.kind == REPLY && allowed.replied_user {
        mention_replied(world, message);
    }
}

/// The type of a reply.
pub(crate) const REPLY: u8 = 19;

/// Adds the author of the message that is answered to the mentions.
pub(crate) fn mention_replied(world: &World, message: &mut Message) {
    let Some(id) = message.reference.as_ref().and_then(|r| parse_snowflake(&r["message_id"])) else { return };
    if let Some(author) =
        world.message(message.channel_id, id).filter(|m| m.webhook.is_none()).map(|m| m.author_id)
        && !message.mentions.contains(&author)
    {
        message.mentions.push(author);
    }
}

fn collect_text(component: &Value, text: &mut String) {
    if component["type"] == 10
        && let Some(content) = component["content"].as_str()
    {
        text.push('\n');
        text.push_str(content);
    }
    component["components"].as_array().into_iter().flatten().for_each(|child| collect_text(child, text));
}
