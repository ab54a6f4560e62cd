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
    return this.#keys().filter((key) => key.startsWith(`${account}:`));
  }

  /** Whoever typed it may never come back to this computer. An entry, or the newest of its list, tells its time as `at`. */
  forgetOlderThan(days) {
    for (const key of this.#keys()) {
      const at = Math.max(0, ...[this.find(key) ?? []].flat().map((entry) => entry.at ?? 0));
      if (Date.now() - at > days * 86_400_000) this.forget(key);
    }
  }

  #keys() {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix)).map((key) => key.slice(this.#prefix.length));
    } catch {
      return [];
    }
  }
}
