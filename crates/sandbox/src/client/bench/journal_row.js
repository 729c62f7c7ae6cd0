// One entry of the journal: a line, and on opening it all that was sent and received.

import { h, shorten } from "../core/dom.js";
import { state } from "../core/state.js";
import { copy } from "../room/actions.js";
import { curl } from "./curl.js";

const SHOWN = 40000;
const KINDS = {
  rest: ["REST", "→"], gateway_in: ["Gateway", "→"], gateway_out: ["Gateway", "←"], connection: ["Socket", "·"], interaction: ["Interaction", "←"], endpoint: ["Endpoint", "←"], control: ["Control", "·"],
};
const OPS = {
  0: "Dispatch", 1: "Heartbeat", 2: "Identify", 3: "Presence Update", 4: "Voice State Update", 6: "Resume", 7: "Reconnect", 8: "Request Guild Members",
  9: "Invalid Session", 10: "Hello", 11: "Heartbeat ACK", 31: "Request Soundboard Sounds", 43: "Request Channel Info",
};

const opcode = (entry) => /^op (\d+)$/.exec(entry.label)?.[1];

export const isHeartbeat = (entry) => /^gateway/.test(entry.kind) && ["1", "11"].includes(opcode(entry));

export function journalRow(entry) {
  const [kind, arrow] = KINDS[entry.kind] ?? [entry.kind, "·"];
  const details = h("details", {}, h("summary", {},
    h("time", { datetime: entry.at }, clockTime(entry.at)), " ",
    h("span", { class: `kind kind-${entry.kind}` }, `${arrow} ${kind}`), " ",
    entry.status === null || entry.status === undefined ? null : [h("span", { class: `code-${level(entry)}`, testid: "journal-code" }, String(entry.status)), " "],
    h("span", { class: "entry-label" }, shorten(label(entry), 160)),
    entry.detail?.ms === undefined ? null : h("span", { class: "hint" }, ` ${entry.detail.ms} ms`)));
  // Drawn on opening: most are never opened.
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(opened(entry));
  });
  return h("li", { testid: "journal-entry", data: { kind: entry.kind, status: entry.status ?? "" } }, details);
}

const level = (entry) => (entry.status >= 500 || entry.status === 429 ? "bad" : entry.status >= 400 ? "warn" : "good");

const clockTime = (at) => String(at).slice(11, 23);

/** What it was, with long tokens in paths cut: the whole is one click away. */
function label(entry) {
  const op = opcode(entry);
  const named = op ? `op ${op} ${OPS[op] ?? ""}` : String(entry.label);
  return entry.kind !== "rest" ? named : named.replace("/api/v10", "").replace(/[\w.=-]{30,}/g, (token) => `${token.slice(0, 6)}…`);
}

function opened(entry) {
  const body = parsed(entry.body);
  const answer = parsed(entry.answer);
  const facts = [
    state.applications.get(String(entry.application_id))?.name,
    entry.shard === null || entry.shard === undefined ? null : `shard ${entry.shard}`,
    entry.subject ? `${entry.kind === "interaction" ? "interaction" : "session"} ${entry.subject}` : null,
    entry.s === null || entry.s === undefined ? null : `s ${entry.s}`,
    `entry ${entry.seq}`,
  ].filter(Boolean);
  return h("div", { class: "entry-body" },
    h("p", { class: "hint" }, facts.join(" · ")),
    part(entry.kind === "rest" ? "Request" : "Data", body), part("Answer", answer), part("Detail", entry.detail),
    h("div", { class: "row" },
      h("button", { type: "button", class: "link", testid: "copy-json", onclick: () => copy(JSON.stringify({ ...entry, body, answer }, null, 2)) }, "Copy as JSON"),
      entry.kind === "rest" ? h("button", { type: "button", class: "link", testid: "copy-curl", onclick: () => copy(curl(entry, location.origin)) }, "Copy as curl") : null));
}

const empty = (value) => value === null || value === undefined || value === "";

function part(title, value) {
  if (empty(value)) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return h("section", {}, h("h4", {}, title), h("pre", { tabindex: "0", "aria-label": title }, h("code", {}, shorten(text, SHOWN))));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
