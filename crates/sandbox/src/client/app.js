// Starts the page and holds the choice of user, server and channel together. The
// choice is kept in the address, so that a reload or a link comes back to it.

import * as api from "./api.js";
import { byId, h, replace } from "./dom.js";
import { channelName, on, state, tell } from "./state.js";
import { DMS, dmView, opened } from "./dms.js";
import { follow } from "./events.js";
import { complain } from "./interactions.js";
import { loadCommands, startCommands } from "./commands.js";
import { startComposer } from "./composer.js";
import { startJournal } from "./journal.js";
import { startSidebar } from "./sidebar.js";
import { catchUp, openChannel, startTimeline } from "./timeline.js";

const USERS_SHOWN = 500;
const READABLE = new Set([0, 1, 2, 3, 5, 10, 11, 12]);
const COALESCE_MS = 150;

const guarded = (run) => (...values) => Promise.resolve(run(...values)).catch(complain);

function fromAddress() {
  const [user, guild, channel] = location.hash.replace(/^#/, "").split("/").map((part) => (/^\d{1,20}$/.test(part) ? part : null));
  return { user, guild, channel };
}

function toAddress() {
  const parts = [state.me, state.guild?.id, state.channel?.id].filter(Boolean);
  history.replaceState(null, "", `#${parts.join("/")}`);
}

async function loadUsers() {
  const world = await api.state();
  state.applications = new Map(world.applications.map((one) => [String(one.id), one]));
  state.users = world.users;
  const people = world.users.filter((user) => !user.bot).slice(0, USERS_SHOWN);
  replace(byId("user-select"), people.map((user) =>
    h("option", { value: user.id }, user.global_name ? `${user.global_name} (${user.username})` : user.username)));
  return people;
}

async function chooseUser(id, wanted = {}) {
  state.me = id;
  byId("user-select").value = id;
  state.guild = null;
  state.channel = null;
  tell("channel");
  follow(id);
  await loadGuilds();
  const there = wanted.guild === DMS || state.guilds.some((guild) => guild.id === wanted.guild);
  const first = there ? wanted.guild : state.guilds[0]?.id;
  if (first) await chooseGuild(first, wanted.channel);
  else {
    tell("guild");
    await chooseChannel(null);
  }
}

async function loadGuilds() {
  state.guilds = await api.guilds(state.me);
  tell("guilds");
}

const viewOf = (id) => (id === DMS ? dmView() : api.guild(state.me, id));

async function chooseGuild(id, wantedChannel = null) {
  const view = await viewOf(id);
  state.guild = view;
  tell("guild");
  const readable = (view.channels ?? []).filter((channel) => READABLE.has(channel.type));
  const text = readable.filter((channel) => channel.type === 0);
  // Looking at the list of bots opens no direct message.
  const channel = readable.find((one) => one.id === wantedChannel && !one.unopened)
    ?? text.find((one) => one.name === "general") ?? text[0] ?? readable.find((one) => !one.unopened);
  await chooseChannel(channel?.id ?? null);
}

async function chooseChannel(id) {
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
async function refreshGuild() {
  if (!state.guild) return;
  try {
    state.guild = await viewOf(state.guild.id);
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

/** Runs once for a burst of calls. */
function coalesced(run) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      guarded(run)();
    }, COALESCE_MS);
  };
}

async function start() {
  startSidebar({ chooseGuild: guarded(chooseGuild), chooseChannel: guarded(chooseChannel) });
  startTimeline();
  startComposer();
  startJournal();
  startCommands(complain);
  on("guild-stale", coalesced(refreshGuild));
  on("guilds-stale", coalesced(async () => {
    await loadUsers();
    byId("user-select").value = state.me;
    await loadGuilds();
    await refreshGuild();
  }));
  on("stream-open", guarded(catchUp));
  on("message", (message) => {
    // Someone new has written directly.
    const known = state.guild?.channels?.some((one) => one.id === message.channel_id);
    if (state.guild?.id === DMS && !message.guild_id && !known) tell("guild-stale");
  });
  byId("user-select").addEventListener("change", (event) =>
    guarded(chooseUser)(event.target.value, { guild: state.guild?.id, channel: state.channel?.id }));
  window.addEventListener("hashchange", () => {
    const wanted = fromAddress();
    const same = wanted.user === state.me && wanted.guild === state.guild?.id && wanted.channel === state.channel?.id;
    if (wanted.user && !same) guarded(chooseUser)(wanted.user, wanted);
  });
  const people = await loadUsers();
  const wanted = fromAddress();
  const me = people.find((user) => user.id === wanted.user) ?? people[0];
  if (me) await chooseUser(me.id, wanted);
  else byId("connection").textContent = "No users yet";
}

guarded(start)();
