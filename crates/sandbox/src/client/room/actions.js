// What one may do with a message: buttons for the common things, a menu for the others.

import * as api from "../core/api.js";
import { formDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { menuButton } from "../core/menu.js";
import { CHANNEL, isThread, state, tell } from "../core/state.js";
import { applicationName, complain, notice } from "../apps/interactions.js";
import { emojiPicker } from "./emoji.js";
import { newThread } from "./threads.js";

const SUPPRESS_EMBEDS = 1 << 2;
const HAS_THREAD = 1 << 5;
const CROSSPOSTED = 1 << 0;

const path = (message, more = "") => `channels/${message.channel_id}/messages/${message.id}${more}`;

export function react(message, emoji, add) {
  return api.rest(state.me, add ? "PUT" : "DELETE", path(message, `/reactions/${api.segment(emoji)}/@me`)).catch(complain);
}

/** The buttons of a message; `does` has reply, edit, remove, appCommands and runOn. */
export function actions(message, does) {
  const own = message.author?.id === state.me;
  const button = (label, testid, run) => h("button", { type: "button", class: "link", testid, onclick: run }, label);
  const apps = does.appCommands(message);
  return h("span", { class: "actions", role: "group", "aria-label": "Message actions" },
    emojiPicker({ label: "Add a reaction", testid: "add-reaction", onpick: (emoji) => react(message, emoji, true) }),
    button("Reply", "reply", () => does.reply(message)),
    own ? button("Edit", "edit", () => does.edit(message)) : null,
    own ? button("Delete", "delete", () => does.remove(message)) : null,
    apps.map((command) =>
      button(`${does.commandName(command)} (${applicationName(command.application_id)})`, "context-command", () => does.runOn(command, message))),
    menuButton({ label: "More", text: "⋯", testid: "message-more", className: "link", entries: () => more(message, own, does) }));
}

function more(message, own, does) {
  const call = (method, suffix, body) => () => api.rest(state.me, method, path(message, suffix), body).catch(complain);
  const flags = message.flags ?? 0;
  const canThread = !isThread(state.channel) && [CHANNEL.TEXT, CHANNEL.NEWS].includes(state.channel?.type) && !(flags & HAS_THREAD);
  return [
    { label: message.pinned ? "Unpin" : "Pin", testid: "pin", run: pin(message) },
    canThread ? { label: "Start a thread", testid: "thread-from-message", run: () => newThread({ message }) } : null,
    message.thread ? { label: "Open its thread", testid: "open-thread", run: () => tell("open-channel", message.thread.id) } : null,
    { label: "Forward", testid: "forward", run: () => forward(message) },
    state.channel?.type === CHANNEL.NEWS && !(flags & CROSSPOSTED) ? { label: "Publish", testid: "crosspost", run: call("POST", "/crosspost") } : null,
    message.embeds?.length
      ? { label: flags & SUPPRESS_EMBEDS ? "Show embeds" : "Hide embeds", testid: "suppress", run: call("PATCH", "", { flags: (flags ^ SUPPRESS_EMBEDS) & SUPPRESS_EMBEDS }) } : null,
    message.reactions?.length ? { label: "Remove all reactions", testid: "clear-reactions", run: call("DELETE", "/reactions") } : null,
    own && message.poll && !message.poll.results?.is_finalized
      ? { label: "End the poll", testid: "end-poll", run: () => api.rest(state.me, "POST", `channels/${message.channel_id}/polls/${message.id}/expire`).catch(complain) } : null,
    { label: "Copy the id", testid: "copy-id", run: () => copy(message.id) },
    own ? null : { label: "Delete", testid: "delete-other", danger: true, run: () => does.remove(message) },
  ];
}

const pin = (message) => () =>
  api.rest(state.me, message.pinned ? "DELETE" : "PUT", `channels/${message.channel_id}/messages/pins/${message.id}`)
    .then(() => notice(message.pinned ? "Unpinned" : "Pinned"), complain);

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice(`Copied: ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`);
  } catch {
    notice("This browser does not let the page copy", { kind: "bad" });
  }
}

function forward(message) {
  const places = (state.guild?.channels ?? []).filter((one) => [CHANNEL.TEXT, CHANNEL.NEWS, CHANNEL.DM].includes(one.type) && !one.unopened);
  formDialog({
    title: "Forward", testid: "forward-dialog", action: "Forward",
    fields: [{ name: "to", label: "To", kind: "select", options: places.map((one) => ({ value: one.id, label: one.name })) }],
    submit: ({ to }) => api.rest(state.me, "POST", `channels/${to}/messages`, {
      message_reference: { type: 1, message_id: message.id, channel_id: message.channel_id, ...(state.guild?.id !== "0" ? { guild_id: state.guild.id } : {}) },
    }),
  });
}
