"""A client for the control interface of the Guildhall sandbox, a local stand-in for Discord.

One file, standard library only, Python 3.10 or later. Copy it beside your tests, or put its folder on the path.

    with Sandbox.start() as sandbox:
        ada = sandbox.person("ada")
        bot = sandbox.bot("greeter")
        club = sandbox.guild("Book club", owner=ada, bots=[bot], channels=["general"])
        ...  # start your bot with bot.environment
        sandbox.expect_connected(bot)
        ada.says(club["general"], "hello")
        sandbox.expect_message(club["general"], seen_by=ada, by=bot, text="Hello, ada")

Every route of the interface can be called with ``sandbox.call``; they are described at ``/control/docs``.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, TypeVar

T = TypeVar("T")

__all__ = ["Bot", "Entry", "Guild", "Interaction", "Message", "Person", "Refused", "Sandbox", "Unmet"]


class Entry(TypedDict):
    """An entry of the journal."""

    seq: int
    at: str
    kind: str
    application_id: str | None
    shard: int | None
    subject: str | None
    label: str
    status: int | None
    s: int | None
    body: str
    answer: str
    detail: Any


class Refused(Exception):
    """The sandbox refused something, as Discord would."""

    def __init__(self, what: str, status: int, error: str, hint: str | None) -> None:
        super().__init__(f"{what} was refused with {status}: {error}" + (f" ({hint})" if hint else ""))
        self.status, self.error, self.hint = status, error, hint


class Unmet(AssertionError):
    """What was expected did not happen."""


@dataclass(frozen=True)
class Message:
    """A message, as it was when it was asked for."""

    id: str
    channel: str
    text: str
    json: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, json: dict[str, Any]) -> Message:
        return cls(json["id"], json["channel_id"], json["content"], json)


@dataclass(frozen=True)
class Interaction:
    """An interaction, and how it was answered."""

    id: str
    channel: str
    state: str
    json: dict[str, Any] = field(repr=False)
    message: Message | None = None

    @property
    def text(self) -> str | None:
        """The answer's text."""
        return self.message.text if self.message else None

    @property
    def ephemeral(self) -> bool:
        """Whether the answer is for the person's eyes alone."""
        return bool(self.message and self.message.json["flags"] & 64)

    @property
    def modal(self) -> dict[str, Any] | None:
        """The modal that the answer opened."""
        return self.json.get("modal")


@dataclass(frozen=True)
class Bot:
    """An application, its bot user, and what to log in with."""

    id: str
    user: str
    token: str
    environment: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Guild:
    """A guild; ``guild["general"]`` is a channel's id."""

    id: str
    channels: dict[str, str]
    roles: dict[str, str]

    def __getitem__(self, channel: str) -> str:
        return self.channels[channel]


