// Keyboard shortcuts, and the dialog that lists them.

import { openDialog } from "./dialog.js";
import { byId, h } from "./dom.js";

const SHORTCUTS = [
  ["Ctrl+K", "Go to a server, channel or person"],
  ["?", "This list (outside text fields)"],
  ["Alt+1", "Servers and channels"],
  ["Alt+2", "Messages"],
  ["Alt+3", "Message box"],
  ["Alt+4", "Journal, members and the other panels"],
  ["Alt+Up, Alt+Down", "Previous or next channel"],
  ["/", "Begin a command (outside text fields)"],
  ["Up (empty message box)", "Edit your last message"],
  ["Arrows, Home, End", "Move within a list, tabs or a menu"],
  ["On a message: R, E, +", "Reply, edit, add a reaction"],
  ["On a message: P, M, Delete", "Profile of the author, more actions, delete"],
  ["Enter", "Send; in a form, submit"],
  ["Shift+Enter", "New line"],
  ["Escape", "Close, or leave a form"],
];

export function showShortcuts() {
  if (document.querySelector("dialog[open]")) return;
  openDialog({ title: "Keyboard", testid: "shortcuts" },
    h("dl", { class: "shortcuts" }, SHORTCUTS.map(([keys, what]) =>
      h("div", {}, h("dt", {}, h("kbd", {}, keys)), h("dd", {}, what)))),
    h("p", {}, h("a", { href: "/control/docs", target: "_blank", rel: "noopener" }, "The control interface, which can do all that this page does")));
}

const focusMessages = () => (byId("messages").querySelector("article[tabindex='0']") ?? byId("timeline")).focus();

const writes = (node) => node.matches?.("input, textarea, select, [contenteditable]");

/** `does` has switcher, panel and step(by). */
export function startKeys(does) {
  byId("help").addEventListener("click", showShortcuts);
  document.addEventListener("keydown", (event) => {
    const letter = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && letter === "k") does.switcher();
    else if (document.querySelector("dialog[open]")) return;
    else if (event.altKey && letter === "1") does.places();
    else if (event.altKey && letter === "2") focusMessages();
    else if (event.altKey && letter === "3") byId("composer-input")?.focus();
    else if (event.altKey && letter === "4") does.panel();
    else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) does.step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "?" && !writes(event.target)) showShortcuts();
    else if (event.key === "/" && !writes(event.target)) {
      const box = byId("composer-input");
      if (!box) return;
      box.value ||= "/";
      box.focus();
      box.dispatchEvent(new Event("input"));
    } else return;
    event.preventDefault();
  });
}
