"""A bot on an unmodified discord.py that the example scenarios are played against."""

import os

import discord
import yarl
from discord import app_commands

# The two settings that move discord.py to another server.
discord.http.Route.BASE = os.environ["SANDBOX_REST"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["SANDBOX_GATEWAY"] + "/")

COLOURS = ["amber", "azure", "black", "blue", "crimson"]


class Again(discord.ui.View):
    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, button: discord.ui.Button) -> None:
        await interaction.response.edit_message(content="Hello again", view=None)


class Wish(discord.ui.Modal, title="A wish"):
    what = discord.ui.TextInput(label="What", custom_id="what")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"You wish for {self.what.value}")


class Greeter(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True, guild_messages=True, message_content=True))
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        if message.content == "hello":
            await message.channel.send(f"Hello, {message.author.name}", view=Again())


client = Greeter()


@client.tree.command(description="Says it again, only to you")
async def echo(interaction: discord.Interaction, text: str) -> None:
    await interaction.response.send_message(text, ephemeral=True)


@client.tree.command(description="Asks by a form")
async def wish(interaction: discord.Interaction) -> None:
    await interaction.response.send_modal(Wish())


@client.tree.command(description="Paints, which takes a while")
async def paint(interaction: discord.Interaction, colour: str) -> None:
    await interaction.response.defer()
    await interaction.followup.send(f"Painted {colour}")


@paint.autocomplete("colour")
async def colours(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=name) for name in COLOURS if name.startswith(current)]


client.run(os.environ["DISCORD_TOKEN"], log_handler=None)
