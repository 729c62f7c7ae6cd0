"""Roles, channels, members, webhooks and invites."""

import datetime

import discord

from .live import channel, guild, live
from .wire import told

webhooks = {}


async def role_create(order):
    role = await guild(order).create_role(name=order["name"], permissions=discord.Permissions(int(order.get("permissions", 0))), reason=order.get("reason"))
    return {"id": str(role.id)}


async def role_edit(order):
    await live.bot.http.edit_role(int(order["guild"]), int(order["role"]), reason=None, name=order["name"])


async def role_delete(order):
    await live.bot.http.delete_role(int(order["guild"]), int(order["role"]))


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
    await live.bot.http.edit_channel_permissions(int(order["channel"]), int(order["target"]), order["allow"], order["deny"], order["type"])


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
    await live.bot.http.delete_invite(order["code"])


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
