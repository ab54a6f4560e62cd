/*
 * Keeps what is typed into forms with room for words (comments, passages, readings, reasons) on this computer until the
 * server took it: session or server may go in between. Opened again, the form offers it back. The editor of items has
 * a keeper of its own, which also sends while one types.
 */
import { Kept } from "./kept_here.js";

const LAST_SENT = "tp-words-sent"; // in this tab: which form was sent, and from which page
const DAYS = 14;

const words = new Kept("words");

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && !/^(hidden|file|password|submit|button|fieldset)$/.test(field.type));
}

const isChoice = (field) => /^(radio|checkbox)$/.test(field.type);

function chosenFirst(select) {
  return [...select.options].find((option) => option.defaultSelected)?.value ?? select.options[0]?.value ?? "";
}

/** The fields as texts, by name: as they stand now, or as the server sent them (a browser may have filled them again). */
function valuesOf(form, asSent = false) {
  const values = {};
  for (const field of fieldsOf(form)) {
    const list = (values[field.name] ??= []);
    if (isChoice(field)) {
      if (asSent ? field.defaultChecked : field.checked) list.push(field.value);
    } else {
      const sent = () => (field.type === "select-one" ? chosenFirst(field) : field.defaultValue);
      list.push((asSent ? sent() : field.value).replaceAll("\r", ""));
    }
  }
  return values;
}

function fill(form, values) {
  const left = structuredClone(values);
  for (const field of fieldsOf(form)) {
    if (!(field.name in left)) continue;
    if (isChoice(field)) field.checked = left[field.name].includes(field.value);
    else if (left[field.name].length) field.value = left[field.name].shift();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const hasWords = (form) => form.method === "post" && !form.dataset.typing && form.querySelector("textarea:not([hidden])");

/** The server answered the form of the page before with another page, as it does when it took it. */
function wasTaken(sent) {
  const [navigation] = performance.getEntriesByType("navigation");
  return navigation?.redirectCount > 0 && document.referrer !== "" && new URL(document.referrer).pathname === sent.page;
}

function forgetWhatWasTaken() {
  const sent = JSON.parse(sessionStorage.getItem(LAST_SENT) ?? "null");
  sessionStorage.removeItem(LAST_SENT);
  if (sent && wasTaken(sent)) words.forget(sent.key);
}

function forgetWhatIsOld(account) {
  for (const key of words.keysOf(account)) {
    if (!(Date.now() - words.find(key)?.at < DAYS * 86_400_000)) words.forget(key);
  }
}

function offer(form, key, kept, said) {
  const notice = document.createElement("div");
  notice.className = "tp-notice tp-notice-warn";
  notice.setAttribute("role", "status");
  const body = document.createElement("div");
  body.className = "tp-notice-body";
  const line = document.createElement("p");
  const time = new Date(kept.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  line.textContent = said.kept.replace("{time}", time);
  const buttons = document.createElement("p");
  buttons.className = "tp-buttons";
  body.append(line, buttons);
  notice.append(body);
  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "tp-button tp-button-secondary";
    made.textContent = label;
    made.addEventListener("click", () => {
      act();
      notice.remove();
      form.querySelector("textarea")?.focus();
    });
    buttons.append(made);
  };
  button(said.restore, () => fill(form, kept.values));
  button(said.discard, () => words.forget(key));
  form.prepend(notice);
}

function watch(form, account, said) {
  const key = `${account}:${form.getAttribute("action") || location.pathname}`;
  const before = valuesOf(form, true);
  const kept = words.find(key);
  if (kept && isSame(kept.values, before)) words.forget(key);
  else if (kept && !isSame(kept.values, valuesOf(form))) offer(form, key, kept, said);
  const note = () => {
    const values = valuesOf(form);
    if (isSame(values, before)) words.forget(key);
    else words.keep(key, { values, at: Date.now() });
  };
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  form.addEventListener("submit", () => {
    words.keep(key, { values: valuesOf(form), at: Date.now() });
    sessionStorage.setItem(LAST_SENT, JSON.stringify({ key, page: location.pathname }));
  });
}

/** Watch every form of the page that has room for words. */
export function keepWords() {
  const said = document.getElementById("tp-words").dataset;
  const { account } = document.body.dataset;
  if (!account) return;
  forgetWhatWasTaken();
  forgetWhatIsOld(account);
  for (const form of document.forms) if (hasWords(form)) watch(form, account, said);
}
