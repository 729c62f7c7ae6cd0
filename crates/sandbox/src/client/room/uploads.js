// Files waiting to be sent: by button, dropped on the room, or pasted.

import { byId, h } from "../core/dom.js";
import { bytes } from "../core/format.js";
import { notice } from "../apps/interactions.js";

const MOST = 10;

let waiting = [];
const tray = h("ul", { class: "upload-tray", "aria-label": "Files to be sent", testid: "upload-tray", hidden: true });
const chooser = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Choose files", testid: "file-input" });
const button = h("button", { type: "button", class: "quiet icon", testid: "attach", "aria-label": "Attach files", title: "Attach files", onclick: () => chooser.click() }, "+");

chooser.addEventListener("change", () => {
  addFiles(chooser.files);
  chooser.value = "";
});

export const uploadParts = { tray, button, chooser };

export function addFiles(files) {
  for (const file of files) {
    if (waiting.length >= MOST) {
      notice(`A message has at most ${MOST} files`, { kind: "bad" });
      break;
    }
    waiting.push({ file, description: "", spoiler: false });
  }
  draw();
}

/** The waiting files, which then wait no more. */
export function takeFiles() {
  const taken = waiting;
  waiting = [];
  draw();
  return taken;
}

/** Puts them back, after a refusal. */
export function putBack(files) {
  if (!waiting.length) waiting = files;
  draw();
}

export const anyFiles = () => waiting.length > 0;

function draw() {
  tray.hidden = waiting.length === 0;
  tray.replaceChildren(...waiting.map((one) => {
    const about = h("input", { type: "text", placeholder: "Description", value: one.description, maxlength: 1024, "aria-label": `Description of ${one.file.name}` });
    about.addEventListener("input", () => { one.description = about.value; });
    const spoiler = h("input", { type: "checkbox", checked: one.spoiler });
    spoiler.addEventListener("change", () => { one.spoiler = spoiler.checked; });
    return h("li", { testid: "upload" },
      h("span", { class: "upload-name" }, one.file.name), h("span", { class: "hint" }, bytes(one.file.size)), about,
      h("label", { class: "check" }, spoiler, "spoiler"),
      h("button", { type: "button", class: "quiet icon", "aria-label": `Remove ${one.file.name}`, onclick: () => { waiting = waiting.filter((other) => other !== one); draw(); } }, "×"));
  }));
}

/** The body of a message with files: multipart when there are some. */
export function withFiles(body, files) {
  if (!files.length) return body;
  const form = new FormData();
  const attachments = files.map((one, id) => ({ id, filename: fileName(one), ...(one.description ? { description: one.description } : {}) }));
  form.append("payload_json", JSON.stringify({ ...body, attachments }));
  files.forEach((one, id) => form.append(`files[${id}]`, one.file, fileName(one)));
  return form;
}

const fileName = ({ file, spoiler }) => (spoiler ? `SPOILER_${file.name}` : file.name);

export function startUploads() {
  const room = byId("room");
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  room.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    room.classList.add("dropping");
  });
  room.addEventListener("dragleave", (event) => {
    if (!room.contains(event.relatedTarget)) room.classList.remove("dropping");
  });
  room.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    room.classList.remove("dropping");
    addFiles(event.dataTransfer.files);
  });
  room.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    addFiles(files);
  });
}
