// Drives the sandbox's web client in a real Chromium, as a person would.
//
// Each line on the input is one order, {"do": name, ...}; or a whole visit,
// {"url", "user", "server", "channel", "steps": [orders]}. Each order is answered
// with one JSON line, {"event": "done" or "error", "ref", ...}. Page errors and
// requests to other hosts are reported as events of their own.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { faint, overflow, unnamed } from "./audit.mjs";

const BOUND_MS = Number(process.env.GUILDHALL_TEST_BOUND_MS ?? 15000);
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

const say = (event, values = {}) => process.stdout.write(`${JSON.stringify({ event, ...values })}\n`);

const profile = await mkdtemp(join(tmpdir(), "guildhall-browser-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.GUILDHALL_TEST_CHROMIUM,
  headless: true,
  args: FLAGS,
  permissions: ["clipboard-read", "clipboard-write"],
  colorScheme: process.env.GUILDHALL_TEST_COLOURS === "dark" ? "dark" : "light",
  viewport: { width: 1200, height: 800 },
});
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(BOUND_MS);
let origin = null;
page.on("pageerror", (error) => say("page_error", { text: String(error) }));
page.on("console", (line) => {
  if (line.type() === "error" || line.type() === "warning") say("page_error", { text: `${line.text()} ${line.location().url}` });
});
page.on("request", (request) => {
  const url = new URL(request.url());
  if (url.protocol.startsWith("http") && url.origin !== origin) say("foreign_request", { url: request.url() });
});

const at = (testid) => page.getByTestId(testid);

const names = (testid) => at(testid).evaluateAll((nodes) => nodes.map((node) => node.dataset.name));

/** What stands in the open channel, oldest first. */
const readMessages = () => page.evaluate(() =>
  [...document.querySelectorAll("[data-testid=message]")].map((node) => {
    const text = (testid) => node.querySelector(`[data-testid=${testid}]`)?.innerText ?? null;
    return {
      id: node.dataset.messageId,
      author: text("message-author"),
      bot: text("bot-badge") !== null,
      content: text("message-content"),
      tags: [...node.querySelectorAll("[data-testid=message-content] *")].map((one) => one.tagName.toLowerCase()),
      text: node.querySelector(".message-body").innerText,
      origin: text("message-origin"),
      ephemeral: node.dataset.ephemeral === "true",
      note: text("ephemeral-note"),
      edited: text("edited") !== null,
      thinking: text("thinking") !== null,
      embeds: [...node.querySelectorAll("[data-testid=embed]")].map((embed) => ({
        title: embed.querySelector("[data-testid=embed-title]")?.innerText ?? null,
        description: embed.querySelector("[data-testid=embed-description]")?.innerText ?? null,
        text: embed.innerText,
      })),
      buttons: [...node.querySelectorAll("[data-testid=component-button]")].map((button) => button.innerText),
    };
  }));

/** `contains` text anywhere in it, and the other wishes if given. */
function fits(message, wish) {
  if (wish.after && BigInt(message.id) <= BigInt(wish.after)) return false;
  if (wish.contains && !message.text.includes(wish.contains)) return false;
  if (wish.content !== undefined && message.content !== wish.content) return false;
  for (const key of ["author", "ephemeral", "edited", "thinking", "bot", "id"]) {
    if (wish[key] !== undefined && message[key] !== wish[key]) return false;
  }
  return !wish.embed || message.embeds.some((embed) => embed.text.includes(wish.embed));
}

