// Polls: the answers, one's own vote, the results; and a form for a new one.

import * as api from "../core/api.js";
import { formDialog } from "../core/dialog.js";
import { freshId, h } from "../core/dom.js";
import { relative } from "../core/format.js";
import { state } from "../core/state.js";
import { complain } from "../apps/interactions.js";
import { emojiNode } from "./emoji.js";

const DEFAULT_HOURS = 24;

export function poll(message) {
  const data = message.poll;
  const counts = new Map((data.results?.answer_counts ?? []).map((one) => [one.id, one]));
  const total = [...counts.values()].reduce((sum, one) => sum + one.count, 0);
  const over = Boolean(data.results?.is_finalized) || (data.expiry && Date.parse(data.expiry) <= Date.now());
  const mine = (data.answers ?? []).filter((one) => counts.get(one.answer_id)?.me_voted).map((one) => one.answer_id);
  const name = freshId("poll");
  const many = Boolean(data.allow_multiselect);
  const rows = (data.answers ?? []).map((one) => {
    const votes = counts.get(one.answer_id)?.count ?? 0;
    const box = h("input", { type: many ? "checkbox" : "radio", name, value: one.answer_id, checked: mine.includes(one.answer_id), disabled: over, testid: "poll-answer" });
    return h("label", { class: "poll-answer" }, box, one.poll_media?.emoji ? emojiNode(one.poll_media.emoji) : null,
      h("span", { class: "poll-text" }, one.poll_media?.text ?? ""),
      h("meter", { min: 0, max: Math.max(total, 1), value: votes, "aria-hidden": "true" }),
      h("span", { class: "hint", testid: "poll-count" }, `${votes} ${votes === 1 ? "vote" : "votes"}`));
  });
  const form = h("form", { class: "poll", testid: "poll", "aria-label": `Poll: ${data.question?.text ?? ""}` },
    h("p", { class: "poll-question" }, data.question?.text ?? ""), rows,
    h("div", { class: "row" },
      h("span", { class: "hint", testid: "poll-state" }, `${total} ${total === 1 ? "vote" : "votes"} · ${over ? "over" : data.expiry ? `ends ${relative(data.expiry)}` : "open"}`),
      over ? null : h("button", { type: "submit", class: "button secondary", testid: "poll-vote" }, mine.length ? "Change my vote" : "Vote"),
      over || !mine.length ? null : h("button", { type: "button", class: "link", testid: "poll-unvote", onclick: () => vote(message, []) }, "Take it back")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    vote(message, [...form.querySelectorAll("input:checked")].map((box) => Number(box.value)));
  });
  return form;
}

const vote = (message, answers) => api.vote(state.me, message.channel_id, message.id, answers).catch(complain);

/** A form for a new poll; `done` gets the poll to send. */
export const newPoll = (done) => formDialog({
  title: "New poll", testid: "new-poll-dialog", action: "Send the poll",
  fields: [
    { name: "question", label: "Question", required: true, maxlength: 300 },
    { name: "answers", label: "Answers, one a line", kind: "textarea", required: true, value: "Yes\nNo" },
    { name: "hours", label: "Open for so many hours", kind: "number", min: 1, max: 768, value: DEFAULT_HOURS, required: true },
    { name: "many", label: "Several answers may be chosen", kind: "checkbox" },
  ],
  submit: ({ question, answers, hours, many }) => done({
    question: { text: question }, duration: hours, allow_multiselect: many, layout_type: 1,
    answers: answers.split("\n").map((one) => one.trim()).filter(Boolean).map((text) => ({ poll_media: { text } })),
  }),
});
