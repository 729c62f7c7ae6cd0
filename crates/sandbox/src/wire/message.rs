//! Messages on the wire (Discord docs: Message, Message Object).

use serde_json::{Value, json};

use crate::{
    clock::iso,
    model::{Attachment, Message, Reaction},
    snowflake::{Id, Sid},
    wire,
    world::World,
};

/// A message as REST answers it. `viewer` decides the `me` of reactions.
pub fn message(world: &World, message: &Message, viewer: Option<Id>) -> Value {
    let mut all = bare(world, message, viewer);
    // Only replies and the like show what they answer; the key is null when that is gone.
    if message.reference.as_ref().and_then(referenced_id).is_some() && matches!(message.kind, 19 | 21 | 23) {
        all["referenced_message"] =
            referenced(world, message).map_or(Value::Null, |original| bare(world, original, viewer));
    }
    if let Some(thread) = message.thread_id.and_then(|id| world.channel(id)) {
        all["thread"] = wire::channel(world, thread, viewer);
    }
    all
}

/// The message that this one answers, as long as it is there.
pub fn referenced<'w>(world: &'w World, message: &Message) -> Option<&'w Message> {
    let reference = message.reference.as_ref()?;
    let channel = referenced_channel(reference).unwrap_or(message.channel_id);
    world.message(channel, referenced_id(reference)?)
}

/// A message as the gateway tells it: with `guild_id` and a `member` that has no user, unless it is
/// ephemeral, which travels as a direct message does.
pub fn message_event(world: &World, message: &Message) -> Value {
    let mut all = self::message(world, message, None);
    // Without the kind of channel discord.js takes no direct message from a channel it does not know.
    if let Some(channel) = world.channel(message.channel_id) {
        all["channel_type"] = json!(channel.kind.code());
    }
    let Some(guild) =
        message.guild_id.filter(|_| message.ephemeral_for.is_none()).and_then(|id| world.guilds.get(&id))
    else {
        return all;
    };
    all["guild_id"] = json!(Sid(guild.id));
    if message.webhook.is_none()
        && let Some(member) = guild.member(message.author_id)
    {
        all["member"] = wire::member(member, None);
    }
    if let Some(Value::Array(mentions)) = all.get_mut("mentions") {
        for (mention, id) in mentions.iter_mut().zip(&message.mentions) {
            if let Some(member) = guild.member(*id) {
                mention["member"] = wire::member(member, None);
            }
        }
    }
    all
}

/// Takes out what the message content intent gates (Discord docs: Gateway, Message Content Intent).
pub fn strip_content(message: &mut Value) {
    strip_own_content(message);
    if let Some(referenced) = message.get_mut("referenced_message") {
        strip_content(referenced);
    }
}

/// The same, but for the message that it answers.
pub fn strip_own_content(message: &mut Value) {
    let Value::Object(keys) = message else { return };
    keys.insert("content".to_owned(), json!(""));
    for list in ["embeds", "attachments", "components"] {
        keys.insert(list.to_owned(), json!([]));
    }
    keys.remove("poll");
    if let Some(Value::Array(snapshots)) = keys.get_mut("message_snapshots") {
        snapshots.iter_mut().filter_map(|snapshot| snapshot.get_mut("message")).for_each(strip_content);
    }
}

fn referenced_id(reference: &Value) -> Option<Id> {
    reference.get("message_id")?.as_str()?.parse().ok()
}

fn referenced_channel(reference: &Value) -> Option<Id> {
    reference.get("channel_id")?.as_str()?.parse().ok()
}

