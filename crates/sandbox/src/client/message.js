// One message.

import { h, shorten } from "./dom.js";
import { attachment, embed } from "./embeds.js";
import { components } from "./components.js";
import { date, hue, initials, stamp } from "./format.js";
import { markdown } from "./markdown.js";
import { applicationName } from "./interactions.js";
import { displayName, member, state } from "./state.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const SUPPRESS_EMBEDS = 1 << 2;

const SYSTEM = { 6: "pinned a message", 7: "joined the server", 8: "boosted the server", 18: "started a thread" };

export const isEphemeral = (message) => Boolean(message.flags & EPHEMERAL);

/** The row of a message. `does` has reply, edit, remove, dismiss, apps and act. */
export function messageRow(message, does) {
  const name = displayName(message.author, member(message.author?.id));
  const users = message.mentions ?? [];
  const ephemeral = isEphemeral(message);
  const article = h("article", {
    class: `message${ephemeral ? " ephemeral" : ""}`,
    testid: "message",
    data: { messageId: message.id, authorId: message.author?.id ?? "", ephemeral: String(ephemeral) },
    "aria-label": `${name}, ${stamp(message.timestamp)}`,
  },
    h("span", { class: `avatar hue-${hue(message.author?.id)}`, "aria-hidden": "true" }, initials(name)),
    h("div", { class: "message-body" },
      origin(message),
      h("header", {},
        h("span", { class: "author", testid: "message-author" }, name),
        message.author?.bot ? h("span", { class: "badge", testid: "bot-badge" }, message.webhook_id && !message.application_id ? "webhook" : "bot") : null,
        h("time", { datetime: message.timestamp, title: date(message.timestamp, "F") }, stamp(message.timestamp)),
        message.edited_timestamp ? h("span", { class: "hint", testid: "edited", title: date(message.edited_timestamp, "F") }, "edited") : null,
        actions(message, ephemeral, does)),
      body(message, users, does),
      ephemeral
        ? h("p", { class: "only-you", testid: "ephemeral-note" }, "Only you can see this. ",
            h("button", { type: "button", class: "link", testid: "dismiss", onclick: () => does.dismiss(message) }, "Dismiss"))
        : null));
  return h("li", { data: { id: message.id } }, article);
}

function body(message, users, does) {
  if (message.flags & LOADING) {
    return h("p", { class: "thinking", testid: "thinking" }, `${displayName(message.author)} is thinking`, h("span", { class: "dots", "aria-hidden": "true" }, "…"));
  }
  const context = { users, act: (component, values, node) => does.act(message, component, values, node) };
  const content = SYSTEM[message.type] && !message.content ? SYSTEM[message.type] : message.content;
  return [
    content ? h("div", { class: "prose", testid: "message-content" }, markdown(content, users)) : null,
    (message.attachments ?? []).map(attachment),
    message.flags & SUPPRESS_EMBEDS ? null : (message.embeds ?? []).map((one) => embed(one, users)),
    message.components?.length ? h("div", { class: "components" }, components(message.components, context)) : null,
    message.reactions?.length
      ? h("p", { class: "reactions" }, message.reactions.map((one) => h("span", { class: "reaction" }, `${one.emoji?.name} ${one.count}`)))
      : null,
  ];
}

/** What the message answers: a command or another message. */
function origin(message) {
  const cause = message.interaction_metadata ?? message.interaction;
  const command = message.interaction_metadata?.name ?? message.interaction?.name;
  if (cause && command) {
    const slash = message.type === 23 ? command : `/${command}`;
    return h("p", { class: "origin", testid: "message-origin" }, `${displayName(cause.user, member(cause.user?.id))} used ${slash}`);
  }
  const answered = message.referenced_message;
  if (answered) {
    const text = answered.content || (answered.embeds?.length ? "an embed" : "a message");
    return h("p", { class: "origin", testid: "message-origin" }, `reply to ${displayName(answered.author)}: ${shorten(text, 80)}`);
  }
  if (message.type === 19) return h("p", { class: "origin", testid: "message-origin" }, "reply to a deleted message");
  return null;
}

function actions(message, ephemeral, does) {
  if (ephemeral || message.flags & LOADING) return null;
  const own = message.author?.id === state.me;
  const button = (label, testid, run) => h("button", { type: "button", class: "link", testid, onclick: run }, label);
  const apps = does.appCommands(message);
  return h("span", { class: "actions", role: "group", "aria-label": "Message actions" },
    button("Reply", "reply", () => does.reply(message)),
    own ? button("Edit", "edit", () => does.edit(message)) : null,
    own ? button("Delete", "delete", () => does.remove(message)) : null,
    apps.map((command) =>
      button(`${command.name} (${applicationName(command.application_id)})`, "context-command", () => does.runOn(command, message))));
}
