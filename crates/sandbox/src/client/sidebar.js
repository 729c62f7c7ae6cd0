// The lists of servers and channels. Long lists are capped and filtered, so that
// ten thousand servers stay quick.

import { byId, h } from "./dom.js";
import { DMS } from "./dms.js";
import { on, state, tell } from "./state.js";

const SHOWN = 100;
const TEXT = new Set([0, 1, 2, 3, 5, 10, 11, 12]);
const CATEGORY = 4;
const SIGNS = { 2: "voice", 5: "news", 13: "stage", 15: "forum", 16: "media", 10: "thread", 11: "thread", 12: "thread" };

export function startSidebar({ chooseGuild, chooseChannel }) {
  const filter = byId("server-filter");
  filter.addEventListener("input", () => drawGuilds(chooseGuild));
  on("guilds", () => drawGuilds(chooseGuild));
  on("guild", () => {
    drawGuilds(chooseGuild);
    drawChannels(chooseChannel);
  });
  on("channel", () => drawChannels(chooseChannel));
  const toggle = byId("menu-toggle");
  toggle.addEventListener("click", () => openPlaces(toggle.getAttribute("aria-expanded") !== "true"));
  on("channel-picked", () => openPlaces(false));
}

function openPlaces(open) {
  byId("menu-toggle").setAttribute("aria-expanded", String(open));
  byId("places").classList.toggle("open", open);
}

function drawGuilds(choose) {
  const wanted = byId("server-filter").value.trim().toLowerCase();
  const fitting = wanted ? state.guilds.filter((guild) => guild.name.toLowerCase().includes(wanted) || guild.id === wanted) : state.guilds;
  const shown = fitting.slice(0, SHOWN);
  // The chosen one stays in sight.
  if (state.guild && state.guild.id !== DMS && !shown.some((guild) => guild.id === state.guild.id)) {
    const chosen = fitting.find((guild) => guild.id === state.guild.id);
    if (chosen) shown.unshift(chosen);
  }
  byId("server-filter").hidden = state.guilds.length <= 8;
  const place = (id, name, testid) => h("li", {}, h("button", {
    type: "button", class: "place", testid, data: { id, name },
    "aria-current": id === state.guild?.id ? "true" : null,
    onclick: () => choose(id),
  }, name));
  byId("server-list").replaceChildren(
    place(DMS, "Direct messages", "dms-item"), ...shown.map((guild) => place(guild.id, guild.name, "server-item")));
  const more = fitting.length - shown.length;
  byId("server-more").textContent = more > 0 ? `${more} more: use the filter` : state.guilds.length ? "" : "This user is in no server.";
}

function order(channels) {
  const position = (a, b) => (a.position ?? 0) - (b.position ?? 0) || (a.id < b.id ? -1 : 1);
  const categories = channels.filter((channel) => channel.type === CATEGORY).sort(position);
  const inside = (id) => channels.filter((channel) => channel.type !== CATEGORY && (channel.parent_id ?? null) === id).sort(position);
  const known = new Set([null, ...categories.map((category) => category.id)]);
  const loose = channels.filter((channel) => channel.type !== CATEGORY && !known.has(channel.parent_id ?? null));
  return [...inside(null), ...loose, ...categories.flatMap((category) => [category, ...inside(category.id)])];
}

function drawChannels(choose) {
  const channels = order(state.guild?.channels ?? []);
  byId("channel-list").replaceChildren(...channels.map((channel) => {
    if (channel.type === CATEGORY) return h("li", { class: "category" }, channel.name);
    const writable = TEXT.has(channel.type);
    return h("li", {}, h("button", {
      type: "button", class: "place", testid: "channel-item", data: { id: channel.id, name: channel.name },
      disabled: !writable,
      "aria-current": channel.id === state.channel?.id ? "true" : null,
      onclick: () => {
        tell("channel-picked");
        choose(channel.id);
      },
    }, h("span", { "aria-hidden": "true", class: "sign" }, channel.type === 1 ? "@" : "#"), channel.name, SIGNS[channel.type] ? h("span", { class: "hint" }, SIGNS[channel.type]) : null));
  }));
}
