// The reviewer's desk: the candidate's page in its frame, and marks that survive a lost session until they are handed in.
import { startPreview } from "../authoring/preview.js";

const PREFIX = "tp-review:";

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null; // closed to us: then the page alone holds the marks
  }
}

function write(key, value) {
  try {
    if (value) localStorage.setItem(key, JSON.stringify(value));
    else localStorage.removeItem(key);
  } catch {
    // the same
  }
}

function fieldsOf(form) {
  return Object.fromEntries([...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && value));
}

function fill(form, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value; // a group of radios takes the value of the one to be chosen
  }
}

function keepMarks(form) {
  const key = PREFIX + form.dataset.keep;
  // What the server sent back with its complaints is newer than what was kept here.
  const kept = form.dataset.fresh === "no" ? null : read(key);
  if (kept) fill(form, kept);
  form.addEventListener("input", () => write(key, fieldsOf(form)));
  document.querySelector("#give-back form")?.addEventListener("submit", () => write(key, null));
  form.querySelectorAll("[data-with-script]").forEach((words) => { words.hidden = false; });
}

/** Where there is nothing to mark any more, nothing stays behind on a computer that others use. */
function forget() {
  const version = document.querySelector("[data-forget]")?.dataset.forget;
  if (version) write(PREFIX + version, null);
}

const form = document.querySelector("form[data-keep]");
if (form) keepMarks(form);
else forget();
if (document.getElementById("screen")) startPreview();
