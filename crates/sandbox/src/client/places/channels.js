// The channels of the chosen server: categories, threads below their channel, who is in a voice channel.

import { byId, h } from "../core/dom.js";
import { roving } from "../core/roving.js";
import { CHANNEL, isThread, isVoice, on, state, tell, threadsOf, userName } from "../core/state.js";
import { serverMenu } from "./server_menu.js";
import { inVoice } from "./voice.js";

const THREADS_SHOWN = 10;
const SIGNS = { [CHANNEL.DM]: "@", [CHANNEL.VOICE]: "♪", [CHANNEL.NEWS]: "!", [CHANNEL.STAGE]: "♪", [CHANNEL.FORUM]: "≡", [CHANNEL.MEDIA]: "≡" };
const KINDS = {
  [CHANNEL.VOICE]: "voice", [CHANNEL.NEWS]: "announcements", [CHANNEL.STAGE]: "stage", [CHANNEL.FORUM]: "forum", [CHANNEL.MEDIA]: "media",
};

let list = null;

export function startChannels({ chooseChannel, chooseGuild }) {
  list = roving(byId("channel-list"));
  byId("channels-title").after(serverMenu({ chooseChannel, chooseGuild }));
  on("guild", () => draw(chooseChannel));
  on("channel", () => draw(chooseChannel));
  const toggle = byId("menu-toggle");
  toggle.addEventListener("click", () => openPlaces(toggle.getAttribute("aria-expanded") !== "true"));
  on("channel-picked", () => openPlaces(false));
}

/** On a narrow screen the places lie over the room. */
export function openPlaces(open) {
  byId("menu-toggle").setAttribute("aria-expanded", String(open));
  byId("places").classList.toggle("open", open);
}

function order(channels) {
  const position = (a, b) => (a.position ?? 0) - (b.position ?? 0) || (a.id < b.id ? -1 : 1);
  // Voice channels come after the others of their category.
  const inOrder = (a, b) => Number(isVoice(a)) - Number(isVoice(b)) || position(a, b);
  const own = channels.filter((channel) => !isThread(channel));
  const categories = own.filter((channel) => channel.type === CHANNEL.CATEGORY).sort(position);
  const known = new Set(categories.map((category) => category.id));
  const parent = (channel) => (known.has(channel.parent_id) ? channel.parent_id : null);
  const inside = (id) => own.filter((channel) => channel.type !== CHANNEL.CATEGORY && parent(channel) === id).sort(inOrder);
  return [...inside(null), ...categories.flatMap((category) => [category, ...inside(category.id)])];
}

/** The channels in the order in which they are shown, without categories. */
export const inListOrder = () => order(state.guild?.channels ?? []).filter((channel) => channel.type !== CHANNEL.CATEGORY);

function draw(choose) {
  const focused = document.activeElement?.closest("#channel-list button")?.dataset.id;
  byId("channels-title").textContent = state.guild?.name ?? "Channels";
  byId("channel-list").replaceChildren(...order(state.guild?.channels ?? []).flatMap((channel) => {
    if (channel.type === CHANNEL.CATEGORY) return [h("li", { class: "category", role: "presentation" }, channel.name)];
    return [row(channel, choose), ...threads(channel, choose), ...voices(channel)];
  }));
  if (focused) byId("channel-list").querySelector(`[data-id="${focused}"]`)?.focus();
  list.refresh();
}

function row(channel, choose, sign = SIGNS[channel.type] ?? "#") {
  return h("li", { class: isThread(channel) ? "thread" : null }, h("button", {
    type: "button", class: "place", testid: isThread(channel) ? "thread-item" : "channel-item", data: { id: channel.id, name: channel.name },
    "aria-current": channel.id === state.channel?.id ? "true" : null,
    onclick: () => {
      tell("channel-picked");
      choose(channel.id);
    },
  }, h("span", { "aria-hidden": "true", class: "sign" }, sign), h("span", { class: "place-name" }, channel.name),
  KINDS[channel.type] ? h("span", { class: "hint" }, KINDS[channel.type]) : isThread(channel) ? h("span", { class: "visually-hidden" }, "thread") : null));
}

/** The newest threads that are not archived; the others are in the channel's list of threads. */
function threads(channel, choose) {
  const active = threadsOf(channel.id).filter((one) => !one.thread_metadata?.archived || one.id === state.channel?.id);
  return active.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, THREADS_SHOWN).map((one) => row(one, choose, "↳"));
}

const voices = (channel) => inVoice(channel.id).map((one) =>
  h("li", { class: "voice-person", testid: "voice-person" }, userName(one.user_id) ?? one.user_id,
    one.self_mute || one.mute ? h("span", { class: "hint" }, " muted") : null));
