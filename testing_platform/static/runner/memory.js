/*
 * What the browser remembers between pages. The device name stays with the computer; everything about the candidate
 * lives in this tab only and goes when the tab closes or the receipt is put away.
 */

const DEVICE = 'tp-device';
const VISIT = 'tp-visit';

/** A random name of this computer, so that the server can tell "same seat again" from "another seat". */
export function deviceName() {
  const known = localStorage.getItem(DEVICE);
  if (known) return known;
  const fresh = crypto.randomUUID();
  localStorage.setItem(DEVICE, fresh);
  return fresh;
}

/** A kept seat knows the name too: the browser writes this one to the disk seconds late, and a crash may come first. */
export function takeDeviceName(name) {
  if (name) localStorage.setItem(DEVICE, name);
}

/** The candidate's visit: tokens, sitting, start code, receipt, and how the page should look. */
export function visit() {
  try {
    return JSON.parse(sessionStorage.getItem(VISIT)) ?? {};
  } catch {
    return {};
  }
}

export function remember(changes) {
  sessionStorage.setItem(VISIT, JSON.stringify({ ...visit(), ...changes }));
}

export function forgetVisit() {
  sessionStorage.removeItem(VISIT);
}

const PIN_LENGTH = 13;

/** A PIN as typed, pasted or scanned, in the one form the server knows: capitals, no O, I or L, groups of four. */
export function tidyPin(typed) {
  const letters = typed.toUpperCase().replace(/[\s\-‐‑–—_.]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  return (letters.match(/.{1,4}/g) ?? []).join('-');
}

/** The code of the room as typed, pasted or scanned. */
export function tidyCode(typed) {
  return typed.toUpperCase().replace(/[\s\-–—_.]/g, '');
}

export function isWholePin(tidied) {
  return tidied.replaceAll('-', '').length === PIN_LENGTH;
}
