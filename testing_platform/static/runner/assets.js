/*
 * The asset gate. Everything that the test shows is on this computer, complete and proved by its digest, before the
 * time may start; what is fetched stays ciphertext until `begin` hands out the key.
 */
import { Problem, Unreachable } from './api.js';
import { Damaged, importKey, open, sha256Hex, textOf } from './crypto.js';
import { keepOnly, keepSealed, recallSealed } from './sealed.js';

const ATTEMPTS = 4;
const AT_A_TIME = 3;
const REST_MS = 1_000;

export class Assets {
  #api;
  #token;
  #form;
  #media;
  #sealed = new Map();
  #pictures = new Map();

  constructor({ api, token, reply }) {
    this.#api = api;
    this.#token = token;
    this.#form = { url: reply.form_url, sha256: reply.form_sha256, bytes: reply.form_bytes };
    this.#media = reply.media ?? [];
  }

  /** Fetch and check the form and all pictures; `onProgress(done, total)` after each. Throws when one stays damaged or away. */
  async gather(onProgress) {
    const queue = [this.#form, ...this.#media].filter(({ sha256 }) => !this.#sealed.has(sha256));
    const total = this.#media.length + 1;
    await keepOnly([this.#form, ...this.#media].map(({ sha256 }) => sha256));
    onProgress(this.#sealed.size, total);
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        this.#sealed.set(next.sha256, await this.#fetchChecked(next));
        onProgress(this.#sealed.size, total);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }

  async #fetchChecked({ url, sha256 }) {
    const kept = await recallSealed(sha256);
    if (kept && (await sha256Hex(kept)) === sha256) return kept;
    let last;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (attempt > 0) await new Promise((resolve) => { setTimeout(resolve, REST_MS * attempt); });
      try {
        const bytes = await this.#api.bytes(this.#token, url, { fresh: attempt > 0 });
        if ((await sha256Hex(bytes)) === sha256) {
          await keepSealed(sha256, bytes);
          return bytes;
        }
        last = new Damaged(url);
      } catch (error) {
        if (error instanceof Problem && !error.isPassing) throw error;
        if (!(error instanceof Problem) && !(error instanceof Unreachable)) throw error;
        last = error;
      }
    }
    throw last;
  }

  /** With the key: the readable form, and the digests of pictures that this browser cannot show. */
  async unseal(base64Key) {
    const key = await importKey(base64Key);
    const plain = await open(key, this.#sealed.get(this.#form.sha256));
    const broken = [];
    for (const medium of this.#media) if (!(await this.#picture(key, medium))) broken.push(medium.sha256);
    this.#sealed.clear();
    return { form: JSON.parse(await textOf(plain)), pictures: this.#pictures, broken };
  }

  async #picture(key, { sha256, type }) {
    try {
      const plain = await open(key, this.#sealed.get(sha256));
      const url = URL.createObjectURL(new Blob([plain], { type: type ?? 'image/svg+xml' }));
      this.#pictures.set(sha256, url);
      const image = new Image();
      image.src = url;
      await image.decode();
      return true;
    } catch {
      return false;
    }
  }

  /** Nothing readable stays behind after the receipt. */
  release() {
    for (const url of this.#pictures.values()) URL.revokeObjectURL(url);
    this.#pictures.clear();
    this.#sealed.clear();
  }
}
