// The panel beside the conversation: tabs, of which one is shown. Each tab has {id, title, element,
// show(), hide()}.

import { byId, h } from "../core/dom.js";
import { roving } from "../core/roving.js";

let tabs = [];
let current = null;
let opener = null;

export function startPanel(given) {
  tabs = given;
  const panel = byId("panel");
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": "Panels" }, tabs.map((tab) =>
    h("button", {
      type: "button", role: "tab", id: `tab-${tab.id}`, "aria-controls": `panel-${tab.id}`, "aria-selected": "false", testid: `tab-${tab.id}`,
      onclick: () => openPanel(tab.id),
    }, tab.title)));
  const moves = roving(list, "button", { horizontal: true });
  // Moving to a tab shows it, as people expect of tabs.
  list.addEventListener("focusin", (event) => { if (event.target.id !== `tab-${current?.id}` && event.target.matches("[role=tab]:focus-visible")) event.target.click(); });
  panel.append(
    h("header", { class: "panel-head" }, list,
      h("button", { type: "button", class: "quiet icon", "aria-label": "Close the panel", testid: "panel-close", onclick: closePanel }, "×")),
    ...tabs.map((tab) => {
      Object.assign(tab.element, { id: `panel-${tab.id}`, hidden: true, tabIndex: -1 });
      tab.element.setAttribute("role", "tabpanel");
      tab.element.setAttribute("aria-labelledby", `tab-${tab.id}`);
      return tab.element;
    }));
  moves.refresh();
  for (const id of ["members", "journal"]) {
    byId(`${id}-toggle`).addEventListener("click", (event) => {
      opener = event.currentTarget;
      if (current?.id === id) closePanel();
      else openPanel(id);
    });
  }
}

export function openPanel(id) {
  current?.hide();
  current = tabs.find((tab) => tab.id === id);
  byId("panel").hidden = false;
  document.body.classList.add("with-panel");
  for (const tab of tabs) {
    const shown = tab === current;
    tab.element.hidden = !shown;
    byId(`tab-${tab.id}`).setAttribute("aria-selected", String(shown));
    byId(`tab-${tab.id}`).tabIndex = shown ? 0 : -1;
    byId(`${tab.id}-toggle`)?.setAttribute("aria-expanded", String(shown));
  }
  current.show();
}

export function closePanel() {
  if (!current) return;
  current.hide();
  byId(`${current.id}-toggle`)?.setAttribute("aria-expanded", "false");
  current = null;
  byId("panel").hidden = true;
  document.body.classList.remove("with-panel");
  opener?.focus();
}

/** Puts the keyboard into the panel, opening the journal if none is open. */
export function focusPanel() {
  if (!current) openPanel("journal");
  byId(`tab-${current.id}`).focus();
}
