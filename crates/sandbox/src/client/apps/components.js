// Message components: rows of buttons and selects, and the version 2 layout.

import * as api from "../core/api.js";
import { confirmDialog } from "../core/dialog.js";
import { h, link, picture } from "../core/dom.js";
import { state } from "../core/state.js";
import { notice } from "./interactions.js";
import { attachment, hidden } from "../room/attachments.js";
import { emojiNode } from "../room/emoji.js";
import { tint } from "../room/embeds.js";
import { markdown } from "../room/markdown.js";
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
      return spoiler(one, picture(one.media?.url, one.description || "thumbnail", "thumb"));
    case 12:
      return h("ul", { class: "gallery", testid: "media-gallery" },
        (one.items ?? []).map((item) => h("li", {}, spoiler(item, picture(item.media?.url, item.description || "picture", "image")))));
    case 13:
      return h("div", { testid: "file" }, spoiler(one, file(one, context)));
    case 14:
      return one.divider === false
        ? h("div", { class: `space${one.spacing === 2 ? " wide" : ""}`, testid: "separator" })
        : h("hr", { class: one.spacing === 2 ? "wide" : null, testid: "separator" });
    case 17:
      return spoiler(one, tint(h("section", { class: "container", testid: "container", "aria-label": "Container" }, components(one.components, context)), one.accent_color));
    default:
      return h("p", { class: "hint" }, `A component of type ${one.type}, which this page does not draw.`);
  }
}

const spoiler = (one, node) => (one.spoiler ? hidden(node, "Spoiler: show it") : node);

/** The attachment that the component names, or its link. */
function file(one, context) {
  const known = (context.attachments ?? []).find((data) => data.id === one.file?.attachment_id || data.url === one.file?.url);
  return known ? attachment({ ...known, flags: 0 }) : h("p", { class: "attachment" }, "File: ", link(one.file?.url, one.name || one.file?.url));
}

const emoji = (value) => (value ? [emojiNode(value), " "] : null);

function button(one, context) {
  const label = [emoji(one.emoji), one.label || (one.emoji ? null : "…")];
  const name = one.label ? null : one.emoji?.name ?? "button";
  if (one.style === 5) {
    const node = link(one.url, label, h("span", { class: "outward", "aria-hidden": "true" }, " ↗"));
    node.classList.add("button", "secondary");
    node.dataset.testid = "link-button";
    return node;
  }
  if (one.style === 6) {
    return h("button", {
      type: "button", class: "button premium", testid: "premium-button", disabled: Boolean(one.disabled), data: { sku: one.sku_id },
      onclick: () => confirmDialog("Get premium", `At Discord this opens the shop and sends no interaction. Here nothing is paid. SKU ${one.sku_id}`, "Buy it", async () => {
        await api.buy(state.me, one.sku_id);
        notice("Bought: the application is told by ENTITLEMENT_CREATE");
      }),
    }, "Get premium");
  }
  const node = h("button", {
    type: "button",
    class: `button ${BUTTON_STYLES[one.style] ?? "secondary"}`,
    disabled: Boolean(one.disabled),
    testid: "component-button",
    "aria-label": name,
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
