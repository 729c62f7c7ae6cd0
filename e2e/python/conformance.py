"""The conformance bot on an unmodified discord.py.

It does what JSON lines on its input ask for and tells what it hears as JSON lines. The bots on the
other libraries speak the same words (see ../README.md), so one list of steps drives them all.
"""

import asyncio
import datetime
import io
import json
import logging
import os
import sys
import traceback

import discord
import yarl
from discord import app_commands
from discord.components import _component_factory
from discord.ui.view import _component_to_item

# The two settings that move discord.py to another server.
discord.http.Route.BASE = os.environ["SANDBOX_REST"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["SANDBOX_GATEWAY"] + "/")

TOKEN = os.environ["SANDBOX_TOKEN"]
INTENTS = discord.Intents.none()
INTENTS.value = int(os.environ["SANDBOX_INTENTS"])

interactions = {}
webhooks = {}


def say(event, /, **values):
    print(json.dumps({"event": event, **values}), flush=True)


def told(message):
    return {
        "id": str(message.id),
        "channel": str(message.channel.id),
        "author": str(message.author.id),
        "content": message.content,
        "files": [file.filename for file in message.attachments],
        "pinned": message.pinned,
        "components": len(message.components),
    }


# Components: from the documented JSON to the library's own classes.

PLAIN = {19: discord.ui.FileUpload, 21: discord.ui.RadioGroup, 22: discord.ui.CheckboxGroup, 23: discord.ui.Checkbox}


def item(data):
    if data["type"] == 18:
        return discord.ui.Label(text=data["label"], description=data.get("description"), component=item(data["component"]))
    if data["type"] == 4:
        named = {key: data[key] for key in ("custom_id", "placeholder", "min_length", "max_length", "required") if key in data}
        return discord.ui.TextInput(style=discord.TextStyle(data["style"]), **named)
    component = _component_factory({"id": 0, **data})
    if kind := PLAIN.get(data["type"]):
        return kind.from_component(component)
    return _component_to_item(component)


def view(data):
    layout = data.get("flags", 0) & (1 << 15)
    made = (discord.ui.LayoutView if layout else discord.ui.View)(timeout=None)
    for row, outer in enumerate(data["components"]):
        if layout:
            made.add_item(item(outer))
            continue
        for inner in outer["components"]:
            one = item(inner)
            one.row = row
            made.add_item(one)
    return made


def content(data, editing=False):
    """A message's documented JSON as the library's keywords."""
    words = {key: data[key] for key in ("content", "nonce") if key in data}
    if "embeds" in data:
        words["embeds"] = [discord.Embed.from_dict(one) for one in data["embeds"]]
    if "components" in data:
        words["view"] = view(data)
    files = [discord.File(io.BytesIO(one["text"].encode()), filename=one["name"]) for one in data.get("files", [])]
    if editing and "keep" in data:
        words["attachments"] = [one for one in data["held"] if str(one.id) in data["keep"]] + files
    elif editing and files:
        words["attachments"] = [*data.get("held", []), *files]
    elif files:
        words["files"] = files
    if "poll" in data:
        poll = discord.Poll(question=data["poll"]["question"]["text"], duration=datetime.timedelta(hours=data["poll"]["duration"]))
        for answer in data["poll"]["answers"]:
            poll.add_answer(text=answer["poll_media"]["text"])
        words["poll"] = poll
    return words


# Interactions: told to the test, which then says what to answer.


def plain(value):
    for key in ("filename", "name"):
        if hasattr(value, key):
            return getattr(value, key)
    return value


def leaf(options, path):
    for option in options:
        if option["type"] in (1, 2):
            return leaf(option.get("options", []), [*path, option["name"]])
    return options, path


def fields(components):
    """A modal's answers by custom id, whatever they are wrapped in."""
    found = {}
    for one in components:
        inner = one.get("component")
        for field in [inner] if inner else one.get("components", []):
            found[field["custom_id"]] = field["values"] if "values" in field else field.get("value")
    return found


def describe(interaction):
    data = interaction.data or {}
    values = {"id": str(interaction.id), "kind": interaction.type.name, "user": interaction.user.name, "guild": interaction.guild_id and str(interaction.guild_id)}
    if "name" in data:
        options, path = leaf(data.get("options", []), [data["name"]])
        namespace = app_commands.Namespace(interaction, data.get("resolved", {}), options)
        values["name"] = " ".join(path)
        values["options"] = {one["name"]: plain(getattr(namespace, one["name"])) for one in options}
        values["focused"] = next((one["name"] for one in options if one.get("focused")), None)
    if "target_id" in data:
        resolved = data["resolved"]
        if data["type"] == 2:
            values["target"] = resolved["users"][data["target_id"]]["username"]
        else:
            values["target"] = discord.Message(state=interaction._state, channel=interaction.channel, data=resolved["messages"][data["target_id"]]).content
    if "custom_id" in data:
        values["custom_id"] = data["custom_id"]
        values["values"] = data.get("values", [])
    if interaction.type is discord.InteractionType.modal_submit:
        values["fields"] = fields(data["components"])
        values["uploads"] = sorted(discord.Attachment(data=one, state=interaction._state).filename for one in data.get("resolved", {}).get("attachments", {}).values())
    return values


