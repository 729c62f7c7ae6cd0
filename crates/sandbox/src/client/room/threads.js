// Threads of a channel: the list with the archived ones, a new one, joining, leaving, archiving.

import * as api from "../core/api.js";
import { formDialog, openDialog } from "../core/dialog.js";
import { byId, h } from "../core/dom.js";
import { date } from "../core/format.js";
import { menuButton } from "../core/menu.js";
import { CHANNEL, isForum, isThread, on, state, tell, threadsOf } from "../core/state.js";
import { complain, notice } from "../apps/interactions.js";

const ARCHIVE = [[60, "an hour"], [1440, "a day"], [4320, "three days"], [10080, "a week"]].map(([value, label]) => ({ value: String(value), label }));
const HAS_THREADS = new Set([CHANNEL.TEXT, CHANNEL.NEWS, CHANNEL.FORUM, CHANNEL.MEDIA]);

/** Archived threads of a channel, public ones and those private ones that may be seen. */
export async function archived(channel) {
  const page = (kind) => api.rest(state.me, "GET", `channels/${channel.id}/threads/archived/${kind}`).then((found) => found.threads ?? []);
  const open = await page("public");
  const own = isForum(channel) ? [] : await api.rest(state.me, "GET", `channels/${channel.id}/users/@me/threads/archived/private`).then((found) => found.threads ?? [], () => []);
  return [...open, ...own];
}

export function threadRow(thread, choose) {
  const meta = thread.thread_metadata ?? {};
  const marks = [meta.archived ? "archived" : null, meta.locked ? "locked" : null, thread.type === 12 ? "private" : null].filter(Boolean);
  return h("li", {}, h("button", { type: "button", class: "place", testid: "thread-row", data: { id: thread.id, name: thread.name }, onclick: () => choose(thread) },
    h("span", { class: "place-name" }, thread.name),
    h("span", { class: "hint" }, [...marks, `${thread.message_count ?? 0} ${thread.message_count === 1 ? "message" : "messages"}`, meta.create_timestamp ? date(meta.create_timestamp, "s") : null].filter(Boolean).join(" · "))));
}

async function showThreads() {
  const channel = state.channel;
  const old = await archived(channel);
  const known = new Set(old.map((one) => one.id));
  const active = threadsOf(channel.id).filter((one) => !known.has(one.id) && !one.thread_metadata?.archived);
  const go = (thread) => {
    dialog.close();
    openThread(thread);
  };
  const part = (title, list) => (list.length ? [h("h3", {}, title), h("ul", { class: "plain-list" }, list.map((one) => threadRow(one, go)))] : []);
  const dialog = openDialog({ title: `Threads of #${channel.name}`, testid: "threads-dialog" },
    part("Active", active), part("Archived", old), active.length + old.length ? null : h("p", { class: "hint" }, "No threads yet."),
    h("div", { class: "row end" }, h("button", { type: "button", class: "button primary", testid: "new-thread", onclick: () => { dialog.close(); newThread({}); } }, "New thread")));
}

/** Opens a thread that the channel list may not have, as an archived one. */
export function openThread(thread) {
  if (!state.guild.channels.some((one) => one.id === thread.id)) state.guild.channels.push(thread);
  tell("open-channel", thread.id);
}

/** A form for a new thread: from a message, or of its own; in a forum, a post. */
export function newThread({ message }) {
  const channel = state.channel;
  const forum = isForum(channel);
  const tags = channel.available_tags ?? [];
  formDialog({
    title: forum ? "New post" : "New thread", testid: "new-thread-dialog", action: forum ? "Post" : "Start it",
    fields: [
      { name: "name", label: forum ? "Title" : "Name", required: true, maxlength: 100 },
      ...(forum ? [{ name: "content", label: "Message", kind: "textarea", required: true, maxlength: 2000 }] : []),
      ...(forum && tags.length ? [{ name: "tags", label: "Tags", kind: "select", multiple: true, options: tags.map((one) => ({ value: one.id, label: one.name })) }] : []),
      { name: "archive", label: "Archived when nobody wrote for", kind: "select", value: "1440", options: ARCHIVE },
      ...(forum || message || channel.type === CHANNEL.NEWS ? [] : [{ name: "hidden", label: "Private", kind: "checkbox" }]),
    ],
    submit: async ({ name, content, tags: chosen, archive, hidden }) => {
      const kind = forum || message ? {} : { type: channel.type === CHANNEL.NEWS ? 10 : hidden ? 12 : 11 };
      const body = {
        name, auto_archive_duration: Number(archive), ...kind,
        ...(forum ? { message: { content }, ...(chosen?.length ? { applied_tags: chosen } : {}) } : {}),
      };
      const made = await api.rest(state.me, "POST", `channels/${channel.id}/${message ? `messages/${message.id}/` : ""}threads`, body);
      openThread(made);
    },
  });
}

function threadMenu() {
  const path = (more) => `channels/${state.channel.id}${more}`;
  const call = (method, more, body, said) => () => api.rest(state.me, method, path(more), body).then(() => { notice(said); tell("guild-stale"); }, complain);
  const meta = () => state.channel.thread_metadata ?? {};
  return menuButton({
    label: "This thread", text: "Thread", testid: "thread-menu",
    entries: () => [
      { label: "Join", testid: "join-thread", run: call("PUT", "/thread-members/@me", undefined, "You are in the thread") },
      { label: "Leave", testid: "leave-thread", run: call("DELETE", "/thread-members/@me", undefined, "You left the thread") },
      { label: meta().archived ? "Take out of the archive" : "Archive", testid: "archive-thread", run: call("PATCH", "", { archived: !meta().archived }, meta().archived ? "The thread is active" : "The thread is archived") },
      { label: meta().locked ? "Unlock" : "Lock", testid: "lock-thread", run: call("PATCH", "", { locked: !meta().locked }, meta().locked ? "Unlocked" : "Locked") },
      { label: "Back to its channel", testid: "parent-channel", run: () => tell("open-channel", state.channel.parent_id) },
    ],
  });
}

/** The thread buttons of the room's head. */
export function startThreads() {
  const list = h("button", { type: "button", class: "quiet", testid: "threads-button", onclick: () => showThreads().catch(complain) }, "Threads");
  const menu = threadMenu();
  byId("room-tools").prepend(list, menu);
  on("channel", () => {
    list.hidden = !HAS_THREADS.has(state.channel?.type) || isForum(state.channel);
    menu.hidden = !isThread(state.channel);
  });
}
