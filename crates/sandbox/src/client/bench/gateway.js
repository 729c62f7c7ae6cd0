// The gateway tab: sessions, the state of rate limits, and what was counted.

import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import { state } from "../core/state.js";
import { complain } from "../apps/interactions.js";
import { polling } from "./poll.js";
import { allButtons, drawSessions } from "./sessions.js";

const EVERY_MS = 2000;
const SHOWN = 60;

export function gatewayPanel() {
  const sessions = h("ul", { class: "cards", testid: "session-list" });
  const buckets = h("tbody", { testid: "bucket-list" });
  const noBuckets = h("p", { class: "hint" });
  const counters = h("dl", { class: "counters", testid: "counters" });
  let known = "";
  const look = polling(async () => {
    try {
      const found = await api.sessions();
      // Drawn only when something changed, so that nobody loses their place.
      const text = JSON.stringify(found);
      if (text !== known) drawSessions(sessions, found);
      known = text;
      drawCounters(counters, await api.counters());
      drawBuckets(buckets, noBuckets, await api.buckets());
    } catch (error) {
      noBuckets.textContent = error.message;
    }
  }, EVERY_MS);
  const element = h("div", { class: "panel-body" },
    h("h3", {}, "Sessions"), allButtons(), sessions,
    h("h3", {}, "Rate limits"), noBuckets,
    h("table", { class: "buckets" }, h("thead", {}, h("tr", {}, ["Bucket", "Left", "Resets in"].map((title) => h("th", { scope: "col" }, title)))), buckets),
    h("h3", {}, "Counted so far"), counters,
    h("p", {}, h("button", { type: "button", class: "quiet", testid: "gateway-refresh", onclick: () => Promise.resolve(look.again()).catch(complain) }, "Refresh")));
  return { id: "gateway", title: "Gateway", element, show: () => { known = ""; look.start(); }, hide: () => look.stop() };
}

function drawBuckets(body, none, found) {
  none.textContent = found.length ? "" : "No window is open.";
  body.replaceChildren(...found.slice(0, SHOWN).map((one) => h("tr", { class: one.remaining === 0 ? "used-up" : null, testid: "bucket" },
    h("td", {}, one.bucket, " ", h("span", { class: "hint" }, [state.applications.get(String(one.identity))?.name ?? one.identity, one.key].filter(Boolean).join(" · "))),
    h("td", {}, one.limit === null ? `${one.used} used` : `${one.remaining} of ${one.limit}`),
    h("td", {}, `${(one.reset_after_ms / 1000).toFixed(1)} s`))));
}

function drawCounters(list, found) {
  const total = found?.total ?? found ?? {};
  const rows = Object.entries(total).filter(([, value]) => Number.isFinite(value));
  list.replaceChildren(...rows.flatMap(([name, value]) => [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, value.toLocaleString())]));
}
