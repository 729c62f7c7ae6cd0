"""What the library hears, told to the test."""

import asyncio
import sys

import discord

from .interactions import describe, received
from .wire import say, told


def hear(kind, /, **values):
    say("heard", t=kind, **values)


class Heard:
    tag = "a"

    # Reads what is ordered; begun when the bot is ready for it.
    listen = None

    async def on_ready(self):
        guilds = sorted(guild.name for guild in self.guilds)
        say("ready", set=self.tag, user=str(self.user.id), guilds=guilds)
        if self.tag == "a" and not getattr(self, "listening", False):
            self.listening = True
            asyncio.create_task(self.listen())

    async def on_resumed(self):
        say("resumed", set=self.tag)

    async def on_shard_resumed(self, _shard):
        say("resumed", set=self.tag)

    async def on_message(self, message):
        hear("message_create", set=self.tag, guild=message.guild and str(message.guild.id), **told(message))

    async def on_raw_message_edit(self, payload):
        hear("message_update", **told(payload.message))

    async def on_raw_message_delete(self, payload):
        hear("message_delete", id=str(payload.message_id))

    async def on_raw_bulk_message_delete(self, payload):
        hear("message_delete_bulk", count=len(payload.message_ids))

    async def on_raw_reaction_add(self, payload):
        hear("reaction_add", message=str(payload.message_id), user=str(payload.user_id), emoji=payload.emoji.name)

    async def on_raw_reaction_remove(self, payload):
        hear("reaction_remove", message=str(payload.message_id), user=str(payload.user_id), emoji=payload.emoji.name)

    async def on_guild_channel_pins_update(self, channel, _last):
        hear("pins_update", channel=str(channel.id))

    async def on_thread_create(self, thread):
        hear("thread_create", id=str(thread.id), name=thread.name)

    async def on_raw_thread_update(self, payload):
        hear("thread_update", id=str(payload.thread_id), archived=payload.data["thread_metadata"]["archived"])

    async def on_raw_thread_delete(self, payload):
        hear("thread_delete", id=str(payload.thread_id))

    async def on_thread_member_join(self, member):
        hear("thread_members", id=str(member.thread_id))

    async def on_guild_channel_create(self, channel):
        hear("channel_create", id=str(channel.id), name=channel.name)

    async def on_guild_channel_update(self, _before, after):
        hear("channel_update", id=str(after.id), name=after.name)

    async def on_guild_channel_delete(self, channel):
        hear("channel_delete", id=str(channel.id))

    async def on_guild_role_create(self, role):
        hear("role_create", id=str(role.id), name=role.name)

    async def on_guild_role_update(self, _before, after):
        hear("role_update", id=str(after.id), name=after.name)

    async def on_guild_role_delete(self, role):
        hear("role_delete", id=str(role.id))

    async def on_member_join(self, member):
        hear("member_add", user=str(member.id))

    async def on_member_update(self, _before, after):
        hear("member_update", user=str(after.id), nick=after.nick)

    async def on_raw_member_remove(self, payload):
        hear("member_remove", user=str(payload.user.id))

    async def on_member_ban(self, _guild, user):
        hear("ban_add", user=str(user.id))

    async def on_member_unban(self, _guild, user):
        hear("ban_remove", user=str(user.id))

    async def on_guild_update(self, _before, after):
        hear("guild_update", name=after.name)

    async def on_guild_join(self, guild):
        hear("guild_create", name=guild.name)

    async def on_guild_available(self, guild):
        hear("guild_create", name=guild.name)

    async def on_guild_remove(self, guild):
        hear("guild_delete", id=str(guild.id), unavailable=False)

    async def on_guild_unavailable(self, guild):
        hear("guild_delete", id=str(guild.id), unavailable=True)

    async def on_invite_create(self, invite):
        hear("invite_create", code=invite.code)

    async def on_invite_delete(self, invite):
        hear("invite_delete", code=invite.code)

    async def on_webhooks_update(self, channel):
        hear("webhooks_update", channel=str(channel.id))

    async def on_raw_typing(self, payload):
        hear("typing", user=str(payload.user_id), channel=str(payload.channel_id))

    async def on_presence_update(self, _before, after):
        hear("presence", user=str(after.id), status=str(after.status))

    async def on_voice_state_update(self, member, _before, after):
        hear("voice_state", user=str(member.id), channel=after.channel and str(after.channel.id))

    async def on_raw_poll_vote_add(self, payload):
        hear("poll_vote", user=str(payload.user_id), answer=payload.answer_id)

    async def on_scheduled_event_create(self, event):
        hear("scheduled_event_create", name=event.name)

    async def on_audit_log_entry_create(self, entry):
        hear("audit_entry", action=entry.action.value, reason=entry.reason)

    async def on_interaction(self, interaction):
        received[str(interaction.id)] = interaction
        try:
            say("interaction", **describe(interaction))
        except Exception as error:  # The test wants to read it.
            say("error", text=repr(error))

    async def on_error(self, name, *_given):
        say("error", text=f"{name}: {sys.exc_info()[1]!r}")


class Bot(Heard, discord.Client):
    pass


class Sharded(Heard, discord.AutoShardedClient):
    tag = "b"

    async def before_identify_hook(self, _shard_id, *, initial=False):
        pass
