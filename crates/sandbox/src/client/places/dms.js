// Direct messages, shown as one more server: a channel for each bot, and for whoever else has written.

import * as api from "../core/api.js";
import { displayName, state } from "../core/state.js";

/** The id it goes by; no server has it. */
export const DMS = "0";
const DM = 1;

/** The same shape as a server's view. A bot not yet talked to is a channel under the bot's own id. */
export async function dmView() {
  const open = (await api.dms(state.me)).filter((channel) => channel.type === DM);
  const known = open.map((channel) => entry(channel.id, channel.recipients?.[0], false));
  const met = new Set(known.map((one) => one.with));
  const others = state.users.filter((user) => user.bot && !met.has(user.id)).map((user) => entry(user.id, user, true));
  const people = state.users.filter((user) => user.id === state.me || met.has(user.id) || user.bot);
  return {
    id: DMS, name: "Direct messages", roles: [],
    channels: [...known, ...others].sort((a, b) => a.name.localeCompare(b.name)).map((one, position) => ({ ...one, position })),
    members: people.map((user) => ({ user })),
  };
}

const entry = (id, user, unopened) => ({ id, type: DM, name: user ? displayName(user) : "someone", with: user?.id ?? null, unopened });

/** The channel itself, opened if it was not. */
export async function opened(channel) {
  if (!channel?.unopened) return channel;
  const made = await api.openDm(state.me, channel.with);
  return Object.assign(channel, { id: made.id, unopened: false });
}
