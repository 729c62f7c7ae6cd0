// A modal as a native dialog, and its answers in the form that applications get.

import { freshId, h } from "./dom.js";
import { markdown } from "./markdown.js";
import { choice, selectEntries } from "./selects.js";
import { applicationName, notice } from "./interactions.js";

/** Opens the dialog; `submit` sends it back as an interaction. */
export function openModal(modal, { applicationId, interactionId, channel, submit }) {
  const title = freshId("modal-title");
  const fields = (modal.components ?? []).map(field);
  const complaint = h("p", { class: "complaint", role: "alert" });
  const form = h("form", { method: "dialog", testid: "modal-form" },
    h("p", { class: "hint" }, `${applicationName(applicationId)} asks. Never type a password into a form.`),
    fields.map((one) => one.element),
    complaint,
    h("div", { class: "row end" },
      h("button", { type: "button", class: "button secondary", testid: "modal-cancel", onclick: () => dialog.close() }, "Cancel"),
      h("button", { type: "submit", class: "button primary", testid: "modal-submit" }, "Submit")));
  const dialog = h("dialog", { class: "modal", testid: "modal", "aria-labelledby": title },
    h("h2", { id: title, testid: "modal-title" }, modal.title), form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = fields.map((one) => one.problem?.()).find(Boolean);
    if (problem) {
      complaint.textContent = problem;
      return;
    }
    const body = { modal: { interaction_id: interactionId, custom_id: modal.custom_id, components: fields.map((one) => one.answer()) } };
    dialog.close();
    submit(channel, body, { applicationId, what: modal.title });
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  if (typeof dialog.showModal === "function") dialog.showModal();
  else notice("This browser cannot show dialogs");
}

function field(one) {
  if (one.type === 10) {
    return { element: h("div", { class: "prose" }, markdown(one.content)), answer: () => ({ type: 10, id: one.id }) };
  }
  if (one.type === 1) {
    const inner = (one.components ?? []).map((input) => control(input, input.label ?? "Text"));
    return {
      element: h("div", {}, inner.map((part) => part.element)),
      problem: () => inner.map((part) => part.problem?.()).find(Boolean),
      answer: () => ({ type: 1, id: one.id, components: inner.map((part) => part.answer()) }),
    };
  }
  if (one.type === 18 && one.component) {
    const inner = control(one.component, one.label, one.description);
    return { ...inner, answer: () => ({ type: 18, id: one.id, component: inner.answer() }) };
  }
  return { element: h("p", { class: "hint" }, `A field of type ${one.type}, which this page does not draw.`), answer: () => ({ type: one.type, id: one.id }) };
}

function control(input, label, description) {
  const base = { type: input.type, id: input.id, custom_id: input.custom_id };
  const testid = `modal-field-${input.custom_id}`;
  const required = input.required !== false;
  if (input.type === 4) return textInput(input, label, description, { base, testid, required });
  if (input.type === 23) {
    const box = h("input", { type: "checkbox", testid, checked: Boolean(input.default) });
    return {
      element: h("label", { class: "check field" }, box, h("span", {}, label), description ? h("span", { class: "hint" }, description) : null),
      answer: () => ({ ...base, value: box.checked }),
    };
  }
  if ([3, 5, 6, 7, 8, 21, 22].includes(input.type)) return menu(input, label, description, { base, testid, required });
  return {
    element: h("p", { class: "hint" }, `${label}: this page cannot fill in a field of type ${input.type}.`),
    problem: () => (required ? `${label} is required, but this page cannot fill it in.` : null),
    answer: () => ({ ...base, values: [] }),
  };
}

function textInput(input, label, description, { base, testid, required }) {
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

function menu(input, label, description, { base, testid, required }) {
  const single = input.type === 21;
  const max = single ? 1 : input.max_values ?? (input.type === 22 ? input.options?.length ?? 1 : 1);
  const min = required ? Math.max(1, input.min_values ?? 1) : input.min_values ?? 0;
  const widget = choice({ entries: selectEntries(input), min: required ? min : 0, max, label: input.placeholder || label, testid });
  const id = freshId("modal-select");
  widget.element.id = id;
  return {
    element: labelled(id, label, description, required, widget.element),
    problem: () => {
      const count = widget.values().length;
      if (count === 0 && !required) return null;
      return count < min || count > max ? `${label}: choose ${min === max ? min : `${min} to ${max}`}.` : null;
    },
    answer: () => (single ? { ...base, value: widget.values()[0] ?? null } : { ...base, values: widget.values() }),
  };
}

function labelled(id, label, description, required, box) {
  return h("div", { class: "field" },
    h("label", { for: id }, label, required ? h("span", { class: "hint" }, " (required)") : null),
    description ? h("p", { class: "hint" }, description) : null,
    box);
}
