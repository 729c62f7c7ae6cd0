// The subset of Markdown that messages use, straight to DOM nodes.

import { h, link, safeUrl } from "../core/dom.js";
import { channelById, roleById, userName } from "../core/state.js";
import { date, relative } from "../core/format.js";
import { emojiNode } from "./emoji.js";

const MAX_DEPTH = 8;
const SPECIAL = /[\\`*_~|[<@]|https?:\/\//g;

/** Nodes of a whole text, with blocks. `users` are those the message mentions. */
export function markdown(text, users = []) {
  return blocks(String(text ?? ""), { users, depth: 0 });
}

/** Nodes of one line: no headings, lists or quotes. */
export function inlineMarkdown(text, users = []) {
  return inline(String(text ?? ""), { users, depth: 0 });
}

function blocks(text, context) {
  const out = [];
  const parts = text.split(/(```[\s\S]+?```)/);
  for (const part of parts) {
    const fence = /^```(?:([\w+#.-]+)\n)?([\s\S]+?)```$/.exec(part);
    if (fence) {
      out.push(h("pre", {}, h("code", { "aria-label": fence[1] ? `${fence[1]} code` : null }, fence[2].replace(/^\n|\n$/g, ""))));
    } else if (part) {
      out.push(...lines(part.replace(/^\n/, "").replace(/\n$/, ""), context));
    }
  }
  return out;
}

const nested = (context) => ({ ...context, depth: context.depth + 1 });

function lines(text, context) {
  const out = [];
  const rows = text.split("\n");
  let plain = [];
  const flush = () => {
    if (plain.length) out.push(h("p", {}, plain.flatMap((row, i) => (i ? [h("br"), ...row] : row))));
    plain = [];
  };
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i];
    const heading = /^(#{1,3}) +(\S.*)$/.exec(row);
    const small = /^-# +(\S.*)$/.exec(row);
    if (context.depth < MAX_DEPTH && row.startsWith(">>> ")) {
      flush();
      out.push(h("blockquote", {}, lines([row.slice(4), ...rows.slice(i + 1)].join("\n"), nested(context))));
      return out;
    }
    if (context.depth < MAX_DEPTH && row.startsWith("> ")) {
      flush();
      const quoted = [];
      while (i < rows.length && rows[i].startsWith("> ")) quoted.push(rows[i++].slice(2));
      i -= 1;
      out.push(h("blockquote", {}, lines(quoted.join("\n"), nested(context))));
    } else if (heading) {
      flush();
      out.push(h("p", { class: `heading heading-${heading[1].length}`, role: "heading", "aria-level": heading[1].length + 3 }, inline(heading[2], context)));
    } else if (small) {
      flush();
      out.push(h("p", { class: "subtext" }, inline(small[1], context)));
    } else if (/^ *(?:[-*]|\d{1,9}\.) +\S/.test(row)) {
      flush();
      const ordered = /^ *\d/.test(row);
      const pattern = ordered ? /^( *)(\d{1,9})\. +(\S.*)$/ : /^( *)([-*]) +(\S.*)$/;
      const items = [];
      let match;
      const start = Number(pattern.exec(row)[2]) || 1;
      while (i < rows.length && (match = pattern.exec(rows[i]))) {
        items.push(h("li", { class: match[1].length > 1 ? "inner" : null }, inline(match[3], context)));
        i += 1;
      }
      i -= 1;
      out.push(h(ordered ? "ol" : "ul", { start: ordered && start !== 1 ? start : null }, items));
    } else {
      plain.push(inline(row, context));
    }
  }
  flush();
  return out;
}

const wrap = (tag, props) => (match, context) => h(tag, props, inline(match[1], nested(context)));

// Tried in this order at each special character.
const RULES = [
  [/\\([\\`*_~|<>#@[\]()-])/y, (match) => document.createTextNode(match[1])],
  [/``([\s\S]+?)``(?!`)/y, (match) => h("code", {}, match[1].trim())],
  [/`([^`]+)`/y, (match) => h("code", {}, match[1])],
  [/\*\*\*(?=\S)([\s\S]+?)\*\*\*/y, (match, context) => h("strong", {}, h("em", {}, inline(match[1], nested(context))))],
  [/\*\*(?=\S)([\s\S]+?)\*\*(?!\*)/y, wrap("strong")],
  [/\*(?=[^\s*])([\s\S]*?[^\s*])\*(?!\*)/y, wrap("em")],
  [/__(?=\S)([\s\S]+?)__(?!_)/y, wrap("u")],
  [/_(?=[^\s_])([\s\S]*?[^\s_])_(?![A-Za-z0-9_])/y, wrap("em")],
  [/~~(?=\S)([\s\S]+?)~~/y, wrap("s")],
  [/\|\|([\s\S]+?)\|\|/y, spoiler],
  [/\[([^\][\n]+)\]\(<?(https?:\/\/[^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?: "[^"\n]*")?\)/y, (match, context) => link(match[2], inline(match[1], nested(context)))],
  [/<@!?(\d{1,20})>/y, (match, context) => mention("@", userIn(context, match[1]) ?? "unknown user")],
  [/<@&(\d{1,20})>/y, (match) => mention("@", roleById(match[1])?.name ?? "unknown role")],
  [/<#(\d{1,20})>/y, (match) => mention("#", channelById(match[1])?.name ?? "unknown channel")],
  [/<\/([^:<>\n]{1,100}):(\d{1,20})>/y, (match) => mention("/", match[1])],
  [/<(a?):(\w{1,32}):(\d{1,20})>/y, (match) => emojiNode({ id: match[3], name: match[2], animated: Boolean(match[1]) })],
  [/<t:(-?\d{1,13})(?::([tTdDfFsSR]))?>/y, timestamp],
  [/<(https?:\/\/[^\s<>]+)>/y, (match) => link(match[1], match[1])],
  [/@(everyone|here)\b/y, (match) => mention("@", match[1])],
  [/https?:\/\/(?:[^\s<>()"'|\]]|\([^\s<>()"']*\))+(?<![.,:;!?*_~])/y, (match) => (safeUrl(match[0]) ? link(match[0], match[0]) : null)],
];

function inline(text, context) {
  if (context.depth > MAX_DEPTH) return [text];
  const out = [];
  let plainFrom = 0;
  let at = 0;
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const special = SPECIAL.exec(text);
    if (!special) break;
    at = special.index;
    const [node, length] = apply(text, at, context);
    if (node) {
      if (at > plainFrom) out.push(text.slice(plainFrom, at));
      out.push(node);
      at += length;
      plainFrom = at;
    } else {
      at += 1;
    }
  }
  if (plainFrom < text.length) out.push(text.slice(plainFrom));
  return out;
}

function apply(text, at, context) {
  // An underscore inside a word is part of the word.
  if (text[at] === "_" && at > 0 && /[A-Za-z0-9]/.test(text[at - 1])) return [null, 0];
  for (const [pattern, build] of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    const length = match[0].length;
    const node = build(match, context);
    if (node) return [node, length];
  }
  return [null, 0];
}

function spoiler(match, context) {
  const button = h("button", { type: "button", class: "spoiler", "aria-expanded": "false", title: "Show the hidden text" }, h("span", {}, inline(match[1], nested(context))));
  button.addEventListener("click", () => button.setAttribute("aria-expanded", "true"));
  return button;
}

function timestamp(match) {
  const at = new Date(Number(match[1]) * 1000);
  if (Number.isNaN(at.getTime())) return null;
  const text = match[2] === "R" ? relative(at) : date(at, match[2] ?? "f");
  return h("time", { datetime: at.toISOString(), title: date(at, "F") }, text);
}

const mention = (sign, name) => h("span", { class: "mention" }, sign + name);

function userIn(context, id) {
  const user = context.users.find((one) => one.id === id);
  return userName(id) ?? (user ? user.global_name || user.username : null);
}
