// The form of one slash command: a field for each option, by type.

import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import { state } from "../core/state.js";
import { commandBody, localised } from "./commands.js";
import { applicationName, interact } from "./interactions.js";
import { FILE, optionField, typed } from "./options.js";

/** `done` is called when the form should go away. */
export function commandForm(entry, done) {
  const channel = state.channel.id;
  const fields = new Map();
  const rows = h("div", { class: "option-rows" });
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Optional values" });
  const complaint = h("p", { class: "complaint", role: "alert", testid: "command-complaint" });

  // Files go beside the options, which name them by their number.
  const filled = (focused, files = []) => {
    const options = [];
    for (const option of entry.options) {
      const field = fields.get(option.name);
      const isFocused = focused === option.name;
      const file = option.type === FILE && focused === null ? field?.file() : null;
      if (file) options.push({ name: option.name, type: FILE, value: String(files.push(file) - 1) });
      const value = isFocused ? field.typed() : field?.value() ?? null;
      if (value === null && !isFocused) continue;
      options.push({ name: option.name, type: option.type, value: isFocused ? value : typed(option, value), ...(isFocused ? { focused: true } : {}) });
    }
    return options;
  };
  const suggest = (option) => async () => {
    const answer = await api.interact(state.me, channel, { autocomplete: commandBody(entry, filled(option.name)) });
    return (answer.choices ?? []).map((one) => ({ value: one.value, label: localised(one, "name") }));
  };
  const add = (option) => {
    const field = optionField(option, suggest(option));
    fields.set(option.name, field);
    rows.append(field.element);
    return field;
  };

  for (const option of entry.options) {
    if (option.required) add(option);
    else {
      const chip = h("button", { type: "button", class: "chip", testid: `add-option-${option.name}`, title: localised(option, "description") }, `+ ${localised(option, "name")}`);
      chip.addEventListener("click", () => {
        chip.remove();
        add(option).input?.focus();
      });
      chips.append(chip);
    }
  }

  const run = h("button", { type: "submit", class: "button primary", testid: "command-run" }, "Run");
  const form = h("form", { class: "command-form", testid: "command-form", "aria-label": `Command ${entry.name}` },
    h("p", { class: "command-head" },
      h("strong", {}, `/${entry.shown}`), " ", h("span", {}, entry.description), " ",
      h("span", { class: "hint" }, applicationName(entry.command.application_id))),
    rows, chips, complaint,
    h("div", { class: "row end" },
      h("button", { type: "button", class: "button secondary", testid: "command-cancel", onclick: done }, "Cancel"), run));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") done();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const field of fields.values()) field.check?.();
    const problem = [...fields.values()].map((field) => field.problem?.()).find(Boolean);
    complaint.textContent = problem ?? "";
    if (problem || !form.reportValidity()) return;
    const files = [];
    const body = { command: commandBody(entry, filled(null, files)) };
    done();
    interact(channel, body, { applicationId: entry.command.application_id, what: `/${entry.name}`, files });
  });
  form.noValidate = true;
  return {
    element: form,
    focus: () => (rows.querySelector("input, select") ?? run).focus(),
  };
}
