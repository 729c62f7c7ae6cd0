// Searching the messages of the server.

import * as api from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { byId, h, shorten } from "../core/dom.js";
import { stamp } from "../core/format.js";
import { channelById, displayName, on, state, tell } from "../core/state.js";
import { DMS } from "../places/dms.js";

const TRIES = 5;
const WAIT_MS = 400;

/** A server that was never searched is indexed first, and says so instead of answering. */
async function search(content) {
  for (let left = TRIES; left > 0; left -= 1) {
    const found = await api.rest(state.me, "GET", `guilds/${state.guild.id}/messages/search?${new URLSearchParams({ content })}`);
    if (found.messages) return found;
    await new Promise((resume) => setTimeout(resume, (found.retry_after ?? 0) * 1000 || WAIT_MS));
  }
  return { messages: [], total_results: 0 };
}

function showSearch() {
  const input = h("input", { type: "search", "aria-label": "Words", placeholder: "Words", testid: "search-input", autocomplete: "off" });
  const count = h("p", { class: "hint", role: "status", testid: "search-count" });
  const list = h("ul", { class: "plain-list", testid: "search-results" });
  const form = h("form", { class: "row" }, input, h("button", { type: "submit", class: "button primary", testid: "search-go" }, "Search"));
  const dialog = openDialog({ title: `Search ${state.guild.name}`, testid: "search-dialog" }, form, count, list);
  const row = (message) => h("li", {}, h("button", {
    type: "button", class: "place", testid: "search-result", data: { id: message.id },
    onclick: () => { dialog.close(); tell("open-channel", message.channel_id); },
  }, h("span", { class: "place-name" }, shorten(message.content || "a message without text", 120)),
  h("span", { class: "hint" }, `${displayName(message.author)} in #${channelById(message.channel_id)?.name ?? "?"}, ${stamp(message.timestamp)}`)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    count.textContent = "Searching";
    try {
      const found = await search(input.value.trim());
      list.replaceChildren(...found.messages.flat().map(row));
      count.textContent = `${found.total_results} found`;
    } catch (error) {
      count.textContent = [error.message, error.hint].filter(Boolean).join(": ");
    }
  });
  input.focus();
}

export function startSearch() {
  const button = h("button", { type: "button", class: "quiet", testid: "search-button", onclick: showSearch }, "Search");
  byId("room-tools").append(button);
  on("channel", () => { button.hidden = !state.guild || state.guild.id === DMS; });
}
