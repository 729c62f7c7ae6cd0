// Tells a screen reader of new messages: one line for each, and only how many when they come in a flood.

import { byId, shorten } from "./dom.js";
import { displayName, member, on, state } from "./state.js";

const WAIT_MS = 400;
const SPOKEN = 3;

let waiting = [];
let timer = null;

function speak() {
  timer = null;
  const all = waiting;
  waiting = [];
  byId("announce").textContent = all.length > SPOKEN ? `${all.length} new messages`
    : all.map((one) => `${displayName(one.author, member(one.author?.id))}: ${shorten(one.content || "a message without text", 200)}`).join(". ");
}

export function startAnnouncing() {
  on("message", (message) => {
    if (message.channel_id !== state.channel?.id || message.author?.id === state.me) return;
    waiting.push(message);
    timer ??= setTimeout(speak, WAIT_MS);
  });
  on("channel", () => {
    waiting = [];
    byId("announce").textContent = "";
  });
}
