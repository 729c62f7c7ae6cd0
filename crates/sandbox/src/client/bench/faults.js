// Faults at the press of a button: for whom, how long, and which; those in force with what is left.

import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import { on, state } from "../core/state.js";
import { complain, notice } from "../apps/interactions.js";
import { DMS } from "../places/dms.js";
import { clockPart } from "./clock.js";
import { FAULTS } from "./fault_list.js";
import { polling } from "./poll.js";

const EVERY_MS = 1000;
const BOUNDS = [
  ["count:1", "Once"], ["count:5", "5 times"], ["for_ms:10000", "For 10 seconds"], ["for_ms:30000", "For 30 seconds"], ["for_ms:120000", "For 2 minutes"], ["for_ms:600000", "For 10 minutes"],
];

export function faultsPanel() {
  const list = h("ul", { class: "cards", testid: "fault-list" });
  const bound = h("select", { id: "fault-bound", testid: "fault-bound" }, BOUNDS.map(([value, label]) => h("option", { value }, label)));
  const bot = h("select", { id: "fault-bot", testid: "fault-bot" });
  const route = h("input", { id: "fault-route", type: "text", value: "/channels/{channel_id}/messages", testid: "fault-route", autocomplete: "off" });
  const share = h("input", { id: "fault-share", type: "number", min: 1, max: 100, value: 100, testid: "fault-share" });
  const clock = clockPart();

  const given = (fault) => {
    const [key, value] = bound.value.split(":");
    // What lasts cannot be counted.
    const lasts = fault.lasts && key === "count" ? { for_ms: 10000 } : { [key]: Number(value) };
    return {
      ...fault.rule, ...lasts,
      ...(fault.needsRoute ? { route: route.value.trim() } : {}),
      ...(fault.thisGuild ? { guild: state.guild?.id } : {}),
      ...(bot.value && !fault.thisGuild && !fault.everyone ? { application: bot.value } : {}),
      ...(Number(share.value) < 100 && !fault.lasts ? { share: Number(share.value) / 100 } : {}),
    };
  };
  const put = async (fault) => {
    if (fault.thisGuild && (!state.guild || state.guild.id === DMS)) return notice("Choose a server first", { kind: "bad" });
    await api.addFault(given(fault));
    notice(`In force: ${fault.label}`, { testid: "fault-notice" });
    look.again();
  };
  const look = polling(async () => {
    try {
      const now = await clock.refresh();
      draw(list, await api.faults(), now, () => look.again());
    } catch (error) {
      list.replaceChildren(h("li", { class: "hint" }, error.message));
    }
  }, EVERY_MS);
  const bots = () => bot.replaceChildren(h("option", { value: "" }, "Every bot"), ...[...state.applications.values()].map((one) => h("option", { value: one.id }, one.name)));
  on("users", bots);

  const field = (id, label, node) => h("div", { class: "field" }, h("label", { for: id }, label), node);
  const element = h("div", { class: "panel-body" },
    h("h3", {}, "In force"), list,
    h("button", { type: "button", class: "quiet", testid: "clear-faults", onclick: () => api.clearFaults().then(() => look.again(), complain) }, "End all faults"),
    h("h3", {}, "New fault"),
    h("div", { class: "fault-terms" },
      field("fault-bound", "How long", bound), field("fault-bot", "For", bot), field("fault-route", "Route", route), field("fault-share", "Share, percent", share)),
    FAULTS.map(([title, faults]) => h("section", {}, h("h4", {}, title), h("div", { class: "row" }, faults.map((fault) =>
      h("button", { type: "button", class: "button secondary small", testid: `fault-${fault.id}`, title: fault.about, onclick: () => put(fault).catch(complain) }, fault.label))))),
    clock.element);
  return { id: "faults", title: "Faults", element, show: () => { bots(); look.start(); }, hide: () => look.stop() };
}

function draw(list, faults, now, again) {
  const rows = faults.map((fault) => {
    const { kind, count, for_ms: _, ...on } = fault.rule ?? fault;
    const left = fault.until ? `${Math.max(0, Math.ceil((Date.parse(fault.until) - now) / 1000))} s left` : `${fault.left ?? count} times left`;
    const terms = Object.entries(on).filter(([key, value]) => value !== null && key !== "seed").map(([key, value]) => `${key} ${value}`).join(", ");
    return h("li", { class: "card row spread", testid: "fault", data: { kind: fault.kind ?? kind, id: fault.id } },
      h("span", {}, h("strong", {}, kind ?? fault.kind), " ", h("span", { class: "hint" }, [terms, left, `played ${fault.played ?? 0}`].filter(Boolean).join(" · "))),
      h("button", { type: "button", class: "quiet", testid: "remove-fault", "aria-label": `End ${kind ?? fault.kind}`, onclick: () => api.clearFaults(fault.id).then(again, complain) }, "End"));
  });
  const focused = list.contains(document.activeElement) ? document.activeElement.closest("[data-id]")?.dataset.id : null;
  list.replaceChildren(...(rows.length ? rows : [h("li", { class: "hint", testid: "no-faults" }, "None.")]));
  if (focused) list.querySelector(`[data-id="${focused}"] button`)?.focus();
}
