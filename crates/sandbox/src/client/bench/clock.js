// The sandbox's clock: how far it is ahead, and buttons that let time pass.

import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import { date } from "../core/format.js";
import { complain } from "../apps/interactions.js";

const STEPS = [["1 minute", 60000], ["15 minutes", 900000], ["1 hour", 3600000], ["1 day", 86400000], ["1 week", 604800000]];

export function clockPart() {
  const shown = h("p", { class: "hint", testid: "clock" });
  const refresh = async () => {
    const { now, ms, ahead_ms: ahead } = await api.clock();
    const text = `${date(now, "S")}${ahead > 1000 ? `, ${Math.round(ahead / 60000)} minutes ahead of this machine` : ""}`;
    if (shown.textContent !== text) shown.textContent = text;
    return ms;
  };
  const element = h("section", {}, h("h3", {}, "Clock"), shown,
    h("div", { class: "row" }, STEPS.map(([label, ms]) => h("button", {
      type: "button", class: "button secondary small", testid: `advance-${ms}`, onclick: () => api.advance(ms).then(refresh).catch(complain),
    }, `+ ${label}`))));
  return { element, refresh };
}
