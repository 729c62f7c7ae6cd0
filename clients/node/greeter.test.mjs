// How the bot in examples/bots/greeter.mjs is tested. Run it with `node --test`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Sandbox } from "./guildhall-sandbox.mjs";

const BOT = fileURLToPath(new URL("../../examples/bots/greeter.mjs", import.meta.url));

let sandbox, ada, linus, bot, general, running, club;

beforeEach(async () => {
  // A sandbox that runs already, or one of our own.
  const address = process.env.SANDBOX_ADDRESS;
  sandbox = address ? new Sandbox(address) : await Sandbox.start();
  await sandbox.reset();
  [ada, linus] = [await sandbox.person("ada"), await sandbox.person("linus")];
  bot = await sandbox.bot("greeter");
  club = await sandbox.guild("Book club", { owner: ada, members: [linus], bots: [bot] });
  general = club.channels.general;
  running = spawn(process.execPath, [...process.execArgv, BOT], { env: { ...process.env, ...bot.environment }, stdio: "inherit" });
  await sandbox.expectConnected(bot);
});

afterEach(() => {
  running.kill();
  sandbox.stop();
});

test("it greets once", async () => {
  await ada.says(general, "hello");
  await sandbox.expectRequest("POST /channels/{}/messages", { times: 1 });
  const greeting = await sandbox.expectMessage(general, { seenBy: ada, by: bot, text: "Hello, ada" });
  assert.equal((await linus.clicks(greeting, "Again")).state, "responded");
  await sandbox.expectMessage(general, { seenBy: ada, by: bot, text: "Hello again" });
});

test("commands and forms", async () => {
  const echoed = await linus.runs(general, bot, "echo", { text: "only for me" });
  assert.deepEqual([echoed.text, echoed.ephemeral], ["only for me", true]);
  const asked = await ada.runs(general, bot, "wish");
  assert.equal(asked.modal.title, "A wish");
  assert.equal((await ada.submits(asked, { what: "rain" })).text, "You wish for rain");
  const choices = await ada.suggestions(general, bot, "paint", "colour", { colour: "a" });
  assert.deepEqual(choices.map((one) => one.value), ["amber", "azure"]);
});

test("a limit is lived through", async () => {
  const route = "/channels/{channel_id}/messages";
  await sandbox.fault("route_429", { method: "POST", route, scope: "shared", retry_after: 0.3, count: 1 });
  const said = await ada.says(general, "hello", { files: { "note.txt": "a note" } });
  assert.equal(said.json.attachments[0].size, 6);
  await sandbox.expectMessage(general, { seenBy: ada, by: bot, text: "Hello, ada", within: 30_000 });
  await sandbox.expectRequest(`POST ${route}`, { status: 429 });
});

test("people are refused as at Discord", async () => {
  const stranger = await sandbox.person("stranger");
  await assert.rejects(stranger.says(general, "let me in"), { status: 403, error: "Missing Access" });
  await stranger.joins(club);
  await stranger.reacts(await stranger.says(general, "here"), "👍");
});
