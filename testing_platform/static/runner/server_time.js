/*
 * What time the server has, as far as this computer can know: each reply tells it, and in between the browser's steady
 * clock counts on. The date of this computer plays no part, so it may be wrong by a day or be set back in the middle.
 */

const FORGET_MS = 10 * 60_000;
const SLACK_MS = 50;

export class ServerTime {
  #best = null;
  #last = 0;

  /** The server said `serverMs` somewhere between `askedAt` and `heardAt` on the steady clock. */
  hear(serverMs, askedAt, heardAt) {
    if (!Number.isFinite(serverMs)) return;
    const sample = { offset: serverMs - (askedAt + heardAt) / 2, width: heardAt - askedAt, heardAt };
    if (this.#isBetter(sample)) this.#best = sample;
  }

  /* The quickest exchange knows best. An older word gives way when the two cannot both be true: this computer slept. */
  #isBetter(sample) {
    const best = this.#best;
    if (best === null || sample.heardAt - best.heardAt > FORGET_MS) return true;
    const isApart = Math.abs(sample.offset - best.offset) > (sample.width + best.width) / 2 + SLACK_MS;
    return isApart || sample.width <= best.width;
  }

  get isKnown() {
    return this.#best !== null;
  }

  /** Milliseconds since 1970 by the server's clock, never earlier than what was said before. */
  now() {
    const estimate = this.#best === null ? Date.now() : performance.now() + this.#best.offset;
    this.#last = Math.max(this.#last, Math.round(estimate));
    return this.#last;
  }
}
