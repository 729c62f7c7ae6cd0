// The journal: what applications sent and received, newest first.

import * as api from "./api.js";
import { byId, h, shorten } from "./dom.js";

const KEPT = 300;
const KINDS = ["", "rest", "gateway_in", "gateway_out", "connection", "interaction", "control"];
const SHOWN = 20000;
const RETRY_MS = 2000;

let stop = null;

export function startJournal() {
  const panel = byId("journal");
  const toggle = byId("journal-toggle");
  const entries = h("ol", { class: "entries", testid: "journal-entries" });
  const kind = h("select", { "aria-label": "Kind of entry", testid: "journal-kind" }, KINDS.map((one) => h("option", { value: one }, one || "everything")));
  const problem = h("p", { class: "hint", role: "status" });
  const close = () => open(false);
  panel.append(
    h("header", { class: "row" }, h("h2", {}, "Journal"), kind, h("button", { type: "button", class: "quiet", onclick: close }, "Close")),
    problem, entries);
  const open = (wanted) => {
    toggle.setAttribute("aria-expanded", String(wanted));
    panel.hidden = !wanted;
    document.body.classList.toggle("with-journal", wanted);
    stop?.abort();
    stop = null;
    if (wanted) follow(entries, kind.value, problem);
    else toggle.focus();
  };
  toggle.addEventListener("click", () => open(panel.hidden));
  kind.addEventListener("change", () => open(true));
}

async function follow(entries, kind, problem) {
  const mine = new AbortController();
  stop = mine;
  entries.replaceChildren();
  problem.textContent = "";
  let after = null;
  try {
    const first = unwrap(await api.journal(null, kind, 100));
    add(entries, first);
    after = first.at(-1)?.seq ?? 0;
  } catch (error) {
    problem.textContent = error.message;
  }
  while (!mine.signal.aborted) {
    try {
      await api.journalWait(after, kind, mine.signal);
      const found = unwrap(await api.journal(after, kind, 200));
      if (mine.signal.aborted) return;
      add(entries, found);
      after = found.at(-1)?.seq ?? after;
      problem.textContent = "";
    } catch (error) {
      if (error.name === "AbortError") return;
      // 408 and 404 mean that nothing happened meanwhile.
      if (error.status !== 408 && error.status !== 404) {
        problem.textContent = error.message;
        await new Promise((resume) => setTimeout(resume, RETRY_MS));
      }
    }
  }
}

const unwrap = (answer) => (Array.isArray(answer) ? answer : answer?.entries ?? []);

function add(list, found) {
  for (const entry of found) list.prepend(row(entry));
  while (list.children.length > KEPT) list.lastElementChild.remove();
}

function row(entry) {
  const details = h("details", {}, h("summary", {},
    h("span", { class: `kind kind-${entry.kind}` }, entry.kind), " ", shorten(summary(entry), 160)));
  // Drawn on opening: most are never opened.
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) {
      details.append(h("pre", {}, h("code", {}, shorten(JSON.stringify(readable(entry), null, 2), SHOWN))));
    }
  });
  return h("li", { testid: "journal-entry" }, details);
}

/** The status first, and tokens cut: the whole entry is one click away. */
function summary(entry) {
  const label = String(entry.label).replace("/api/v10", "").replace(/[\w.=-]{30,}/g, (token) => `${token.slice(0, 6)}…`);
  return entry.status === null || entry.status === undefined ? label : `${entry.status} ${label}`;
}

/** The entry with its bodies as JSON, where they are. */
function readable(entry) {
  const parsed = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };
  return { ...entry, body: parsed(entry.body), answer: parsed(entry.answer) };
}
