// Message components: rows of buttons and selects, and the version 2 layout.

import { h, link, picture } from "./dom.js";
import { markdown } from "./markdown.js";
import { tint } from "./embeds.js";
import { choice, selectEntries } from "./selects.js";

const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

/** Nodes for a message's components. `act(component, values, node)` sends an interaction. */
export function components(list, context) {
  return (list ?? []).map((one) => component(one, context));
}

function component(one, context) {
  switch (one.type) {
    case 1:
      return h("div", { class: "row", testid: "action-row" }, components(one.components, context));
    case 2:
      return button(one, context);
    case 3: case 5: case 6: case 7: case 8:
      return menu(one, context);
    case 9:
      return h("div", { class: "section", testid: "section" },
        h("div", { class: "section-text" }, components(one.components, context)),
        one.accessory ? component(one.accessory, context) : null);
    case 10:
      return h("div", { class: "prose", testid: "text-display" }, markdown(one.content, context.users));
    case 11:
      return picture(one.media?.url, one.description || "thumbnail", "thumb");
    case 12:
      return h("ul", { class: "gallery", testid: "media-gallery" },
        (one.items ?? []).map((item) => h("li", {}, picture(item.media?.url, item.description || "picture", "image"))));
    case 13:
      return h("p", { class: "attachment", testid: "file" }, "File: ", link(one.file?.url, one.name || one.file?.url));
    case 14:
      return one.divider === false ? h("div", { class: "space" }) : h("hr", { class: one.spacing === 2 ? "wide" : null });
    case 17:
      return tint(h("section", { class: "container", testid: "container", "aria-label": "Container" }, components(one.components, context)), one.accent_color);
    default:
      return h("p", { class: "hint" }, `A component of type ${one.type}, which this page does not draw.`);
  }
}

const emoji = (value) => (value ? h("span", { class: "emoji", "aria-hidden": value.id ? null : "true" }, value.id ? `:${value.name}: ` : `${value.name} `) : null);

function button(one, context) {
  const label = [emoji(one.emoji), one.label || (one.emoji ? null : "…")];
  if (one.style === 5) {
    const node = link(one.url, label, h("span", { class: "outward", "aria-hidden": "true" }, " ↗"));
    node.classList.add("button", "secondary");
    node.dataset.testid = "link-button";
    return node;
  }
  if (one.style === 6) return h("span", { class: "hint" }, "A premium button, which has no meaning here.");
  const node = h("button", {
    type: "button",
    class: `button ${BUTTON_STYLES[one.style] ?? "secondary"}`,
    disabled: Boolean(one.disabled),
    testid: "component-button",
    data: { customId: one.custom_id ?? "" },
    onclick: () => context.act(one, undefined, node),
  }, label);
  return node;
}

function menu(one, context) {
  const min = one.min_values ?? 1;
  const max = one.max_values ?? 1;
  const label = one.placeholder || (max > 1 ? `Choose up to ${max}` : "Choose one");
  const widget = choice({ entries: selectEntries(one), min, max, label, testid: "component-select", disabled: Boolean(one.disabled) });
  widget.element.dataset.customId = one.custom_id;
  const send = h("button", {
    type: "button",
    class: "button secondary",
    disabled: Boolean(one.disabled),
    testid: "component-select-send",
    data: { customId: one.custom_id ?? "" },
  }, "Send choice");
  const complaint = h("span", { class: "hint", role: "status" });
  send.addEventListener("click", () => {
    const values = widget.values();
    if (values.length < min || values.length > max) {
      complaint.textContent = min === max ? `Choose ${min}.` : `Choose ${min} to ${max}.`;
      return;
    }
    complaint.textContent = "";
    context.act(one, values, send);
  });
  return h("div", { class: "menu" }, widget.element, send, complaint);
}
