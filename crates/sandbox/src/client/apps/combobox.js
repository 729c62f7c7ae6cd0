// A text box with a list of suggestions (the ARIA combobox pattern).

import { freshId, h } from "../core/dom.js";

const DELAY_MS = 120;
const SHOWN = 50;

/**
 * `source(text)` gives entries {value, label, note}, at once or later. With `free`
 * the typed text is itself a value; without it only an entry is. `onpick` is told of a choice.
 * With `eager` the first entry is marked by itself, so that Enter takes it.
 */
export function combobox({ testid, label, source, free = false, required = false, maxlength = null, onpick = null, shown = SHOWN, eager = false }) {
  const listId = freshId("suggestions");
  const list = h("ul", { id: listId, class: "suggestions", role: "listbox", "aria-label": `Suggestions for ${label}`, hidden: true, testid: `${testid}-suggestions` });
  const input = h("input", {
    type: "text", role: "combobox", autocomplete: "off", testid, required, maxlength,
    "aria-label": label, "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list",
  });
  let entries = [];
  let active = -1;
  let picked = null;
  let generation = 0;
  let timer = null;

  const close = () => {
    generation += 1;
    clearTimeout(timer);
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    active = index;
    for (const [i, node] of [...list.children].entries()) node.setAttribute("aria-selected", String(i === index));
    const node = list.children[index];
    if (node?.id) input.setAttribute("aria-activedescendant", node.id);
    node?.scrollIntoView({ block: "nearest" });
  };
  const step = (key) => {
    if (key === "ArrowDown") return (active + 1) % entries.length;
    return active <= 0 ? entries.length - 1 : active - 1;
  };
  const pick = (entry) => {
    picked = entry;
    input.value = entry.label;
    input.setCustomValidity("");
    close();
    onpick?.(entry);
  };
  const show = (found, problem) => {
    const marked = entries[active];
    entries = found.slice(0, shown);
    list.replaceChildren(...entries.map((entry) =>
      h("li", { id: freshId("suggestion"), role: "option", "aria-selected": "false", testid: "suggestion",
        // Before the input loses focus.
        onmousedown: (event) => { event.preventDefault(); pick(entry); } },
        h("span", {}, entry.label), entry.note ? h("span", { class: "hint" }, entry.note) : null)));
    if (!entries.length) list.append(h("li", { class: "hint", "aria-disabled": "true" }, problem ?? "Nothing fits."));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    // What was marked stays so, if it is still there.
    const still = marked ? entries.findIndex((entry) => entry.label === marked.label && entry.note === marked.note) : -1;
    active = -1;
    if (entries.length && (still >= 0 || eager)) mark(Math.max(0, still));
    else input.removeAttribute("aria-activedescendant");
  };
  const refresh = (wait) => {
    clearTimeout(timer);
    const mine = ++generation;
    timer = setTimeout(async () => {
      try {
        const found = await source(input.value);
        if (mine === generation && document.activeElement === input) show(found);
      } catch (error) {
        if (mine === generation) show([], error.message);
      }
    }, wait);
  };

  input.addEventListener("focus", () => refresh(0));
  input.addEventListener("input", () => {
    picked = null;
    input.setCustomValidity("");
    refresh(DELAY_MS);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) refresh(0);
      else if (entries.length) mark(step(event.key));
    } else if ((event.key === "Enter" || event.key === "Tab") && !list.hidden && active >= 0) {
      if (event.key === "Enter") event.preventDefault();
      pick(entries[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    }
  });

  return {
    element: h("div", { class: "combobox" }, input, list),
    input,
    /** The chosen value, the typed text when free, or null. */
    value: () => picked?.value ?? (free && input.value !== "" ? input.value : null),
    /** Complains when something was typed that is no entry. */
    check: () => {
      const bad = !free && input.value !== "" && picked === null;
      input.setCustomValidity(bad ? "Choose one of the suggestions." : "");
      return !bad;
    },
  };
}
