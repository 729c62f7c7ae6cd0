// Starts the page: brings its parts together, and keeps what is shown in step with the world.

import { chooseChannel, chooseGuild, chooseUser, fromAddress, loadUsers, refreshGuild, stepChannel } from "./choice.js";
import { startAnnouncing } from "./core/announce.js";
import { byId } from "./core/dom.js";
import { startKeys } from "./core/keys.js";
import { startLocale } from "./core/locale.js";
import { on, state, tell } from "./core/state.js";
import { openSwitcher } from "./core/switcher.js";
import { loadCommands, startCommands } from "./apps/commands.js";
import { complain } from "./apps/interactions.js";
import { faultsPanel } from "./bench/faults.js";
import { gatewayPanel } from "./bench/gateway.js";
import { journalPanel } from "./bench/journal.js";
import { focusPanel, startPanel } from "./bench/panel.js";
import { membersPanel } from "./people/members.js";
import { openPlaces, startChannels } from "./places/channels.js";
import { DMS } from "./places/dms.js";
import { loadGuilds, startGuilds } from "./places/guilds.js";
import { offerInvite } from "./places/make.js";
import { startComposer } from "./room/composer.js";
import { startPins } from "./room/pins.js";
import { startSearch } from "./room/search.js";
import { startThreads } from "./room/threads.js";
import { catchUp, startTimeline } from "./room/timeline.js";
import { startTyping } from "./room/typing.js";

const COALESCE_MS = 150;

const guarded = (run) => (...values) => Promise.resolve(run(...values)).catch(complain);

/** Runs once for a burst of calls, and never twice at a time. */
function coalesced(run) {
  let timer = null;
  let running = false;
  let again = false;
  const later = () => {
    if (running) {
      again = true;
      return;
    }
    timer ??= setTimeout(async () => {
      timer = null;
      running = true;
      await guarded(run)();
      running = false;
      if (again) later();
      again = false;
    }, COALESCE_MS);
  };
  return later;
}

function focusPlaces() {
  openPlaces(true);
  (byId("channel-list").querySelector("[aria-current=true]") ?? byId("server-list").querySelector("button"))?.focus();
}

function startParts() {
  const choose = { chooseGuild: guarded(chooseGuild), chooseChannel: guarded(chooseChannel), complain };
  startGuilds(choose);
  startChannels(choose);
  startTimeline();
  startComposer();
  startPins();
  startThreads();
  startSearch();
  startTyping();
  startAnnouncing();
  startLocale();
  startPanel([membersPanel(), journalPanel(), gatewayPanel(), faultsPanel()]);
  startCommands(complain);
  startKeys({
    switcher: () => openSwitcher({
      user: (id) => guarded(chooseUser)(id, { guild: state.guild?.id, channel: state.channel?.id }), guild: guarded(chooseGuild), channel: guarded(chooseChannel),
    }),
    places: focusPlaces, panel: focusPanel, step: guarded(stepChannel),
  });
}

async function reloadWorld() {
  await loadUsers();
  await loadGuilds();
  await refreshGuild();
}

function listen() {
  on("guild-stale", coalesced(refreshGuild));
  on("guilds-stale", coalesced(reloadWorld));
  on("users-stale", coalesced(loadUsers));
  on("stream-open", guarded(catchUp));
  on("open-channel", guarded(chooseChannel));
  on("open-dm", guarded(async (id) => {
    await loadUsers();
    await chooseGuild(DMS, id);
  }));
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
}

async function start() {
  startParts();
  listen();
  const people = await loadUsers();
  const wanted = fromAddress();
  const me = people.find((user) => user.id === wanted.user) ?? people[0];
  if (me) {
    await chooseUser(me.id, wanted);
    offerInvite(guarded(chooseGuild));
  }
  else byId("connection").textContent = "No people yet: make one by the + beside Servers";
}

guarded(start)();
