// The list of servers, a page at a time, with a filter that the sandbox applies: the page holds a
// hundred of them at most, however many there are.

import * as api from "../core/api.js";
import { byId, h } from "../core/dom.js";
import { menuButton } from "../core/menu.js";
import { roving } from "../core/roving.js";
import { on, state, tell } from "../core/state.js";
import { initials } from "../core/format.js";
import { createServer, joinByInvite, createPerson, createApplication } from "./make.js";
import { DMS } from "./dms.js";

const PAGE = 100;
const FEW = 8;
const DELAY_MS = 150;

// After which server each page up to the shown one begins.
let pages = [null];
let more = false;
let generation = 0;
let list = null;

const filter = () => byId("server-filter");

/** Loads the shown page anew; `fresh` begins at the first, without a filter. */
export async function loadGuilds(fresh = false) {
  if (fresh) {
    pages = [null];
    filter().value = "";
  }
  const mine = ++generation;
  const found = await api.guilds(state.me, { query: filter().value.trim(), after: pages.at(-1), limit: PAGE + 1 });
  if (mine !== generation) return;
  more = found.length > PAGE;
  state.guilds = found.slice(0, PAGE);
  tell("guilds");
}

export function startGuilds({ chooseGuild, complain }) {
  const reload = () => loadGuilds().catch(complain);
  let timer = null;
  list = roving(byId("server-list"), "button.place");
  filter().addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      pages = [null];
      reload();
    }, DELAY_MS);
  });
  filter().addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    byId("server-list").querySelector("button[tabindex='0']")?.focus();
  });
  byId("server-earlier").addEventListener("click", () => {
    pages.pop();
    reload();
  });
  byId("server-later").addEventListener("click", () => {
    pages.push(state.guilds.at(-1).id);
    reload();
  });
  byId("servers-title").after(menuButton({
    label: "Make something new", text: "+", testid: "make-menu", className: "quiet icon",
    entries: () => [
      { label: "New server", testid: "new-server", run: () => createServer(chooseGuild) },
      { label: "Join by invite", testid: "join-invite", run: () => joinByInvite(chooseGuild) },
      { label: "New person", testid: "new-person", run: createPerson },
      { label: "New application", testid: "new-application", run: createApplication },
    ],
  }));
  on("guilds", () => draw(chooseGuild));
  on("guild", () => draw(chooseGuild));
}

function place(id, name, testid, choose) {
  return h("li", {}, h("button", {
    type: "button", class: "place server", testid, data: { id, name },
    "aria-current": id === state.guild?.id ? "true" : null,
    onclick: () => choose(id),
  }, h("span", { class: "mark", "aria-hidden": "true" }, id === DMS ? "@" : initials(name)), h("span", { class: "place-name" }, name)));
}

function draw(choose) {
  const shown = [...state.guilds];
  // The chosen one stays in sight.
  if (state.guild && state.guild.id !== DMS && !shown.some((guild) => guild.id === state.guild.id)) shown.unshift(state.guild);
  const paged = more || pages.length > 1;
  filter().hidden = !paged && shown.length <= FEW && filter().value === "";
  const focused = document.activeElement?.closest("#server-list button")?.dataset.id;
  byId("server-list").replaceChildren(
    place(DMS, "Direct messages", "dms-item", choose), ...shown.map((guild) => place(guild.id, guild.name, "server-item", choose)));
  byId("server-pages").hidden = !paged;
  byId("server-earlier").disabled = pages.length === 1;
  byId("server-later").disabled = !more;
  byId("server-more").textContent = paged ? `Page ${pages.length}` : shown.length ? "" : filter().value ? "No server fits." : "This person is in no server.";
  if (focused) byId("server-list").querySelector(`[data-id="${focused}"]`)?.focus();
  list.refresh();
}
