"""The conformance bot on an unmodified discord.py.

It does what JSON lines on its input ask for and tells what it hears as JSON lines. The bots on the
other libraries speak the same words (see ../README.md), so one list of steps drives them all.
"""

import asyncio
import inspect
import json
import logging
import os
import sys

import discord
import yarl
from discord import app_commands

# The two settings that move discord.py to another server.
discord.http.Route.BASE = os.environ["SANDBOX_REST"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["SANDBOX_GATEWAY"] + "/")

from bot_words import guilds, interactions, live as lives, messages, others  # noqa: E402
from bot_words.heard import Heard  # noqa: E402
from bot_words.live import live, run  # noqa: E402
from bot_words.wire import say  # noqa: E402

# What can be ordered: every coroutine of these files by its name.
WORDS = {
    name: word
    for file in (guilds, interactions, lives, messages, others)
    for name, word in inspect.getmembers(file, inspect.iscoroutinefunction)
    if word.__module__ == file.__name__
}


async def obey(order):
    ref = order.get("ref")
    try:
        say("done", ref=ref, **(await WORDS[order["do"]](order) or {}))
    except (discord.HTTPException, app_commands.AppCommandError) as error:
        cause = getattr(error, "__cause__", None) or error
        say("refused", ref=ref, status=getattr(cause, "status", error.status), code=getattr(cause, "code", error.code), text=str(error))
    except Exception as error:  # The test wants to read it.
        say("error", ref=ref, text=repr(error))


async def listen():
    while line := await asyncio.to_thread(sys.stdin.readline):
        asyncio.create_task(obey(json.loads(line)))
    live.ended.set()


async def main():
    live.task = asyncio.create_task(run(live.bot))
    await live.ended.wait()
    for one in {live.bot, live.other or live.bot}:
        await one.close()


Heard.listen = staticmethod(listen)
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
asyncio.run(main())
