/*
 * Keeps what is typed into forms with room for words (comments, passages, readings, reasons) on this computer until the
 * server took it: session or server may go in between. Opened again, the form offers it back. The editor of items has
 * a keeper of its own, which also sends while one types.
 */
import { Kept } from "./kept_here.js";

const LAST_SENT = "tp-words-sent"; // in this tab: what was sent last, and from which page
const DAYS = 14;
const MOST_KEPT = 3;

const words = new Kept("words"); // by form: a list of {id, values, at}, one for each page on which something was typed
const here = `${Date.now()}-${Math.random()}`; // this page; another tab may show the same form
const watched = new Map(); // form -> the key of its words

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

const roomForWords = (form) => form.querySelector("textarea:not([hidden])");
const hasWords = (form) => form.method === "post" && !form.dataset.typing && roomForWords(form);
const addressOf = (form) => form.getAttribute("action") || location.pathname;

// Several forms of a page may go to one address: the moves of an item, the minutes and the clock of a room.
const keyOf = (form, account) => `${account}:${addressOf(form)}#${roomForWords(form).id}`;

const entriesOf = (key) => [words.find(key) ?? []].flat();

function put(key, entries) {
  if (entries.length) words.keep(key, entries.slice(0, MOST_KEPT));
  else words.forget(key);
}

/** The server answered the form of the page before with another page, as it does when it took it, and refused nothing. */
function wasTaken(sent) {
  const [navigation] = performance.getEntriesByType("navigation");
  const isAnswer = navigation?.redirectCount > 0 && document.referrer !== "" && new URL(document.referrer).pathname === sent.page;
  return isAnswer && !document.querySelector("#tp-messages .tp-notice-bad");
}

/** What was sent last and not taken; what the server took is forgotten. */
function lastRefused() {
  const sent = JSON.parse(sessionStorage.getItem(LAST_SENT) ?? "null");
  sessionStorage.removeItem(LAST_SENT);
  if (!sent || !wasTaken(sent)) return sent;
  for (const key of sent.keys) put(key, entriesOf(key).filter(({ id }) => !sent.isEnd && id !== sent.id));
  return null;
}

/** Some pages say that forms with an address are over, such as a reading that was handed in elsewhere. */
function forgetWhatIsOver(account) {
  for (const { dataset } of document.querySelectorAll("[data-words-over]")) {
    const over = words.keysOf(account).filter((key) => key.startsWith(`${account}:${dataset.wordsOver}#`));
    over.forEach((key) => words.forget(key));
  }
}

/* The next page may only settle the form that was sent; some acts end all that is typed on their page. */
function noteSending({ target: form }) {
  const key = watched.get(form);
  if (!key) return sessionStorage.removeItem(LAST_SENT);
  const isEnd = "endsWords" in form.dataset;
  const sent = { id: here, keys: isEnd ? [...watched.values()] : [key], page: location.pathname, isEnd };
  sessionStorage.setItem(LAST_SENT, JSON.stringify(sent));
}

function offer(form, kept, { said, act, drop }) {
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
  const button = (label, answer) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "tp-button tp-button-secondary";
    made.textContent = label;
    made.addEventListener("click", () => {
      notice.remove();
      answer();
      roomForWords(form)?.focus();
    });
    buttons.append(made);
  };
  button(said.restore, act);
  button(said.discard, drop);
  form.prepend(notice);
}

function watch(form, key, { said, refused }) {
  const before = valuesOf(form, true);
  // A page that refuses shows what was sent, and yet the server has none of it.
  const isRefused = entriesOf(key).some(({ id, values }) => id === refused?.id && isSame(values, before));
  const isThere = (values) => !isRefused && isSame(values, before);
  const isNews = ({ values }) => !isThere(values) && !isSame(values, valuesOf(form));
  const others = () => entriesOf(key).filter(({ id }) => id !== here);
  const note = () => {
    const values = valuesOf(form);
    put(key, [...(isThere(values) ? [] : [{ id: here, values, at: Date.now() }]), ...others()]);
  };
  const offered = entriesOf(key).filter(isNews);
  put(key, offered);
  for (const each of [...offered].reverse()) {
    const settle = () => put(key, entriesOf(key).filter(({ id }) => id !== each.id));
    offer(form, each, { said, act: () => { settle(); fill(form, each.values); }, drop: settle });
  }
  note();
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  form.addEventListener("submit", note);
}

/** Watch every form of the page that has room for words. */
export function keepWords() {
  const said = document.getElementById("tp-words").dataset;
  const { account } = document.body.dataset;
  for (const kind of [words, new Kept("typing")]) kind.forgetOlderThan(DAYS);
  if (!account) return;
  const refused = lastRefused();
  forgetWhatIsOver(account);
  for (const form of document.forms) {
    if (!hasWords(form)) continue;
    const key = keyOf(form, account);
    watched.set(form, key);
    watch(form, key, { said, refused });
  }
  document.addEventListener("submit", noteSending);
}
