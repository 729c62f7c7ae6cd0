// The message box: writing, replying, editing, and the list of slash commands.

import * as api from "../core/api.js";
import { byId, h, replace, shorten } from "../core/dom.js";
import { menuButton } from "../core/menu.js";
import { channelName, displayName, on, state } from "../core/state.js";
import { commandForm } from "../apps/command_form.js";
import { matching } from "../apps/commands.js";
import { applicationName, complain } from "../apps/interactions.js";
import { emojiPicker } from "./emoji.js";
import { canHaveMessages } from "./message.js";
import { newPoll } from "./polls.js";
import { myLastMessage } from "./timeline.js";
import { iType } from "./typing.js";
import { anyFiles, putBack, startUploads, takeFiles, uploadParts, withFiles } from "./uploads.js";

const SHOWN = 60;
const SILENT = 1 << 12;

let replying = null;
let editing = null;
let entries = [];
let active = 0;
// What was typed when the list was closed on purpose.
let closedAt = null;

const input = h("textarea", {
  id: "composer-input", rows: 1, maxlength: 4000, testid: "composer-input", "aria-label": "Message",
  role: "combobox", "aria-expanded": "false", "aria-controls": "command-list", "aria-autocomplete": "list", autocomplete: "off",
});
const list = h("ul", { id: "command-list", class: "suggestions commands", role: "listbox", "aria-label": "Commands", hidden: true, testid: "command-list" });
const banner = h("p", { class: "banner hint", hidden: true, testid: "composer-banner" });
const sendButton = h("button", { type: "submit", class: "button primary", testid: "send" }, "Send");
const emoji = emojiPicker({
  label: "Insert an emoji", testid: "insert-emoji", className: "quiet icon",
  onpick: (name, one) => insert(one.id ? `<${one.animated ? "a" : ""}:${name}>` : name),
});
const more = menuButton({
  label: "More to send", text: "⋯", testid: "composer-more", className: "quiet icon",
  entries: () => [
    { label: "Poll", testid: "new-poll", run: () => newPoll((poll) => post({ poll })) },
    { label: "Send without a notification", testid: "send-silent", run: () => submit(SILENT) },
  ],
});
const form = h("form", { class: "write" }, uploadParts.button, uploadParts.chooser, input, emoji, more, sendButton);

export function startComposer() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  input.addEventListener("input", () => {
    suggest();
    if (input.value && !input.value.startsWith("/")) iType();
  });
  input.addEventListener("keydown", keys);
  input.addEventListener("blur", () => closeList());
  startUploads();
  on("channel", () => reset());
  on("commands", () => suggest());
  reset();
}

export function replyTo(message) {
  reset();
  replying = message;
  show(`Replying to ${displayName(message.author)}: ${shorten(message.content || "a message", 60)}`);
}

export function editMessage(message) {
  reset();
  editing = message;
  input.value = message.content;
  grow();
  show("Editing your message");
}

function show(text) {
  replace(banner, text, " ", h("button", { type: "button", class: "link", testid: "composer-cancel", onclick: () => { reset(); input.focus(); } }, "Cancel"));
  banner.hidden = false;
  input.focus();
}

function reset() {
  replying = null;
  editing = null;
  input.value = "";
  closedAt = null;
  banner.hidden = true;
  const writable = canHaveMessages(state.channel);
  input.disabled = !writable;
  sendButton.disabled = !writable;
  input.placeholder = writable ? `Write in ${channelName(state.channel)}, or / for commands` : "Choose a channel first";
  form.hidden = Boolean(state.channel) && !writable;
  replace(byId("composer"), banner, list, uploadParts.tray, form);
  closeList();
  grow();
}

function grow() {
  input.rows = Math.min(8, Math.max(1, input.value.split("\n").length));
}

/** Puts text where the cursor is. */
function insert(text) {
  input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
  input.focus();
}

const post = (body, files = []) => api.rest(state.me, "POST", `channels/${state.channel.id}/messages`, withFiles(body, files));

async function submit(flags = 0) {
  const content = input.value.trim();
  if ((!content && !anyFiles()) || !state.channel) return;
  const channel = state.channel.id;
  const [toReply, toEdit] = [replying, editing];
  const files = toEdit ? [] : takeFiles();
  reset();
  try {
    if (toEdit) await api.edit(state.me, channel, toEdit.id, content);
    else {
      await post({
        ...(content ? { content } : {}), ...(flags ? { flags } : {}),
        ...(toReply ? { message_reference: { message_id: toReply.id } } : {}),
      }, files);
    }
  } catch (error) {
    complain(error);
    // Nothing written is lost.
    if (!input.value) input.value = content;
    putBack(files);
  }
}

function suggest() {
  grow();
  const text = input.value;
  if (editing || replying || !/^\/[^\n]*$/.test(text) || text === closedAt || document.activeElement !== input) {
    closeList();
    return;
  }
  entries = matching(text.slice(1)).slice(0, SHOWN);
  active = 0;
  list.replaceChildren(...entries.map((entry, index) =>
    h("li", {
      id: `command-${index}`, role: "option", testid: "command-item", data: { name: entry.name, application: entry.command.application_id },
      "aria-selected": String(index === 0),
      onmousedown: (event) => { event.preventDefault(); choose(entry); },
    },
      h("strong", {}, `/${entry.shown}`),
      h("span", { class: "command-description" }, entry.description),
      h("span", { class: "hint" }, applicationName(entry.command.application_id)))));
  if (!entries.length) list.append(h("li", { class: "hint", "aria-disabled": "true" }, "No such command here. Enter sends it as text."));
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  if (entries.length) input.setAttribute("aria-activedescendant", "command-0");
}

function closeList() {
  list.hidden = true;
  entries = [];
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function mark(index) {
  active = index;
  for (const [i, node] of [...list.children].entries()) node.setAttribute("aria-selected", String(i === index));
  input.setAttribute("aria-activedescendant", `command-${index}`);
  list.children[index]?.scrollIntoView({ block: "nearest" });
}

function keys(event) {
  const open = !list.hidden && entries.length > 0;
  if (open && event.key === "ArrowDown") mark((active + 1) % entries.length);
  else if (open && event.key === "ArrowUp") mark((active + entries.length - 1) % entries.length);
  else if (open && (event.key === "Enter" || event.key === "Tab") && !event.shiftKey) choose(entries[active]);
  else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit();
  else if (event.key === "ArrowUp" && !input.value && !replying && myLastMessage()) editMessage(myLastMessage());
  else if (event.key === "Escape") {
    if (!list.hidden) {
      closedAt = input.value;
      closeList();
    } else if (replying || editing) reset();
    else return;
  } else return;
  event.preventDefault();
}

function choose(entry) {
  const command = commandForm(entry, () => {
    reset();
    input.focus();
  });
  closeList();
  replace(byId("composer"), command.element);
  command.focus();
}
