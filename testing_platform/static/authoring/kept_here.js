// What was typed and has not reached the server yet, on this computer: the session or the server may be gone.
// An entry goes as soon as the server has it, so that no item stays behind on a computer that others use.
const PREFIX = "tp-typing:";

export function keep(key, typing) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(typing));
    return true;
  } catch {
    return false; // closed or full: the page itself still holds the text
  }
}

export function forget(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // nothing was kept either
  }
}

export function find(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "null");
  } catch {
    return null;
  }
}

/** The keys of one person's entries, each `account:version`. */
export function keysOf(account) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(`${PREFIX}${account}:`)).map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}
