//! What the library hears, told to the test.

use guildhall_e2e::{hear, say};
use serde_json::{Value, json};
use twilight_gateway::Event;
use twilight_model::channel::Message;
use twilight_model::channel::message::EmojiReactionType;
use twilight_model::gateway::GatewayReaction;

use crate::{Bot, interactions};

/// A message as the test is told of it.
pub(crate) fn told(message: &Message) -> Value {
    json!({
        "id": message.id, "channel": message.channel_id, "author": message.author.id, "content": message.content,
        "files": message.attachments.iter().map(|file| &file.filename).collect::<Vec<_>>(),
        "pinned": message.pinned, "components": message.components.len(),
    })
}

/// What the bot itself needs to know.
pub(crate) fn note(bot: &Bot, set: &'static str, shards: u32, shard: u32, event: &Event) {
    let shards = u64::from(shards);
    match event {
        Event::Ready(ready) => {
            let guilds = ready.guilds.iter().map(|guild| guild.id.get());
            bot.arrival(set).ready(set, shards, u64::from(shard), ready.user.id.get(), guilds);
        }
        Event::Resumed => say("resumed", json!({ "set": set })),
        Event::GuildCreate(guild) => {
            let name = match guild.as_ref() {
                twilight_model::gateway::payload::incoming::GuildCreate::Available(guild) => {
                    guild.name.as_str()
                }
                twilight_model::gateway::payload::incoming::GuildCreate::Unavailable(_) => "",
            };
            let awaited = bot.arrival(set).guild(set, shards, guild.id().get(), name);
            if !awaited && set == "a" {
                hear("guild_create", json!({ "name": name }));
            }
        }
        Event::MemberChunk(chunk) => drop(bot.chunks.send(chunk.clone())),
        Event::InteractionCreate(interaction) => {
            if let Ok(mut tokens) = bot.tokens.lock() {
                tokens.insert(interaction.id.to_string(), interaction.token.clone());
            }
        }
        _ => {}
    }
}

pub(crate) fn tell(set: &str, event: Event) {
    match event {
        Event::MessageCreate(message) => {
            let mut values = told(&message);
            values["set"] = json!(set);
            values["guild"] = json!(message.guild_id);
            hear("message_create", values);
        }
        Event::MessageUpdate(message) => hear("message_update", told(&message)),
        Event::MessageDelete(one) => hear("message_delete", json!({ "id": one.id })),
        Event::MessageDeleteBulk(one) => hear("message_delete_bulk", json!({ "count": one.ids.len() })),
        Event::ReactionAdd(one) => hear("reaction_add", reaction(&one)),
        Event::ReactionRemove(one) => hear("reaction_remove", reaction(&one)),
        Event::ChannelPinsUpdate(one) => hear("pins_update", json!({ "channel": one.channel_id })),
        Event::ThreadCreate(one) => hear("thread_create", json!({ "id": one.id, "name": one.name })),
        Event::ThreadUpdate(one) => {
            let archived = one.thread_metadata.as_ref().map(|metadata| metadata.archived);
            hear("thread_update", json!({ "id": one.id, "archived": archived }));
        }
        Event::ThreadDelete(one) => hear("thread_delete", json!({ "id": one.id })),
        Event::ThreadMembersUpdate(one) => hear("thread_members", json!({ "id": one.id })),
        Event::ChannelCreate(one) => hear("channel_create", json!({ "id": one.id, "name": one.name })),
        Event::ChannelUpdate(one) => hear("channel_update", json!({ "id": one.id, "name": one.name })),
        Event::ChannelDelete(one) => hear("channel_delete", json!({ "id": one.id })),
        Event::RoleCreate(one) => hear("role_create", json!({ "id": one.role.id, "name": one.role.name })),
        Event::RoleUpdate(one) => hear("role_update", json!({ "id": one.role.id, "name": one.role.name })),
        Event::RoleDelete(one) => hear("role_delete", json!({ "id": one.role_id })),
        Event::MemberAdd(one) => hear("member_add", json!({ "user": one.user.id })),
        Event::MemberUpdate(one) => hear("member_update", json!({ "user": one.user.id, "nick": one.nick })),
        Event::MemberRemove(one) => hear("member_remove", json!({ "user": one.user.id })),
        Event::BanAdd(one) => hear("ban_add", json!({ "user": one.user.id })),
        Event::BanRemove(one) => hear("ban_remove", json!({ "user": one.user.id })),
        Event::GuildUpdate(one) => hear("guild_update", json!({ "name": one.name })),
        Event::GuildDelete(one) => {
            hear("guild_delete", json!({ "id": one.id, "unavailable": one.unavailable.unwrap_or_default() }));
        }
        Event::UnavailableGuild(one) => hear("guild_delete", json!({ "id": one.id, "unavailable": true })),
        Event::InviteCreate(one) => hear("invite_create", json!({ "code": one.code })),
        Event::InviteDelete(one) => hear("invite_delete", json!({ "code": one.code })),
        Event::WebhooksUpdate(one) => hear("webhooks_update", json!({ "channel": one.channel_id })),
        Event::TypingStart(one) => hear("typing", json!({ "user": one.user_id, "channel": one.channel_id })),
        Event::PresenceUpdate(one) => {
            hear("presence", json!({ "user": one.user.id(), "status": one.status }));
        }
        Event::VoiceStateUpdate(one) => {
            hear("voice_state", json!({ "user": one.user_id, "channel": one.channel_id }));
        }
        Event::MessagePollVoteAdd(one) => {
            hear("poll_vote", json!({ "user": one.user_id, "answer": one.answer_id }));
        }
        Event::GuildScheduledEventCreate(one) => hear("scheduled_event_create", json!({ "name": one.name })),
        Event::GuildAuditLogEntryCreate(one) => {
            hear("audit_entry", json!({ "action": u16::from(one.action_type), "reason": one.reason }));
        }
        Event::InteractionCreate(one) => say("interaction", interactions::describe(&one)),
        _ => {}
    }
}

fn reaction(one: &GatewayReaction) -> Value {
    let emoji = match &one.emoji {
        EmojiReactionType::Unicode { name } => Some(name),
        EmojiReactionType::Custom { name, .. } => name.as_ref(),
    };
    json!({ "message": one.message_id, "user": one.user_id, "emoji": emoji })
}