async function until(what, probe) {
  const end = Date.now() + BOUND_MS;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} within ${BOUND_MS} ms`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

async function choose({ user, server, channel }) {
  await page.locator("#connection[data-state=live]").waitFor();
  if (user) {
    const option = await until(`no user ${user}`, () => page.evaluate((name) => {
      const options = [...document.querySelectorAll("#user-select option")];
      return options.find((one) => one.textContent === name || one.textContent.endsWith(`(${name})`) || one.value === name)?.value;
    }, user));
    if ((await at("user-select").inputValue()) !== option) {
      await at("user-select").selectOption(option);
    }
    await page.locator("#connection[data-state=live]").waitFor();
  }
  if (server === "Direct messages") {
    await at("dms-item").click();
    await page.locator("[data-testid=dms-item][aria-current=true]").waitFor();
  } else if (server) {
    const filter = at("server-filter");
    if (await filter.isVisible()) await filter.fill(server);
    const item = page.locator(`[data-testid=server-item][data-name=${JSON.stringify(server)}]`);
    await item.click();
    await page.locator(`[data-testid=server-item][data-name=${JSON.stringify(server)}][aria-current=true]`).waitFor();
  }
  if (channel) {
    await page.locator(`[data-testid=channel-item][data-name=${JSON.stringify(channel)}]`).click();
    await until(`no channel ${channel}`, async () => (await at("room-title").innerText()).replace(/^[#@]/, "") === channel);
  }
  return { servers: await names("server-item"), channels: await names("channel-item") };
}

/** Types the slash command, picks it from the list, fills its options and runs it. */
async function command({ name, options = {}, application }) {
  const box = at("composer-input");
  await box.click();
  await box.fill("");
  await box.pressSequentially(`/${name}`);
  const which = application ? `[data-application=${JSON.stringify(application)}]` : "";
  const item = page.locator(`[data-testid=command-item][data-name=${JSON.stringify(name)}]${which}`).first();
  await item.waitFor();
  const listed = await at("command-item").evaluateAll((nodes) => nodes.map((node) => node.dataset.name));
  await item.click();
  await at("command-form").waitFor();
  const suggested = {};
  for (const [option, value] of Object.entries(options)) {
    const chip = at(`add-option-${option}`);
    if (await chip.count()) await chip.click();
    const field = at(`option-${option}`);
    if ((await field.evaluate((node) => node.tagName)) === "SELECT") {
      await field.selectOption({ label: String(value) });
    } else if ((await field.getAttribute("role")) === "combobox") {
      // {type, pick} types some letters and picks a suggestion; plain text is typed and, where
      // only suggestions count, picked.
      const typed = typeof value === "object" ? value.type : String(value);
      const wanted = typeof value === "object" ? value.pick : String(value);
      await field.click();
      await field.fill("");
      await field.pressSequentially(typed);
      const list = at(`option-${option}-suggestions`);
      const free = typeof value !== "object";
      const suggestion = list.locator("[role=option]", { hasText: wanted });
      if (free) {
        const found = await suggestion.first().waitFor({ timeout: 3000 }).then(() => true, () => false);
        if (found) await suggestion.first().click();
      } else {
        // The list of the whole typed text, not of its first letter.
        await until(`no suggestion ${wanted}`, async () => (await suggestion.count()) > 0 && (await list.locator("[role=option]").allInnerTexts()).every((text) => text.toLowerCase().includes(typed.toLowerCase())));
        suggested[option] = await list.locator("[role=option]").allInnerTexts();
        await suggestion.first().click();
      }
    } else if ((await field.getAttribute("type")) === "file") {
      await field.setInputFiles({ name: String(value), mimeType: "text/plain", buffer: Buffer.from(String(value)) });
    } else {
      await field.fill(String(value));
    }
  }
  await at("command-run").click();
  return { listed, suggested };
}

async function fill({ fields, submit = true }) {
  await at("modal").waitFor();
  const title = await at("modal-title").innerText();
  for (const [id, value] of Object.entries(fields)) {
    const field = at(`modal-field-${id}`);
    const tag = await field.evaluate((node) => node.tagName);
    if (tag === "SELECT") await field.selectOption({ label: value });
    else if (tag === "FIELDSET") for (const one of [value].flat()) await field.getByLabel(one).check();
    else if ((await field.getAttribute("type")) === "file") await field.setInputFiles([value].flat().map((one) => ({ name: one, mimeType: "text/plain", buffer: Buffer.from(one) })));
    else if ((await field.getAttribute("type")) === "checkbox") await field.setChecked(Boolean(value));
    else await field.fill(value);
  }
  if (submit) {
    await at("modal-submit").click();
    await at("modal").waitFor({ state: "detached" });
  }
  return { title };
}

const row = (wish) => until(`no message like ${JSON.stringify(wish)}`, async () => (await readMessages()).filter((one) => fits(one, wish)).at(-1));
const inMessage = (id) => page.locator(`[data-testid=message][data-message-id="${id}"]`);

/** A part of the page by its test id or selector and perhaps text; of one message when that is given. */
async function part({ testid, selector, contains, message }) {
  const within = message ? inMessage((await row(message)).id) : page;
  if (message) await within.hover();
  const all = selector ? within.locator(selector) : within.getByTestId(testid);
  return (contains ? all.filter({ hasText: contains }) : all).first();
}

const orders = {
  async open({ url }) {
    origin = new URL(url).origin;
    await page.goto(url);
    await page.locator("#connection[data-state=live]").waitFor();
    await at("server-item").first().waitFor();
    return {
      title: await page.title(),
      servers: await names("server-item"),
      disclaimer: await page.locator(".note").innerText(),
    };
  },
  choose,
  command,
  fill,
  async write({ text }) {
    await at("composer-input").click();
    await at("composer-input").fill(text);
    await page.keyboard.press("Enter");
  },
  async reply({ to, text }) {
    const message = inMessage((await row(to)).id);
    await message.hover();
    await message.getByTestId("reply").click();
    await at("composer-input").fill(text);
    await page.keyboard.press("Enter");
  },
  async edit({ message: wish, text }) {
    const message = inMessage((await row(wish)).id);
    await message.hover();
    await message.getByTestId("edit").click();
    await at("composer-input").fill(text);
    await page.keyboard.press("Enter");
  },
  async delete({ message: wish }) {
    const message = inMessage((await row(wish)).id);
    await message.hover();
    await message.getByTestId("delete").click();
    await message.waitFor({ state: "detached" });
  },
  async press({ message: wish = {}, label }) {
    await inMessage((await row({ ...wish })).id).getByRole("button", { name: label, exact: true }).click();
  },
  async select({ message: wish = {}, label }) {
    const message = inMessage((await row(wish)).id);
    await message.getByTestId("component-select").first().selectOption({ label });
    await message.getByTestId("component-select-send").first().click();
  },
  // Several values of one menu, by the beginnings of their labels.
  async pick({ message: wish = {}, custom_id: customId, labels }) {
    const message = inMessage((await row(wish)).id);
    const menu = message.locator(`[data-testid=component-select][data-custom-id=${JSON.stringify(customId)}]`);
    if ((await menu.evaluate((node) => node.tagName)) === "SELECT") {
      const offered = await menu.locator("option").allInnerTexts();
      await menu.selectOption({ label: offered.find((text) => text.startsWith(labels[0])) });
    } else {
      for (const label of labels) await menu.getByLabel(label).check();
    }
    await message.locator(`[data-testid=component-select-send][data-custom-id=${JSON.stringify(customId)}]`).click();
  },
  // A command on a message or on its author.
  async context({ message: wish, name }) {
    const message = inMessage((await row(wish)).id);
    await message.hover();
    await message.getByTestId("context-command").filter({ hasText: name }).click();
  },
  // How many elements fit a selector; and which fields of a form are not filled in as they should be.
  count: async ({ selector }) => ({ count: await page.locator(selector).count() }),
  invalid: async () => ({ fields: await page.locator("input:invalid, select:invalid").evaluateAll((nodes) => nodes.map((node) => node.dataset.testid)) }),
  async dismiss({ message: wish }) {
    const message = inMessage((await row(wish)).id);
    await message.getByTestId("dismiss").click();
    await message.waitFor({ state: "detached" });
  },
  expect: async (wish) => ({ message: await row(wish) }),
  async absent({ wish }) {
    const found = (await readMessages()).filter((one) => fits(one, wish));
    return { count: found.length };
  },
  messages: async () => ({ messages: await readMessages() }),
  async notice({ testid, contains = "" }) {
    const node = at(testid).filter({ hasText: contains }).first();
    await node.waitFor();
    return { text: await node.innerText() };
  },
  async journal() {
    await at("journal-toggle").click();
    await at("journal-entry").first().waitFor();
    return { entries: await at("journal-entry").count() };
  },
  // Pages back once; gives the number of messages then shown.
  async older() {
    const before = (await readMessages()).length;
    await at("load-older").scrollIntoViewIfNeeded();
    await until("no older messages", async () => (await readMessages()).length > before);
    return { before, count: (await readMessages()).length };
  },
  async reload() {
    await page.reload();
    await page.locator("#connection[data-state=live]").waitFor();
  },
  async size({ width, height }) {
    await page.setViewportSize({ width, height });
  },
  async colours({ scheme }) {
    await page.emulateMedia({ colorScheme: scheme });
  },
  async type({ text }) {
    await at("composer-input").click();
    await at("composer-input").pressSequentially(text);
  },
  // A part of the page, or of one message: pressed, filled in, or waited for.
  async click({ testid, contains, message }) {
    await (await part({ testid, contains, message })).click();
  },
  async put({ testid, message, value, option, files, checked }) {
    const field = await part({ testid, message });
    if (files) await field.setInputFiles(files.map(({ name, type, text, base64 }) => ({ name, mimeType: type, buffer: Buffer.from(text ?? base64, text === undefined ? "base64" : "utf8") })));
    else if (option !== undefined) await field.selectOption(option);
    else if (checked !== undefined) await field.setChecked(checked);
    else await field.fill(String(value));
  },
  async see({ testid, selector, contains, message, gone = false }) {
    const found = await part({ testid, selector, contains, message });
    await found.waitFor({ state: gone ? "hidden" : "visible" });
    return gone ? {} : { text: await found.innerText(), data: await found.evaluate((node) => ({ ...node.dataset })) };
  },
  // Files dropped onto the room, or pasted into it.
  async drop({ event = "drop", files }) {
    await page.evaluate(([kind, given]) => {
      const transfer = new DataTransfer();
      for (const { name, type, text } of given) transfer.items.add(new File([text], name, { type }));
      const made = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true }) : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
      document.getElementById("timeline").dispatchEvent(made);
    }, [event, files]);
  },
  async react({ message, emoji }) {
    const row = await part({ testid: "add-reaction", message });
    await row.click();
    await page.locator(`[data-testid=emoji-choice][data-emoji=${JSON.stringify(emoji)}]`).click();
  },
  audit: async () => ({ unnamed: await page.evaluate(unnamed), faint: await page.evaluate(faint) }),
  overflow: async () => page.evaluate(overflow),
  clipboard: async () => ({ text: await page.evaluate(() => navigator.clipboard.readText()) }),
  async key({ name, times = 1, text }) {
    for (let n = 0; n < times; n += 1) await page.keyboard.press(name);
    if (text) await page.keyboard.type(text);
    return { focus: await page.evaluate(() => document.activeElement?.dataset.testid ?? document.activeElement?.tagName) };
  },
  async screenshot({ path }) {
    await page.screenshot({ path });
  },
};

async function obey(order) {
  const run = orders[order.do];
  if (!run) throw new Error(`unknown order ${order.do}`);
  return (await run(order)) ?? {};
}

async function handle(order) {
  const list = order.steps
    ? [{ do: "open", url: order.url }, { do: "choose", user: order.user, server: order.server, channel: order.channel }, ...order.steps]
    : [order];
  for (const [index, step] of list.entries()) {
    try {
      say("done", { ref: order.ref ?? null, step: order.steps ? index : undefined, did: step.do, ...(await obey(step)) });
    } catch (error) {
      say("error", { ref: order.ref ?? null, did: step.do, text: String(error) });
      return;
    }
  }
}

say("ready");
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) await handle(JSON.parse(line));
}
await context.close();
await rm(profile, { recursive: true, force: true });