class Modal(discord.ui.Modal):
    async def on_submit(self, _interaction):
        pass


async def respond(order):
    interaction = interactions[order["to"]]
    data = order.get("data", {})
    ephemeral = bool(data.get("flags", 0) & 64)
    kind = order["type"]
    if kind == 4:
        await interaction.response.send_message(ephemeral=ephemeral, **content(data))
    elif kind in (5, 6):
        await interaction.response.defer(thinking=kind == 5, ephemeral=ephemeral)
    elif kind == 7:
        await interaction.response.edit_message(**content(data, editing=True))
    elif kind == 8:
        await interaction.response.autocomplete([app_commands.Choice(name=one["name"], value=one["value"]) for one in data["choices"]])
    elif kind == 9:
        modal = Modal(title=data["title"], custom_id=data["custom_id"], timeout=None)
        for one in data["components"]:
            modal.add_item(item(one))
        await interaction.response.send_modal(modal)
    return {}


class Again(discord.InteractionResponse):
    """A response that does not know of an earlier one, so that the server has to refuse it."""


async def respond_twice(order):
    interaction = interactions[order["to"]]
    await Again(interaction).send_message("again")


# What is heard.


def hear(kind, /, **values):
    say("heard", t=kind, **values)


class Heard:
    tag = "a"

    async def on_ready(self):
        guilds = sorted(guild.name for guild in self.guilds)
        say("ready", set=self.tag, user=str(self.user.id), guilds=guilds)
        if self.tag == "a" and not getattr(self, "listening", False):
            self.listening = True
            asyncio.create_task(listen())

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
        interactions[str(interaction.id)] = interaction
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


# A connection that gets no answer to its heartbeats is given up after this long.
# Members are asked for by the test alone, which counts the requests. A connection on which nothing comes is
# given up after a few of the sandbox's heartbeats.
OPTIONS = {"intents": INTENTS, "heartbeat_timeout": 10.0, "guild_ready_timeout": 0.5, "chunk_guilds_at_startup": False}
bot = Bot(**OPTIONS)
running = {}
ended = asyncio.Event()


async def run(one):
    """Connects one set of shards, until it is retired or Discord has closed it for good."""
    try:
        await one.start(TOKEN)
    except discord.PrivilegedIntentsRequired:
        say("closed", code=4014)
    except discord.ConnectionClosed as error:
        say("closed", code=error.code)
    except discord.LoginFailure:
        say("closed", code=4004)
    except Exception as error:  # What the library cannot read ends it.
        say("error", text="".join(traceback.format_exception(error)))
    ended.set()


# What is ordered.


def place(order, key="channel"):
    return bot.get_channel(int(order[key])) or bot.get_partial_messageable(int(order[key]))


def one_message(order):
    return place(order).get_partial_message(int(order["message"]))


async def send(order):
    words = content(order)
    if "reply_to" in order:
        words["reference"] = place(order).get_partial_message(int(order["reply_to"]))
    return told(await place(order).send(**words))


async def edit(order):
    if "keep" in order or "files" in order:
        order["held"] = (await one_message(order).fetch()).attachments
    return told(await one_message(order).edit(**content(order, editing=True)))


async def delete(order):
    await one_message(order).delete()


async def bulk_delete(order):
    await channel(order).delete_messages([discord.Object(id=int(one)) for one in order["messages"]])


async def fetch(order):
    return told(await one_message(order).fetch())


async def history(order):
    where = {key: discord.Object(id=int(order[key])) for key in ("before", "after", "around") if key in order}
    # With `after` the library goes on from there only when it is told to begin with the oldest.
    upwards = "after" in order
    found = [one async for one in place(order).history(limit=order["limit"], oldest_first=upwards, **where)]
    if upwards:
        found.reverse()
    return {"contents": [one.content for one in found]}


async def react(order):
    await one_message(order).add_reaction(order["emoji"])


async def unreact(order):
    await one_message(order).remove_reaction(order["emoji"], bot.user)


