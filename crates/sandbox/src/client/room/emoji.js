// Emojis: common ones, and the server's own; a picker for reactions and the message box.

import * as api from "../core/api.js";
import { focusBack, h } from "../core/dom.js";
import { roving } from "../core/roving.js";
import { state } from "../core/state.js";
import { complain } from "../apps/interactions.js";
import { DMS } from "../places/dms.js";

const COMMON = [
  ["👍", "thumbs up"], ["👎", "thumbs down"], ["❤️", "heart"], ["😂", "tears of joy"], ["🎉", "party"], ["😮", "surprised"],
  ["😢", "crying"], ["🔥", "fire"], ["👀", "eyes"], ["✅", "check mark"], ["❌", "cross mark"], ["⭐", "star"],
  ["🤔", "thinking"], ["👋", "waving"], ["🙏", "folded hands"], ["💯", "hundred"], ["🚀", "rocket"], ["🐛", "bug"],
  ["1️⃣", "one"], ["2️⃣", "two"], ["3️⃣", "three"], ["⬅️", "left"], ["➡️", "right"], ["🔁", "repeat"],
];

/** The server's own, as they are now. */
async function own() {
  const guild = state.guild?.id;
  return guild && guild !== DMS ? api.rest(state.me, "GET", `guilds/${guild}/emojis`) : [];
}

/** How a reaction's route names an emoji. */
export const routeName = (emoji) => (emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name);

/** An emoji: text, or the picture this sandbox has of a custom one. */
export function emojiNode(emoji) {
  if (!emoji?.id) return h("span", { class: "emoji" }, emoji?.name ?? "");
  const image = h("img", { class: "emoji-image", src: `/emojis/${emoji.id}.${emoji.animated ? "gif" : "png"}`, alt: `:${emoji.name}:`, title: `:${emoji.name}:`, loading: "lazy" });
  // Without a stored picture its name stands there.
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "emoji" }, `:${emoji.name}:`)));
  return image;
}

/** A button with a picker; `onpick` gets the emoji as routes name it, and whether it is the server's own. */
export function emojiPicker({ label, testid, onpick, className = "link" }) {
  const button = h("button", { type: "button", class: className, testid, "aria-label": label, title: label, "aria-haspopup": "dialog" }, "☺");
  button.addEventListener("click", () => open(button, onpick));
  return button;
}

function open(button, onpick) {
  const close = () => {
    dialog.close();
    focusBack(button);
  };
  const choice = (emoji, name) => h("button", {
    type: "button", class: "emoji-choice", testid: "emoji-choice", "aria-label": name, title: name, data: { emoji: routeName(emoji) },
    onclick: () => { close(); onpick(routeName(emoji), emoji); },
  }, emojiNode(emoji));
  const grid = h("div", { class: "emoji-grid", role: "group", "aria-label": "Common emojis" }, COMMON.map(([name, words]) => choice({ name }, words)));
  const ownGrid = h("div", { class: "emoji-grid", role: "group", "aria-label": "Emojis of this server" });
  const input = h("input", { type: "text", placeholder: "Or any emoji", "aria-label": "Any emoji", testid: "emoji-text", maxlength: 64, autocomplete: "off" });
  const form = h("form", { class: "emoji-form" }, input, h("button", { type: "submit", class: "button secondary" }, "Use"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!input.value.trim()) return;
    close();
    onpick(input.value.trim(), { name: input.value.trim() });
  });
  const dialog = h("dialog", { class: "modal small", testid: "emoji-picker", "aria-label": "Choose an emoji" }, grid, ownGrid, form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (document.activeElement === document.body) focusBack(button);
  });
  dialog.addEventListener("mousedown", (event) => { if (event.target === dialog) close(); });
  document.body.append(dialog);
  dialog.showModal();
  const moves = [roving(grid, "button", { horizontal: true }), roving(ownGrid, "button", { horizontal: true })];
  for (const one of moves) one.refresh();
  own().then((emojis) => {
    ownGrid.replaceChildren(...emojis.map((emoji) => choice(emoji, emoji.name)));
    moves[1].refresh();
  }, complain);
}
