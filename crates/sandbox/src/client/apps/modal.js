// A modal as a native dialog, and its answers in the form that applications get.

import { freshId, h } from "../core/dom.js";
import { applicationName, notice } from "./interactions.js";
import { modalField } from "./modal_fields.js";

/** Opens the dialog; `submit` sends it back as an interaction. */
export function openModal(modal, { applicationId, interactionId, channel, submit }) {
  const title = freshId("modal-title");
  const files = [];
  const fields = (modal.components ?? []).map((one) => modalField(one, files));
  const complaint = h("p", { class: "complaint", role: "alert", testid: "modal-complaint" });
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
    files.length = 0;
    const body = { modal: { interaction_id: interactionId, custom_id: modal.custom_id, components: fields.map((one) => one.answer()) } };
    dialog.close();
    submit(channel, body, { applicationId, what: modal.title, files });
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  if (typeof dialog.showModal === "function") dialog.showModal();
  else notice("This browser cannot show dialogs");
}
