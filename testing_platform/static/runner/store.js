/*
 * What must outlive a crash of the browser: the steps that the server has not acknowledged, where its chain stood and
 * what it had, and who sat here. Every write asks for strict durability: the promise resolves when the disk has it, so
 * a power cut loses nothing.
 */

const NAME = 'tp-runner';
const TABLES = ['steps', 'heads', 'seats'];

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The store of this computer. Where there is none, every write fails, and the page says so to the candidate. */
export async function openStore() {
  const opening = indexedDB.open(NAME, 2);
  opening.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion < 1) {
      opening.result.createObjectStore('steps', { keyPath: ['attempt', 'seq'] });
      opening.result.createObjectStore('heads', { keyPath: 'attempt' });
    }
    opening.result.createObjectStore('seats', { keyPath: 'attempt' });
  };
  return new Store(await promised(opening).catch(() => null));
}

export class Store {
  #database;

  constructor(database) {
    this.#database = database;
  }

  /** What an earlier page left behind: the unacknowledged steps in order, and {seq, digest, answers, flags} or null. */
  async recall(attempt) {
    const transaction = this.#database.transaction(['steps', 'heads']);
    const steps = await promised(transaction.objectStore('steps').getAll(everyStepOf(attempt)));
    const head = await promised(transaction.objectStore('heads').get(attempt));
    return { steps: steps.map(({ step }) => step), head: head ?? null };
  }

  keep(attempt, step) {
    return this.#write(({ steps }) => steps.put({ attempt, seq: step.seq, step }));
  }

  /** After an acknowledgement: forget what the server has, and remember where it stands, in one transaction. */
  acknowledge(attempt, head) {
    return this.#write(({ steps, heads }) => {
      steps.delete(IDBKeyRange.bound([attempt, 0], [attempt, head.seq]));
      heads.put({ attempt, ...head });
    });
  }

  /** Put exactly these steps in place of all others of the attempt (used when they had to be numbered anew). */
  replace(attempt, list, head) {
    return this.#write(({ steps, heads }) => {
      steps.delete(everyStepOf(attempt));
      for (const step of list) steps.put({ attempt, seq: step.seq, step });
      heads.put({ attempt, ...head });
    });
  }

  /** Who sits here: what an emergency file needs, and what brings the candidate back without typing. */
  keepSeat(seat) {
    return this.#write(({ seats }) => seats.put({ ...seat, keptAt: Date.now() }));
  }

  /** Everybody who sat here and whose attempt has no receipt yet, the latest first. */
  async seats() {
    if (!this.#database) return [];
    const seats = await promised(this.#database.transaction(['seats']).objectStore('seats').getAll());
    return seats.sort((one, other) => other.keptAt - one.keptAt);
  }

  /** Nobody comes back to these seats by themselves; who has nothing unsent here is forgotten. */
  async leaveSeats() {
    for (const seat of await this.seats()) {
      const { steps } = await this.recall(seat.attempt);
      if (steps.length === 0) await this.wipe(seat.attempt);
      else await this.#write(({ seats }) => seats.put({ ...seat, isLeft: true, session: null, code: null }));
    }
  }

  /** After the receipt nothing of the attempt stays on this computer. */
  wipe(attempt) {
    return this.#write(({ steps, heads, seats }) => {
      steps.delete(everyStepOf(attempt));
      heads.delete(attempt);
      seats.delete(attempt);
    });
  }

  #write(act) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(TABLES, 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      act(Object.fromEntries(TABLES.map((name) => [name, transaction.objectStore(name)])));
    });
  }
}

function everyStepOf(attempt) {
  return IDBKeyRange.bound([attempt, 0], [attempt, Number.MAX_SAFE_INTEGER]);
}
