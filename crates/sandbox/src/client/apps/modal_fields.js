// The fields of a modal, one for each kind of component (Discord docs: Component Reference).

import { freshId, h } from "../core/dom.js";
import { bytes } from "../core/format.js";
import { markdown } from "../room/markdown.js";
import { choice, selectEntries } from "./selects.js";

const KIND = { ROW: 1, TEXT_INPUT: 4, TEXT: 10, LABEL: 18, FILE: 19, RADIO: 21, CHECKBOXES: 22, CHECKBOX: 23 };
const SELECTS = [3, 5, 6, 7, 8];

/** {element, problem?(), answer()} of a top-level component; `files` collects what is uploaded. */
export function modalField(one, files) {
  if (one.type === KIND.TEXT) {
    return { element: h("div", { class: "prose", testid: "modal-text" }, markdown(one.content)), answer: () => ({ type: KIND.TEXT, id: one.id }) };
  }
  if (one.type === KIND.ROW) {
    const inner = (one.components ?? []).map((input) => control(input, input.label ?? "Text", null, files));
    return {
      element: h("div", {}, inner.map((part) => part.element)),
      problem: () => inner.map((part) => part.problem?.()).find(Boolean),
      answer: () => ({ type: KIND.ROW, id: one.id, components: inner.map((part) => part.answer()) }),
    };
  }
  if (one.type === KIND.LABEL && one.component) {
    const inner = control(one.component, one.label, one.description, files);
    return { ...inner, answer: () => ({ type: KIND.LABEL, id: one.id, component: inner.answer() }) };
  }
  return { element: h("p", { class: "hint" }, `A field of type ${one.type}, which this page does not draw.`), answer: () => ({ type: one.type, id: one.id }) };
}

function control(input, label, description, files) {
  const given = {
    base: { type: input.type, id: input.id, custom_id: input.custom_id },
    testid: `modal-field-${input.custom_id}`, required: input.required !== false, label, description,
  };
  if (input.type === KIND.TEXT_INPUT) return textInput(input, given);
  if (input.type === KIND.CHECKBOX) return checkbox(input, given);
  if (input.type === KIND.RADIO) return group(input, given, { single: true });
  if (input.type === KIND.CHECKBOXES) return group(input, given, { single: false });
  if (input.type === KIND.FILE) return fileUpload(input, given, files);
  if (SELECTS.includes(input.type)) return menu(input, given);
  return {
    element: h("p", { class: "hint" }, `${label}: this page cannot fill in a field of type ${input.type}.`),
    problem: () => (given.required ? `${label} is required, but this page cannot fill it in.` : null),
    answer: () => ({ ...given.base, values: [] }),
  };
}

function textInput(input, { base, testid, required, label, description }) {
  const id = freshId("modal-input");
  const long = input.style === 2;
  const box = h(long ? "textarea" : "input", {
    id, testid, required,
    type: long ? null : "text",
    rows: long ? 4 : null,
    minlength: input.min_length || null,
    maxlength: input.max_length || 4000,
    placeholder: input.placeholder || null,
    autocomplete: "off",
  });
  box.value = input.value ?? "";
  return { element: labelled(id, label, description, required, box), answer: () => ({ ...base, value: box.value }) };
}

function checkbox(input, { base, testid, label, description }) {
  const box = h("input", { type: "checkbox", testid, checked: Boolean(input.default) });
  return {
    element: h("label", { class: "check field" }, box, h("span", {}, label), description ? h("span", { class: "hint" }, description) : null),
    answer: () => ({ ...base, value: box.checked }),
  };
}

const wanted = (count, min, max, label) => (count < min || count > max ? `${label}: choose ${min === max ? min : min === 0 ? `at most ${max}` : `${min} to ${max}`}.` : null);

/** Radio buttons or checkboxes, all in sight. */
function group(input, { base, testid, required, label, description }, { single }) {
  const name = freshId("group");
  const options = input.options ?? [];
  const boxes = options.map((one) => h("input", { type: single ? "radio" : "checkbox", name, value: one.value, checked: Boolean(one.default) }));
  const rows = options.map((one, i) => h("label", { class: "check" }, boxes[i], h("span", {}, one.label), one.description ? h("span", { class: "hint" }, one.description) : null));
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const max = single ? 1 : input.max_values ?? options.length;
  const min = required ? Math.max(1, input.min_values ?? 1) : input.min_values ?? 0;
  return {
    element: h("fieldset", { class: "checklist", testid },
      h("legend", {}, label, required ? h("span", { class: "hint" }, " (required)") : null), description ? h("p", { class: "hint" }, description) : null, rows),
    problem: () => (chosen().length === 0 && !required ? null : wanted(chosen().length, min, max, label)),
    answer: () => (single ? { ...base, value: chosen()[0] ?? null } : { ...base, values: chosen() }),
  };
}

function fileUpload(input, { base, testid, required, label, description }, files) {
  const id = freshId("modal-file");
  const max = input.max_values ?? 1;
  const min = required ? Math.max(1, input.min_values ?? 1) : input.min_values ?? 0;
  const box = h("input", { id, type: "file", testid, required, multiple: max > 1 });
  const list = h("p", { class: "hint", role: "status" });
  const chosen = () => [...box.files];
  box.addEventListener("change", () => { list.textContent = chosen().map((file) => `${file.name} (${bytes(file.size)})`).join(", "); });
  return {
    element: labelled(id, label, description, required, h("div", {}, box, list)),
    problem: () => (chosen().length === 0 && !required ? null : wanted(chosen().length, min, max, label)),
    answer: () => ({ ...base, values: chosen().map((file) => String(files.push(file) - 1)) }),
  };
}

function menu(input, { base, testid, required, label, description }) {
  const max = input.max_values ?? 1;
  const min = required ? Math.max(1, input.min_values ?? 1) : input.min_values ?? 0;
  const widget = choice({ entries: selectEntries(input), min: required ? min : 0, max, label: input.placeholder || label, testid });
  const id = freshId("modal-select");
  widget.element.id = id;
  return {
    element: labelled(id, label, description, required, widget.element),
    problem: () => (widget.values().length === 0 && !required ? null : wanted(widget.values().length, min, max, label)),
    answer: () => ({ ...base, values: widget.values() }),
  };
}

function labelled(id, label, description, required, box) {
  return h("div", { class: "field" },
    h("label", { for: id }, label, required ? h("span", { class: "hint" }, " (required)") : null),
    description ? h("p", { class: "hint" }, description) : null,
    box);
}
