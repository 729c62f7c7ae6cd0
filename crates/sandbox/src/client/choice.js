// The choice of person, server and channel together. It is kept in the address, so that a reload or a
// link comes back to it.

import * as api from "./core/api.js";
import { byId, h, replace } from "./core/dom.js";
import { follow } from "./core/events.js";
import { channelName, state, tell } from "./core/state.js";
import { loadCommands } from "./apps/commands.js";
import { DMS, dmView, opened } from "./places/dms.js";
import { inListOrder } from "./places/channels.js";
import { loadGuilds } from "./places/guilds.js";
import { openChannel } from "./room/timeline.js";

const USERS_SHOWN = 500;
const READABLE = new Set([0, 1, 2, 3, 5, 10, 11, 12, 13, 15, 16]);

export function fromAddress() {
  const [user, guild, channel] = location.hash.replace(/^#/, "").split("/").map((part) => (/^\d{1,20}$/.test(part) ? part : null));
  return { user, guild, channel };
}

function toAddress() {
  const parts = [state.me, state.guild?.id, state.channel?.id].filter(Boolean);
  history.replaceState(null, "", `#${parts.join("/")}`);
}

export async function loadUsers() {
  const world = await api.state();
  state.applications = new Map(world.applications.map((one) => [String(one.id), one]));
  state.users = world.users;
  const people = world.users.filter((user) => !user.bot);
  const shown = people.slice(0, USERS_SHOWN);
  replace(byId("user-select"), shown.map(option));
  showMe();
  tell("users");
  return people;
}

const option = (user) => h("option", { value: user.id }, user.global_name ? `${user.global_name} (${user.username})` : user.username);

/** The list holds the first people; whoever is chosen is always in it. */
function showMe() {
  const select = byId("user-select");
  const me = state.users.find((user) => user.id === state.me);
  if (me && ![...select.options].some((one) => one.value === me.id)) select.append(option(me));
  if (me) select.value = me.id;
}

export async function chooseUser(id, wanted = {}) {
  state.me = id;
  showMe();
  state.guild = null;
  state.channel = null;
  tell("me");
  tell("channel");
  follow(id);
  await loadGuilds(true);
  const first = state.guilds[0]?.id;
  if (wanted.guild && (await isIn(wanted.guild))) await chooseGuild(wanted.guild, wanted.channel);
  else if (first) await chooseGuild(first);
  else {
    tell("guild");
    await chooseChannel(null);
  }
}

/** Whether the chosen person is in the server. */
const isIn = async (guild) => guild === DMS || (await api.guilds(state.me, { query: guild, limit: 1 })).some((one) => one.id === guild);

function hold(view) {
  state.guild = view;
  state.presences = new Map((view.presences ?? []).map((one) => [one.user.id, one]));
}

const viewOf = (id) => (id === DMS ? dmView() : api.guild(state.me, id));

export async function chooseGuild(id, wantedChannel = null) {
  const me = state.me;
  const view = await viewOf(id);
  // Someone else was chosen meanwhile.
  if (me !== state.me) return;
  hold(view);
  tell("guild");
  const readable = (view.channels ?? []).filter((channel) => READABLE.has(channel.type));
  const text = readable.filter((channel) => channel.type === 0);
  // Looking at the list of bots opens no direct message.
  const channel = readable.find((one) => one.id === wantedChannel && !one.unopened)
    ?? text.find((one) => one.name === "general") ?? text[0] ?? readable.find((one) => !one.unopened);
  await chooseChannel(channel?.id ?? null);
}

export async function chooseChannel(id, { fresh = false } = {}) {
  if (fresh || (id && !state.guild?.channels?.some((one) => one.id === id))) hold(await viewOf(state.guild.id));
  const channel = await opened(state.guild?.channels?.find((one) => one.id === id) ?? null);
  state.channel = channel;
  byId("room-title").textContent = channel ? channelName(channel) : "No channel chosen";
  byId("room-topic").textContent = channel?.topic ?? "";
  document.title = channel ? `${channelName(channel)}, ${state.guild.name}: Guildhall sandbox` : "Guildhall sandbox";
  toAddress();
  tell("channel");
  await Promise.all([openChannel(channel), loadCommands()]);
}

/** After a change of the world: the same choice, drawn afresh. */
export async function refreshGuild() {
  if (!state.guild) return;
  const mine = state.guild.id;
  try {
    const view = await viewOf(mine);
    if (state.guild?.id !== mine) return;
    // An archived thread that was opened stays known while one is in it.
    if (state.channel && !view.channels.some((one) => one.id === state.channel.id) && state.channel.thread_metadata?.archived) view.channels.push(state.channel);
    hold(view);
  } catch (error) {
    if (error.status !== 403 && error.status !== 404) throw error;
    await chooseUser(state.me);
    return;
  }
  const still = state.guild.channels?.find((one) => one.id === state.channel?.id);
  tell("guild");
  if (still) state.channel = still;
  else await chooseChannel(state.guild.channels?.find((one) => one.type === 0)?.id ?? null);
  await loadCommands();
}

/** The next or previous channel of the list. */
export function stepChannel(by) {
  const channels = inListOrder();
  const at = channels.findIndex((one) => one.id === state.channel?.id);
  const next = channels[(at + by + channels.length) % channels.length];
  return next && chooseChannel(next.id);
}
