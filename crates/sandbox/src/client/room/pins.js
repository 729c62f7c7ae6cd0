// The pinned messages of the channel.

import * as api from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { byId, h } from "../core/dom.js";
import { displayName, on, state } from "../core/state.js";
import { stamp } from "../core/format.js";
import { complain } from "../apps/interactions.js";
import { markdown } from "./markdown.js";

async function showPins() {
  const channel = state.channel;
  const found = await api.rest(state.me, "GET", `channels/${channel.id}/messages/pins`);
  const items = found.items ?? [];
  const unpin = (message, row) => api.rest(state.me, "DELETE", `channels/${channel.id}/messages/pins/${message.id}`).then(() => row.remove(), complain);
  openDialog({ title: "Pinned messages", testid: "pins-dialog" },
    items.length
      ? h("ul", { class: "plain-list" }, items.map(({ message }) => {
          const row = h("li", { class: "pinned", testid: "pinned" },
            h("p", {}, h("strong", {}, displayName(message.author)), " ", h("span", { class: "hint" }, stamp(message.timestamp)), " ",
              h("button", { type: "button", class: "link", testid: "unpin", onclick: () => unpin(message, row) }, "Unpin")),
            h("div", { class: "prose" }, message.content ? markdown(message.content, message.mentions) : h("p", { class: "hint" }, "Without text")));
          return row;
        }))
      : h("p", { class: "hint" }, "Nothing is pinned here."));
}

export function startPins() {
  const button = h("button", { type: "button", class: "quiet", testid: "pins-button", onclick: () => showPins().catch(complain) }, "Pins");
  byId("room-tools").append(button);
  on("channel", () => { button.hidden = !state.channel || state.channel.type === 15 || state.channel.type === 16; });
}
