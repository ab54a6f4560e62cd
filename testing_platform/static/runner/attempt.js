/*
 * One candidate's attempt while it is being worked on: what the candidate does becomes a step, what the server says
 * becomes state, and whoever draws the page listens for 'change'.
 */
import { Problem, Unreachable } from './api.js';
import { Clock } from './clock.js';
import { Outbox } from './outbox.js';
import { brokenPicture } from './challenge.js';
import { actOn, Answers, broughtAnswers, isReport, isStillWaiting, joinWithServer, missingSteps, whereabouts } from './state.js';

const SUBMIT_WAIT_MS = 3_000;
const BREAK_SLACK_MS = 5_000;
const MORE_TIME_SECONDS = 5;

export class Attempt extends EventTarget {
  #api;
  #store;
  #reopen;
  #known = null;
  /* What was decided on this page, or waits on this computer since an earlier one. */
  #own = new Set();
  #leavingBreak = false;
  #breakEndsAt = null;
  #seenNotices = new Set();
  #revive = [];
  #mayBeLate = false;
  #unshowable = [];
  #shown = null;

  index = 0;
  broken = new Set();
  reported = new Set();
  /* Why the items are covered: '' (they are not), 'paused' by the proctor, 'on_break' by the candidate. */
  hold = '';
  breakSecondsLeft = 0;

  /** `reply` is the server's answer to opening the attempt; `reopen()` asks for it again. */
  constructor({ api, store, reply, reopen }) {
    super();
    this.#api = api;
    this.#store = store;
    this.#reopen = reopen;
    this.id = reply.attempt;
    this.token = reply.token;
    this.reply = reply;
    this.breakSecondsLeft = reply.break_seconds_left ?? 0;
    this.clock = new Clock({
      onTick: (seconds) => this.#tell('tick', seconds),
      onWarning: (minutes) => this.#tell('warning', minutes),
      onGift: (minutes) => this.#tell('gift', minutes),
      onEnd: () => this.#tell('end'),
      onWake: () => this.outbox?.hurry(),
    });
  }

