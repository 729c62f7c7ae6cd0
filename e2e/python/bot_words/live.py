"""The bot as it runs: one set of shards, or two while they are changed."""

import asyncio
import os
import traceback

import discord

from .heard import Bot, Sharded
from .wire import say

TOKEN = os.environ["SANDBOX_TOKEN"]
INTENTS = discord.Intents.none()
INTENTS.value = int(os.environ["SANDBOX_INTENTS"])

# Members are asked for by the test alone, which counts the requests. A connection on which nothing comes is
# given up after a few of the sandbox's heartbeats.
OPTIONS = {"intents": INTENTS, "heartbeat_timeout": 10.0, "guild_ready_timeout": 0.5, "chunk_guilds_at_startup": False}


class Live:
    """The set that orders go to, and what runs beside it."""

    bot = Bot(**OPTIONS)
    task = None
    other = None
    other_task = None
    ended = asyncio.Event()


live = Live()


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
    live.ended.set()


async def reshard(order):
    """Starts a set of more shards beside the one that runs."""
    shards = range(order["shards"])
    live.other = Sharded(shard_count=len(shards), shard_ids=list(shards), **OPTIONS)
    live.other_task = asyncio.create_task(run(live.other))


async def retire(_order):
    """The old set leaves; orders go to the new one."""
    live.task.cancel()
    await live.bot.ws.close(1000)
    await live.bot.http.close()
    live.bot = live.other


def place(order, key="channel"):
    return live.bot.get_channel(int(order[key])) or live.bot.get_partial_messageable(int(order[key]))


def one_message(order):
    return place(order).get_partial_message(int(order["message"]))


def guild(order):
    return live.bot.get_guild(int(order["guild"]))


def channel(order, key="channel"):
    return live.bot.get_channel(int(order[key]))
