// Who is banned from the server, and lifting a ban.

import * as api from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { displayName, state } from "../core/state.js";
import { complain } from "../apps/interactions.js";

export async function showBans() {
  const guild = state.guild.id;
  const bans = await api.rest(state.me, "GET", `guilds/${guild}/bans`);
  const row = (ban) => {
    const lift = h("button", { type: "button", class: "button secondary", testid: "unban" }, "Lift the ban");
    const item = h("li", { class: "row spread", testid: "ban-row" }, h("span", {}, displayName(ban.user), ban.reason ? h("span", { class: "hint" }, ` ${ban.reason}`) : null), lift);
    lift.addEventListener("click", () => api.rest(state.me, "DELETE", `guilds/${guild}/bans/${ban.user.id}`).then(() => item.remove(), complain));
    return item;
  };
  openDialog({ title: `Bans of ${state.guild.name}`, testid: "bans-dialog" },
    bans.length ? h("ul", { class: "plain-list" }, bans.map(row)) : h("p", { class: "hint" }, "Nobody is banned."));
}
