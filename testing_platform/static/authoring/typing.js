/*
 * Takes care that no word is lost between the fields and the server. What is typed goes at once into this computer's
 * storage, and a moment later to the server; only what the server confirmed leaves the storage.
 */
import { Kept } from "../kept_here.js";

const typed = new Kept("typing");

const PAUSE_MS = 900; // after the last key
const AT_MOST_MS = 3_000; // while keys keep coming
const PATIENCE_MS = 12_000; // for one answer
const AGAIN_MS = 4_000; // after a failure

const FIELDS = /^(stem|option-[A-E]|key|rationale|sources|passage)$/;

/** The fields as plain texts. */
export function fieldsOf(form) {
  const found = { key: "" };
  for (const [name, value] of new FormData(form)) {
    // No keyboard types a zero byte, and the server refuses every page that sends one.
    if (FIELDS.test(name) && typeof value === "string") found[name] = value.replaceAll("\0", "");
  }
  return found;
}

export function fill(form, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements[name];
    if (field) field.value = value;
  }
}

export class Typing {
  #form;
  #listener;
  #timer = 0;
  #firstAt = 0;
  #sending = null;
  #typed = false;
  #stopped = false;

  /** `listener` hears of `answer`, `conflict`, `away`, `out`, `refused`, `typing`, `sending`. */
  constructor(form, listener) {
    this.#form = form;
    this.#listener = listener;
    this.key = form.dataset.key;
    this.unsent = typed.find(this.key);
  }

  start() {
    this.#form.addEventListener("input", () => this.#note());
    this.#form.addEventListener("change", () => this.#note());
    this.#form.addEventListener("focusout", () => this.#typed && this.#schedule(0));
    window.addEventListener("online", () => this.#typed && this.#schedule(0));
    window.addEventListener("focus", () => this.#typed && this.#schedule(0));
    document.addEventListener("visibilitychange", () => this.#typed && this.#schedule(0));
  }

  /** What differs from the page that the server sent, if this computer still holds something. */
  get offered() {
    const kept = this.unsent;
    if (!kept) return null;
    const now = fieldsOf(this.#form);
    const isNews = Object.entries(kept.fields).some(([name, value]) => (now[name] ?? "").replaceAll("\r", "") !== value.replaceAll("\r", ""));
    if (!isNews) typed.forget(this.key);
    return isNews ? kept : null;
  }

  /** Leave nothing of this draft on this computer. */
  forget() {
    typed.forget(this.key);
  }

  /** Whether another window has the word now; both texts must be compared first. */
  get isStopped() {
    return this.#stopped;
  }

  get isPending() {
    return this.#typed;
  }

  /** Whether an answer is on its way that is newer than any asked for before. */
  get isSending() {
    return this.#sending !== null;
  }

  #note() {
    this.#typed = true;
    const { counter, based_on: basedOn } = this.stand;
    typed.keep(this.key, { fields: fieldsOf(this.#form), counter, basedOn, code: this.#form.dataset.code, at: Date.now() });
    if (this.#stopped) return;
    this.#listener("typing");
    this.#firstAt ||= performance.now();
    this.#schedule(Math.min(PAUSE_MS, Math.max(0, this.#firstAt + AT_MOST_MS - performance.now())));
  }

  get stand() {
    const { counter, based_on: basedOn } = this.#form.elements;
    return { counter: counter.value, based_on: basedOn.value };
  }

  take({ counter, based_on: basedOn, csrf }) {
    this.#form.elements.counter.value = counter;
    this.#form.elements.based_on.value = basedOn;
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = csrf;
    document.querySelector('meta[name="csrf-token"]')?.setAttribute("content", csrf);
  }

  #schedule(wait) {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => this.flush(), wait);
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Send what is typed now; one sending at a time. True once the server has everything. */
  async flush() {
    clearTimeout(this.#timer);
    while (this.#sending) await this.#sending;
    if (!this.#typed || this.#stopped) return !this.#stopped;
    this.#sending = this.#send().finally(() => { this.#sending = null; });
    return this.#sending;
  }

  /** Something else that moves the counter, such as a picture, in its turn. */
  async inTurn(act) {
    await this.flush();
    while (this.#sending) await this.#sending;
    this.#sending = act().finally(() => { this.#sending = null; });
    return this.#sending;
  }

  async #send() {
    this.#typed = false;
    this.#firstAt = 0;
    this.#listener("sending");
    const body = new URLSearchParams({ ...fieldsOf(this.#form), ...this.stand });
    const reply = await ask(this.#form.dataset.typing, body, this.#form.elements.csrf_token.value);
    if (reply.kind === "ok") {
      this.take(reply.json);
      if (!this.#typed) typed.forget(this.key);
      this.#listener("answer", reply.json);
      return !this.#typed;
    }
    this.#typed = true;
    return this.#failed(reply);
  }

  #failed(reply) {
    if (reply.kind === "refused" && reply.json.code === "typed-elsewhere") {
      this.stop();
      this.#listener("conflict", reply.json);
    } else if (reply.kind === "refused") this.#listener("refused", reply.json);
    else {
      this.#listener(reply.kind);
      if (reply.kind === "out") this.#renew();
      this.#schedule(AGAIN_MS);
    }
    return false;
  }

  /* After signing in again in another window the old token is worth nothing; the address of the typing gives a new one. */
  async #renew() {
    const reply = await ask(this.#form.dataset.typing);
    if (reply.kind !== "ok") return;
    this.#form.elements.csrf_token.value = reply.json.csrf;
    this.#schedule(PAUSE_MS);
  }
}

/** One question to the server: {kind: ok | refused | out | away, json}. */
export async function ask(address, body, token) {
  try {
    const reply = await fetch(address, {
      method: body ? "POST" : "GET", body, signal: AbortSignal.timeout(PATIENCE_MS), redirect: "manual",
      headers: { Accept: "application/json", ...(token ? { "X-CSRFToken": token } : {}) },
    });
    if (reply.ok) return { kind: "ok", json: await reply.json() };
    if (reply.status === 409) return { kind: "refused", json: await reply.json() };
    if (reply.status === 413) return { kind: "refused", json: { code: "too-large", message: "" } };
    return { kind: reply.status >= 500 || reply.status === 429 ? "away" : "out" };
  } catch {
    return { kind: "away" };
  }
}
