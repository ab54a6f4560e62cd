/*
 * The page itself, kept on this computer so that a reload works without the server. The service worker does the keeping;
 * here it is installed, and told which version an attempt was begun with, so that it never changes in the middle.
 */

const PIN = 'tp-pin';
const PIN_ADDRESS = '/pinned';

/** Ask the browser to keep the page. Where it cannot, everything else works as before. */
export async function keepShell({ worker, scope }) {
  if (!worker || !navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(worker, { scope });
  } catch (cause) {
    console.warn('page not kept', cause);
  }
}

/** Between two candidates a newer version may take the place of the older one, as soon as it is whole; `isFree()` says when. */
export async function welcomeNewShell({ scope, isFree }) {
  const registration = await navigator.serviceWorker?.getRegistration(scope).catch(() => null);
  if (!registration) return;
  const welcome = (newer) => { if (newer?.state === 'installed' && isFree()) newer.postMessage('take-over'); };
  const watch = () => {
    const newer = registration.installing;
    newer?.addEventListener('statechange', () => welcome(newer));
  };
  registration.addEventListener('updatefound', watch);
  watch();
  welcome(registration.waiting);
}

/** From here on this computer shows this version of the page, whatever the server has, until unpin(). */
export async function pinShell(version) {
  try {
    const cache = await caches.open(PIN);
    await cache.put(PIN_ADDRESS, new Response(JSON.stringify({ version, at: Date.now() })));
  } catch (cause) {
    console.warn('page not pinned', cause);
  }
}

export async function unpinShell() {
  await caches.delete(PIN).catch(() => {});
}
