// A client for the control interface of the Guildhall sandbox, a local stand-in for Discord.
// One file without dependencies, for Node 20 or later; the types are in guildhall-sandbox.d.ts.
// Every route of the interface can be called with `sandbox.call`; they are described at /control/docs.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

/** The sandbox refused something, as Discord would. */
export class Refused extends Error {
  constructor(what, status, error, hint) {
    super(`${what} was refused with ${status}: ${error}${hint ? ` (${hint})` : ""}`);
    Object.assign(this, { status, error, hint });
  }
}

/** What was expected did not happen. */
export class Unmet extends Error {}

const message = (json) => ({ id: json.id, channel: json.channel_id, text: json.content, json });

const customId = (components, wanted) => {
  for (const one of components ?? []) {
    if (one.custom_id && (one.custom_id === wanted || one.label === wanted)) return one.custom_id;
    const inner = customId(one.components, wanted) ?? customId(one.accessory && [one.accessory], wanted);
    if (inner) return inner;
  }
  return undefined;
};

const reaction = (on, emoji) =>
  `/channels/${on.channel}/messages/${on.id}/reactions/${encodeURIComponent(emoji)}/@me`;

/** Somebody who acts; refused what their permissions do not allow. */
export class Person {
  constructor(sandbox, id, name) {
    Object.assign(this, { sandbox, id, name });
  }

  act = (method, path, body) => this.sandbox.call(method, `/as/${this.id}${path}`, body);

  calls = (method, path, body) => this.act(method, `/api${path}`, body);

  async says(channel, text = "", { replyTo, files } = {}) {
    const body = { content: text };
    if (replyTo) body.reply_to = replyTo.id;
    if (files) {
      body.files = Object.entries(files).map(([filename, data]) => ({ filename, base64: Buffer.from(data).toString("base64") }));
    }
    return message(await this.act("POST", `/channels/${channel}/messages`, body));
  }

  async edits(on, text) {
    return message(await this.act("PATCH", `/channels/${on.channel}/messages/${on.id}`, { content: text }));
  }

  deletes = (on) => this.act("DELETE", `/channels/${on.channel}/messages/${on.id}`);

  async messages(channel, limit = 50) {
    return (await this.act("GET", `/channels/${channel}/messages?limit=${limit}`)).map(message);
  }

  reacts = (on, emoji) => this.calls("PUT", reaction(on, emoji));

  unreacts = (on, emoji) => this.calls("DELETE", reaction(on, emoji));

  types = (channel) => this.calls("POST", `/channels/${channel}/typing`);

  joins = (guild) => this.sandbox.call("PUT", `/guilds/${guild.id}/members/${this.id}`, {});

  leaves = (guild) => this.calls("DELETE", `/users/@me/guilds/${guild.id}`);

  async dm(other) {
    return (await this.act("POST", "/dms", { recipient_id: other.user ?? other.id })).id;
  }

  /** Runs a command and waits for its answer. A command that is not registered yet is waited for. */
  runs(channel, bot, command, options = {}, within = 10_000) {
    const body = { command: { application_id: bot.id, name: command, values: options } };
    return this.sandbox.until(async () => {
      try {
        return await this.interacts(channel, body, within);
      } catch (error) {
        if (error.status === 404 && error.error.includes("outdated")) return undefined;
        throw error;
      }
    }, `the command ${command}`, within);
  }

  async suggestions(channel, bot, command, option, options = {}) {
    const autocomplete = { application_id: bot.id, name: command, values: options, focused: option };
    return (await this.act("POST", `/channels/${channel}/interactions`, { autocomplete })).choices;
  }

  clicks(on, button) {
    const component = { message_id: on.id, custom_id: customId(on.json.components, button) ?? button };
    return this.interacts(on.channel, { component });
  }

  selects = (on, menu, values) =>
    this.interacts(on.channel, { component: { message_id: on.id, custom_id: menu, values } });

  submits = (opener, fields) =>
    this.interacts(opener.channel, { modal: { interaction_id: opener.id, fields } });

  async interacts(channel, body, within = 10_000) {
    const { interaction_id: id } = await this.act("POST", `/channels/${channel}/interactions`, body);
    const json = await this.sandbox.call("GET", `/interactions/${id}?wait=${within}`);
    const answer = json.message_id && (await this.messages(channel)).find((one) => one.id === json.message_id);
    return {
      id, channel, state: json.state, json, message: answer || undefined, text: answer?.text,
      ephemeral: Boolean(answer && answer.json.flags & 64), modal: json.modal ?? undefined,
    };
  }
}

/** A running sandbox. */
export class Sandbox {
  #child;
  #since = 0;

