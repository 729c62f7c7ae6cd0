// A member's profile: roles, permissions, when they joined, and what a moderator may do.

import * as api from "../core/api.js";
import { confirmDialog, formDialog, openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { date, hue, initials } from "../core/format.js";
import { displayName, member, rolesOf, state, tell } from "../core/state.js";
import { complain, interact, notice } from "../apps/interactions.js";
import { commandName, userCommands } from "../apps/commands.js";
import { tint } from "../room/embeds.js";
import { copy } from "../room/actions.js";
import { DMS } from "../places/dms.js";
import { memberPermissions } from "./permissions.js";

const TIMEOUTS = [[0, "None"], [60, "A minute"], [600, "Ten minutes"], [3600, "An hour"], [86400, "A day"], [604800, "A week"]]
  .map(([value, label]) => ({ value: String(value), label }));

export async function showProfile(user) {
  if (!user?.id) return;
  const guild = state.guild;
  const inGuild = guild && guild.id !== DMS;
  const known = member(user.id) ?? (inGuild ? await api.rest(state.me, "GET", `guilds/${guild.id}/members/${user.id}`).catch(() => null) : null);
  const name = displayName(user, known);
  const presence = state.presences.get(user.id);
  const dialog = openDialog({ title: name, testid: "profile" },
    h("div", { class: "profile-head" },
      h("span", { class: `avatar hue-${hue(user.id)}`, "aria-hidden": "true" }, initials(name)),
      h("div", {},
        h("p", {}, `@${user.username}`, user.bot ? h("span", { class: "badge" }, "bot") : null),
        h("p", { class: "hint" }, [presence?.status ?? "offline", ...(presence?.activities ?? []).map((one) => one.state ?? one.name)].join(" · ")))),
    known && inGuild ? memberFacts(guild, known) : h("p", { class: "hint" }, inGuild ? "Not a member of this server." : ""),
    h("div", { class: "row" }, buttons(user, known && inGuild ? known : null, () => dialog.close())));
}

function memberFacts(guild, known) {
  const roles = rolesOf(known).map((role) => tint(h("li", { class: "role", testid: "profile-role" }, role.name), role.color || null));
  const allowed = memberPermissions(guild, known);
  const until = Date.parse(known.communication_disabled_until ?? "");
  return h("dl", { class: "facts" },
    h("dt", {}, "Joined"), h("dd", { testid: "profile-joined" }, known.joined_at ? date(known.joined_at, "f") : "unknown"),
    until > Date.now() ? [h("dt", {}, "Timed out until"), h("dd", {}, date(until, "f"))] : null,
    h("dt", {}, "Roles"), h("dd", {}, roles.length ? h("ul", { class: "role-list" }, roles) : "None"),
    h("dt", {}, "Permissions"), h("dd", {}, h("details", {}, h("summary", {}, allowed.length === 1 ? allowed[0] : `${allowed.length} permissions`),
      h("ul", { class: "permission-list", testid: "profile-permissions" }, allowed.map((one) => h("li", {}, one))))));
}

function buttons(user, known, close) {
  const button = (label, testid, run, kind = "secondary") => h("button", {
    type: "button", class: `button ${kind}`, testid, onclick: () => { close(); Promise.resolve(run()).catch(complain); },
  }, label);
  const self = user.id === state.me;
  const name = displayName(user, known);
  const path = known ? `guilds/${state.guild.id}/members/${user.id}` : null;
  return [
    self ? null : button("Message", "profile-message", () => message(user)),
    self ? button("Status", "set-status", setStatus) : null,
    self && known?.pending ? button("Accept the rules", "pass-screening", () => api.passScreening(state.me, state.guild.id)) : null,
    known ? button("Roles and name", "edit-member", () => editMember(known, path, self)) : null,
    ...(known ? userCommands() : []).map((command) => button(commandName(command), "profile-command", () =>
      interact(state.channel.id, { command: { application_id: command.application_id, command_id: command.id, name: command.name, type: 2, target_id: user.id, options: [] } },
        { applicationId: command.application_id, what: commandName(command) }))),
    button("Copy the id", "copy-user-id", () => copy(user.id)),
    known && !self ? button("Kick", "kick", () => confirmDialog(`Kick ${name}`, "They may come back with an invite.", "Kick", () => api.rest(state.me, "DELETE", path)), "danger") : null,
    known && !self ? button("Ban", "ban", () => ban(user, name), "danger") : null,
  ];
}

async function message(user) {
  const made = await api.openDm(state.me, user.id);
  tell("open-dm", made.id);
}

const ban = (user, name) => formDialog({
  title: `Ban ${name}`, testid: "ban-dialog", action: "Ban", danger: true,
  fields: [{ name: "hours", label: "Delete their messages of the last so many hours", kind: "number", min: 0, max: 168, value: 0 }],
  submit: ({ hours }) => api.rest(state.me, "PUT", `guilds/${state.guild.id}/bans/${user.id}`, { delete_message_seconds: (hours ?? 0) * 3600 }),
});

function editMember(known, path, self) {
  const held = new Set(known.roles);
  const roles = state.guild.roles.filter((role) => role.id !== state.guild.id && !role.managed).sort((a, b) => b.position - a.position);
  formDialog({
    title: `${displayName(known.user, known)}: roles and name`, testid: "member-dialog",
    fields: [
      { name: "nick", label: "Name in this server", maxlength: 32, value: known.nick ?? "" },
      ...roles.map((role) => ({ name: `role-${role.id}`, label: role.name, kind: "checkbox", value: held.has(role.id) })),
      ...(self ? [] : [{ name: "timeout", label: "Timeout", kind: "select", value: "", options: [{ value: "", label: "As it is" }, ...TIMEOUTS] }]),
    ],
    submit: async (values) => {
      const chosen = roles.filter((role) => values[`role-${role.id}`]).map((role) => role.id);
      const managed = known.roles.filter((id) => !roles.some((role) => role.id === id));
      const changed = chosen.length + managed.length !== known.roles.length || chosen.some((id) => !held.has(id));
      const renamed = values.nick !== (known.nick ?? "");
      if (renamed && self) await api.rest(state.me, "PATCH", `guilds/${state.guild.id}/members/@me`, { nick: values.nick || null });
      const body = {
        ...(renamed && !self ? { nick: values.nick || null } : {}),
        ...(changed ? { roles: [...chosen, ...managed] } : {}),
        ...(values.timeout ? { communication_disabled_until: values.timeout === "0" ? null : new Date(Date.now() + Number(values.timeout) * 1000).toISOString() } : {}),
      };
      if (Object.keys(body).length) await api.rest(state.me, "PATCH", path, body);
    },
  });
}

const STATUSES = ["online", "idle", "dnd", "invisible"].map((value) => ({ value, label: value === "dnd" ? "do not disturb" : value }));

const setStatus = () => formDialog({
  title: "Status", testid: "status-dialog",
  fields: [{ name: "status", label: "Shown as", kind: "select", options: STATUSES }, { name: "text", label: "Custom status", maxlength: 128 }],
  submit: async ({ status, text }) => {
    await api.presence(state.me, { status, activities: text ? [{ name: "Custom Status", type: 4, state: text }] : [] });
    notice("Your status is set");
  },
});
