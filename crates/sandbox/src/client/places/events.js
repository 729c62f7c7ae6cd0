// Scheduled events of the server, simply: what there is, a new one, and interest in one.

import * as api from "../core/api.js";
import { formDialog, openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { date } from "../core/format.js";
import { CHANNEL, state } from "../core/state.js";
import { complain } from "../apps/interactions.js";

const STATUS = { 1: "planned", 2: "running", 3: "over", 4: "cancelled" };
const EXTERNAL = 3;
const HOUR_MS = 3600000;

const path = (more = "") => `guilds/${state.guild.id}/scheduled-events${more}`;

export async function showEvents() {
  const events = await api.rest(state.me, "GET", path("?with_user_count=true"));
  const dialog = openDialog({ title: `Events of ${state.guild.name}`, testid: "events-dialog" },
    events.length ? h("ul", { class: "plain-list", testid: "event-list" }, events.map((one) => row(one, () => dialog.close()))) : h("p", { class: "hint" }, "No events are planned."),
    h("div", { class: "row end" }, h("button", {
      type: "button", class: "button primary", testid: "new-event", onclick: () => { dialog.close(); newEvent(); },
    }, "New event")));
}

function row(event, close) {
  const act = (label, testid, run) => h("button", {
    type: "button", class: "button secondary", testid, onclick: () => run().then(() => { close(); return showEvents(); }).catch(complain),
  }, label);
  const set = (status) => () => api.rest(state.me, "PATCH", path(`/${event.id}`), { status });
  return h("li", { class: "event", testid: "event" },
    h("p", {}, h("strong", {}, event.name), " ", h("span", { class: "hint" }, STATUS[event.status] ?? "")),
    h("p", { class: "hint" }, `${date(event.scheduled_start_time, "f")} · ${event.entity_metadata?.location ?? channelName(event.channel_id)} · ${event.user_count ?? 0} interested`),
    event.description ? h("p", {}, event.description) : null,
    h("div", { class: "row" },
      event.status < 3 ? act("Interested", "event-interest", () => api.interest(state.me, state.guild.id, event.id, true)) : null,
      event.status < 3 ? act("Not interested", "event-no-interest", () => api.interest(state.me, state.guild.id, event.id, false)) : null,
      event.status === 1 ? act("Start", "start-event", set(2)) : null,
      event.status === 2 ? act("End", "end-event", set(3)) : null,
      event.status === 1 ? act("Cancel it", "cancel-event", set(4)) : null));
}

const channelName = (id) => state.guild.channels.find((one) => one.id === id)?.name ?? "somewhere";

function newEvent() {
  const places = state.guild.channels.filter((one) => one.type === CHANNEL.VOICE || one.type === CHANNEL.STAGE);
  formDialog({
    title: "New event", testid: "new-event-dialog", action: "Plan it",
    fields: [
      { name: "name", label: "Name", required: true, maxlength: 100 },
      { name: "description", label: "Description", kind: "textarea", maxlength: 1000 },
      { name: "place", label: "Place", kind: "select", options: [{ value: "", label: "Elsewhere" }, ...places.map((one) => ({ value: one.id, label: one.name }))] },
      { name: "location", label: "Where, if elsewhere", maxlength: 100, value: "The library" },
      { name: "hours", label: "Begins in so many hours", kind: "number", min: 0, step: "any", value: 1, required: true },
    ],
    submit: ({ name, description, place, location, hours }) => {
      const start = Date.now() + Math.max(hours, 0.02) * HOUR_MS;
      const stage = places.find((one) => one.id === place)?.type === CHANNEL.STAGE;
      return api.rest(state.me, "POST", path(), {
        name, privacy_level: 2, scheduled_start_time: new Date(start).toISOString(),
        ...(description ? { description } : {}),
        ...(place ? { entity_type: stage ? 1 : 2, channel_id: place }
          : { entity_type: EXTERNAL, entity_metadata: { location }, scheduled_end_time: new Date(start + HOUR_MS).toISOString() }),
      });
    },
  });
}
