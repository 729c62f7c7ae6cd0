// A button with a menu (the ARIA menu button pattern): arrow keys, letters, Escape.

import { focusBack, h } from "./dom.js";

let open = null;

const close = (focus) => {
  if (!open) return;
  const { menu, button } = open;
  open = null;
  menu.remove();
  button.setAttribute("aria-expanded", "false");
  if (focus) focusBack(button);
};

document.addEventListener("mousedown", (event) => {
  if (open && !open.menu.contains(event.target) && !open.button.contains(event.target)) close(false);
});
window.addEventListener("resize", () => close(false));

/** `entries()` gives {label, testid, run, danger, data} or null for what does not apply, at each opening. */
export function menuButton({ label, text, testid, className = "quiet", entries }) {
  const button = h("button", {
    type: "button", class: className, testid, "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, title: label,
  }, text);
  button.addEventListener("click", () => toggle(button, label, entries));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    if (open?.button !== button) toggle(button, label, entries);
  });
  return button;
}

function toggle(button, label, entries) {
  const again = open?.button === button;
  close(false);
  if (again) return;
  const items = entries().filter(Boolean).map((one) =>
    h("button", {
      type: "button", role: "menuitem", tabindex: "-1", class: `menu-item${one.danger ? " danger" : ""}`, testid: one.testid, data: one.data,
      onclick: () => { close(true); one.run(); },
    }, one.label));
  if (!items.length) return;
  const menu = h("div", { class: "popup-menu", role: "menu", "aria-label": label, testid: "popup-menu" }, items);
  menu.addEventListener("keydown", (event) => keys(event, items));
  menu.addEventListener("focusout", (event) => {
    if (open?.menu === menu && event.relatedTarget && !menu.contains(event.relatedTarget)) close(false);
  });
  // Inside the dialog that the button is in, or else it would lie beneath it.
  (button.closest("dialog") ?? document.body).append(menu);
  open = { menu, button };
  button.setAttribute("aria-expanded", "true");
  place(menu, button.getBoundingClientRect());
  items[0].focus();
}

function place(menu, at) {
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.right - width, innerWidth - width - 8));
  const below = at.bottom + 4 + height <= innerHeight;
  menu.style.setProperty("left", `${left}px`);
  menu.style.setProperty("top", `${below ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`);
}

function keys(event, items) {
  const at = items.indexOf(document.activeElement);
  const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (step !== undefined) items[(step + items.length) % items.length].focus();
  else if (event.key === "Escape") {
    event.stopPropagation();
    close(true);
  } else if (event.key === "Tab") {
    close(true);
    return;
  } else if (/^\p{L}$/u.test(event.key)) {
    const ordered = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    ordered.find((node) => node.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  } else return;
  event.preventDefault();
}
