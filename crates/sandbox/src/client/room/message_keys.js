// The messages by keyboard: one tab stop for all of them, arrows between them, letters for what is
// done most. A message's own buttons can be tabbed to while the message has the focus.

import { byId } from "../core/dom.js";

const KEYS = { r: "reply", e: "edit", Delete: "delete", "+": "add-reaction", m: "message-more", p: "message-author" };

const all = () => [...byId("messages").querySelectorAll("article")];

function stop(article) {
  for (const one of byId("messages").querySelectorAll("article[tabindex='0']")) one.tabIndex = -1;
  article.tabIndex = 0;
}

/** The newest message is where the keyboard comes in, unless it is among the messages already. */
export function keepStop() {
  const newest = byId("messages").lastElementChild?.querySelector("article");
  if (newest && !byId("messages").contains(document.activeElement)) stop(newest);
}

export function startMessageKeys() {
  const list = byId("messages");
  list.addEventListener("focusin", (event) => {
    const article = event.target.closest("article");
    if (!article) return;
    stop(article);
    article.querySelector(".author").tabIndex = 0;
  });
  list.addEventListener("focusout", (event) => {
    const article = event.target.closest("article");
    if (article && !article.contains(event.relatedTarget)) article.querySelector(".author").tabIndex = -1;
  });
  list.addEventListener("keydown", (event) => {
    if (!event.target.matches("article") || event.ctrlKey || event.altKey || event.metaKey) return;
    const articles = all();
    const at = articles.indexOf(event.target);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: articles.length - 1 }[event.key];
    if (next !== undefined) {
      const article = articles[Math.max(0, Math.min(articles.length - 1, next))];
      article.focus();
      article.scrollIntoView({ block: "nearest" });
    } else if (KEYS[event.key]) {
      const control = event.target.querySelector(`[data-testid="${KEYS[event.key]}"]`);
      if (!control) return;
      control.focus();
      control.click();
    } else return;
    event.preventDefault();
  });
}