async def reactions(order):
    message = await one_message(order).fetch()
    reaction = next(one for one in message.reactions if str(one.emoji) == order["emoji"])
    return {"users": [str(user.id) async for user in reaction.users()], "count": reaction.count}


async def pin(order):
    await one_message(order).pin()


async def unpin(order):
    await one_message(order).unpin()


async def pins(order):
    return {"ids": [str(one.id) async for one in place(order).pins()]}


async def crosspost(order):
    await one_message(order).publish()


def guild(order):
    return bot.get_guild(int(order["guild"]))


def channel(order, key="channel"):
    return bot.get_channel(int(order[key]))


async def thread_start(order):
    if "message" in order:
        thread = await one_message(order).create_thread(name=order["name"])
    elif "forum" in order:
        thread = (await channel(order).create_thread(name=order["name"], content=order["content"])).thread
    else:
        kind = discord.ChannelType.private_thread if order.get("private") else discord.ChannelType.public_thread
        thread = await channel(order).create_thread(name=order["name"], type=kind)
    return {"id": str(thread.id)}


async def thread_of(order):
    return bot.get_channel(int(order["thread"])) or await bot.fetch_channel(int(order["thread"]))


async def thread_edit(order):
    await (await thread_of(order)).edit(**{key: order[key] for key in ("name", "archived", "locked") if key in order})


async def thread_add(order):
    await (await thread_of(order)).add_user(discord.Object(id=int(order["user"])))


async def thread_remove(order):
    await (await thread_of(order)).remove_user(discord.Object(id=int(order["user"])))


async def thread_join(order):
    await (await thread_of(order)).join()


async def thread_members(order):
    return {"ids": sorted(str(one.id) for one in await (await thread_of(order)).fetch_members())}


async def role_create(order):
    role = await guild(order).create_role(name=order["name"], permissions=discord.Permissions(int(order.get("permissions", 0))), reason=order.get("reason"))
    return {"id": str(role.id)}


async def role_edit(order):
    await bot.http.edit_role(int(order["guild"]), int(order["role"]), reason=None, name=order["name"])


async def role_delete(order):
    await bot.http.delete_role(int(order["guild"]), int(order["role"]))


async def role_give(order):
    member = await guild(order).fetch_member(int(order["user"]))
    await member.add_roles(discord.Object(id=int(order["role"])))


async def role_take(order):
    member = await guild(order).fetch_member(int(order["user"]))
    await member.remove_roles(discord.Object(id=int(order["role"])))


async def channel_create(order):
    makers = {0: "create_text_channel", 2: "create_voice_channel", 4: "create_category", 15: "create_forum"}
    made = await getattr(guild(order), makers[order.get("type", 0)])(order["name"])
    return {"id": str(made.id)}


async def channel_edit(order):
    await channel(order).edit(**{key: order[key] for key in ("name", "topic") if key in order})


async def channel_delete(order):
    await channel(order).delete()


async def overwrite(order):
    await bot.http.edit_channel_permissions(int(order["channel"]), int(order["target"]), order["allow"], order["deny"], order["type"])


async def nick(order):
    member = await guild(order).fetch_member(int(order["user"]))
    await member.edit(nick=order["nick"])


async def timeout(order):
    member = await guild(order).fetch_member(int(order["user"]))
    await member.timeout(datetime.timedelta(seconds=order["seconds"]))


async def kick(order):
    await guild(order).kick(discord.Object(id=int(order["user"])))


async def ban(order):
    await guild(order).ban(discord.Object(id=int(order["user"])), reason=order.get("reason"))


async def unban(order):
    await guild(order).unban(discord.Object(id=int(order["user"])))


async def bans(order):
    return {"ids": [str(one.user.id) async for one in guild(order).bans()]}


async def guild_edit(order):
    await guild(order).edit(name=order["name"])


async def audit_log(order):
    return {"reasons": [one.reason async for one in guild(order).audit_logs(limit=10)]}


async def webhook_create(order):
    made = await channel(order).create_webhook(name=order["name"])
    webhooks[str(made.id)] = made
    return {"id": str(made.id), "token": made.token}


async def webhook_send(order):
    words = {key: order[key] for key in ("username",) if key in order}
    return told(await webhooks[order["webhook"]].send(order["content"], wait=True, **words))


async def webhook_edit(order):
    return told(await webhooks[order["webhook"]].edit_message(int(order["message"]), content=order["content"]))


async def webhook_delete(order):
    await webhooks[order["webhook"]].delete()


async def invite_create(order):
    return {"code": (await channel(order).create_invite(max_uses=order.get("max_uses", 0), unique=True)).code}


async def invite_uses(order):
    return {"uses": {one.code: one.uses for one in await guild(order).invites()}}


