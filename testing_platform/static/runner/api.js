/* The calls of the delivery contract. Each one ends: with a reply, with a Problem, or with Unreachable. */
import { ServerTime } from './server_time.js';

const REPLY_LIMIT_MS = 12_000;
const DOWNLOAD_LIMIT_MS = 60_000;

/** The server answered and refused; `type` is the stable name of the refusal. */
export class Problem extends Error {
  constructor(body, response) {
    super(body.title ?? `HTTP ${response.status}`);
    this.type = String(body.type ?? '').split('/').pop() || 'unknown';
    this.status = response.status;
    this.detail = body.detail ?? '';
    this.body = body;
    this.retryAfter = Number(body.retry_after_seconds ?? response.headers.get('Retry-After')) || 0;
  }

  /** True when nothing is wrong with the request, so the same one may be sent again later. */
  get isPassing() {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** No answer came: cable, server, or time. What was sent may or may not have arrived. */
export class Unreachable extends Error {}

export class Api {
  #base;

  /** What time the server has, by everything that it said so far. */
  time = new ServerTime();

  constructor(base) {
    this.#base = base.replace(/\/$/, '');
  }

  signIn(participantNumber, pin) {
    return this.#post('/session', null, { participant_number: participantNumber, pin });
  }

  openAttempt(sessionToken, body) {
    return this.#post('/attempts', sessionToken, body);
  }

  begin(token, attempt) {
    return this.#post(`/attempts/${encodeURIComponent(attempt)}/begin`, token, { media_verified: true });
  }

  steps(token, attempt, body) {
    return this.#post(`/attempts/${encodeURIComponent(attempt)}/steps`, token, body);
  }

  /** Begin or end a break; `isOn` says which. */
  rest(token, attempt, isOn) {
    return this.#post(`/attempts/${encodeURIComponent(attempt)}/break`, token, { on: isOn });
  }

  submit(token, attempt, body) {
    return this.#post(`/attempts/${encodeURIComponent(attempt)}/submit`, token, body);
  }

  /** The bytes of a form or picture. `fresh` passes over a cached copy that turned out damaged. */
  async bytes(token, url, { fresh }) {
    const target = new URL(url, location.href);
    if (target.origin !== location.origin) throw new Problem({ type: 'foreign-address' }, new Response(null, { status: 400 }));
    const { response, body } = await exchange(target, {
      limit: DOWNLOAD_LIMIT_MS,
      read: (reply) => reply.arrayBuffer(),
      options: { headers: { Authorization: `Bearer ${token}` }, cache: fresh ? 'reload' : 'default' },
    });
    if (!response.ok) throw new Problem(parse(new TextDecoder().decode(body)), response);
    return body;
  }

  /* A reply also carries `heard_at`: the middle of the exchange on the steady clock, which is when `remaining_seconds` was true. */
  async #post(path, token, content) {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
    if (token) headers.Authorization = `Bearer ${token}`;
    const askedAt = performance.now();
    const { response, body } = await exchange(this.#base + path, {
      limit: REPLY_LIMIT_MS,
      read: (reply) => reply.text(),
      options: { method: 'POST', headers, body: JSON.stringify(content), cache: 'no-store' },
    });
    const heardAt = performance.now();
    const reply = parse(body);
    if (!response.ok) throw new Problem(reply, response);
    this.time.hear(reply.server_time_ms, askedAt, heardAt);
    return { ...reply, heard_at: (askedAt + heardAt) / 2 };
  }
}

async function exchange(url, { limit, read, options }) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), limit);
  try {
    const response = await fetch(url, { credentials: 'omit', redirect: 'error', signal: abort.signal, ...options });
    return { response, body: await read(response) };
  } catch (cause) {
    throw new Unreachable('no reply', { cause });
  } finally {
    clearTimeout(timer);
  }
}

/* A proxy's error page is not JSON; it must not look like a success or hide the status. */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === 'object' ? value : {};
  } catch {
    return {};
  }
}
