// Builds elements. Text only ever enters the page as text nodes, so nothing that
// a message contains can become markup.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "required", "selected", "open", "readOnly", "multiple"]);

/** h("p", {class: "hint", testid: "x", onclick: f}, "text", node, [nodes], null) */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "testid") node.dataset.testid = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

export const byId = (id) => document.getElementById(id);

/** Gives the focus back to a control, or to its message where the control shows only with the message. */
export function focusBack(node) {
  const shown = node.checkVisibility?.({ visibilityProperty: true }) ?? true;
  (shown ? node : node.closest("article") ?? node).focus();
}

let counter = 0;
/** An id for label and aria references. */
export const freshId = (prefix) => `${prefix}-${++counter}`;

/** The URL if it is one a link may have, else null. */
export function safeUrl(text) {
  try {
    const url = new URL(String(text), location.href);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

export function link(url, ...children) {
  const href = safeUrl(url);
  return href
    ? h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, children)
    : h("span", {}, children);
}

/** An image from this sandbox is shown; one from elsewhere stays a link, so that
 *  reading a message never calls a foreign server. */
export function picture(url, description, className) {
  const href = safeUrl(url);
  if (!href) return h("span", { class: "hint" }, description || "image");
  if (new URL(href).origin === location.origin) {
    return h("img", { src: href, alt: description || "", class: className, loading: "lazy" });
  }
  return h("p", { class: "foreign-image" }, "Image: ", link(href, description || shorten(href, 80)));
}

export function shorten(text, limit) {
  const points = Array.from(String(text));
  return points.length > limit ? points.slice(0, limit - 1).join("") + "…" : points.join("");
}
