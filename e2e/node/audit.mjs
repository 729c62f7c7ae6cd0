// What a page must hold for people who use a keyboard, a screen reader, a phone or weak eyes. Each
// function runs inside the page and returns what breaks its rule.

/** Controls in sight without a name, references to nothing, ids used twice, positive tab orders. */
export function unnamed() {
  const found = [];
  const shown = (node) => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== "hidden";
  const text = (id) => document.getElementById(id)?.textContent.trim();
  const name = (node) => {
    const own = node.getAttribute("aria-label")?.trim() || (node.getAttribute("aria-labelledby") ?? "").split(" ").map(text).filter(Boolean).join(" ");
    if (own) return own;
    const labels = [...(node.labels ?? [])].map((label) => label.textContent.trim()).join(" ");
    if (labels.trim()) return labels;
    if (node.matches("button, a, summary, [role=option], [role=menuitem]")) return node.textContent.trim() || node.querySelector("img[alt]")?.alt;
    if (node.tagName === "FIELDSET") return node.querySelector("legend")?.textContent.trim();
    return node.getAttribute("title") ?? node.getAttribute("alt");
  };
  const say = (node, what) => found.push(`${what}: ${node.outerHTML.slice(0, 120)}`);
  for (const node of document.querySelectorAll("button, a[href], summary, input, select, textarea, dialog, fieldset, nav, aside, [role=listbox], [role=menu], [role=tablist], [role=tabpanel], [role=group]")) {
    if (shown(node) && !name(node)) say(node, "no name");
  }
  for (const node of document.querySelectorAll("img:not([alt])")) say(node, "no alternative text");
  for (const attribute of ["aria-controls", "aria-labelledby", "aria-activedescendant", "for"]) {
    for (const node of document.querySelectorAll(`[${attribute}]`)) {
      // A list of suggestions may not be in the page while it is closed.
      const ids = node.getAttribute(attribute).split(" ");
      if (shown(node) && node.getAttribute("aria-expanded") !== "false" && ids.some((id) => !document.getElementById(id))) say(node, `${attribute} names nothing`);
    }
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) found.push(`id twice: ${id}`);
  for (const node of document.querySelectorAll("[tabindex]")) if (node.tabIndex > 0) say(node, "tab order");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  if (!document.documentElement.lang) found.push("no language");
  return found;
}

/** Text in sight whose contrast with what is behind it is below 4.5 (3 where it is large). */
export function faint() {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (css) => {
    if (!known.has(css)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      known.set(css, [...context.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(css);
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== "none") return null;
      const colour = rgba(style.backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    if (!own || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || node.matches(":disabled, :disabled *, option, .visually-hidden, .spoiler *")) continue;
    const style = getComputedStyle(node);
    const ground = behind(node);
    if (!ground) continue;
    const [a, b] = [light(rgba(style.color)), light(ground)].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)}: ${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 40)}`);
  }
  return found;
}

/** How wide the page wants to be, and the elements that stick out of it where nothing cuts them off. */
export function overflow() {
  const clipped = (node) => {
    for (let one = node.parentElement; one && one !== document.body; one = one.parentElement) if (getComputedStyle(one).overflowX !== "visible") return true;
    return false;
  };
  const out = [...document.querySelectorAll("body *")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.left >= 0 && box.right > innerWidth + 1 && !clipped(node);
  });
  return { width: innerWidth, wanted: document.documentElement.scrollWidth, out: out.slice(0, 5).map((node) => node.outerHTML.slice(0, 100)) };
}
