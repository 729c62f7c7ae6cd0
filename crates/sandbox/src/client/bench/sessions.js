// Gateway sessions, with buttons to disturb them.

import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import { menuButton } from "../core/menu.js";
import { state } from "../core/state.js";
import { complain, notice } from "../apps/interactions.js";

const INTENTS = [
  "GUILDS", "GUILD_MEMBERS", "GUILD_MODERATION", "GUILD_EXPRESSIONS", "GUILD_INTEGRATIONS", "GUILD_WEBHOOKS", "GUILD_INVITES", "GUILD_VOICE_STATES",
  "GUILD_PRESENCES", "GUILD_MESSAGES", "GUILD_MESSAGE_REACTIONS", "GUILD_MESSAGE_TYPING", "DIRECT_MESSAGES", "DIRECT_MESSAGE_REACTIONS",
  "DIRECT_MESSAGE_TYPING", "MESSAGE_CONTENT", "GUILD_SCHEDULED_EVENTS", null, null, null, "AUTO_MODERATION_CONFIGURATION", "AUTO_MODERATION_EXECUTION",
  null, null, "GUILD_MESSAGE_POLLS", "DIRECT_MESSAGE_POLLS",
];
const CLOSE_CODES = [
  [4000, "Unknown error"], [4001, "Unknown opcode"], [4002, "Decode error"], [4003, "Not authenticated"], [4004, "Authentication failed"], [4005, "Already authenticated"],
  [4007, "Invalid seq"], [4008, "Rate limited"], [4009, "Session timed out"], [4010, "Invalid shard"], [4011, "Sharding required"], [4012, "Invalid API version"],
  [4013, "Invalid intents"], [4014, "Disallowed intents"], [1000, "Normal closure"], [1001, "Going away"],
];
const SHOWN = 50;

export const intentNames = (bits) => INTENTS.filter((name, bit) => name && Math.floor(bits / 2 ** bit) % 2 === 1);

const poke = (id, what, body, said) => () => api.poke(id, what, body).then(() => notice(said), complain);

/** The buttons for one session, or for all by `*`. */
function buttons(id) {
  const button = (label, testid, run) => h("button", { type: "button", class: "button secondary small", testid, onclick: run }, label);
  return h("div", { class: "row" },
    button("Reconnect", "session-reconnect", poke(id, "reconnect", {}, "Op 7 was sent")),
    button("Drop", "session-drop", poke(id, "drop", {}, "The connection was cut")),
    menuButton({
      label: "Invalidate", text: "Invalidate", testid: "session-invalidate", className: "button secondary small",
      entries: () => [
        { label: "It may be resumed", testid: "invalidate-resumable", run: poke(id, "invalidate", { resumable: true }, "Op 9 was sent, d is true") },
        { label: "It is lost", testid: "invalidate-lost", run: poke(id, "invalidate", { resumable: false }, "Op 9 was sent, d is false") },
      ],
    }),
    menuButton({
      label: "Close with a code", text: "Close", testid: "session-close", className: "button secondary small",
      entries: () => CLOSE_CODES.map(([code, what]) => ({ label: `${code} ${what}`, testid: `close-${code}`, run: poke(id, "close", { code }, `Closed with ${code}`) })),
    }),
    button("Heartbeat", "session-heartbeat", poke(id, "heartbeat", {}, "Op 1 was sent")));
}

function row(session) {
  const names = intentNames(session.intents);
  const name = state.applications.get(String(session.application_id))?.name ?? session.application_id;
  return h("li", { class: "card", testid: "session", data: { id: session.id, connected: String(session.connected) } },
    h("p", {}, h("strong", {}, name), " ",
      h("span", { class: "hint" }, session.shard ? `shard ${session.shard[0]} of ${session.shard[1]}` : "without shards"), " ",
      h("span", { class: session.connected ? "code-good" : "code-warn" }, session.connected ? "connected" : "waiting to resume")),
    h("p", { class: "hint" }, `seq ${session.seq} · ${session.backlog} unsent · session ${session.id}`),
    h("details", { data: { keep: session.id } }, h("summary", {}, `${names.length} intents`), h("p", { class: "hint" }, names.join(", "))),
    buttons(session.id));
}

/** Draws the sessions into a list, keeping what is opened and focused. */
export function drawSessions(list, sessions) {
  const open = new Set([...list.querySelectorAll("details[open]")].map((node) => node.dataset.keep));
  const before = document.activeElement;
  const focus = list.contains(before) ? [before.closest("[data-id]")?.dataset.id, before.dataset.testid] : null;
  list.replaceChildren(...sessions.slice(0, SHOWN).map(row));
  for (const node of list.querySelectorAll("details")) node.open = open.has(node.dataset.keep);
  if (focus?.[1]) list.querySelector(`[data-id="${focus[0]}"] [data-testid="${focus[1]}"]`)?.focus();
  if (!sessions.length) list.append(h("li", { class: "hint" }, "No bot is connected."));
  else if (sessions.length > SHOWN) list.append(h("li", { class: "hint" }, `${sessions.length - SHOWN} more`));
}

export const allButtons = () => h("div", { class: "card", role: "group", "aria-label": "Every session", data: { id: "*" } }, h("p", {}, h("strong", {}, "Every session")), buttons("*"));
