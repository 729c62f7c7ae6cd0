// Sends interactions and follows each one until its fate is known.

import * as api from "../core/api.js";
import { byId, h } from "../core/dom.js";
import { state } from "../core/state.js";
import { openModal } from "./modal.js";

// A little longer than the sandbox's own deadline, so that its verdict arrives first.
const WAIT_MS = 5000;
const NO_ANSWER = "The application did not respond";
const NOTICES = 4;
const INFO_MS = 6000;
const WHY = {
  pending: "it has not answered yet",
  expired: "it did not answer within 3 seconds: answer or defer first, then work",
  failed: "its answer was refused: the journal says why",
};

export const applicationName = (id) => state.applications.get(String(id))?.name ?? "The application";

/** A line above the message box: a complaint until dismissed, other news for a while. */
export function notice(text, { testid = "notice", kind = "info", hint } = {}) {
  const node = h("div", { class: `notice ${kind}`, testid },
    h("span", {}, text, hint ? h("span", { class: "hint" }, ` ${hint}`) : null),
    h("button", { type: "button", class: "quiet", "aria-label": "Dismiss", onclick: () => node.remove() }, "Dismiss"));
  byId("notices").append(node);
  if (kind === "info") setTimeout(() => node.remove(), INFO_MS);
  while (byId("notices").children.length > NOTICES) byId("notices").firstChild.remove();
  return node;
}

export const complain = (error) => notice(error.message, { testid: "error", kind: "bad", hint: error.hint });

/**
 * Sends one interaction and waits until it is answered or lost.
 * Returns true when the application answered.
 */
export async function interact(channel, body, { applicationId, busy, what, files = [] }) {
  const waiting = h("div", { class: "notice", testid: "interaction-waiting" }, `Waiting for ${applicationName(applicationId)}: ${what}`);
  byId("notices").append(waiting);
  busy?.setAttribute("aria-busy", "true");
  try {
    const sent = await api.interact(state.me, channel, withFiles(body, files));
    const fate = await settle(sent);
    if (fate.state === "modal" && fate.modal) {
      openModal(fate.modal, { applicationId, interactionId: sent.interaction_id, channel, submit: interact });
    } else if (fate.state === "pending" || fate.state === "expired" || fate.state === "failed") {
      notice(`${NO_ANSWER} to ${what}`, { testid: "interaction-failed", kind: "bad", hint: `(${fate.state === "expired" ? WHY.expired : fate.error ?? WHY[fate.state]})` });
      return false;
    }
    return true;
  } catch (error) {
    complain(error);
    return false;
  } finally {
    waiting.remove();
    busy?.removeAttribute("aria-busy");
  }
}

/** Files go beside the body, which names them by their number. */
function withFiles(body, files) {
  if (!files.length) return body;
  const form = new FormData();
  form.append("payload_json", JSON.stringify(body));
  files.forEach((file, number) => form.append(`files[${number}]`, file, file.name));
  return form;
}

async function settle(sent) {
  const until = performance.now() + WAIT_MS;
  let fate = sent;
  while (fate.state === "pending" && performance.now() < until) {
    fate = await api.interaction(sent.interaction_id, 2000);
  }
  // The first answer may be short; the modal comes with the full record.
  return fate.state === "modal" && !fate.modal ? api.interaction(sent.interaction_id) : fate;
}
