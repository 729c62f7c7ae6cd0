// The messages of the open channel: paging back, live changes, keeping the view still.

import * as api from "../core/api.js";
import { byId, h } from "../core/dom.js";
import { isForum, on, state } from "../core/state.js";
import { commandName, contextCommands } from "../apps/commands.js";
import { complain, interact } from "../apps/interactions.js";
import { showProfile } from "../people/profile.js";
import { editMessage, replyTo } from "./composer.js";
import { posts } from "./forum.js";
import { messageRow, ownLast } from "./message.js";
import { keepStop, startMessageKeys } from "./message_keys.js";
import { reacted } from "./reactions.js";

const PAGE = 50;
// Rows kept in the page; older ones come back by paging.
const KEPT = 600;

let rows = new Map();
let messages = new Map();
let dismissed = new Set();
let generation = 0;
let loadingOlder = false;
// Arrivals wait for the next frame, so that a flood costs one redraw and not thousands.
let arrivals = [];
let frame = null;

const list = () => byId("messages");
const view = () => byId("timeline");
const atBottom = () => view().scrollHeight - view().scrollTop - view().clientHeight < 80;
const toBottom = () => { view().scrollTop = view().scrollHeight; };

/** Snowflakes compare by length, then as text. */
const before = (a, b) => (a.length === b.length ? a < b : a.length < b.length);

const does = {
  reply: replyTo,
  edit: editMessage,
  remove: (message) => api.remove(state.me, message.channel_id, message.id).catch(complain),
  dismiss: (message) => {
    // Only this page forgets it: the application may still edit it.
    dismissed.add(message.id);
    drop(message.id);
  },
  appCommands: (message) => contextCommands(message),
  commandName,
  profile: (user) => showProfile(user),
  runOn: (command, message) => interact(message.channel_id, {
    command: {
      application_id: command.application_id, command_id: command.id, name: command.name, type: command.type,
      target_id: command.type === 3 ? message.id : message.author.id, options: [],
    },
  }, { applicationId: command.application_id, what: commandName(command) }),
  act: (message, component, values, node) => interact(message.channel_id, {
    component: { message_id: message.id, custom_id: component.custom_id, component_type: component.type, ...(values ? { values } : {}) },
  }, { applicationId: message.application_id ?? message.author?.id, busy: node, what: component.label || component.placeholder || "a choice" }),
};

export async function openChannel(channel) {
  const mine = ++generation;
  rows = new Map();
  messages = new Map();
  list().replaceChildren();
  byId("older").hidden = true;
  if (!channel) return;
  if (isForum(channel)) return openForum(channel, mine);
  try {
    const page = await api.messages(state.me, channel.id, { limit: PAGE });
    if (mine !== generation) return;
    place(page);
    byId("older").hidden = page.length < PAGE;
    if (rows.size === 0) list().append(h("li", { class: "empty hint", testid: "empty-channel" }, "No messages yet."));
    toBottom();
  } catch (error) {
    if (mine === generation) complain(error);
  }
}

async function openForum(channel, mine) {
  try {
    const found = await posts(channel);
    if (mine === generation) list().replaceChildren(...found);
  } catch (error) {
    if (mine === generation) complain(error);
  }
}

/** Fetches what was missed, after the event stream was down. */
export async function catchUp() {
  if (!state.channel || isForum(state.channel)) return;
  const mine = generation;
  const page = await api.messages(state.me, state.channel.id, { limit: PAGE });
  if (mine !== generation) return;
  const present = new Set(page.map((message) => message.id));
  const oldest = page.reduce((least, message) => (!least || before(message.id, least) ? message.id : least), null);
  for (const id of [...rows.keys()]) {
    if (oldest && !before(id, oldest) && !present.has(id)) drop(id);
  }
  const stay = atBottom();
  place(page);
  if (stay) toBottom();
}

async function loadOlder() {
  const first = list().querySelector("li[data-id]")?.dataset.id;
  if (loadingOlder || !first || !state.channel) return;
  loadingOlder = true;
  const mine = generation;
  try {
    const page = await api.messages(state.me, state.channel.id, { limit: PAGE, before: first });
    if (mine !== generation) return;
    const height = view().scrollHeight;
    place(page);
    view().scrollTop += view().scrollHeight - height;
    byId("older").hidden = page.length < PAGE;
  } catch (error) {
    complain(error);
  } finally {
    loadingOlder = false;
  }
}

