// The form of one slash command: a field for each option, by type.

import * as api from "./api.js";
import { freshId, h } from "./dom.js";
import { combobox } from "./combobox.js";
import { commandBody } from "./commands.js";
import { applicationName, interact } from "./interactions.js";
import { entities, state } from "./state.js";

const TYPE_NAMES = { 3: "text", 4: "whole number", 5: "yes or no", 6: "user", 7: "channel", 8: "role", 9: "user or role", 10: "number", 11: "file" };
const KINDS = { 6: ["user"], 7: ["channel"], 8: ["role"], 9: ["user", "role"] };

/** `done` is called when the form should go away. */
export function commandForm(entry, done) {
  const channel = state.channel.id;
  const fields = new Map();
  const rows = h("div", { class: "option-rows" });
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Optional values" });
  const complaint = h("p", { class: "complaint", role: "alert", testid: "command-complaint" });

  const filled = (focused) => {
    const options = [];
    for (const option of entry.options) {
      const field = fields.get(option.name);
      const isFocused = focused === option.name;
      const value = isFocused ? field.typed() : field?.value() ?? null;
      if (value === null && !isFocused) continue;
      options.push({ name: option.name, type: option.type, value: isFocused ? value : typed(option, value), ...(isFocused ? { focused: true } : {}) });
    }
    return options;
  };
  const suggest = (option) => async () => {
    const answer = await api.interact(state.me, channel, { autocomplete: commandBody(entry, filled(option.name)) });
    return (answer.choices ?? []).map((one) => ({ value: one.value, label: one.name }));
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
      const chip = h("button", { type: "button", class: "chip", testid: `add-option-${option.name}`, title: option.description }, `+ ${option.name}`);
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
      h("strong", {}, `/${entry.name}`), " ", h("span", {}, entry.description), " ",
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
    const body = { command: commandBody(entry, filled(null)) };
    done();
    interact(channel, body, { applicationId: entry.command.application_id, what: `/${entry.name}` });
  });
  form.noValidate = true;
  return {
    element: form,
    focus: () => (rows.querySelector("input, select") ?? run).focus(),
  };
}

/** The value in the type of its option. */
function typed(option, value) {
  if (option.type === 4 || option.type === 10) return Number(value);
  if (option.type === 5) return value === true || value === "true";
  return value;
}

function optionField(option, suggest) {
  const id = freshId("option");
  const testid = `option-${option.name}`;
  const required = Boolean(option.required);
  const field = control(option, { testid, required, suggest });
  if (field.input) field.input.id = id;
  const element = h("div", { class: "option", data: { option: option.name } },
    h("label", { for: id }, option.name, required ? null : h("span", { class: "hint" }, " (optional)")),
    field.element,
    h("p", { class: "hint" }, `${option.description} · ${TYPE_NAMES[option.type] ?? "value"}`));
  return { typed: () => field.input?.value ?? "", ...field, element };
}

function control(option, { testid, required, suggest }) {
  if (option.choices?.length) {
    return plainSelect(option.choices.map((one, index) => ({ value: String(index), label: one.name })), { testid, required, map: (index) => option.choices[Number(index)].value });
  }
  if (option.autocomplete) {
    const box = combobox({ testid, label: option.name, source: suggest, free: true, required, maxlength: option.max_length ?? null });
    return { element: box.element, input: box.input, value: box.value, problem: () => badNumber(option, box.value()) };
  }
  if (KINDS[option.type]) {
    const box = combobox({ testid, label: option.name, required, source: (text) => {
      const wanted = text.trim().replace(/^[@#]/, "").toLowerCase();
      return entities(KINDS[option.type], option.channel_types).filter((one) => `${one.label} ${one.note}`.toLowerCase().includes(wanted));
    } });
    return { element: box.element, input: box.input, value: box.value, check: box.check };
  }
  if (option.type === 5) {
    return plainSelect([{ value: "true", label: "Yes" }, { value: "false", label: "No" }], { testid, required, map: (value) => value === "true" });
  }
  if (option.type === 11) {
    return {
      element: h("p", { class: "hint", testid }, "This page cannot send files."),
      value: () => null,
      problem: () => (required ? `${option.name} needs a file, which this page cannot send.` : null),
    };
  }
  const number = option.type === 4 || option.type === 10;
  const input = h("input", {
    type: number ? "number" : "text", testid, required, autocomplete: "off",
    step: option.type === 4 ? "1" : number ? "any" : null,
    min: number ? option.min_value ?? null : null,
    max: number ? option.max_value ?? null : null,
    minlength: number ? null : option.min_length ?? null,
    maxlength: number ? null : option.max_length ?? 6000,
  });
  return { element: input, input, value: () => (input.value === "" ? null : input.value), problem: () => (number ? badNumber(option, input.value || null) : null) };
}

function badNumber(option, value) {
  if (value === null || (option.type !== 4 && option.type !== 10)) return null;
  const number = Number(value);
  if (!Number.isFinite(number)) return `${option.name} must be a number.`;
  return option.type === 4 && !Number.isSafeInteger(number) ? `${option.name} must be a whole number.` : null;
}

function plainSelect(entries, { testid, required, map }) {
  const input = h("select", { testid, required }, h("option", { value: "" }, "Choose"), entries.map((one) => h("option", { value: one.value }, one.label)));
  return { element: input, input, value: () => (input.value === "" ? null : map(input.value)) };
}
