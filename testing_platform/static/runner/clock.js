/*
 * The time is the server's. Between two replies this clock counts on the browser's steady clock, so a PC whose date is
 * wrong by a day, or is set back during the test, changes nothing.
 */

const WARNINGS = [600, 300];
const CORRECTION_SECONDS = 1;
const GIFT_SECONDS = 30;
const LOOK_MS = 500;
const WAKE_MS = 3_000;

export class Clock {
  #endsAt = null;
  #heldAt = null;
  #said = new Set();
  #ended = false;
  #timer = null;
  #listener;
  #looked = null;

  /** `listener` has onTick(seconds), onWarning(minutes), onGift(minutes), onEnd() and onWake(). */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Take the server's word for the time left, true at `heardAt` on the steady clock. */
  hear(seconds, heardAt) {
    if (typeof seconds !== 'number') return;
    const end = heardAt + seconds * 1000;
    const change = this.#endsAt === null ? 0 : (end - this.#endsAt) / 1000;
    if (this.#endsAt === null || Math.abs(change) > CORRECTION_SECONDS) this.#endsAt = end;
    if (this.#heldAt !== null) this.#heldAt = performance.now();
    if (change > GIFT_SECONDS) this.#gift(change);
    this.#look();
  }

  #gift(seconds) {
    for (const limit of WARNINGS) if (this.remaining() > limit) this.#said.delete(limit);
    if (this.#heldAt === null) this.#listener.onGift(Math.round(seconds / 60));
  }

  /** While the time stands the display stands still; afterwards the end is later by as much, until the server says more. */
  hold(isHeld) {
    if (isHeld && this.#heldAt === null) this.#heldAt = performance.now();
    if (isHeld || this.#heldAt === null) return;
    if (this.#endsAt !== null) this.#endsAt += performance.now() - this.#heldAt;
    this.#heldAt = null;
  }

  remaining() {
    if (this.#endsAt === null) return null;
    return Math.max(0, (this.#endsAt - (this.#heldAt ?? performance.now())) / 1000);
  }

  start() {
    this.#timer ??= setInterval(() => { this.#noticeSleep(); this.#look(); }, LOOK_MS);
    this.#noticeSleep();
    this.#look();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /* A look that comes late, or a date that moved on its own, means sleep or a clock that was set: ask the server anew. */
  #noticeSleep() {
    const now = { steady: performance.now(), date: Date.now() };
    const before = this.#looked ?? now;
    this.#looked = now;
    const steady = now.steady - before.steady;
    const date = now.date - before.date;
    if (steady > WAKE_MS || Math.abs(date - steady) > WAKE_MS) this.#listener.onWake?.();
  }

  #look() {
    const left = this.remaining();
    if (left === null || this.#timer === null) return;
    this.#listener.onTick(left);
    if (this.#heldAt !== null) return;
    this.#warn(left);
    if (left <= 0 && !this.#ended) this.#listener.onEnd();
    this.#ended = left <= 0;
  }

  /* After a late resume both limits are passed: only the nearer one is worth saying. */
  #warn(left) {
    const passed = WARNINGS.filter((limit) => left <= limit && !this.#said.has(limit));
    for (const limit of passed) this.#said.add(limit);
    if (passed.length > 0 && left > 0) this.#listener.onWarning(Math.max(1, Math.ceil(left / 60)));
  }
}

/** 5399 -> "1:29:59"; whole seconds, rounded up so that 0:00 means the end and not before. */
export function clockFace(seconds) {
  const whole = Math.ceil(seconds);
  const minutes = String(Math.floor((whole % 3600) / 60)).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${minutes}:${String(whole % 60).padStart(2, '0')}`;
}
