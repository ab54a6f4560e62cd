/*
 * Keeps the candidate's page (document, modules, styles, faces, texts) by version, so that it opens without the server.
 * It never sees a call of the API: answers and tokens pass it by, and the sealed form is kept by the page itself.
 *
 * SHELL stands in front of this text when it is served: {version, page, files: {address: SHA-256}}. A new version is a new
 * text, so the browser installs it beside the old one; it takes over between two sittings, never during an attempt.
 */
const KEPT = 'tp-shell-';
const NAME = KEPT + SHELL.version;
const PIN = 'tp-pin';
const PIN_ADDRESS = '/pinned';
const PIN_LIFE_MS = 12 * 3_600_000;
const PATIENCE_MS = 3_000;
const AT_A_TIME = 4;

self.addEventListener('install', (event) => event.waitUntil(fill()));
self.addEventListener('activate', (event) => event.waitUntil(tidy()));
self.addEventListener('message', ({ data }) => { if (data === 'take-over') self.skipWaiting(); });
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate' && pathname === SHELL.page) event.respondWith(openPage(request));
  else if (pathname in SHELL.files || pathname.startsWith('/static/')) event.respondWith(openFile(request));
});

/* The page comes last: where it is kept, everything that it needs is kept. */
async function fill() {
  const cache = await caches.open(NAME);
  const rest = Object.entries(SHELL.files).filter(([address]) => address !== SHELL.page);
  const work = async () => {
    for (let next = rest.pop(); next; next = rest.pop()) await keep(cache, ...next);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  await keep(cache, SHELL.page, SHELL.files[SHELL.page]);
}

/* Only the very bytes of this version are kept; a copy left over from another one is fetched anew. */
async function keep(cache, address, sha256) {
  if (await cache.match(address, { ignoreVary: true })) return;
  for (const mode of ['default', 'reload']) {
    const response = await fetch(address, { cache: mode, credentials: 'omit' });
    const copy = response.clone();
    if (response.ok && (await digest(await response.arrayBuffer())) === sha256) {
      await cache.put(address, copy);
      return;
    }
  }
  throw new Error(`not this version: ${address}`);
}

async function digest(bytes) {
  const hash = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function tidy() {
  const wanted = [NAME, KEPT + (await pinned())];
  const names = (await caches.keys()).filter((name) => name.startsWith(KEPT) && !wanted.includes(name));
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/* The version that a running attempt was begun with. */
async function pinned() {
  const note = await caches.match(PIN_ADDRESS, { cacheName: PIN });
  if (!note) return null;
  const { version, at } = await note.json();
  return Math.abs(Date.now() - at) < PIN_LIFE_MS ? version : null;
}

function kept(address, version) {
  return caches.match(address, { cacheName: KEPT + version, ignoreVary: true, ignoreSearch: true });
}

/* During an attempt the page stays what it was. Otherwise the server is asked first, and not for long. */
async function openPage(request) {
  const version = await pinned();
  const same = version && (await kept(SHELL.page, version));
  if (same) return same;
  try {
    const response = await fetch(request.url, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.status < 500) return response;
  } catch {
    /* The server is away: what is kept is shown. */
  }
  return (await kept(SHELL.page, SHELL.version)) ?? Response.error();
}

async function openFile(request) {
  const { pathname } = new URL(request.url);
  const version = (await pinned()) ?? SHELL.version;
  return (await kept(pathname, version)) ?? (await kept(pathname, SHELL.version)) ?? fetch(request);
}
