// One tab stop for a list of buttons; arrow keys, Home and End move within it.

/** `pick` says which elements of the list count. Call `refresh` after drawing it anew. */
export function roving(list, pick = "button:not(:disabled)", { horizontal = false } = {}) {
  const items = () => [...list.querySelectorAll(pick)].filter((node) => !node.hidden);
  const [forth, back] = horizontal ? ["ArrowRight", "ArrowLeft"] : ["ArrowDown", "ArrowUp"];

  const stop = (chosen) => {
    for (const node of items()) node.tabIndex = node === chosen ? 0 : -1;
  };
  list.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(event.target.closest(pick));
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = { [forth]: at + 1, [back]: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const node = all[Math.max(0, Math.min(all.length - 1, next))];
    stop(node);
    node.focus();
  });
  list.addEventListener("focusin", (event) => {
    const node = event.target.closest(pick);
    if (node) stop(node);
  });
  return {
    refresh() {
      const all = items();
      stop(all.find((node) => node === document.activeElement)
        ?? all.find((node) => node.matches("[aria-current=true], [aria-selected=true]")) ?? all[0]);
    },
  };
}
