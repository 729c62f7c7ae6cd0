"""From the documented JSON to the library's own classes."""

import datetime
import io

import discord
from discord.components import _component_factory
from discord.ui.view import _component_to_item

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
