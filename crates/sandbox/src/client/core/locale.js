// The language in which commands are shown: that of the chosen person, or another one to try.

import { byId, h, replace } from "./dom.js";
import { on, state, tell } from "./state.js";

// Discord docs: Reference, Locales.
const LOCALES = [
  "en-US", "en-GB", "bg", "cs", "da", "de", "el", "es-ES", "es-419", "fi", "fr", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl",
  "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
];

export function startLocale() {
  const select = byId("locale-select");
  replace(select, LOCALES.map((one) => h("option", { value: one }, one)));
  select.addEventListener("change", () => {
    state.locale = select.value;
    tell("commands");
  });
  on("me", () => {
    const own = state.users.find((user) => user.id === state.me)?.locale;
    state.locale = LOCALES.includes(own) ? own : "en-US";
    select.value = state.locale;
  });
}
