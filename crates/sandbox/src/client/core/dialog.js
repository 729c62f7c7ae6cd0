// Dialogs: a frame of their own, and forms that make or change one thing.

import { freshId, h } from "./dom.js";

/** Opens a dialog with these nodes; gives {element, close}. Escape and the button close it. */
export function openDialog({ title, testid, wide = false, onclose }, ...content) {
  const id = freshId("dialog-title");
  const close = () => dialog.close();
  const dialog = h("dialog", { class: `modal${wide ? " wide" : ""}`, testid, "aria-labelledby": id },
    h("header", { class: "dialog-head" },
      h("h2", { id, testid: `${testid}-title` }, title),
      h("button", { type: "button", class: "quiet icon", "aria-label": "Close", testid: `${testid}-close`, onclick: close }, "×")),
    content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose?.();
  });
  // A click beside it, on the backdrop, closes it too.
  dialog.addEventListener("mousedown", (event) => {
    if (event.target === dialog) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { element: dialog, close };
}

const CONTROLS = { textarea: "textarea", select: "select" };

function control(field, id) {
  const tag = CONTROLS[field.kind] ?? "input";
  const check = field.kind === "checkbox";
  const node = h(tag, {
    id, testid: `field-${field.name}`, required: Boolean(field.required), autocomplete: "off",
    type: tag === "input" ? field.kind ?? "text" : null,
    maxlength: field.maxlength ?? null, min: field.min ?? null, max: field.max ?? null, step: field.step ?? null,
    placeholder: field.placeholder ?? null, rows: tag === "textarea" ? 3 : null, checked: check ? Boolean(field.value) : null,
    multiple: Boolean(field.multiple),
  }, (field.options ?? []).map((one) => h("option", { value: one.value, selected: one.value === field.value }, one.label)));
  if (!check && tag !== "select" && field.value !== undefined) node.value = field.value;
  const label = h("label", { for: id }, field.label, field.required ? h("span", { class: "hint" }, " (required)") : null);
  const hint = field.hint ? h("p", { class: "hint" }, field.hint) : null;
  return { node, element: h("div", { class: check ? "field check" : "field" }, check ? [node, label] : [label, node], hint) };
}

const read = (field, node) => {
  if (field.kind === "checkbox") return node.checked;
  if (field.kind === "number") return node.value === "" ? null : Number(node.value);
  if (field.multiple) return [...node.selectedOptions].map((one) => one.value);
  return node.value;
};

/**
 * A dialog with a form. `fields` are {name, label, kind, value, required, options, hint}; `submit` gets
 * their values, and what it throws is shown in the dialog, which then stays open.
 */
export function formDialog({ title, testid, fields, action = "Save", danger = false, submit, note }) {
  const controls = fields.map((field) => control(field, freshId("form-field")));
  const complaint = h("p", { class: "complaint", role: "alert", testid: "dialog-complaint" });
  const go = h("button", { type: "submit", class: `button ${danger ? "danger" : "primary"}`, testid: "dialog-submit" }, action);
  const form = h("form", { method: "dialog" },
    note ? h("p", { class: "hint" }, note) : null,
    controls.map((one) => one.element), complaint,
    h("div", { class: "row end" },
      h("button", { type: "button", class: "button secondary", testid: "dialog-cancel", onclick: () => dialog.close() }, "Cancel"), go));
  const dialog = openDialog({ title, testid }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    complaint.textContent = "";
    try {
      await submit(Object.fromEntries(fields.map((field, i) => [field.name, read(field, controls[i].node)])));
      dialog.close();
    } catch (error) {
      complaint.textContent = [error.message, error.hint].filter(Boolean).join(": ");
      go.disabled = false;
    }
  });
  controls[0]?.node.focus();
  return dialog;
}

/** Asks before something that cannot be taken back. */
export const confirmDialog = (title, note, action, submit) =>
  formDialog({ title, testid: "confirm", fields: [], note, action, danger: true, submit });
