"""How the bot in examples/bots/greeter.py is tested. Run it with ``python -m unittest`` or with pytest."""

import os
import pathlib
import subprocess
import sys
import unittest

from guildhall_sandbox import Refused, Sandbox

BOT = pathlib.Path(__file__).parents[2] / "examples" / "bots" / "greeter.py"


class GreeterTest(unittest.TestCase):
    def setUp(self) -> None:
        # A sandbox that runs already, or one of our own.
        address = os.environ.get("SANDBOX_ADDRESS")
        self.sandbox = Sandbox(address) if address else Sandbox.start()
        self.addCleanup(self.sandbox.stop)
        self.sandbox.reset()
        self.ada, self.linus = self.sandbox.person("ada"), self.sandbox.person("linus")
        self.bot = self.sandbox.bot("greeter")
        self.club = self.sandbox.guild("Book club", owner=self.ada, members=[self.linus], bots=[self.bot])
        bot = subprocess.Popen([sys.executable, str(BOT)], env={**os.environ, **self.bot.environment})
        self.addCleanup(bot.wait)
        self.addCleanup(bot.kill)
        self.sandbox.expect_connected(self.bot)

    def test_it_greets_once(self) -> None:
        general = self.club["general"]
        self.ada.says(general, "hello")
        self.sandbox.expect_request("POST /channels/{}/messages", times=1)
        greeting = self.sandbox.expect_message(general, seen_by=self.ada, by=self.bot, text="Hello, ada")
        self.assertEqual(self.linus.clicks(greeting, "Again").state, "responded")
        self.sandbox.expect_message(general, seen_by=self.ada, by=self.bot, text="Hello again")

    def test_commands_and_forms(self) -> None:
        general = self.club["general"]
        echoed = self.linus.runs(general, self.bot, "echo", text="only for me")
        self.assertEqual((echoed.text, echoed.ephemeral), ("only for me", True))
        asked = self.ada.runs(general, self.bot, "wish")
        self.assertEqual(asked.modal["title"], "A wish")
        self.assertEqual(self.ada.submits(asked, what="rain").text, "You wish for rain")
        choices = self.ada.suggestions(general, self.bot, "paint", "colour", colour="a")
        self.assertEqual([one["value"] for one in choices], ["amber", "azure"])

    def test_a_limit_is_lived_through(self) -> None:
        route = "/channels/{channel_id}/messages"
        self.sandbox.fault("route_429", method="POST", route=route, scope="shared", retry_after=0.3, count=1)
        said = self.ada.says(self.club["general"], "hello", files={"note.txt": b"a note"})
        self.assertEqual(said.json["attachments"][0]["size"], 6)
        self.sandbox.expect_message(self.club["general"], seen_by=self.ada, by=self.bot, text="Hello, ada", within=30)
        self.sandbox.expect_request("POST " + route, status=429)

    def test_people_are_refused_as_at_discord(self) -> None:
        stranger = self.sandbox.person("stranger")
        with self.assertRaises(Refused) as refused:
            stranger.says(self.club["general"], "let me in")
        self.assertEqual((refused.exception.status, refused.exception.error), (403, "Missing Access"))
        stranger.joins(self.club)
        stranger.reacts(stranger.says(self.club["general"], "here"), "👍")


if __name__ == "__main__":
    unittest.main()
