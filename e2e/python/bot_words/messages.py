"""Messages and threads."""

import discord

from .components import content
from .live import channel, live, one_message, place
from .wire import told


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
    await one_message(order).remove_reaction(order["emoji"], live.bot.user)


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
    return live.bot.get_channel(int(order["thread"])) or await live.bot.fetch_channel(int(order["thread"]))


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
