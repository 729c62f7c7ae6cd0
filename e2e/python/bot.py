"""A small bot on an unmodified discord.py, pointed at the sandbox.

It prints what happens as JSON lines and does what JSON lines on its input ask for.
The same words are spoken by node/bot.mjs, so one test drives both.
"""

import asyncio
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

HOME = discord.Object(id=int(os.environ["SANDBOX_GUILD"]))
FRUIT = ["apple", "apricot", "banana", "cherry", "damson", "elderberry"]


def say(event, **values):
    print(json.dumps({"event": event, **values}), flush=True)


def told(message):
    return {
        "id": str(message.id),
        "channel": str(message.channel.id),
        "author": str(message.author.id),
        "content": message.content,
    }


class Ask(discord.ui.Modal, title="Tell me more"):
    name = discord.ui.Label(
        text="Your name",
        description="As others know you",
        component=discord.ui.TextInput(custom_id="name", max_length=40),
    )
    colour = discord.ui.Label(
        text="A colour",
        component=discord.ui.Select(
            custom_id="colour",
            options=[discord.SelectOption(label="Green", value="green"), discord.SelectOption(label="Red", value="red")],
        ),
    )

    async def on_submit(self, interaction):
        name = self.name.component.value
        colour = self.colour.component.values[0]
        say("modal", name=name, colour=colour)
        await interaction.response.send_message(f"Thank you, {name} ({colour})", ephemeral=True)


class Panel(discord.ui.View):
    def __init__(self):
        super().__init__(timeout=None)

    @discord.ui.button(label="Greet", style=discord.ButtonStyle.primary, custom_id="greet")
    async def greet(self, interaction, _button):
        await interaction.response.edit_message(content=f"Greeted by {interaction.user.name}", view=self)
        say("button", id="greet")

    @discord.ui.button(label="Ask", style=discord.ButtonStyle.secondary, custom_id="ask")
    async def ask(self, interaction, _button):
        # The library knows its form only once the answer to this has come.
        await interaction.response.send_modal(Ask())
        say("button", id="ask")


class Bot(discord.Client):
    def __init__(self):
        intents = discord.Intents.default()
        intents.message_content = True
        intents.members = True
        super().__init__(intents=intents)
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self):
        everywhere = await self.tree.sync()
        here = await self.tree.sync(guild=HOME)
        say("synced", everywhere=sorted(one.name for one in everywhere), here=[one.name for one in here])

    async def on_ready(self):
        asyncio.create_task(listen(self))
        say("ready", user=str(self.user.id), guilds=sorted(guild.name for guild in self.guilds))

    async def on_resumed(self):
        say("resumed")

    async def on_message(self, message):
        say("message", **told(message))

    async def on_message_edit(self, _before, after):
        say("edited", **told(after))

    async def on_message_delete(self, message):
        say("deleted", id=str(message.id))


bot = Bot()


@bot.tree.command(description="Answers at once")
async def ping(interaction: discord.Interaction):
    await interaction.response.send_message("pong")


@bot.tree.command(description="Answers later, and then once more")
async def slow(interaction: discord.Interaction):
    await interaction.response.defer()
    say("deferred")
    # Until the test has seen the interim state.
    await going.wait()
    await interaction.edit_original_response(content="slow answer")
    await interaction.followup.send("a follow-up")


@bot.tree.command(description="Answers only to you")
async def secret(interaction: discord.Interaction):
    await interaction.response.send_message("a secret", ephemeral=True)


@bot.tree.command(description="Never answers")
async def silent(interaction: discord.Interaction):
    say("silent", user=str(interaction.user.id))


@bot.tree.command(description="Shows a panel with buttons")
async def panel(interaction: discord.Interaction):
    embed = discord.Embed(title="Panel", description="Press **one**", colour=0x1B674D)
    embed.add_field(name="Left", value="greets", inline=True)
    embed.add_field(name="Right", value="asks", inline=True)
    await interaction.response.send_message(embed=embed, view=Panel())
    say("panel")


@bot.tree.command(description="Serves fruit")
@app_commands.describe(name="Which fruit", count="How many")
async def fruit(interaction: discord.Interaction, name: str, count: app_commands.Range[int, 1, 9] = 1):
    embed = discord.Embed(title="Fruit", description=f"{count} x {name}")
    await interaction.response.send_message(embed=embed)


@fruit.autocomplete("name")
async def fruit_names(_interaction: discord.Interaction, current: str):
    return [app_commands.Choice(name=one.title(), value=one) for one in FRUIT if one.startswith(current.lower())]


@bot.tree.command(description="Only in one server", guild=HOME)
async def here(interaction: discord.Interaction, who: discord.Member):
    await interaction.response.send_message(f"{who.display_name} is here")


@bot.tree.error
async def broken(_interaction, error):
    say("error", text=repr(error))


going = asyncio.Event()


async def do(order):
    what = order["do"]
    channel = bot.get_channel(int(order["channel"])) if "channel" in order else None
    if what == "go":
        going.set()
        return {}
    if what == "send":
        return told(await channel.send(order["content"]))
    if what == "edit":
        return told(await channel.get_partial_message(int(order["message"])).edit(content=order["content"]))
    if what == "delete":
        await channel.get_partial_message(int(order["message"])).delete()
        return {}
    if what == "burst":
        sent = await asyncio.gather(*(channel.send(f"burst {n}") for n in range(order["count"])))
        return {"count": len(sent)}
    if what == "survey":
        return await survey(channel)
    raise ValueError(what)


async def survey(channel):
    """Reads whatever a bot commonly reads, for the validator's sake."""
    guild = await bot.fetch_guild(channel.guild.id)
    roles = await guild.fetch_roles()
    member = await guild.fetch_member(bot.user.id)
    channels = await guild.fetch_channels()
    again = await bot.fetch_channel(channel.id)
    members = [one async for one in guild.fetch_members(limit=10)]
    history = [one async for one in channel.history(limit=5)]
    one = await channel.fetch_message(history[0].id) if history else None
    guilds = [found async for found in bot.fetch_guilds(limit=5)]
    user = await bot.fetch_user(member.id)
    info = await bot.application_info()
    commands = await bot.tree.fetch_commands()
    await channel.typing()
    missing = None
    try:
        await channel.fetch_message(175928847299117063)
    except discord.NotFound as error:
        missing = error.code
    return {
        "roles": len(roles),
        "channels": len(channels),
        "members": len(members),
        "history": len(history),
        "guilds": len(guilds),
        "commands": len(commands),
        "missing": missing,
        "same": again.id == channel.id and user.id == bot.user.id and info.name != "" and (one is None or one.id == history[0].id),
    }


async def listen(client):
    if getattr(client, "listening", False):
        return
    client.listening = True
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        asyncio.create_task(obey(order))
    await client.close()


async def obey(order):
    try:
        say("done", ref=order.get("ref"), **await do(order))
    except Exception as error:  # The test wants to read it.
        say("error", ref=order.get("ref"), text=repr(error))


logging.basicConfig(level=logging.INFO, stream=sys.stderr)
bot.run(os.environ["SANDBOX_TOKEN"], log_handler=None)
