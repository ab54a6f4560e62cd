/*
 * What must outlive a crash of the browser: the steps that the server has not acknowledged, and where its chain stood.
 * Every write asks for strict durability: the promise resolves when the disk has it, so a power cut loses nothing.
 */

const NAME = 'tp-runner';

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export async function openStore() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore('steps', { keyPath: ['attempt', 'seq'] });
    opening.result.createObjectStore('heads', { keyPath: 'attempt' });
  };
  return new Store(await promised(opening));
}

export class Store {
  #database;

  constructor(database) {
    this.#database = database;
  }

  /** What an earlier page left behind: the unacknowledged steps in order, and the head {seq, digest} or null. */
  async recall(attempt) {
    const transaction = this.#database.transaction(['steps', 'heads']);
    const steps = await promised(transaction.objectStore('steps').getAll(everyStepOf(attempt)));
    const head = await promised(transaction.objectStore('heads').get(attempt));
    return { steps: steps.map(({ step }) => step), head: head ?? null };
  }

  keep(attempt, step) {
    return this.#write((steps) => steps.put({ attempt, seq: step.seq, step }));
  }

  /** After an acknowledgement: forget what the server has, and remember its head, in one transaction. */
  acknowledge(attempt, { seq, digest }) {
    return this.#write((steps, heads) => {
      steps.delete(IDBKeyRange.bound([attempt, 0], [attempt, seq]));
      heads.put({ attempt, seq, digest });
    });
  }

  /** Put exactly these steps in place of all others of the attempt (used when they had to be numbered anew). */
  replace(attempt, list, { seq, digest }) {
    return this.#write((steps, heads) => {
      steps.delete(everyStepOf(attempt));
      for (const step of list) steps.put({ attempt, seq: step.seq, step });
      heads.put({ attempt, seq, digest });
    });
  }

  /** After the receipt nothing of the attempt stays on this computer. */
  wipe(attempt) {
    return this.#write((steps, heads) => {
      steps.delete(everyStepOf(attempt));
      heads.delete(attempt);
    });
  }

  #write(act) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(['steps', 'heads'], 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      act(transaction.objectStore('steps'), transaction.objectStore('heads'));
    });
  }
}

function everyStepOf(attempt) {
  return IDBKeyRange.bound([attempt, 0], [attempt, Number.MAX_SAFE_INTEGER]);
}
