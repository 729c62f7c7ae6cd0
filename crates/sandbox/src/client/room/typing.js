// Who is typing, and telling that one types oneself.

import * as api from "../core/api.js";
import { byId } from "../core/dom.js";
import { displayName, on, state, userName } from "../core/state.js";

const SHOWN_MS = 10000;
const AGAIN_MS = 8000;

const writers = new Map();
let told = { channel: null, at: 0 };

function draw() {
  const names = [...writers.values()].map((one) => one.name);
  byId("typing").textContent = names.length === 0 ? "" : names.length > 3 ? "Several people are typing" : `${names.join(", ")} ${names.length === 1 ? "is" : "are"} typing`;
}

function forget(id) {
  clearTimeout(writers.get(id)?.timer);
  writers.delete(id);
  draw();
}

/** Called at each change of the message box. */
export function iType() {
  const channel = state.channel?.id;
  if (!channel || (told.channel === channel && Date.now() - told.at < AGAIN_MS)) return;
  told = { channel, at: Date.now() };
  // Whoever may not write is told so when they send.
  api.typing(state.me, channel).catch(() => {});
}

export function startTyping() {
  on("typing", (data) => {
    if (data.channel_id !== state.channel?.id || data.user_id === state.me) return;
    forget(data.user_id);
    const name = data.member ? displayName(data.member.user, data.member) : userName(data.user_id) ?? "Someone";
    writers.set(data.user_id, { name, timer: setTimeout(() => forget(data.user_id), SHOWN_MS) });
    draw();
  });
  on("message", (message) => forget(message.author?.id));
  on("channel", () => { for (const id of [...writers.keys()]) forget(id); });
}
