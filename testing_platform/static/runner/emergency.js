/*
 * The emergency file: what the server does not have yet, sealed so that only the exam centre can open it. A stick carries
 * it when no cable does. It changes nothing on this computer: the answers stay here until a real receipt.
 */

const FORMAT = 'testing-platform-emergency-1';
const PURPOSE = 'testing-platform/emergency-file/v1';
const CURVE = { name: 'ECDH', namedCurve: 'P-256' };
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const FINGERPRINT_BYTES = 5;
const NONCE_BYTES = 12;

/**
 * Make the file: {name, fingerprint, bytes}. The fingerprint belongs to these bytes alone, so that the minutes of the room
 * prove which file left it. `centreKey` is the centre's public point in base64.
 */
export async function sealEmergency({ attempt, token, participantNumber, centreKey, head, steps, madeAtMs }) {
  const inside = { token, head: { seq: head.seq, digest: head.digest }, steps: steps.map(asSent), unsent: steps.length };
  const { point, key } = await agree(centreKey);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const text = new TextEncoder();
  const ciphertext = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData: text.encode(attempt.toLowerCase()) }, key, text.encode(JSON.stringify(inside)));
  const bytes = text.encode(JSON.stringify({
    format: FORMAT, attempt: attempt.toLowerCase(), participant_number: participantNumber, made_at_ms: madeAtMs,
    public_key: base64(point), nonce: base64(nonce), ciphertext: base64(new Uint8Array(ciphertext)),
  }));
  const fingerprint = await fingerprintOf(bytes);
  return { name: `jawaban-${participantNumber.replace(/[^0-9A-Za-z-]/g, '')}-${fingerprint}.json`, fingerprint, bytes };
}

function asSent({ seq, kind, item, option, value, at }) {
  return { seq, kind, item: item ?? null, option: option ?? null, value: value ?? null, at };
}

/* A pair of keys for this one file: the private half is gone as soon as the file is made, even for this browser. */
async function agree(centreKey) {
  const centre = await crypto.subtle.importKey('raw', fromBase64(centreKey), CURVE, false, []);
  const own = await crypto.subtle.generateKey(CURVE, false, ['deriveBits']);
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', own.publicKey));
  const secret = await crypto.subtle.deriveBits({ name: 'ECDH', public: centre }, own.privateKey, 256);
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: point, info: new TextEncoder().encode(PURPOSE) }, material,
    { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  return { point, key };
}

/** Eight characters that nobody confuses on paper: the first 40 bits of SHA-256. */
export async function fingerprintOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const bits = [...digest.slice(0, FINGERPRINT_BYTES)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = bits.match(/.{5}/g).map((five) => CROCKFORD[Number.parseInt(five, 2)]);
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
}

function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
