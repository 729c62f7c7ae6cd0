// Forms for a channel: a new one, changes, its end.

import * as api from "../core/api.js";
import { confirmDialog, formDialog } from "../core/dialog.js";
import { CHANNEL, isThread, state } from "../core/state.js";

const KINDS = [
  [0, "Text"], [2, "Voice"], [4, "Category"], [5, "Announcements"], [13, "Stage"], [15, "Forum"], [16, "Media"],
].map(([value, label]) => ({ value: String(value), label }));

export function newChannel(chooseChannel) {
  const categories = (state.guild.channels ?? []).filter((one) => one.type === CHANNEL.CATEGORY);
  formDialog({
    title: "New channel", testid: "new-channel-dialog", action: "Make it",
    fields: [
      { name: "name", label: "Name", required: true, maxlength: 100 },
      { name: "type", label: "Kind", kind: "select", options: KINDS },
      { name: "parent_id", label: "Category", kind: "select", options: [{ value: "", label: "None" }, ...categories.map((one) => ({ value: one.id, label: one.name }))] },
      { name: "topic", label: "Topic", maxlength: 1024 },
    ],
    submit: async ({ name, type, parent_id, topic }) => {
      const made = await api.rest(state.me, "POST", `guilds/${state.guild.id}/channels`, {
        name, type: Number(type), ...(parent_id ? { parent_id } : {}), ...(topic ? { topic } : {}),
      });
      if (made.type !== CHANNEL.CATEGORY) chooseChannel(made.id, { fresh: true });
    },
  });
}

export function editChannel() {
  const channel = state.channel;
  const thread = isThread(channel);
  formDialog({
    title: `Edit ${channel.name}`, testid: "edit-channel-dialog",
    fields: [
      { name: "name", label: "Name", required: true, maxlength: 100, value: channel.name },
      ...(thread ? [] : [{ name: "topic", label: "Topic", maxlength: 1024, value: channel.topic ?? "" }]),
      { name: "rate_limit_per_user", label: "Slow mode, seconds", kind: "number", min: 0, max: 21600, value: channel.rate_limit_per_user ?? 0 },
    ],
    submit: ({ name, topic, rate_limit_per_user: slow }) =>
      api.rest(state.me, "PATCH", `channels/${channel.id}`, { name, ...(thread ? {} : { topic: topic || null }), rate_limit_per_user: slow ?? 0 }),
  });
}

export const deleteChannel = () => confirmDialog(`Delete ${state.channel.name}`, "Its messages are gone too.", "Delete", () =>
  api.rest(state.me, "DELETE", `channels/${state.channel.id}`));
