// What a person may do with the chosen server and channel. The sandbox checks the permissions, and
// what it refuses is shown; the menu hides nothing, so that refusals can be seen too.

import * as api from "../core/api.js";
import { confirmDialog, openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { menuButton } from "../core/menu.js";
import { displayName, isVoice, member, state, tell } from "../core/state.js";
import { complain, notice } from "../apps/interactions.js";
import { showBans } from "../people/bans.js";
import { newRole } from "../people/roles.js";
import { deleteChannel, editChannel, newChannel } from "./channel_forms.js";
import { showEvents } from "./events.js";
import { DMS } from "./dms.js";
import { inviteLink } from "./make.js";
import { hasVoice, joinVoice, leaveVoice, myVoice } from "./voice.js";

const guarded = (run) => () => Promise.resolve(run()).catch(complain);

export function serverMenu({ chooseChannel, chooseGuild }) {
  return menuButton({
    label: "This server", text: "⋯", testid: "server-menu", className: "quiet icon",
    entries: () => {
      const guild = state.guild;
      if (!guild || guild.id === DMS) return [];
      const own = guild.owner_id === state.me;
      const mine = myVoice();
      const voice = isVoice(state.channel) ? state.channel : null;
      return [
        { label: "Invite people", testid: "create-invite", run: guarded(invite) },
        { label: "Bots", testid: "manage-bots", run: guarded(bots) },
        { label: "New channel", testid: "new-channel", run: () => newChannel(chooseChannel) },
        state.channel ? { label: "Edit this channel", testid: "edit-channel", run: editChannel } : null,
        state.channel ? { label: "Delete this channel", testid: "delete-channel", danger: true, run: deleteChannel } : null,
        { label: "New role", testid: "new-role", run: newRole },
        { label: "Bans", testid: "show-bans", run: guarded(showBans) },
        { label: "Events", testid: "show-events", run: guarded(showEvents) },
        voice && mine?.channel_id !== voice.id ? { label: `Join ${voice.name}`, testid: "join-voice", run: guarded(() => joinVoice(voice.id)) } : null,
        hasVoice() && mine?.channel_id ? { label: "Leave the voice channel", testid: "leave-voice", run: guarded(leaveVoice) } : null,
        { label: guild.unavailable ? "End the outage" : "Outage of this server", testid: "toggle-outage", run: guarded(outage) },
        own ? null : { label: "Leave the server", testid: "leave-server", danger: true, run: () => leave(chooseGuild) },
        own ? { label: "Delete the server", testid: "delete-server", danger: true, run: () => remove() } : null,
      ];
    },
  });
}

async function invite() {
  const made = await api.rest(state.me, "POST", `channels/${state.channel.id}/invites`, { max_age: 0, unique: true });
  const link = h("input", { type: "text", readOnly: true, value: inviteLink(made.code), "aria-label": "Invite link", testid: "invite-link" });
  openDialog({ title: `Invite to ${state.guild.name}`, testid: "invite-dialog" },
    h("p", { class: "hint" }, "Choose another person above, then join with this link by the + beside Servers."), link);
  link.select();
}

async function bots() {
  const draw = () => [...state.applications.values()].map((application) => {
    const there = member(application.bot_user_id);
    const button = h("button", { type: "button", class: "button secondary", testid: there ? "remove-bot" : "add-bot", data: { application: application.id } }, there ? "Remove" : "Add");
    button.addEventListener("click", guarded(async () => {
      if (there) await api.removeBot(state.guild.id, application.id);
      else await api.addBot(state.guild.id, application.id);
      dialog.close();
      tell("guild-stale");
      notice(`${application.name} was ${there ? "removed" : "added"}`);
    }));
    return h("li", { class: "row spread" }, h("span", {}, there ? displayName(there.user, there) : application.name), button);
  });
  const dialog = openDialog({ title: `Bots of ${state.guild.name}`, testid: "bots-dialog" }, h("ul", { class: "plain-list" }, draw()));
}

async function outage() {
  await api.outage(state.guild.id, !state.guild.unavailable);
  tell("guild-stale");
}

const leave = (chooseGuild) => confirmDialog(`Leave ${state.guild.name}`, "You need an invite to come back.", "Leave", async () => {
  await api.leave(state.me, state.guild.id);
  tell("guilds-stale");
  chooseGuild(DMS);
});

const remove = () => confirmDialog(`Delete ${state.guild.name}`, "Everything in it is gone.", "Delete", async () => {
  await api.deleteGuild(state.guild.id);
  tell("guilds-stale");
});
