// The members of the server: by their hoisted role, with status and search; a page at a time.

import { h } from "../core/dom.js";
import { hue, initials } from "../core/format.js";
import { roving } from "../core/roving.js";
import { displayName, nameColour, on, rolesOf, state } from "../core/state.js";
import { tint } from "../room/embeds.js";
import { DMS } from "../places/dms.js";
import { showProfile } from "./profile.js";
import { findMembers } from "./search.js";

const PAGE = 100;
const DELAY_MS = 200;
const OFFLINE = new Set([undefined, "offline", "invisible"]);

let shown = PAGE;
let found = null;

export function membersPanel() {
  const filter = h("input", { type: "search", placeholder: "Find a member", "aria-label": "Find a member", testid: "member-filter", autocomplete: "off" });
  const list = h("div", { class: "members", testid: "member-list" });
  const more = h("button", { type: "button", class: "quiet", testid: "more-members", hidden: true }, "More members");
  const count = h("p", { class: "hint", role: "status", testid: "member-count" });
  const moves = roving(list, "button.place");
  let visible = false;
  const redraw = () => {
    if (!visible) return;
    draw({ filter, list, more, count });
    moves.refresh();
  };
  let timer = null;
  filter.addEventListener("input", () => {
    shown = PAGE;
    found = null;
    redraw();
    clearTimeout(timer);
    timer = setTimeout(() => search(filter.value.trim()).then(redraw, () => {}), DELAY_MS);
  });
  more.addEventListener("click", () => { shown += PAGE; redraw(); });
  on("guild", () => { found = null; redraw(); });
  on("presence", (data) => {
    state.presences.set(data.user?.id, data);
    redraw();
  });
  return {
    id: "members", title: "Members", element: h("div", { class: "panel-body" }, filter, count, list, more),
    show: () => { visible = true; shown = PAGE; redraw(); }, hide: () => { visible = false; },
  };
}

async function search(query) {
  const guild = state.guild;
  const members = await findMembers(query);
  if (guild === state.guild) found = members.length ? members : null;
}

function draw({ filter, list, more, count }) {
  const guild = state.guild;
  const wanted = filter.value.trim().toLowerCase();
  const fits = (one) => `${displayName(one.user, one)} ${one.user.username}`.toLowerCase().includes(wanted);
  const all = found ?? (guild?.members ?? []).filter((one) => !wanted || fits(one));
  const sorted = [...all].sort((a, b) => displayName(a.user, a).localeCompare(displayName(b.user, b)));
  const groups = grouped(sorted);
  let room = shown;
  list.replaceChildren(...groups.flatMap(([name, members]) => {
    const part = members.slice(0, room);
    room -= part.length;
    if (!part.length) return [];
    const heading = h("h3", { class: "member-role" }, `${name} (${members.length})`);
    return [heading, h("ul", { "aria-label": name }, part.map(row))];
  }));
  more.hidden = sorted.length <= shown;
  count.textContent = guild && guild.id !== DMS ? `${guild.member_count ?? sorted.length} members` : "";
}

/** By the highest hoisted role, then those without one; bots apart. */
function grouped(members) {
  const hoisted = (state.guild?.roles ?? []).filter((role) => role.hoist).sort((a, b) => b.position - a.position);
  const groups = new Map([...hoisted.map((role) => [role.id, [role.name, []]]), ["rest", ["People", []]], ["bots", ["Bots", []]]]);
  for (const one of members) {
    const role = rolesOf(one).find((held) => held.hoist);
    groups.get(role?.id ?? (one.user.bot ? "bots" : "rest"))[1].push(one);
  }
  return [...groups.values()].filter(([, list]) => list.length);
}

function row(one) {
  const name = displayName(one.user, one);
  const status = state.presences.get(one.user.id)?.status;
  const activity = state.presences.get(one.user.id)?.activities?.[0];
  const label = h("span", { class: "member-name" }, name);
  tint(label, nameColour(one) || null);
  return h("li", {}, h("button", {
    type: "button", class: "place member", testid: "member", data: { id: one.user.id, name, status: status ?? "offline" },
    onclick: () => showProfile(one.user),
  },
    h("span", { class: `avatar small hue-${hue(one.user.id)}`, "aria-hidden": "true" }, initials(name)),
    h("span", { class: "member-text" }, label, activity ? h("span", { class: "hint" }, activity.state ?? activity.name) : null),
    h("span", { class: `presence ${OFFLINE.has(status) ? "offline" : status}` }, h("span", { class: "visually-hidden" }, `, ${status ?? "offline"}`)),
    one.user.bot ? h("span", { class: "badge" }, "bot") : null));
}
