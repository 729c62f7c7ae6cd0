// What anyone may make in a sandbox: servers, people, applications; and joining by an invite.

import * as api from "../core/api.js";
import { openDialog, formDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { state, tell } from "../core/state.js";

export const createServer = (chooseGuild) => formDialog({
  title: "New server", testid: "new-server-dialog", action: "Make it",
  note: "You own it. Bots are added from the server's menu.",
  fields: [
    { name: "name", label: "Name", required: true, maxlength: 100 },
    { name: "channels", label: "Text channels", value: "general", hint: "Names with commas between them" },
  ],
  submit: async ({ name, channels }) => {
    const names = channels.split(",").map((one) => one.trim()).filter(Boolean);
    const made = await api.createGuild({ name, owner_id: state.me, channels: names });
    tell("guilds-stale");
    chooseGuild(made.id);
  },
});

/** The code of an invite, from the code itself or from a link. */
const code = (text) => /[?&]invite=([\w-]+)/.exec(text)?.[1] ?? text.trim().replace(/[?#].*$/, "").split("/").filter(Boolean).at(-1) ?? "";

export const inviteLink = (made) => `${location.origin}/?invite=${made}`;

/** Opened by an invite's link: asks whether the chosen person joins. */
export function offerInvite(chooseGuild) {
  const given = new URLSearchParams(location.search).get("invite");
  if (!given) return;
  history.replaceState(null, "", `/${location.hash}`);
  joinByInvite(chooseGuild, given);
}

export const joinByInvite = (chooseGuild, given = "") => formDialog({
  title: "Join by invite", testid: "join-dialog", action: "Join",
  fields: [{ name: "code", label: "Invite link or code", required: true, value: given }],
  submit: async (values) => {
    const joined = await api.join(state.me, code(values.code));
    tell("guilds-stale");
    const guild = joined?.guild?.id ?? joined?.guild_id;
    if (guild) chooseGuild(guild);
  },
});

export const createPerson = () => formDialog({
  title: "New person", testid: "new-person-dialog", action: "Make them",
  fields: [
    { name: "username", label: "Username", required: true, maxlength: 32 },
    { name: "global_name", label: "Display name", maxlength: 32 },
    { name: "locale", label: "Language", value: "en-US", hint: "As Discord names it: en-US, de, pt-BR" },
    ...(state.guild?.roles?.length ? [{ name: "join", kind: "checkbox", label: `Lets them join ${state.guild.name}`, value: true }] : []),
  ],
  submit: async ({ username, global_name, locale, join }) => {
    const made = await api.createUser({ username, ...(global_name ? { global_name } : {}), ...(locale ? { locale } : {}) });
    if (join) await api.addMember(state.guild.id, made.id);
    tell("users-stale");
    tell("guild-stale");
  },
});

export const createApplication = () => formDialog({
  title: "New application", testid: "new-application-dialog", action: "Make it",
  note: "It gets a bot user with a token, and every privileged intent.",
  fields: [{ name: "name", label: "Name", required: true, maxlength: 32 }],
  submit: async ({ name }) => {
    const made = await api.createApplication({ name });
    tell("users-stale");
    const token = h("input", { type: "text", readOnly: true, value: made.token, "aria-label": "Bot token", testid: "new-token" });
    openDialog({ title: name, testid: "application-made" },
      h("p", { class: "hint" }, "Add it to a server from the server's menu. The token opens nothing but this sandbox."),
      h("div", { class: "field" }, h("span", {}, "Bot token"), token),
      h("p", { class: "hint" }, `Application ${made.id}`));
    token.select();
  },
});
