// What was typed and has not reached the server yet, on this computer: the session or the server may be gone.
// An entry goes as soon as the server has it, so that no item stays behind on a computer that others use.

export class Kept {
  #prefix;

  /** `what` names the kind of entries: each kind stands by itself. */
  constructor(what) {
    this.#prefix = `tp-${what}:`;
  }

  keep(key, typing) {
    try {
      localStorage.setItem(this.#prefix + key, JSON.stringify(typing));
      return true;
    } catch {
      return false; // closed or full: the page itself still holds the text
    }
  }

  forget(key) {
    try {
      localStorage.removeItem(this.#prefix + key);
    } catch {
      // nothing was kept either
    }
  }

  find(key) {
    try {
      return JSON.parse(localStorage.getItem(this.#prefix + key) ?? "null");
    } catch {
      return null;
    }
  }

  /** The keys of one person's entries, each `account:rest`. */
  keysOf(account) {
    try {
      const mine = this.#prefix + account + ":";
      return Object.keys(localStorage).filter((key) => key.startsWith(mine)).map((key) => key.slice(this.#prefix.length));
    } catch {
      return [];
    }
  }
}
