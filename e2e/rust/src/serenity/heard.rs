//! What the library hears, told to the test.

use std::sync::Arc;

use guildhall_e2e::{hear, say};
use serde_json::{Value, json};
use serenity::all::{Context, Event, Message, RawEventHandler};
use serenity::async_trait;

use crate::{Bot, interactions};

/// The ears of one set of shards.
pub(crate) struct Handler {
    pub(crate) bot: Arc<Bot>,
    pub(crate) set: &'static str,
    pub(crate) shards: u32,
}

/// A message as the test is told of it.
pub(crate) fn told(message: &Message) -> Value {
    json!({
        "id": message.id, "channel": message.channel_id, "author": message.author.id, "content": message.content,
        "files": message.attachments.iter().map(|file| &file.filename).collect::<Vec<_>>(),
        "pinned": message.pinned, "components": message.components.len(),
    })
}

#[async_trait]
impl RawEventHandler for Handler {
    async fn raw_event(&self, context: Context, event: Event) {
        self.note(&context, &event);
        if self.set == "a" || matches!(event, Event::MessageCreate(_)) {
            self.tell(event);
        }
    }
}

impl Handler {
    /// What the bot itself needs to know.
    fn note(&self, context: &Context, event: &Event) {
        let (set, shards) = (self.set, u64::from(self.shards));
        match event {
            Event::Ready(event) => {
                if let Ok(mut held) = self.bot.shards.lock() {
                    held.insert(set, context.shard.clone());
                }
                let guilds = event.ready.guilds.iter().map(|guild| guild.id.get());
                let shard = u64::from(context.shard_id.0);
                self.bot.arrival(set).ready(set, shards, shard, event.ready.user.id.get(), guilds);
            }
            Event::Resumed(_) => {
                if let Ok(mut held) = self.bot.shards.lock() {
                    held.insert(set, context.shard.clone());
                }
                say("resumed", json!({ "set": set }));
            }
            Event::GuildCreate(event) => {
                let awaited =
                    self.bot.arrival(set).guild(set, shards, event.guild.id.get(), &event.guild.name);
                if !awaited && set == "a" {
                    hear("guild_create", json!({ "name": event.guild.name }));
                }
            }
            Event::GuildMembersChunk(event) => drop(self.bot.chunks.send(event.clone())),
            Event::InteractionCreate(event) => {
                let id = event.interaction.id().to_string();
                if let Ok(mut tokens) = self.bot.tokens.lock() {
                    tokens.insert(id, event.interaction.token().to_owned());
                }
            }
            _ => {}
        }
    }

    fn tell(&self, event: Event) {
        match event {
            Event::MessageCreate(event) => {
                let mut values = told(&event.message);
                values["set"] = json!(self.set);
                values["guild"] = json!(event.message.guild_id);
                hear("message_create", values);
            }
            Event::MessageUpdate(one) => {
                hear("message_update", json!({ "id": one.id, "content": one.content, "pinned": one.pinned }));
            }
            Event::MessageDelete(one) => hear("message_delete", json!({ "id": one.message_id })),
            Event::MessageDeleteBulk(one) => hear("message_delete_bulk", json!({ "count": one.ids.len() })),
            Event::ReactionAdd(one) => hear("reaction_add", reaction(&one.reaction)),
            Event::ReactionRemove(one) => hear("reaction_remove", reaction(&one.reaction)),
            Event::ChannelPinsUpdate(one) => hear("pins_update", json!({ "channel": one.channel_id })),
            Event::ThreadCreate(one) => {
                hear("thread_create", json!({ "id": one.thread.id, "name": one.thread.name }));
            }
            Event::ThreadUpdate(one) => {
                let archived = one.thread.thread_metadata.map(|metadata| metadata.archived);
                hear("thread_update", json!({ "id": one.thread.id, "archived": archived }));
            }
            Event::ThreadDelete(one) => hear("thread_delete", json!({ "id": one.thread.id })),
            Event::ThreadMembersUpdate(one) => hear("thread_members", json!({ "id": one.id })),
            Event::ChannelCreate(one) => {
                hear("channel_create", json!({ "id": one.channel.id, "name": one.channel.name }));
            }
            Event::ChannelUpdate(one) => {
                hear("channel_update", json!({ "id": one.channel.id, "name": one.channel.name }));
            }
            Event::ChannelDelete(one) => hear("channel_delete", json!({ "id": one.channel.id })),
            Event::GuildRoleCreate(one) => {
                hear("role_create", json!({ "id": one.role.id, "name": one.role.name }));
            }
            Event::GuildRoleUpdate(one) => {
                hear("role_update", json!({ "id": one.role.id, "name": one.role.name }));
            }
            Event::GuildRoleDelete(one) => hear("role_delete", json!({ "id": one.role_id })),
            Event::GuildMemberAdd(one) => hear("member_add", json!({ "user": one.member.user.id })),
            Event::GuildMemberUpdate(one) => {
                hear("member_update", json!({ "user": one.user.id, "nick": one.nick }));
            }
            Event::GuildMemberRemove(one) => hear("member_remove", json!({ "user": one.user.id })),
            Event::GuildBanAdd(one) => hear("ban_add", json!({ "user": one.user.id })),
            Event::GuildBanRemove(one) => hear("ban_remove", json!({ "user": one.user.id })),
            Event::GuildUpdate(one) => hear("guild_update", json!({ "name": one.guild.name })),
            Event::GuildDelete(one) => {
                hear("guild_delete", json!({ "id": one.guild.id, "unavailable": one.guild.unavailable }));
            }
            Event::InviteCreate(one) => hear("invite_create", json!({ "code": one.code })),
            Event::InviteDelete(one) => hear("invite_delete", json!({ "code": one.code })),
            Event::WebhookUpdate(one) => hear("webhooks_update", json!({ "channel": one.channel_id })),
            Event::TypingStart(one) => {
                hear("typing", json!({ "user": one.user_id, "channel": one.channel_id }));
            }
            Event::PresenceUpdate(one) => {
                hear(
                    "presence",
                    json!({ "user": one.presence.user.id, "status": one.presence.status.name() }),
                );
            }
            Event::VoiceStateUpdate(one) => {
                hear(
                    "voice_state",
                    json!({ "user": one.voice_state.user_id, "channel": one.voice_state.channel_id }),
                );
            }
            Event::MessagePollVoteAdd(one) => {
                hear("poll_vote", json!({ "user": one.user_id, "answer": one.answer_id.get() }));
            }
            Event::GuildScheduledEventCreate(one) => {
                hear("scheduled_event_create", json!({ "name": one.event.name }));
            }
            Event::GuildAuditLogEntryCreate(one) => {
                hear("audit_entry", json!({ "action": one.entry.action.num(), "reason": one.entry.reason }));
            }
            Event::InteractionCreate(one) => say("interaction", interactions::describe(&one.interaction)),
            Event::Unknown(one) => say("unknown", json!({ "text": format!("{one:?}") })),
            _ => {}
        }
    }
}

fn reaction(one: &serenity::all::Reaction) -> Value {
    json!({ "message": one.message_id, "user": one.user_id, "emoji": one.emoji.to_string() })
}
