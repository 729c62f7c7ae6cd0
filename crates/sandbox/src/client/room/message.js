// One message.

import { h, shorten } from "../core/dom.js";
import { date, hue, initials, stamp } from "../core/format.js";
import { CHANNEL, channelById, displayName, member, nameColour, state, tell } from "../core/state.js";
import { components } from "../apps/components.js";
import { actions } from "./actions.js";
import { attachment } from "./attachments.js";
import { embed, tint } from "./embeds.js";
import { markdown } from "./markdown.js";
import { poll } from "./polls.js";
import { reactions } from "./reactions.js";

const CROSSPOSTED = 1 << 0;
const IS_CROSSPOST = 1 << 1;
const SUPPRESS_EMBEDS = 1 << 2;
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const SILENT = 1 << 12;

const SYSTEM = {
  1: "added someone to the thread", 2: "removed someone from the thread", 4: "changed the channel's name", 6: "pinned a message", 7: "joined the server",
  8: "boosted the server", 12: "followed a channel", 18: "started a thread", 24: "set off a rule of auto-moderation", 46: "A poll has ended",
};
// The content is the new name of the channel, the followed channel, or the thread.
const NAMES_ITS_THING = new Set([4, 12, 18]);
const FORWARD = 1;

export const isEphemeral = (message) => Boolean(message.flags & EPHEMERAL);

/** The row of a message. `does` has reply, edit, remove, dismiss, appCommands, commandName, runOn, profile and act. */
export function messageRow(message, does) {
  const known = member(message.author?.id);
  const name = displayName(message.author, known);
  const users = message.mentions ?? [];
  const ephemeral = isEphemeral(message);
  const author = h("button", { type: "button", class: "author", testid: "message-author", tabindex: "-1", onclick: () => does.profile(message.author) }, name);
  const article = h("article", {
    class: `message${ephemeral ? " ephemeral" : ""}`,
    testid: "message",
    tabindex: "-1",
    data: { messageId: message.id, authorId: message.author?.id ?? "", ephemeral: String(ephemeral) },
    "aria-label": `${name}, ${stamp(message.timestamp)}`,
  },
    h("span", { class: `avatar hue-${hue(message.author?.id)}`, "aria-hidden": "true" }, initials(name)),
    h("div", { class: "message-body" },
      origin(message),
      h("header", {},
        tint(author, known ? nameColour(known) || null : null),
        message.author?.bot ? h("span", { class: "badge", testid: "bot-badge" }, message.webhook_id && !message.application_id ? "webhook" : "bot") : null,
        h("time", { datetime: message.timestamp, title: date(message.timestamp, "F") }, stamp(message.timestamp)),
        marks(message),
        ephemeral || message.flags & LOADING ? null : actions(message, does)),
      body(message, users, does),
      ephemeral
        ? h("p", { class: "only-you", testid: "ephemeral-note" }, "Only you can see this. ",
            h("button", { type: "button", class: "link", testid: "dismiss", onclick: () => does.dismiss(message) }, "Dismiss"))
        : null));
  return h("li", { data: { id: message.id } }, article);
}

function marks(message) {
  const mark = (testid, text, title) => h("span", { class: "hint", testid, title }, text);
  return [
    message.edited_timestamp ? mark("edited", "edited", date(message.edited_timestamp, "F")) : null,
    message.pinned ? mark("pinned-mark", "pinned") : null,
    message.flags & CROSSPOSTED ? mark("published-mark", "published") : null,
    message.flags & IS_CROSSPOST ? mark("followed-mark", "from a followed channel") : null,
    message.flags & SILENT ? mark("silent-mark", "silent", "Sent without a notification") : null,
    message.tts ? mark("tts-mark", "read aloud") : null,
  ];
}

function body(message, users, does) {
  if (message.flags & LOADING) {
    return h("p", { class: "thinking", testid: "thinking" }, `${displayName(message.author)} is thinking`, h("span", { class: "dots", "aria-hidden": "true" }, "…"));
  }
  const context = { users, attachments: message.attachments ?? [], act: (component, values, node) => does.act(message, component, values, node) };
  const content = systemText(message) ?? message.content;
  // Files that a component shows are not shown twice.
  const inComponents = Boolean(message.flags & (1 << 15));
  return [
    content ? h("div", { class: "prose", testid: "message-content" }, markdown(content, users)) : null,
    (message.message_snapshots ?? []).map((one) => snapshot(one.message, does)),
    inComponents ? null : (message.attachments ?? []).map(attachment),
    (message.sticker_items ?? []).map((one) => h("p", { class: "sticker", testid: "sticker" }, `Sticker: ${one.name}`)),
    message.flags & SUPPRESS_EMBEDS ? null : (message.embeds ?? []).map((one) => embed(one, users)),
    message.poll ? poll(message) : null,
    message.components?.length ? h("div", { class: "components" }, components(message.components, context)) : null,
    reactions(message),
    message.thread || message.flags & (1 << 5) ? threadLink(message) : null,
  ];
}

/** What a message says that nobody wrote. */
function systemText({ type, content }) {
  if (!SYSTEM[type]) return null;
  return NAMES_ITS_THING.has(type) && content ? `${SYSTEM[type]}: ${content}` : content || SYSTEM[type];
}

const snapshot = (message, does) => h("blockquote", { class: "forwarded", testid: "forwarded" },
  h("p", { class: "origin" }, "Forwarded"), body({ ...message, id: null, reactions: null, flags: message.flags ?? 0 }, message.mentions ?? [], does));

function threadLink(message) {
  const thread = message.thread ?? channelById(message.id);
  if (!thread) return null;
  return h("button", { type: "button", class: "quiet thread-link", testid: "thread-link", onclick: () => tell("open-channel", thread.id) }, `Thread: ${thread.name}`);
}

/** What the message answers: a command or another message. */
function origin(message) {
  const line = (text) => h("p", { class: "origin", testid: "message-origin" }, text);
  const cause = message.interaction_metadata ?? message.interaction;
  const command = message.interaction_metadata?.name ?? message.interaction?.name;
  if (cause && command) {
    const slash = message.type === 23 ? command : `/${command}`;
    return line(`${displayName(cause.user, member(cause.user?.id))} used ${slash}`);
  }
  if (message.message_reference?.type === FORWARD || message.type === 21) return null;
  const answered = message.referenced_message;
  if (answered) {
    const text = answered.content || (answered.embeds?.length ? "an embed" : "a message");
    return line(`reply to ${displayName(answered.author)}: ${shorten(text, 80)}`);
  }
  if (message.type === 19) return line("reply to a deleted message");
  return null;
}

export const canHaveMessages = (channel) => channel && channel.type !== CHANNEL.CATEGORY && channel.type !== CHANNEL.FORUM && channel.type !== CHANNEL.MEDIA;
export const ownLast = (messages) => [...messages].reverse().find((one) => one.author?.id === state.me && !isEphemeral(one) && one.type !== 6);