  /** Join the server's word with what an earlier page left on this computer; nothing is sent before run(). */
  async prepare({ form, pictures, broken, remainingSeconds, heardAt }) {
    this.form = form;
    this.pictures = pictures;
    this.items = inOrder(form.items, this.reply.order);
    const { last_seq: lastSeq, digest, answers, reports = [] } = this.reply;
    this.answers = new Answers(this.reply);
    this.#known = new Answers(this.reply);
    const held = await this.#held();
    const { keep, revive } = joinWithServer({ held, lastSeq, answers, reports });
    keep.forEach((step) => { this.answers.apply(step); this.#own.add(actOn(step)); });
    [...reports, ...keep.filter(isReport)].forEach(({ item }) => this.reported.add(item));
    this.outbox = new Outbox({
      send: (batch) => this.#send(batch), now: () => this.#api.time.now(),
      store: this.#store, attempt: this.id, head: { seq: lastSeq, digest }, held: keep, listener: this.#outboxListener(),
    });
    this.#revive = revive;
    this.#unshowable = broken;
    this.clock.hear(remainingSeconds, heardAt);
    this.index = Math.max(0, this.items.findIndex(({ id }) => !this.answers.option(id)));
  }

  /** Start the clock and the sending; whoever wants to hear of it listens already. */
  async run() {
    for (const step of this.#revive) this.#act(step);
    this.#reportBroken(this.#unshowable);
    this.clock.start();
    await this.outbox.start();
  }

  /* A break that the candidate has ended is ended at the server first: what is sent then belongs to working time. */
  async #send(batch) {
    if (this.#leavingBreak) await this.#endBreakThere();
    const reply = await this.#api.steps(this.token, this.id, batch);
    this.#mayBeLate ||= reply.state === 'expired' && batch.steps.some(({ kind }) => kind === 'answer');
    return reply;
  }

  async #held() {
    try {
      return (await this.#store.recall(this.id)).steps;
    } catch {
      return [];
    }
  }

  get item() {
    return this.items[this.index];
  }

  get isPaused() {
    return this.hold !== '';
  }

  /** Where each answer is, in the order of the items: 'server', 'here' or 'none'. */
  whereabouts() {
    return whereabouts({ order: this.answers.order, answers: this.answers, held: this.outbox.pending });
  }

  /** What an emergency file holds, as it stands now. */
  emergency() {
    return {
      attempt: this.id, token: this.token, participantNumber: this.reply.candidate.participant_number, centreKey: this.reply.emergency_key,
      head: this.outbox.head, steps: this.outbox.pending, madeAtMs: this.#api.time.now(),
    };
  }

  choose(option, item = this.item.id) {
    if (this.isPaused || this.answers.option(item) === option) return;
    this.#act({ kind: 'answer', item, option });
  }

  clear() {
    if (this.isPaused || this.answers.option(this.item.id) === null) return;
    this.#act({ kind: 'answer', item: this.item.id, option: null });
  }

  toggleFlag() {
    if (this.isPaused) return;
    const item = this.item.id;
    this.#act({ kind: 'flag', item, value: this.answers.isFlagged(item) ? 'off' : 'on' });
  }

  /** Report the item; `value` is the reason and what was on the screen (see challenge.js). */
  challenge(value) {
    this.reported.add(this.item.id);
    this.#act({ kind: 'challenge', item: this.item.id, value });
  }

  goTo(index) {
    if (index < 0 || index >= this.items.length) return;
    this.index = index;
    this.#tell('moved');
    this.noteShown();
  }

  /** Note that the present item came on the screen; showing it again without leaving it says nothing new. */
  noteShown() {
    if (this.#shown === this.item.id || this.isPaused) return;
    this.#shown = this.item.id;
    this.#act({ kind: 'view', item: this.item.id });
  }

  noteFocus(isGained) {
    this.#act({ kind: 'focus', value: isGained ? 'gained' : 'lost' });
  }

  #act(step) {
    this.answers.apply(step);
    this.#own.add(actOn(step));
    const written = this.outbox.add(step);
    this.#tell('change');
    return written;
  }

  /* A picture that this browser cannot show is nobody's fault in the room: it is reported without being asked for. */
  #reportBroken(broken) {
    const digests = new Set(broken);
    for (const item of this.items) {
      const html = [item.html, ...item.options.map((option) => option.html)].join(' ');
      if (![...digests].some((digest) => html.includes(digest))) continue;
      this.broken.add(item.id);
      this.reported.add(item.id);
      this.#act({ kind: 'challenge', item: item.id, value: brokenPicture(item) });
    }
  }

  #outboxListener() {
    return {
      kept: (steps) => this.#keptThere(steps),
      onReply: (reply) => this.#hear(reply),
      onChange: () => this.#tell('change'),
      onRefused: (step) => this.#tell('refused', step),
      onFinal: (problem) => this.#tell('final', problem),
      ask: () => this.#reopen(),
      join: (reply) => this.#join(reply),
    };
  }

  #hear(reply) {
    this.clock.hear(reply.remaining_seconds, reply.heard_at);
    this.#setHold(this.#holdOf(reply));
    for (const notice of reply.notices ?? []) this.#notice(notice);
    if (reply.state === 'expired') this.#tell('end');
    if (reply.state === 'submitted') this.#tell('end');
  }

  #keptThere(steps) {
    steps.forEach((step) => this.#known.apply(step));
    return this.#known.plain();
  }

  #holdOf({ state, break_seconds_left: left, heard_at: heardAt }) {
    if (state === 'paused') return 'paused';
    if (state !== 'on_break' || this.#leavingBreak || this.#isBreakJustOver()) return '';
    if (left !== undefined) this.#breakEndsAt = heardAt + left * 1000;
    return 'on_break';
  }