async def invite_delete(order):
    await bot.http.delete_invite(order["code"])


async def members(order):
    return {"ids": [str(one.id) async for one in guild(order).fetch_members(limit=order["limit"])]}


async def chunk(order):
    if "ids" in order:
        found = await guild(order).query_members(user_ids=[int(one) for one in order["ids"]], limit=100, cache=False)
    elif order["query"] == "" and order["limit"] == 0:
        found = await guild(order).chunk(cache=False)
    else:
        found = await guild(order).query_members(query=order["query"], limit=order["limit"], cache=False)
    return {"users": sorted(str(one.id) for one in found)}


async def commands(order):
    if "guild" in order:
        made = await bot.http.bulk_upsert_guild_commands(bot.application_id, int(order["guild"]), order["list"])
    else:
        made = await bot.http.bulk_upsert_global_commands(bot.application_id, order["list"])
    return {"names": sorted(one["name"] for one in made), "ids": {one["name"]: one["id"] for one in made}}


async def original_get(order):
    return told(await interactions[order["to"]].original_response())


async def original_edit(order):
    return told(await interactions[order["to"]].edit_original_response(**content(order["data"], editing=True)))


async def original_delete(order):
    await interactions[order["to"]].delete_original_response()


async def followup(order):
    data = order["data"]
    ephemeral = bool(data.get("flags", 0) & 64)
    return told(await interactions[order["to"]].followup.send(wait=True, ephemeral=ephemeral, **content(data)))


async def followup_edit(order):
    return told(await interactions[order["to"]].followup.edit_message(int(order["message"]), **content(order["data"], editing=True)))


async def followup_delete(order):
    await interactions[order["to"]].followup.delete_message(int(order["message"]))


async def typing(order):
    await place(order).typing()


async def presence(order):
    await bot.change_presence(status=discord.Status(order["status"]), activity=discord.Game(order["activity"]))


async def dm(order):
    user = await bot.fetch_user(int(order["user"]))
    return told(await user.send(order["content"]))


async def poll_end(order):
    return told(await (await one_message(order).fetch()).end_poll())


async def burst(order):
    sent = await asyncio.gather(*(place(order).send(f"{order['prefix']} {n}") for n in range(order["count"])))
    return {"count": len(sent)}


async def survey(order):
    """Reads whatever a bot commonly reads, for the validator's sake."""
    guild = await bot.fetch_guild(int(order["guild"]))
    roles = await guild.fetch_roles()
    member = await guild.fetch_member(bot.user.id)
    channels = await guild.fetch_channels()
    guilds = [found async for found in bot.fetch_guilds(limit=5)]
    user = await bot.fetch_user(member.id)
    info = await bot.application_info()
    return {"roles": len(roles), "channels": len(channels), "guilds": len(guilds), "same": user.id == bot.user.id and info.name != ""}


async def voice(order):
    await guild(order).change_voice_state(channel=order["channel"] and discord.Object(id=int(order["channel"])), self_mute=True)


async def reshard(order):
    """Starts a set of more shards beside the one that runs."""
    shards = range(order["shards"])
    running["b"] = Sharded(shard_count=len(shards), shard_ids=list(shards), **OPTIONS)
    running["task b"] = asyncio.create_task(run(running["b"]))


async def retire(_order):
    """The old set leaves; orders go to the new one."""
    global bot
    running.pop("task").cancel()
    await bot.ws.close(1000)
    await bot.http.close()
    bot = running["b"]


async def rest(order):
    route = discord.http.Route(order["method"], order["path"].replace("{", "%7B").replace("}", "%7D"))
    body = {"json": order["body"]} if "body" in order else {}
    return {"raw": True, "value": await bot.http.request(route, **body)}


async def obey(order):
    ref = order.get("ref")
    try:
        say("done", ref=ref, **(await globals()[order["do"]](order) or {}))
    except (discord.HTTPException, app_commands.AppCommandError) as error:
        cause = getattr(error, "__cause__", None) or error
        say("refused", ref=ref, status=getattr(cause, "status", error.status), code=getattr(cause, "code", error.code), text=str(error))
    except Exception as error:  # The test wants to read it.
        say("error", ref=ref, text=repr(error))


async def listen():
    while line := await asyncio.to_thread(sys.stdin.readline):
        asyncio.create_task(obey(json.loads(line)))
    ended.set()


async def main():
    running["task"] = asyncio.create_task(run(bot))
    await ended.wait()
    for one in {bot, running.get("b", bot)}:
        await one.close()


logging.basicConfig(level=logging.INFO, stream=sys.stderr)
asyncio.run(main())
