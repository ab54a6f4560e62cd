/* The two checks of the form: its bytes are those that were sealed, and the key opens them untouched. */

const NONCE_BYTES = 12;

export class Damaged extends Error {}

/** The SHA-256 of some bytes as lower-case hex. */
export async function sha256Hex(bytes) {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Turn the base64 key of the reply to `begin` into a key that no script can read back. */
export function importKey(base64) {
  const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
}

/** Open nonce || ciphertext; throws Damaged when a single bit differs. */
export async function open(key, bytes) {
  try {
    return await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.slice(0, NONCE_BYTES) }, key, bytes.slice(NONCE_BYTES));
  } catch {
    throw new Damaged('ciphertext does not open');
  }
}

/** The text of an opened form: compressed before it was sealed, except in forms of the first days. */
export async function textOf(plain) {
  const bytes = new Uint8Array(plain);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}