  /** Uses the sandbox at an address such as `127.0.0.1:7300`. */
  constructor(address, child) {
    this.address = address.replace(/^http:\/\//, "").split("/")[0];
    this.#child = child;
  }

  /** Starts an empty sandbox of its own on a free port; `program` is the path of `guildhall`. */
  static async start({ program = "guildhall", args = [] } = {}) {
    const child = spawn(program, ["sandbox", "--listen", "127.0.0.1:0", "--empty", ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const failed = new Promise((_, reject) => child.once("error", reject));
    const started = (async () => {
      for await (const line of createInterface({ input: child.stdout })) {
        if (line.startsWith("control")) return new Sandbox(line.split(/\s+/)[1], child);
      }
      throw new Error(`${program} did not start a sandbox`);
    })();
    return Promise.race([started, failed]);
  }

  /** Ends a sandbox that was started here. */
  stop() {
    this.#child?.kill();
  }

  get restUrl() {
    return `http://${this.address}/api/v10`;
  }

  get gatewayUrl() {
    return `ws://${this.address}`;
  }

  /** Any route of the control interface. */
  async call(method, path, body) {
    if (method !== "GET") this.#since = (await this.call("GET", "/journal?limit=1")).last;
    const response = await fetch(`http://${this.address}/control${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    let answer;
    try {
      answer = text ? JSON.parse(text) : undefined;
    } catch {
      answer = undefined;
    }
    if (!response.ok) {
      throw new Refused(`${method} ${path}`, response.status, answer?.error ?? answer?.message ?? text, answer?.hint);
    }
    return answer;
  }

  /** Makes everything new: `empty` or `example`. */
  reset = (seed = "empty") => this.call("POST", "/reset", { seed });

  async person(username) {
    return new Person(this, (await this.call("POST", "/users", { username })).id, username);
  }

  async bot(name) {
    const made = await this.call("POST", "/applications", { name });
    const environment = { SANDBOX_REST: this.restUrl, SANDBOX_GATEWAY: this.gatewayUrl, DISCORD_TOKEN: made.token };
    return { id: made.id, user: made.bot_user_id, token: made.token, environment };
  }

  async guild(name, { owner, members = [], bots = [], channels = ["general"], roles = [], botPermissions } = {}) {
    const made = await this.call("POST", "/guilds", { name, owner_id: owner.id, members: members.map((one) => one.id), roles });
    const named = (list) => Object.fromEntries(list.map((one) => [one.name, one.id]));
    const guild = { id: made.id, channels: named(made.channels), roles: named(made.roles) };
    for (const channel of channels) {
      const plan = typeof channel === "string" ? { name: channel } : channel;
      const one = await this.call("POST", `/guilds/${guild.id}/channels`, plan);
      guild.channels[one.name] = one.id;
    }
    for (const bot of bots) {
      const plan = botPermissions === undefined ? {} : { permissions: String(botPermissions) };
      await this.call("POST", `/guilds/${guild.id}/bots/${bot.id}`, plan);
    }
    return guild;
  }

  /** Something goes wrong from here on, such as `fault("server_error", { status: 502, count: 1 })`. */
  fault = (kind, rule = {}) => this.call("POST", "/faults", { kind, ...rule });

  clearFaults = () => this.call("DELETE", "/faults");

  /** Lets milliseconds pass on the sandbox's clock. */
  advance = (ms) => this.call("POST", "/clock/advance", { ms });

  /** Ends a bot's connections without a close frame. */
  drop = (bot) => this.call("POST", `/sessions/${bot.id}/drop`, {});

  /** Entries of the journal: `kind`, `route`, `event`, `status`, `contains`, `after` and more. */
  async journal(query = {}) {
    return (await this.call("GET", `/journal?${new URLSearchParams(query)}`)).entries;
  }

  /** Looks again and again until something is found. */
  async until(look, wanted, within = 10_000) {
    const deadline = performance.now() + within;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Unmet(`expected ${wanted} within ${within} ms`);
      await pause(20);
    }
  }

  async expectConnected(bot, within = 30_000) {
    await this.until(async () => {
      const own = (await this.call("GET", "/sessions")).filter((one) => one.application_id === bot.id);
      return own.some((one) => one.connected && one.seq > 0) || undefined;
    }, "a session of the bot", within);
  }

  /** The newest message, as `seenBy` sees it, that fits. */
  expectMessage(channel, { seenBy, by, text, contains, within = 10_000 }) {
    const author = by.user ?? by.id;
    return this.until(async () => {
      const all = await seenBy.messages(channel, 100);
      return all.find((one) => one.json.author.id === author
        && (text === undefined || one.text === text) && (contains === undefined || one.text.includes(contains)));
    }, `a message ${JSON.stringify(text ?? contains ?? "")}`, within);
  }

  /** So many requests of a route, such as `POST /channels/{}/messages`, since something was last done. */
  expectRequest(route, { times = 1, status, ever = false, within = 10_000 } = {}) {
    const query = { route, after: ever ? 1 : Math.max(this.#since, 1), limit: 5000, ...(status === undefined ? {} : { status }) };
    return this.until(async () => {
      const found = await this.journal(query);
      if (found.length > times) throw new Unmet(`expected ${times} requests ${route}, and ${found.length} came`);
      return found.length === times ? found : undefined;
    }, `${times} requests ${route}`, within);
  }
}
