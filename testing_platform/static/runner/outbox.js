/*
 * The outbox keeps the promise: a step is written to the disk of this computer before it is sent, is sent until the
 * server acknowledges it, and is dropped only then. Sending the same steps twice is harmless by contract.
 */
import { Problem, Unreachable } from './api.js';

const BATCH = 50;
const HEARTBEAT_MS = 20_000;
const PAUSED_BEAT_MS = 4_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
/* An answer leaves at once; looking around travels with the next answer or heartbeat, which halves the requests of a test. */
const PATIENCE_MS = { answer: 120, challenge: 120, flag: 1_500, view: 30_000, focus: 3_000 };
const SETTLED_KINDS = new Set(['answer', 'flag', 'challenge']);
const FINAL_PROBLEMS = new Set(['superseded', 'sealed', 'other-device', 'session-expired']);

export class Outbox {
  #send;
  #store;
  #attempt;
  #listener;
  #head;
  #pending;
  #nextSeq;
  #inFlight = 0;
  #batch = BATCH;
  #failures = 0;
  #running = null;
  #timer = null;
  #dueAt = Infinity;
  #stopped = true;
  #mustCompare = false;
  #beat = HEARTBEAT_MS;
  #retryAfterMs = 0;
  #mismatchTimes = [];
  /* Steps whose write to the disk is over; only these may leave. */
  #written = new WeakSet();
  #now;
  #lostAt = null;

  isReachable = true;
  isOnDisk = true;

  /**
   * `send({prev, steps, unsent})` posts a batch; `now()` tells the server's time; `head` is the server's {seq, digest};
   * `held` are steps of an earlier page that continue it. The listener has kept(steps) -> all that the server has of the
   * answers, onReply(reply), onChange(), onRefused(step, problem), onFinal(problem), ask() -> what the server has, and
   * join(reply) -> the steps that it lacks.
   */
  constructor({ send, now, store, attempt, head, held, listener }) {
    this.#send = send;
    this.#now = now;
    this.#store = store;
    this.#attempt = attempt;
    this.#listener = listener;
    this.#head = head;
    this.#pending = numberedFrom(held, head.seq);
    this.#nextSeq = head.seq + this.#pending.length + 1;
    held.forEach((step) => this.#written.add(step));
  }

  get head() {
    return this.#head;
  }

  get isStopped() {
    return this.#stopped;
  }

  get pending() {
    return this.#pending;
  }

  /** How many acts that matter to the candidate wait for the server. */
  get waiting() {
    return this.#pending.filter(({ kind }) => SETTLED_KINDS.has(kind)).length;
  }

  isWaiting(item) {
    return this.#pending.some((step) => step.item === item && step.kind === 'answer');
  }

  /** For how many seconds the server has not answered; 0 while it does. */
  get lostSeconds() {
    return this.#lostAt === null ? 0 : (performance.now() - this.#lostAt) / 1000;
  }

  async start() {
    this.#stopped = false;
    await this.#rewrite();
    this.hurry();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Write a step down, then see that it leaves soon. */
  async add(step) {
    const numbered = { ...step, seq: this.#nextSeq, at: this.#now() };
    this.#nextSeq += 1;
    this.#pending.push(numbered);
    this.#listener.onChange();
    await this.#onDisk(() => this.#store.keep(this.#attempt, numbered));
    this.#written.add(numbered);
    this.#listener.onChange();
    this.#schedule(this.#failures > 0 ? this.#wait() : (PATIENCE_MS[step.kind] ?? 0));
  }

  /** Try now: the cable is back, or somebody waits for the result. */
  hurry() {
    this.#dueAt = Infinity;
    this.#schedule(0);
  }

  setPaused(isPaused) {
    this.#beat = isPaused ? PAUSED_BEAT_MS : HEARTBEAT_MS;
  }

  /** True when the server has every step; false when it cannot be reached just now. */
  async drain() {
    do {
      await this.#turn();
    } while ((this.#pending.length > 0 || this.#mustCompare) && this.#failures === 0 && !this.#stopped);
    return this.#pending.length === 0 && this.#failures === 0 && !this.#stopped;
  }

  /**
   * The journal stands elsewhere than it should. Whose steps those are the numbers do not tell, so nothing is taken out of
   * the outbox, nor off the disk, before the server has said what it has.
   */
  rejoin() {
    this.#inFlight = 0;
    this.#mustCompare = true;
  }

  #schedule(delay) {
    const dueAt = performance.now() + delay;
    if (this.#stopped || dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#turn(), delay);
  }

  /* One turn at a time; whoever asks during a turn waits for that turn. */
  #turn() {
    this.#running ??= this.#exchange().finally(() => {
      this.#running = null;
      this.#dueAt = Infinity;
      this.#schedule(this.#pause());
      this.#listener.onChange();
    });
    return this.#running;
  }

  #pause() {
    if (this.#failures > 0) return this.#wait();
    if (this.#mustCompare) return 0;
    return Math.min(this.#beat, ...this.#pending.map(({ kind }) => PATIENCE_MS[kind] ?? 0));
  }

  #wait() {
    const step = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    return Math.max(this.#retryAfterMs, step * (0.7 + Math.random() * 0.6));
  }

  async #exchange() {
    try {
      await this.#compareWhenNeeded();
      /* After a lost reply the very same batch goes out again: the server knows it and only repeats its answer. */
      const size = this.#inFlight || Math.min(this.#batch, this.#countWritten());
      const steps = this.#pending.slice(0, size);
      this.#inFlight = size;
      const expected = this.#head.seq + steps.length;
      const reply = await this.#send({ prev: this.#head.digest, steps, unsent: this.#pending.length - steps.length });
      await (reply.acked_seq === expected ? this.#accept(reply) : this.#surprise(reply));
    } catch (error) {
      await this.#fail(error);
    }
  }

  #countWritten() {
    const firstUnwritten = this.#pending.findIndex((step) => !this.#written.has(step));
    return firstUnwritten < 0 ? this.#pending.length : firstUnwritten;
  }

  /* What was sent is there, but more is too. */
  #surprise(reply) {
    this.#succeed();
    this.rejoin();
    this.#listener.onReply(reply);
  }

  async #accept(reply) {
    const { acked_seq: seq, digest } = reply;
    this.#head = { seq, digest };
    const kept = this.#listener.kept(this.#pending.filter((step) => step.seq <= seq));
    this.#pending = this.#pending.filter((step) => step.seq > seq);
    this.#inFlight = 0;
    this.#batch = BATCH;
    this.#succeed();
    await this.#onDisk(() => this.#store.acknowledge(this.#attempt, { ...this.#head, ...kept }));
    this.#listener.onReply(reply);
  }

  #succeed() {
    this.#failures = 0;
    this.#retryAfterMs = 0;
    this.#lostAt = null;
    this.isReachable = true;
  }