class Person:
    """Somebody who acts; refused what their permissions do not allow."""

    def __init__(self, sandbox: Sandbox, id: str, name: str) -> None:
        self.sandbox, self.id, self.name = sandbox, id, name

    def __repr__(self) -> str:
        return f"Person({self.name!r})"

    def act(self, method: str, path: str, body: Any = None) -> Any:
        """A route of the control interface that acts as this person."""
        return self.sandbox.call(method, f"/as/{self.id}{path}", body)

    def calls(self, method: str, path: str, body: Any = None) -> Any:
        """One of Discord's own routes, such as ``PUT`` on ``/guilds/1/bans/2``."""
        return self.act(method, f"/api{path}", body)

    def says(self, channel: str, text: str = "", *, reply_to: Message | None = None,
             files: Mapping[str, bytes] | None = None) -> Message:
        """Says something, perhaps with files by their names."""
        body: dict[str, Any] = {"content": text}
        if reply_to:
            body["reply_to"] = reply_to.id
        if files:
            body["files"] = [{"filename": name, "base64": base64.b64encode(data).decode()} for name, data in files.items()]
        return Message.of(self.act("POST", f"/channels/{channel}/messages", body))

    def edits(self, message: Message, text: str) -> Message:
        """Edits a message."""
        return Message.of(self.act("PATCH", f"/channels/{message.channel}/messages/{message.id}", {"content": text}))

    def deletes(self, message: Message) -> None:
        """Deletes a message."""
        self.act("DELETE", f"/channels/{message.channel}/messages/{message.id}")

    def messages(self, channel: str, limit: int = 50) -> list[Message]:
        """What this person sees in a channel, newest first."""
        return [Message.of(one) for one in self.act("GET", f"/channels/{channel}/messages?limit={limit}")]

    def reacts(self, message: Message, emoji: str) -> None:
        """Reacts with an emoji, or with ``name:id``."""
        self.calls("PUT", self._reaction(message, emoji))

    def unreacts(self, message: Message, emoji: str) -> None:
        """Takes a reaction back."""
        self.calls("DELETE", self._reaction(message, emoji))

    @staticmethod
    def _reaction(message: Message, emoji: str) -> str:
        emoji = urllib.parse.quote(emoji, safe="")
        return f"/channels/{message.channel}/messages/{message.id}/reactions/{emoji}/@me"

    def types(self, channel: str) -> None:
        """Begins to type."""
        self.calls("POST", f"/channels/{channel}/typing")

    def joins(self, guild: Guild) -> None:
        """Joins a guild."""
        self.sandbox.call("PUT", f"/guilds/{guild.id}/members/{self.id}", {})

    def leaves(self, guild: Guild) -> None:
        """Leaves a guild."""
        self.calls("DELETE", f"/users/@me/guilds/{guild.id}")

    def dm(self, other: Person | Bot) -> str:
        """The channel of the direct messages with somebody."""
        recipient = other.user if isinstance(other, Bot) else other.id
        return self.act("POST", "/dms", {"recipient_id": recipient})["id"]

    def runs(self, channel: str, bot: Bot, command: str, *, within: float = 10, **options: Any) -> Interaction:
        """Runs a command and waits for its answer. A command that is not registered yet is waited for."""
        body = {"command": {"application_id": bot.id, "name": command, "values": options}}

        def attempt() -> Interaction | None:
            try:
                return self.interacts(channel, body, within=within)
            except Refused as refused:
                if refused.status == 404 and "outdated" in refused.error:
                    return None
                raise

        return self.sandbox.until(attempt, f"the command {command}", within)

    def suggestions(self, channel: str, bot: Bot, command: str, option: str, **options: Any) -> list[dict[str, Any]]:
        """What a bot suggests for an option."""
        body = {"autocomplete": {"application_id": bot.id, "name": command, "values": options, "focused": option}}
        return self.act("POST", f"/channels/{channel}/interactions", body)["choices"]

    def clicks(self, message: Message, button: str) -> Interaction:
        """Presses the button with this label or ``custom_id``."""
        custom_id = _custom_id(message.json["components"], button) or button
        return self.interacts(message.channel, {"component": {"message_id": message.id, "custom_id": custom_id}})

    def selects(self, message: Message, menu: str, values: Sequence[str]) -> Interaction:
        """Chooses in the select menu with this ``custom_id``."""
        body = {"component": {"message_id": message.id, "custom_id": menu, "values": list(values)}}
        return self.interacts(message.channel, body)

    def submits(self, opener: Interaction, **fields: Any) -> Interaction:
        """Submits the modal that an interaction opened, with values by ``custom_id``."""
        return self.interacts(opener.channel, {"modal": {"interaction_id": opener.id, "fields": fields}})

    def interacts(self, channel: str, body: dict[str, Any], *, within: float = 10) -> Interaction:
        """Sends an interaction as the control interface takes it, and waits for its answer."""
        sent = self.act("POST", f"/channels/{channel}/interactions", body)["interaction_id"]
        shown = self.sandbox.call("GET", f"/interactions/{sent}?wait={round(within * 1000)}")
        wanted, message = shown.get("message_id"), None
        if wanted:
            found = [one for one in self.messages(channel) if one.id == wanted]
            message = found[0] if found else None
        return Interaction(sent, channel, shown["state"], shown, message)


def _custom_id(components: Sequence[Mapping[str, Any]], wanted: str) -> str | None:
    for one in components:
        if one.get("custom_id") and wanted in (one["custom_id"], one.get("label")):
            return one["custom_id"]
        accessory = [one["accessory"]] if one.get("accessory") else []
        inner = _custom_id([*one.get("components", []), *accessory], wanted)
        if inner:
            return inner
    return None


