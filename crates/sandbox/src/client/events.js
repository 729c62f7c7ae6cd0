// Live changes over server-sent events, with our own reconnect so that what was
// missed meanwhile is fetched.

import { byId } from "./dom.js";
import { eventsUrl } from "./api.js";
import { tell } from "./state.js";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10000;

let source = null;
let timer = null;
let delay = FIRST_DELAY_MS;

function show(state, text) {
  const status = byId("connection");
  status.dataset.state = state;
  status.textContent = text;
}

/** Follows one user's events; a second call changes the user. */
export function follow(user) {
  source?.close();
  clearTimeout(timer);
  if (!user) return;
  let wasOpen = false;
  show("connecting", "Connecting");
  source = new EventSource(eventsUrl(user));
  source.onopen = () => {
    show("live", "Live");
    delay = FIRST_DELAY_MS;
    wasOpen = true;
    tell("stream-open");
  };
  source.onmessage = (event) => receive(event.data);
  source.onerror = () => {
    source.close();
    show("lost", wasOpen ? "Connection lost, trying again" : "Not connected, trying again");
    timer = setTimeout(() => follow(user), delay);
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
  };
}

function receive(text) {
  let event;
  try {
    event = JSON.parse(text);
  } catch {
    return;
  }
  const type = String(event.type).toLowerCase();
  const message = event.message ?? event.data ?? event;
  if (type === "message_create") tell("message", message);
  else if (type === "message_update") tell("message-changed", message);
  else if (type === "message_delete") tell("message-gone", event.message_id ?? message.id);
  else if (type === "message_delete_bulk") for (const id of event.ids ?? message.ids ?? []) tell("message-gone", id);
  else if (type === "lagged") tell("stream-open");
  else if (/^application_commands/.test(type)) tell("commands-stale");
  else if (/^(guild_(create|delete)|member_(add|remove)|guild_member_(add|remove))/.test(type)) tell("guilds-stale");
  else if (/^(guild|channel|role|member)_/.test(type)) tell("guild-stale");
}
