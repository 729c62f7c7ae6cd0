// A forum instead of messages: its posts, the newest first, with the archived ones.

import { h } from "../core/dom.js";
import { threadsOf } from "../core/state.js";
import { archived, newThread, openThread, threadRow } from "./threads.js";

/** The rows that stand in the place of messages. */
export async function posts(channel) {
  const old = await archived(channel);
  const known = new Set(old.map((one) => one.id));
  const all = [...threadsOf(channel.id).filter((one) => !known.has(one.id)), ...old].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1));
  const tags = (channel.available_tags ?? []).map((one) => h("span", { class: "tag" }, one.name));
  return [
    h("li", { class: "forum-head row" },
      h("button", { type: "button", class: "button primary", testid: "new-post", onclick: () => newThread({}) }, "New post"),
      tags.length ? h("span", { class: "row", "aria-label": "Tags" }, tags) : null,
      h("span", { class: "hint" }, all.length ? `${all.length} ${all.length === 1 ? "post" : "posts"}` : "No posts yet.")),
    ...all.map((one) => threadRow(one, openThread)),
  ];
}
