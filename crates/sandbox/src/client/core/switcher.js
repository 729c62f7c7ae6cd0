// The quick switcher: one box to find a server, a channel, or a person to be.

import * as api from "./api.js";
import { openDialog } from "./dialog.js";
import { byId, h } from "./dom.js";
import { combobox } from "../apps/combobox.js";
import { channelName, displayName, state } from "./state.js";
import { DMS } from "../places/dms.js";

const EACH = 12;

/** `go` has user(id), guild(id) and channel(id). */
export function openSwitcher(go) {
  if (byId("switcher")) return;
  const pick = (target) => {
    dialog.close();
    go[target.kind](target.id);
  };
  const box = combobox({
    testid: "switcher-input", label: "Where to", source: find, onpick: (entry) => pick(entry.value), shown: 3 * EACH, eager: true,
  });
  const dialog = openDialog({ title: "Go to", testid: "switcher" },
    h("div", { id: "switcher", class: "switcher" }, box.element, h("p", { class: "hint" }, "A channel, a server, or a person to be.")));
  box.input.focus();
}

async function find(text) {
  const wanted = text.trim().toLowerCase().replace(/^[#@]/, "");
  const fits = (name) => name.toLowerCase().includes(wanted);
  const channels = (state.guild?.channels ?? []).filter((one) => one.type !== 4 && fits(one.name)).slice(0, EACH)
    .map((one) => ({ value: { kind: "channel", id: one.id }, label: channelName(one), note: "channel" }));
  const servers = (await api.guilds(state.me, { query: wanted, limit: EACH }))
    .map((one) => ({ value: { kind: "guild", id: one.id }, label: one.name, note: "server" }));
  const people = state.users.filter((one) => !one.bot && one.id !== state.me && fits(`${displayName(one)} ${one.username}`)).slice(0, EACH)
    .map((one) => ({ value: { kind: "user", id: one.id }, label: displayName(one), note: `be @${one.username}` }));
  const direct = fits("direct messages") ? [{ value: { kind: "guild", id: DMS }, label: "Direct messages", note: "server" }] : [];
  return [...channels, ...servers, ...direct, ...people];
}
