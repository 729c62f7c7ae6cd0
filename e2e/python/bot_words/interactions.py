"""Interactions: told to the test, which then says what to answer."""

import discord
from discord import app_commands

from .components import content, item
from .wire import told

# By their id.
received = {}


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
    interaction = received[order["to"]]
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
    interaction = received[order["to"]]
    await Again(interaction).send_message("again")


async def original_get(order):
    return told(await received[order["to"]].original_response())


async def original_edit(order):
    return told(await received[order["to"]].edit_original_response(**content(order["data"], editing=True)))


async def original_delete(order):
    await received[order["to"]].delete_original_response()


async def followup(order):
    data = order["data"]
    ephemeral = bool(data.get("flags", 0) & 64)
    return told(await received[order["to"]].followup.send(wait=True, ephemeral=ephemeral, **content(data)))


async def followup_edit(order):
    return told(await received[order["to"]].followup.edit_message(int(order["message"]), **content(order["data"], editing=True)))


async def followup_delete(order):
    await received[order["to"]].followup.delete_message(int(order["message"]))