  async #fail(error) {
    if (error instanceof Problem && error.type === 'chain-mismatch') {
      this.rejoin();
      this.#failures = this.#mismatches() > 3 ? this.#failures + 1 : 0;
      return;
    }
    if (error instanceof Problem && (FINAL_PROBLEMS.has(error.type) || error.status === 401)) {
      this.stop();
      this.#listener.onFinal(error);
      return;
    }
    if (error instanceof Problem && !error.isPassing) await this.#isolate(error);
    else if (!(error instanceof Problem) && !(error instanceof Unreachable)) console.error(error);
    this.#retryAfterMs = (error.retryAfter ?? 0) * 1000;
    this.#failures += 1;
    this.isReachable = error.status === 400 || error.status === 422;
    if (!this.isReachable) this.#lostAt ??= performance.now();
  }

  #mismatches() {
    const now = performance.now();
    this.#mismatchTimes = [...this.#mismatchTimes.filter((time) => now - time < 10_000), now];
    return this.#mismatchTimes.length;
  }

  /* One step that the server will never take must not hold back the others: send singly, and set the culprit aside. */
  async #isolate(error) {
    const wasSingle = this.#inFlight === 1;
    this.#inFlight = 0;
    if (error.status !== 400 && error.status !== 422) return;
    this.#batch = 1;
    if (!wasSingle) return;
    const [refused, ...rest] = this.#pending;
    await this.#keepWaiting(rest);
    this.#listener.onRefused(refused, error);
  }

  async #compareWhenNeeded() {
    if (!this.#mustCompare) return;
    const reply = await this.#listener.ask();
    const steps = this.#listener.join(reply);
    this.#head = { seq: reply.last_seq, digest: reply.digest };
    this.#mustCompare = false;
    await this.#keepWaiting(steps.map((step) => Object.assign(step, { at: step.at ?? this.#now() })));
  }

  /* Exactly these steps follow the head, on the disk too. */
  async #keepWaiting(steps) {
    this.#pending = numberedFrom(steps, this.#head.seq);
    this.#nextSeq = this.#head.seq + steps.length + 1;
    const rewritten = [...steps];
    await this.#rewrite();
    rewritten.forEach((step) => this.#written.add(step));
  }

  #rewrite() {
    return this.#onDisk(() => this.#store.replace(this.#attempt, this.#pending, { ...this.#head, ...this.#listener.kept([]) }));
  }

  /* A full or broken disk must not stop the test: the step stays in memory, is sent, and the page says what is the case. */
  async #onDisk(write) {
    try {
      await write();
      this.isOnDisk = true;
    } catch {
      this.isOnDisk = false;
    }
  }
}

/* Numbers in place, so that a step whose write is still under way keeps its identity. */
function numberedFrom(steps, seq) {
  steps.forEach((step, index) => { step.seq = seq + 1 + index; });
  return steps;
}
