"""Commands, presence, direct messages, voice, and requests as they are."""

import asyncio

import discord

from .live import guild, live, one_message, place
from .wire import told


async def commands(order):
    if "guild" in order:
        made = await live.bot.http.bulk_upsert_guild_commands(live.bot.application_id, int(order["guild"]), order["list"])
    else:
        made = await live.bot.http.bulk_upsert_global_commands(live.bot.application_id, order["list"])
    return {"names": sorted(one["name"] for one in made), "ids": {one["name"]: one["id"] for one in made}}


async def typing(order):
    await place(order).typing()


async def presence(order):
    await live.bot.change_presence(status=discord.Status(order["status"]), activity=discord.Game(order["activity"]))


async def dm(order):
    user = await live.bot.fetch_user(int(order["user"]))
    return told(await user.send(order["content"]))


async def poll_end(order):
    return told(await (await one_message(order).fetch()).end_poll())


async def burst(order):
    sent = await asyncio.gather(*(place(order).send(f"{order['prefix']} {n}") for n in range(order["count"])))
    return {"count": len(sent)}


async def survey(order):
    """Reads whatever a bot commonly reads, for the validator's sake."""
    guild = await live.bot.fetch_guild(int(order["guild"]))
    roles = await guild.fetch_roles()
    member = await guild.fetch_member(live.bot.user.id)
    channels = await guild.fetch_channels()
    guilds = [found async for found in live.bot.fetch_guilds(limit=5)]
    user = await live.bot.fetch_user(member.id)
    info = await live.bot.application_info()
    return {"roles": len(roles), "channels": len(channels), "guilds": len(guilds), "same": user.id == live.bot.user.id and info.name != ""}


async def voice(order):
    await guild(order).change_voice_state(channel=order["channel"] and discord.Object(id=int(order["channel"])), self_mute=True)


async def rest(order):
    route = discord.http.Route(order["method"], order["path"].replace("{", "%7B").replace("}", "%7D"))
    body = {"json": order["body"]} if "body" in order else {}
    return {"raw": True, "value": await live.bot.http.request(route, **body)}
