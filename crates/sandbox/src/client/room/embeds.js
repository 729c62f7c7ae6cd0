// Embeds.

import { h, link, picture } from "../core/dom.js";
import { inlineMarkdown, markdown } from "./markdown.js";
import { stamp } from "../core/format.js";

/** "#rrggbb" of a colour number, else null. */
export const colour = (value) =>
  Number.isInteger(value) && value >= 0 && value <= 0xffffff ? `#${value.toString(16).padStart(6, "0")}` : null;

/** Gives the box its accent bar. Set through the style object, which the policy allows. */
export function tint(node, value) {
  const css = colour(value);
  if (css) node.style.setProperty("--tint", css);
  return node;
}

export function embed(data, users) {
  const author = data.author?.name
    ? h("p", { class: "embed-author" }, data.author.url ? link(data.author.url, data.author.name) : data.author.name)
    : null;
  const titleText = data.title ? inlineMarkdown(data.title, users) : null;
  const title = titleText ? h("p", { class: "embed-title", testid: "embed-title" }, data.url ? link(data.url, titleText) : titleText) : null;
  const description = data.description
    ? h("div", { class: "prose", testid: "embed-description" }, markdown(data.description, users))
    : null;
  const fields = data.fields?.length
    ? h("dl", { class: "embed-fields" }, data.fields.map((field) =>
        h("div", { class: field.inline ? "inline" : "wide" },
          h("dt", {}, inlineMarkdown(field.name, users)),
          h("dd", { class: "prose" }, markdown(field.value, users)))))
    : null;
  const footer = data.footer?.text || data.timestamp
    ? h("p", { class: "embed-footer" },
        data.footer?.text ?? "",
        data.footer?.text && data.timestamp ? " · " : "",
        data.timestamp ? h("time", { datetime: data.timestamp }, stamp(data.timestamp)) : null)
    : null;
  return tint(
    h("section", { class: "embed", testid: "embed", "aria-label": "Embed" },
      data.provider?.name ? h("p", { class: "embed-footer" }, data.provider.name) : null, author, title, description, fields,
      data.thumbnail?.url ? picture(data.thumbnail.url, "thumbnail", "thumb") : null,
      data.image?.url ? picture(data.image.url, "image", "image") : null,
      footer),
    data.color);
}