  /* The server rounds to seconds: for a moment it may still say "on a break" when the break is over here. */
  #isBreakJustOver() {
    const over = this.#breakEndsAt === null ? -1 : performance.now() - this.#breakEndsAt;
    return over >= 0 && over < BREAK_SLACK_MS;
  }

  #setHold(hold) {
    if (this.hold === hold) return;
    this.hold = hold;
    this.clock.hold(hold !== '');
    this.outbox.setPaused(hold !== '');
    this.#tell('hold', hold);
  }

  /** The attempt was already held when this page came up. */
  pause(hold) {
    if (hold === 'on_break') this.#breakEndsAt ??= performance.now() + this.breakSecondsLeft * 1000;
    this.#setHold(hold);
  }

  /** Rest for a while; false when the server cannot be reached just now, since only it can let the time stand. */
  async startBreak() {
    try {
      await this.outbox.drain();
      const reply = await this.#api.rest(this.token, this.id, true);
      this.breakSecondsLeft = reply.break_seconds_left;
      this.#breakEndsAt = null;
      this.#hear(reply);
      return this.hold === 'on_break';
    } catch (error) {
      if (error instanceof Unreachable || error instanceof Problem) return false;
      throw error;
    }
  }

  /** How long the break may still last; 0 when it is over. */
  breakRemaining() {
    return this.#breakEndsAt === null ? 0 : Math.max(0, (this.#breakEndsAt - performance.now()) / 1000);
  }

  /** Go on working at once; the server hears of it now, or before the next answer that it gets. */
  endBreak() {
    if (this.hold !== 'on_break') return;
    this.breakSecondsLeft = Math.floor(this.breakRemaining());
    this.#leavingBreak = this.breakSecondsLeft > 0;
    this.#setHold('');
    if (this.#leavingBreak) this.#endBreakThere().catch(() => {}).finally(() => this.outbox.hurry());
    else this.outbox.hurry();
  }

  async #endBreakThere() {
    try {
      const reply = await this.#api.rest(this.token, this.id, false);
      this.breakSecondsLeft = reply.break_seconds_left;
    } catch (error) {
      if (!(error instanceof Problem) || error.isPassing) throw error;
    }
    this.#leavingBreak = false;
  }

  #notice(notice) {
    const key = JSON.stringify(notice);
    if (this.#seenNotices.has(key) || !notice.text) return;
    this.#seenNotices.add(key);
    this.#tell('notice', notice.text);
  }

  /*
   * What the candidate chose here is what must stand in the journal, so the screen is compared with it and not the reverse.
   * Only what others brought for items that nobody touched here is taken over, so that it is not wiped out again.
   */
  #join({ last_seq: lastSeq, answers, flags, reports = [] }) {
    const waiting = this.outbox.pending.filter((step) => isStillWaiting(step, { lastSeq, reports }));
    this.#takeOver(broughtAnswers({ screen: this.answers, own: this.#own, answers, flags }));
    this.#known = new Answers({ order: this.answers.order, answers, flags });
    reports.forEach(({ item }) => this.reported.add(item));
    return [...waiting, ...missingSteps({ screen: this.answers, answers, flags, pending: waiting })];
  }

  #takeOver(brought) {
    brought.forEach((step) => this.answers.apply(step));
    const n = brought.filter(({ kind }) => kind === 'answer').length;
    if (brought.length > 0) this.#tell('change');
    if (n > 0) this.#tell('brought', n);
  }

  /**
   * Send what is left, then hand in. Goes on through any outage until there is a receipt or `signal` is aborted.
   * When the time was up and the server grants more meanwhile, nothing is handed in: resolves to 'more-time'.
   */
  async submit({ signal, isTimeUp, onWaiting }) {
    while (!signal.aborted) {
      try {
        if (await this.outbox.drain()) {
          if (isTimeUp && this.clock.remaining() > MORE_TIME_SECONDS) return 'more-time';
          return await this.#handIn();
        }
      } catch (error) {
        this.#weigh(error);
      }
      if (this.outbox.isStopped) return null;
      onWaiting();
      await rest(SUBMIT_WAIT_MS, signal);
    }
    return null;
  }

  async #handIn() {
    const { seq, digest } = this.outbox.head;
    const reply = await this.#api.submit(this.token, this.id, { last_seq: seq, prev: digest });
    return { ...reply, n_late: this.#mayBeLate ? await this.#countLate() : 0 };
  }

  /* Answers that arrived after the end are kept and not counted; whoever gave them in time here must be told of it. */
  async #countLate() {
    const counted = await this.#reopen().then(({ answers }) => answers, () => null);
    return counted === null ? 0 : this.answers.order.filter((item) => (counted[item] ?? null) !== this.answers.option(item)).length;
  }

  #weigh(error) {
    if (error instanceof Unreachable || (error instanceof Problem && error.isPassing)) return;
    if (!(error instanceof Problem) || error.type !== 'chain-mismatch') throw error;
    this.outbox.rejoin();
  }

  stop() {
    this.outbox?.stop();
    this.clock.stop();
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function inOrder(items, order) {
  const byId = new Map(items.map((item) => [item.id, item]));
  return order.map((id) => byId.get(id)).filter(Boolean);
}

/* Waiting for the next try ends early when the cable comes back or the candidate goes back to the items. */
function rest(milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => { clearTimeout(timer); window.removeEventListener('online', done); resolve(); };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener('online', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