/// A message without the message it answers.
fn bare(world: &World, message: &Message, viewer: Option<Id>) -> Value {
    let mentions = message.mentions.iter().filter_map(|id| world.users.get(id));
    let mut all = json!({
        "id": Sid(message.id),
        "channel_id": Sid(message.channel_id),
        "type": message.kind,
        "author": author(world, message),
        "content": message.content,
        "timestamp": iso(message.sent_at),
        "edited_timestamp": message.edited_at.map(iso),
        "tts": message.tts,
        "mention_everyone": message.mention_everyone,
        "mentions": mentions.map(wire::user).collect::<Vec<_>>(),
        "mention_roles": message.mention_roles.iter().copied().map(Sid).collect::<Vec<_>>(),
        "attachments": message.attachments.iter().map(|file| attachment(world, file)).collect::<Vec<_>>(),
        "embeds": if message.flags & Message::SUPPRESS_EMBEDS == 0 { &message.embeds[..] } else { &[] },
        "components": message.components,
        "pinned": message.pinned_at.is_some(),
        "flags": message.flags,
    });
    for key in ["embeds", "components"] {
        wire::links::sign_all(world, &mut all[key]);
    }
    // An answer to an interaction is sent through the application's own webhook, which has its id.
    let answered_by = message.application_id.filter(|_| message.interaction_metadata.is_some());
    let webhook_id = message.webhook.as_ref().map(|webhook| webhook.id).or(answered_by);
    let optional = [
        ("nonce", message.nonce.clone()),
        ("poll", message.poll.as_deref().map(|poll| wire::poll(poll, viewer))),
        ("position", message.position.map(|place| json!(place))),
        ("message_reference", message.reference.clone()),
        ("interaction_metadata", message.interaction_metadata.clone()),
        ("interaction", message.interaction.clone()),
        ("webhook_id", webhook_id.map(|id| json!(Sid(id)))),
        ("application_id", message.application_id.map(|id| json!(Sid(id)))),
        ("message_snapshots", snapshots(world, message)),
        ("sticker_items", (!message.sticker_items.is_empty()).then(|| json!(message.sticker_items))),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            all[key] = value;
        }
    }
    if !message.reactions.is_empty() {
        let reactions = message.reactions.iter().map(|reaction| self::reaction(reaction, viewer));
        all["reactions"] = reactions.collect();
    }
    all
}

/// What a forward shows of the message it copied.
fn snapshots(world: &World, message: &Message) -> Option<Value> {
    const SHOWN: [&str; 11] = [
        "type",
        "content",
        "embeds",
        "attachments",
        "timestamp",
        "edited_timestamp",
        "flags",
        "mentions",
        "mention_roles",
        "sticker_items",
        "components",
    ];
    let copy = |copy: &Message| {
        let mut all = bare(world, copy, None);
        if let Value::Object(keys) = &mut all {
            keys.retain(|key, _| SHOWN.contains(&key.as_str()));
        }
        json!({ "message": all })
    };
    (!message.snapshots.is_empty()).then(|| message.snapshots.iter().map(copy).collect())
}

fn author(world: &World, message: &Message) -> Value {
    if let Some(webhook) = &message.webhook {
        return json!({
            "id": Sid(webhook.id),
            "username": webhook.name,
            "avatar": webhook.avatar,
            "discriminator": "0000",
            "public_flags": 0,
            "flags": 0,
            "global_name": null,
            "primary_guild": null,
            "bot": true,
        });
    }
    match world.users.get(&message.author_id) {
        Some(user) => wire::user(user),
        None => wire::user(&crate::model::User {
            id: message.author_id,
            username: "Deleted User".to_owned(),
            ..crate::model::User::default()
        }),
    }
}

/// A file of a message.
pub fn attachment(world: &World, attachment: &Attachment) -> Value {
    let url = wire::links::sign(world, &attachment.url);
    let mut all = json!({
        "id": Sid(attachment.id),
        "filename": attachment.filename,
        "size": attachment.size,
        "url": url,
        "proxy_url": url,
        "flags": attachment.flags,
    });
    let optional = [
        ("title", attachment.title.as_ref().map(|text| json!(text))),
        ("description", attachment.description.as_ref().map(|text| json!(text))),
        ("content_type", attachment.content_type.as_ref().map(|text| json!(text))),
        ("width", attachment.width.map(|pixels| json!(pixels))),
        ("height", attachment.height.map(|pixels| json!(pixels))),
        ("duration_secs", attachment.duration_secs.map(|seconds| json!(seconds))),
        ("waveform", attachment.waveform.as_ref().map(|shape| json!(shape))),
        ("ephemeral", attachment.ephemeral.then_some(Value::Bool(true))),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            all[key] = value;
        }
    }
    all
}

fn reaction(reaction: &Reaction, viewer: Option<Id>) -> Value {
    json!({
        "emoji": { "id": reaction.emoji_id.map(Sid), "name": reaction.emoji_name },
        "count": reaction.users.len(),
        "count_details": { "burst": 0, "normal": reaction.users.len() },
        "burst_colors": [],
        "me_burst": false,
        "me": viewer.is_some_and(|id| reaction.users.contains(&id)),
    })
}