class Sandbox:
    """A running sandbox."""

    def __init__(self, address: str, process: subprocess.Popen[str] | None = None) -> None:
        """Uses the sandbox at an address such as ``127.0.0.1:7300``."""
        self.address = address.removeprefix("http://").split("/")[0]
        self._process = process
        self._since = 0

    @classmethod
    def start(cls, *arguments: str, program: str = "guildhall") -> Sandbox:
        """Starts an empty sandbox of its own on a free port; ``program`` is the path of ``guildhall``."""
        command = [program, "sandbox", "--listen", "127.0.0.1:0", "--empty", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        for line in process.stdout:
            if line.startswith("control"):
                return cls(line.split()[1], process)
        raise RuntimeError(f"{program} did not start a sandbox")

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends a sandbox that was started here."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)
            if self._process.stdout:
                self._process.stdout.close()

    @property
    def rest_url(self) -> str:
        """Where a bot's REST requests go."""
        return f"http://{self.address}/api/v10"

    @property
    def gateway_url(self) -> str:
        """Where a bot's gateway connection goes."""
        return f"ws://{self.address}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Any route of the control interface."""
        if method != "GET":
            self._since = self._get("/journal?limit=1")["last"]
        return self._send(method, path, body)

    def _get(self, path: str) -> Any:
        return self._send("GET", path, None)

    def _send(self, method: str, path: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        url = f"http://{self.address}/control{path}"
        request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=90) as response:
                answer = response.read()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            try:
                told = json.loads(text)
            except ValueError:
                told = {}
            reason = told.get("error") or told.get("message") or text
            raise Refused(f"{method} {path}", error.code, reason, told.get("hint")) from None
        return json.loads(answer) if answer else None

    def reset(self, seed: str = "empty") -> None:
        """Makes everything new: ``empty`` or ``example``."""
        self.call("POST", "/reset", {"seed": seed})

    def person(self, username: str) -> Person:
        """Makes a person."""
        return Person(self, self.call("POST", "/users", {"username": username})["id"], username)

    def bot(self, name: str) -> Bot:
        """Makes an application with a bot that may have every intent."""
        made = self.call("POST", "/applications", {"name": name})
        environment = {
            "SANDBOX_REST": self.rest_url, "SANDBOX_GATEWAY": self.gateway_url, "DISCORD_TOKEN": made["token"],
        }
        return Bot(made["id"], made["bot_user_id"], made["token"], environment)

    def guild(self, name: str, *, owner: Person, members: Sequence[Person] = (), bots: Sequence[Bot] = (),
              channels: Sequence[str | dict[str, Any]] = ("general",), roles: Sequence[dict[str, Any]] = (),
              bot_permissions: int | None = None) -> Guild:
        """Makes a guild with everything in it."""
        body = {"name": name, "owner_id": owner.id, "members": [one.id for one in members], "roles": list(roles)}
        made = self.call("POST", "/guilds", body)
        guild = Guild(made["id"], {one["name"]: one["id"] for one in made["channels"]},
                      {one["name"]: one["id"] for one in made["roles"]})
        for channel in channels:
            plan = channel if isinstance(channel, dict) else {"name": channel}
            one = self.call("POST", f"/guilds/{guild.id}/channels", plan)
            guild.channels[one["name"]] = one["id"]
        for bot in bots:
            plan = {} if bot_permissions is None else {"permissions": str(bot_permissions)}
            self.call("POST", f"/guilds/{guild.id}/bots/{bot.id}", plan)
        return guild

    def fault(self, kind: str, **rule: Any) -> int:
        """Something goes wrong from here on, such as ``fault("server_error", status=502, count=1)``."""
        return self.call("POST", "/faults", {"kind": kind, **rule})["id"]

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        self.call("DELETE", "/faults")

    def advance(self, seconds: float) -> None:
        """Lets time pass on the sandbox's clock."""
        self.call("POST", "/clock/advance", {"ms": round(seconds * 1000)})

    def drop(self, bot: Bot) -> None:
        """Ends a bot's connections without a close frame."""
        self.call("POST", f"/sessions/{bot.id}/drop", {})

    def journal(self, **query: Any) -> list[Entry]:
        """Entries of the journal: ``kind``, ``route``, ``event``, ``status``, ``contains``, ``after`` and more."""
        return self._get("/journal?" + urllib.parse.urlencode(query))["entries"]

    def until(self, look: Callable[[], T | None], wanted: str, within: float = 10) -> T:
        """Looks again and again until something is found."""
        deadline = time.monotonic() + within
        while True:
            found = look()
            if found is not None:
                return found
            if time.monotonic() > deadline:
                raise Unmet(f"expected {wanted} within {within} s")
            time.sleep(0.02)

    def expect_connected(self, bot: Bot, within: float = 30) -> None:
        """The bot has a session."""
        def look() -> bool | None:
            own = [one for one in self._get("/sessions") if one["application_id"] == bot.id]
            return True if any(one["connected"] and one["seq"] > 0 for one in own) else None

        self.until(look, "a session of the bot", within)

    def expect_message(self, channel: str, *, seen_by: Person, by: Bot | Person, text: str | None = None,
                       contains: str | None = None, within: float = 10) -> Message:
        """The newest message, as somebody sees it, that fits."""
        author = by.user if isinstance(by, Bot) else by.id

        def look() -> Message | None:
            for one in seen_by.messages(channel, 100):
                if one.json["author"]["id"] == author and (text is None or one.text == text) \
                        and (contains is None or contains in one.text):
                    return one
            return None

        return self.until(look, f"a message {text or contains or ''!r}", within)

    def expect_request(self, route: str, *, times: int = 1, status: int | None = None, ever: bool = False,
                       within: float = 10) -> list[Entry]:
        """So many requests of a route, such as ``POST /channels/{}/messages``, since something was last done."""
        query: dict[str, Any] = {"route": route, "after": 1 if ever else max(self._since, 1), "limit": 5000}
        if status is not None:
            query["status"] = status

        def look() -> list[Entry] | None:
            found = self.journal(**query)
            if len(found) > times:
                raise Unmet(f"expected {times} requests {route}, and {len(found)} came")
            return found if len(found) == times else None

        return self.until(look, f"{times} requests {route}", within)
