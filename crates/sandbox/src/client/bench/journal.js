// The journal as one live timeline, newest first, with filters.

import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import { on, state } from "../core/state.js";
import { complain } from "../apps/interactions.js";
import { isHeartbeat, journalRow } from "./journal_row.js";

const KEPT = 300;
const PAGE = 200;
const RETRY_MS = 2000;
const DELAY_MS = 250;
// Without a choice, what this page itself asks of the sandbox is left out.
const KINDS = [
  ["", "Bots: all"], ["rest", "REST"], ["gateway_out", "Gateway, to bots"], ["gateway_in", "Gateway, from bots"], ["connection", "Connections"],
  ["interaction", "Interactions"], ["endpoint", "HTTP endpoints"], ["control", "Control"],
];

export function journalPanel() {
  const entries = h("ol", { class: "entries", testid: "journal-entries", "aria-label": "Entries, newest first" });
  const problem = h("p", { class: "hint", role: "status", testid: "journal-status" });
  const kind = h("select", { "aria-label": "Kind of entry", testid: "journal-kind" }, KINDS.map(([value, label]) => h("option", { value }, label)));
  const bot = h("select", { "aria-label": "Bot", testid: "journal-bot" });
  const shard = h("input", { type: "number", min: 0, placeholder: "Shard", "aria-label": "Shard", testid: "journal-shard" });
  const route = h("input", { type: "search", placeholder: "POST /channels/{}/messages", "aria-label": "Route", testid: "journal-route", autocomplete: "off" });
  const text = h("input", { type: "search", placeholder: "Text", "aria-label": "Text in the entry", testid: "journal-text", autocomplete: "off" });
  const beats = h("input", { type: "checkbox", testid: "journal-beats" });
  const pause = h("button", { type: "button", class: "quiet", "aria-pressed": "false", testid: "journal-pause" }, "Pause");
  const clear = h("button", { type: "button", class: "quiet", testid: "journal-clear" }, "Clear");
  let following = null;
  let visible = false;

  const wanted = () => ({ kind: kind.value, application: bot.value, shard: shard.value, route: route.value.trim(), contains: text.value });
  const fits = (entry) => (kind.value !== "" || entry.kind !== "control") && (beats.checked || !isHeartbeat(entry));
  const restart = () => {
    following?.abort();
    following = null;
    if (!visible || pause.getAttribute("aria-pressed") === "true") return;
    following = new AbortController();
    follow(wanted(), fits, entries, problem, following.signal);
  };
  let timer = null;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(restart, DELAY_MS);
  };
  for (const node of [kind, bot, beats]) node.addEventListener("change", restart);
  for (const node of [shard, route, text]) node.addEventListener("input", soon);
  pause.addEventListener("click", () => {
    const paused = pause.getAttribute("aria-pressed") !== "true";
    pause.setAttribute("aria-pressed", String(paused));
    restart();
    if (paused) problem.textContent = "Paused";
  });
  clear.addEventListener("click", () => api.clearJournal().then(restart, complain));
  const bots = () => {
    const chosen = bot.value;
    bot.replaceChildren(h("option", { value: "" }, "Every bot"), ...[...state.applications.values()].map((one) => h("option", { value: one.id, selected: one.id === chosen }, one.name)));
  };
  on("users", bots);

  return {
    id: "journal", title: "Journal",
    element: h("div", { class: "panel-body", testid: "journal-panel" },
      h("div", { class: "filters", role: "group", "aria-label": "Filters" }, kind, bot, shard, route, text),
      h("div", { class: "row" }, h("label", { class: "check" }, beats, "Heartbeats"), pause, clear, problem),
      entries),
    show: () => { visible = true; bots(); restart(); },
    hide: () => { visible = false; restart(); },
  };
}

async function follow(wanted, fits, entries, problem, signal) {
  entries.replaceChildren();
  problem.textContent = "";
  let after = null;
  let fresh = true;
  while (!signal.aborted) {
    try {
      // The first page is the newest; then whatever comes, waited for.
      const answer = fresh ? await api.journal({ ...wanted, limit: PAGE }) : await api.journalWait({ ...wanted, after, limit: PAGE }, signal);
      if (signal.aborted) return;
      const found = answer.entries ?? [];
      after = Math.max(after ?? 0, found.at(-1)?.seq ?? 0, fresh ? answer.last ?? 0 : 0);
      fresh = false;
      add(entries, found.filter(fits));
      problem.textContent = entries.children.length ? "" : "Nothing yet.";
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return;
      // 408 means that nothing happened meanwhile; a filter that cannot be read waits for its change.
      if (error.status === 408) continue;
      problem.textContent = [error.message, error.hint].filter(Boolean).join(": ");
      if (error.status === 400) return;
      await new Promise((resume) => setTimeout(resume, RETRY_MS));
    }
  }
}

function add(list, found) {
  const stay = list.scrollTop;
  list.prepend(...found.slice(-KEPT).reverse().map(journalRow));
  while (list.children.length > KEPT) list.lastElementChild.remove();
  list.scrollTop = stay;
}
