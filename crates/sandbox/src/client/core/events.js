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
  const data = event.message ?? event.data ?? event;
  const exact = EXACT[type];
  if (exact) exact(data, event);
  else if (/^message_reaction_/.test(type)) tell("reaction", { kind: type.slice("message_reaction_".length), ...data });
  else if (/^message_poll_vote_/.test(type)) tell("message-stale", data);
  else if (/^application_command/.test(type)) tell("commands-stale");
  else if (/^guild_scheduled_event/.test(type)) tell("events-stale");
  else if (/^(guild|channel|thread|role|member|voice_state|stage_instance)_/.test(type)) tell("guild-stale");
}

const EXACT = {
  message_create: (message) => tell("message", message),
  message_update: (message) => tell("message-changed", message),
  message_delete: (message, event) => tell("message-gone", event.message_id ?? message.id),
  message_delete_bulk: (data) => { for (const id of data.ids ?? []) tell("message-gone", id); },
  channel_pins_update: (data) => tell("pins-stale", data),
  typing_start: (data) => tell("typing", data),
  presence_update: (data) => tell("presence", data),
  guild_create: () => tell("guilds-stale"),
  guild_delete: () => tell("guilds-stale"),
  lagged: () => tell("stream-open"),
};
