// The reactions below a message, kept up to date from events.

import { h } from "../core/dom.js";
import { state } from "../core/state.js";
import { emojiNode, routeName } from "./emoji.js";
import { react } from "./actions.js";

const key = (emoji) => emoji?.id ?? emoji?.name;

export function reactions(message) {
  if (!message.reactions?.length) return null;
  return h("div", { class: "reactions", role: "group", "aria-label": "Reactions" }, message.reactions.map((one) =>
    h("button", {
      type: "button", class: "reaction", testid: "reaction", "aria-pressed": String(Boolean(one.me)), data: { emoji: key(one.emoji) },
      "aria-label": `${one.emoji?.name}, ${one.count}${one.me ? ", yours" : ""}`,
      onclick: () => react(message, routeName(one.emoji), !one.me),
    }, emojiNode(one.emoji), h("span", {}, String(one.count)))));
}

/** The message after a reaction event: `kind` is add, remove, remove_all or remove_emoji. */
export function reacted(message, event) {
  const list = message.reactions ?? [];
  if (event.kind === "remove_all") return { ...message, reactions: [] };
  const same = (one) => key(one.emoji) === key(event.emoji);
  if (event.kind === "remove_emoji") return { ...message, reactions: list.filter((one) => !same(one)) };
  const step = event.kind === "add" ? 1 : -1;
  const mine = event.user_id === state.me;
  const known = list.some(same);
  const next = known
    ? list.map((one) => (same(one) ? { ...one, count: one.count + step, me: mine ? step > 0 : one.me } : one))
    : step > 0 ? [...list, { emoji: event.emoji, count: 1, me: mine }] : list;
  return { ...message, reactions: next.filter((one) => one.count > 0) };
}
