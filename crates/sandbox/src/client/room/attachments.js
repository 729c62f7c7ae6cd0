// Attachments: pictures, sound, video and files, hidden when marked as spoilers. A link whose time is
// over is asked for anew.

import * as api from "../core/api.js";
import { h, link, picture, safeUrl } from "../core/dom.js";
import { bytes } from "../core/format.js";
import { state } from "../core/state.js";
import { complain } from "../apps/interactions.js";

const own = (url) => {
  const href = safeUrl(url);
  return href && new URL(href).origin === location.origin ? href : null;
};

export function attachment(data) {
  const type = String(data.content_type ?? "");
  const about = data.description || data.filename;
  const node = h("div", { class: "attachment", testid: "attachment", data: { name: data.filename } });
  const draw = (url) => node.replaceChildren(...[
    shown(type, url, about, () => expired(node, data, draw)),
    h("p", {}, link(url, data.filename), h("span", { class: "hint" }, ` ${bytes(data.size)}`),
      data.duration_secs ? h("span", { class: "hint" }, ` voice message, ${Math.round(data.duration_secs)} s`) : null,
      data.description ? h("span", { class: "hint" }, ` ${data.description}`) : null),
  ].filter(Boolean));
  draw(data.url);
  if (isSpoiler(data)) return hidden(node, "Spoiler: show the file");
  return node;
}

const isSpoiler = (data) => Boolean(data.flags & (1 << 3)) || String(data.filename).startsWith("SPOILER_");

/** Behind a button until it is pressed. */
export function hidden(node, label) {
  const button = h("button", { type: "button", class: "quiet", testid: "show-spoiler" }, label);
  button.addEventListener("click", () => button.replaceWith(node));
  return button;
}

function shown(type, url, about, onerror) {
  const href = own(url);
  if (type.startsWith("image/")) {
    const node = picture(url, about, "image");
    node.addEventListener("error", onerror);
    return node;
  }
  if (!href || !/^(audio|video)\//.test(type)) return null;
  const node = h(type.startsWith("audio/") ? "audio" : "video", { src: href, controls: true, preload: "none", class: "image", "aria-label": about });
  node.addEventListener("error", onerror);
  return node;
}

function expired(node, data, draw) {
  const again = h("button", { type: "button", class: "button secondary", testid: "refresh-link" }, "Ask for a new link");
  again.addEventListener("click", () => refresh(data.url).then(draw, complain));
  node.replaceChildren(h("p", { class: "hint", testid: "expired-link" }, `${data.filename} cannot be shown: its link may have expired. `, again));
}

async function refresh(url) {
  const found = await api.rest(state.me, "POST", "attachments/refresh-urls", { attachment_urls: [url] });
  return found.refreshed_urls?.[0]?.refreshed ?? url;
}
