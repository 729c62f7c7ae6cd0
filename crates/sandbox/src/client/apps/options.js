// The field of one command option, by its type.

import { freshId, h } from "../core/dom.js";
import { bytes } from "../core/format.js";
import { displayName, entities } from "../core/state.js";
import { findMembers } from "../people/search.js";
import { combobox } from "./combobox.js";
import { localised } from "./commands.js";

const TYPE_NAMES = { 3: "text", 4: "whole number", 5: "yes or no", 6: "user", 7: "channel", 8: "role", 9: "user or role", 10: "number", 11: "file" };
const KINDS = { 6: ["user"], 7: ["channel"], 8: ["role"], 9: ["user", "role"] };
export const FILE = 11;

/** {element, input, value(), typed(), check?(), problem?(), file?()}; `suggest` asks for completions. */
export function optionField(option, suggest) {
  const id = freshId("option");
  const testid = `option-${option.name}`;
  const required = Boolean(option.required);
  const name = localised(option, "name");
  const field = control(option, { name, testid, required, suggest });
  field.input.id = id;
  const element = h("div", { class: "option", data: { option: option.name } },
    h("label", { for: id }, name, required ? null : h("span", { class: "hint" }, " (optional)")),
    field.element,
    h("p", { class: "hint" }, `${localised(option, "description")} · ${TYPE_NAMES[option.type] ?? "value"}${bounds(option)}`));
  return { typed: () => field.input.value, ...field, element };
}

/** What the option allows, in words. */
function bounds(option) {
  const between = (min, max, what) => {
    if (min !== undefined && max !== undefined) return `, ${min} to ${max}${what}`;
    if (min !== undefined) return `, at least ${min}${what}`;
    return max === undefined ? "" : `, at most ${max}${what}`;
  };
  return option.type === 3 ? between(option.min_length, option.max_length, " characters") : between(option.min_value, option.max_value, "");
}

function control(option, { name, testid, required, suggest }) {
  if (option.choices?.length) {
    const entries = option.choices.map((one, index) => ({ value: String(index), label: localised(one, "name") }));
    return plainSelect(entries, { testid, required, map: (index) => option.choices[Number(index)].value });
  }
  if (option.autocomplete) {
    const box = combobox({ testid, label: name, source: suggest, free: true, required, maxlength: option.max_length ?? null });
    return { element: box.element, input: box.input, value: box.value, problem: () => badNumber(option, box.value()) };
  }
  if (KINDS[option.type]) return entityBox(option, { name, testid, required });
  if (option.type === 5) {
    return plainSelect([{ value: "true", label: "Yes" }, { value: "false", label: "No" }], { testid, required, map: (value) => value === "true" });
  }
  if (option.type === FILE) return fileField({ testid, required });
  return textField(option, { testid, required });
}

function entityBox(option, { name, testid, required }) {
  const source = async (text) => {
    const wanted = text.trim().replace(/^[@#]/, "").toLowerCase();
    const known = entities(KINDS[option.type], option.channel_types).filter((one) => `${one.label} ${one.note}`.toLowerCase().includes(wanted));
    if (known.length || !KINDS[option.type].includes("user")) return known;
    return (await findMembers(wanted)).map((one) => ({ value: one.user.id, label: displayName(one.user, one), note: `@${one.user.username}` }));
  };
  const box = combobox({ testid, label: name, required, source });
  return { element: box.element, input: box.input, value: box.value, check: box.check };
}

function fileField({ testid, required }) {
  const input = h("input", { type: "file", testid, required });
  const size = h("span", { class: "hint", role: "status" });
  input.addEventListener("change", () => { size.textContent = input.files[0] ? bytes(input.files[0].size) : ""; });
  return { element: h("div", { class: "row" }, input, size), input, value: () => null, file: () => input.files[0] ?? null };
}

function textField(option, { testid, required }) {
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

/** A value in the type of its option. */
export function typed(option, value) {
  if (option.type === 4 || option.type === 10) return Number(value);
  if (option.type === 5) return value === true || value === "true";
  return value;
}