function place(page) {
  for (const message of page) put(message);
  keepStop();
}

/** Adds or redraws one message, in the order of the ids. What has the focus in it keeps it. */
function put(message) {
  if (dismissed.has(message.id)) return;
  list().querySelector(".empty")?.remove();
  messages.set(message.id, message);
  const row = messageRow(message, does);
  const old = rows.get(message.id);
  rows.set(message.id, row);
  if (old) {
    const focused = old.contains(document.activeElement) ? document.activeElement.dataset : null;
    row.firstChild.tabIndex = old.firstChild.tabIndex;
    old.replaceWith(row);
    if (focused?.testid) focusAgain(row, focused);
    return;
  }
  let next = null;
  for (let node = list().lastElementChild; node && before(message.id, node.dataset.id); node = node.previousElementSibling) next = node;
  list().insertBefore(row, next);
}

function focusAgain(row, { testid, customId, emoji }) {
  const same = [...row.querySelectorAll(`[data-testid="${testid}"]`)];
  (same.find((node) => node.dataset.customId === customId && node.dataset.emoji === emoji) ?? same[0])?.focus({ preventScroll: true });
}

function drop(id) {
  rows.get(id)?.remove();
  rows.delete(id);
  messages.delete(id);
}

function trim() {
  while (rows.size > KEPT) {
    drop(list().querySelector("li[data-id]").dataset.id);
    byId("older").hidden = false;
  }
}

function arrived(message, isNew) {
  if (message.channel_id !== state.channel?.id) return;
  arrivals.push({ message, isNew });
  if (arrivals.length > 2 * KEPT) {
    arrivals = arrivals.slice(-KEPT);
    byId("older").hidden = false;
  }
  frame ??= requestAnimationFrame(drawArrivals);
}

function drawArrivals() {
  frame = null;
  const batch = arrivals;
  arrivals = [];
  const stay = atBottom();
  for (const { message, isNew } of batch) {
    if (message.channel_id !== state.channel?.id) continue;
    // A change to something outside the shown pages does not belong here.
    if (isNew) put(message);
    else if (rows.has(message.id)) put({ ...messages.get(message.id), ...message });
  }
  if (stay) {
    trim();
    toBottom();
  }
  keepStop();
}

const redrawAll = () => place([...messages.values()]);

/** Fetches one shown message anew. */
async function refetch({ channel_id: channel, message_id: id }) {
  if (channel !== state.channel?.id || !rows.has(id)) return;
  const found = await api.messages(state.me, channel, { after: String(BigInt(id) - 1n), limit: 1 });
  const message = found.find((one) => one.id === id);
  if (message && rows.has(id)) put(message);
}

function reaction(event) {
  const message = messages.get(event.message_id);
  if (!message) return;
  // At once, so that several in one frame add up.
  const next = reacted(message, event);
  messages.set(next.id, next);
  arrived(next, false);
}

/** The last message that the chosen person wrote. */
export const myLastMessage = () => ownLast([...messages.values()].sort((a, b) => (before(a.id, b.id) ? -1 : 1)));

export function startTimeline() {
  startMessageKeys();
  byId("older").addEventListener("click", loadOlder);
  view().addEventListener("scroll", () => {
    if (view().scrollTop < 40 && !byId("older").hidden) loadOlder();
  });
  // A taller message box must not hide the newest message.
  let wasAtBottom = true;
  view().addEventListener("scroll", () => { wasAtBottom = atBottom(); });
  new ResizeObserver(() => { if (wasAtBottom) toBottom(); }).observe(view());
  on("message", (message) => arrived(message, true));
  on("message-changed", (message) => arrived(message, false));
  on("message-gone", (id) => {
    arrivals = arrivals.filter(({ message }) => message.id !== id);
    drop(id);
  });
  on("commands", redrawAll);
  on("reaction", reaction);
  on("message-stale", (data) => refetch(data).catch(complain));
  on("guild", () => { if (isForum(state.channel)) openForum(state.channel, generation); });
}
