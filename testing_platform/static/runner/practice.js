/*
 * Two or three items to try the page with before the clock starts. They behave as the items of the test do, and nothing of
 * them is sent or kept anywhere.
 */
import { Answers } from './state.js';

const ALL_IS_WELL = { waiting: 0, pending: [], isReachable: true, isOnDisk: true, lostSeconds: 0, isWaiting: () => false };

export class Practice extends EventTarget {
  index = 0;
  broken = new Set();
  reported = new Set();
  isPaused = false;
  isPractice = true;
  breakSecondsLeft = 0;
  outbox = ALL_IS_WELL;

  /** `items` as in a form; `pictures` maps their names to addresses; `reply` lends the candidate's name. */
  constructor({ items, pictures, reply }) {
    super();
    this.items = items;
    this.pictures = pictures;
    this.reply = { ...reply, emergency_key: null };
    this.answers = new Answers({ order: items.map(({ id }) => id) });
  }

  get item() {
    return this.items[this.index];
  }

  whereabouts() {
    return this.items.map(() => 'none');
  }

  choose(option, item = this.item.id) {
    this.#apply({ kind: 'answer', item, option });
  }

  clear() {
    this.#apply({ kind: 'answer', item: this.item.id, option: null });
  }

  toggleFlag() {
    this.#apply({ kind: 'flag', item: this.item.id, value: this.answers.isFlagged(this.item.id) ? 'off' : 'on' });
  }

  challenge() {
    this.reported.add(this.item.id);
    this.#tell('change');
  }

  goTo(index) {
    if (index < 0 || index >= this.items.length) return;
    this.index = index;
    this.#tell('moved');
  }

  #apply(step) {
    this.answers.apply(step);
    this.#tell('change');
  }

  #tell(type) {
    this.dispatchEvent(new CustomEvent(type));
  }
}
