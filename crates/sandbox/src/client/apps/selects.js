// One choice widget for every select menu, in messages and in modals.

import { freshId, h } from "../core/dom.js";
import { entities } from "../core/state.js";

const SHOWN = 50;
const KINDS = { 5: ["user"], 6: ["role"], 7: ["user", "role"], 8: ["channel"] };

/** Entries a select offers, whatever its type: {value, label, note, chosen}. */
export function selectEntries(component) {
  const preset = new Set((component.default_values ?? []).map((one) => one.id));
  if (component.type === 3 || component.options) {
    return (component.options ?? []).map((one) => ({ value: one.value, label: one.label, note: one.description, chosen: Boolean(one.default) }));
  }
  return entities(KINDS[component.type] ?? [], component.channel_types).map((one) => ({ ...one, chosen: preset.has(one.value) }));
}

/** {element, values()} for a list of entries. One choice of few is a native select. */
export function choice({ entries, min = 1, max = 1, label, testid, disabled = false }) {
  if (max <= 1 && entries.length <= SHOWN) return nativeSelect({ entries, min, label, testid, disabled });
  return checklist({ entries, max, label, testid, disabled });
}

function nativeSelect({ entries, min, label, testid, disabled }) {
  const select = h("select", { testid, disabled, "aria-label": label, required: min > 0 },
    h("option", { value: "" }, label),
    entries.map((one) => h("option", { value: one.value, selected: Boolean(one.chosen) }, one.note ? `${one.label} (${one.note})` : one.label)));
  return { element: select, values: () => (select.value === "" ? [] : [select.value]) };
}

function checklist({ entries, max, label, testid, disabled }) {
  const chosen = new Set(entries.filter((one) => one.chosen).map((one) => one.value));
  const name = freshId("choice");
  const list = h("div", { class: "checklist-items" });
  const more = h("p", { class: "hint", role: "status" });
  const filter = h("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${label}`, autocomplete: "off", hidden: entries.length <= 12 });
  const draw = () => {
    const wanted = filter.value.trim().toLowerCase();
    const fitting = entries.filter((one) => !wanted || `${one.label} ${one.note ?? ""}`.toLowerCase().includes(wanted));
    list.replaceChildren(...fitting.slice(0, SHOWN).map((one) => {
      const box = h("input", { type: max <= 1 ? "radio" : "checkbox", name, value: one.value, checked: chosen.has(one.value), disabled });
      box.addEventListener("change", () => {
        if (max <= 1) chosen.clear();
        if (box.checked) chosen.add(one.value);
        else chosen.delete(one.value);
      });
      return h("label", { class: "check" }, box, h("span", {}, one.label), one.note ? h("span", { class: "hint" }, one.note) : null);
    }));
    more.textContent = fitting.length > SHOWN ? `${fitting.length - SHOWN} more: use the filter` : "";
  };
  filter.addEventListener("input", draw);
  draw();
  return {
    element: h("fieldset", { class: "checklist", testid, "aria-label": label }, h("legend", {}, label), filter, list, more),
    values: () => entries.filter((one) => chosen.has(one.value)).map((one) => one.value),
  };
}
