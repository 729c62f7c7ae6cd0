// Sends interactions and follows each one until its fate is known.

import * as api from "./api.js";
import { byId, h } from "./dom.js";
import { state } from "./state.js";
import { openModal } from "./modal.js";

// A little longer than the sandbox's own deadline, so that its verdict arrives first.
const WAIT_MS = 5000;
const NO_ANSWER = "The application did not respond";

export const applicationName = (id) => state.applications.get(String(id))?.name ?? "The application";

/** A line above the message box, until dismissed or after the given node is used. */
export function notice(text, { testid = "notice", kind = "info", hint } = {}) {
  const node = h("div", { class: `notice ${kind}`, testid },
    h("span", {}, text, hint ? h("span", { class: "hint" }, ` ${hint}`) : null),
    h("button", { type: "button", class: "quiet", "aria-label": "Dismiss", onclick: () => node.remove() }, "Dismiss"));
  byId("notices").append(node);
  while (byId("notices").children.length > 4) byId("notices").firstChild.remove();
  return node;
}

export const complain = (error) => notice(error.message, { testid: "error", kind: "bad", hint: error.hint });

/**
 * Sends one interaction and waits until it is answered or lost.
 * Returns true when the application answered.
 */
export async function interact(channel, body, { applicationId, busy, what }) {
  const waiting = h("div", { class: "notice", testid: "interaction-waiting" }, `Waiting for ${applicationName(applicationId)}: ${what}`);
  byId("notices").append(waiting);
  busy?.setAttribute("aria-busy", "true");
  try {
    const sent = await api.interact(state.me, channel, body);
    const fate = await settle(sent);
    if (fate.state === "modal" && fate.modal) {
      openModal(fate.modal, { applicationId, interactionId: sent.interaction_id, channel, submit: interact });
    } else if (fate.state === "pending" || fate.state === "expired" || fate.state === "failed") {
      notice(NO_ANSWER, { testid: "interaction-failed", kind: "bad", hint: fate.error ? `(${fate.error})` : `to ${what}` });
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

async function settle(sent) {
  const until = performance.now() + WAIT_MS;
  let fate = sent;
  while (fate.state === "pending" && performance.now() < until) {
    fate = await api.interaction(sent.interaction_id, 2000);
  }
  // The first answer may be short; the modal comes with the full record.
  return fate.state === "modal" && !fate.modal ? api.interaction(sent.interaction_id) : fate;
}
