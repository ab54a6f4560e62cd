/*
 * The form and its pictures as they came, sealed and named by their digests, kept on this computer: after a reload or a
 * power cut nothing is fetched twice. Without the key, which is nowhere on this computer, they say nothing.
 */
const NAME = 'tp-sealed';

/** The bytes of this name, or null. Whoever reads them checks the digest again. */
export async function recallSealed(sha256) {
  try {
    const found = await (await caches.open(NAME)).match(address(sha256));
    return found ? await found.arrayBuffer() : null;
  } catch {
    return null;
  }
}

export async function keepSealed(sha256, bytes) {
  try {
    await (await caches.open(NAME)).put(address(sha256), new Response(bytes, { headers: { 'Content-Type': 'application/octet-stream' } }));
  } catch {
    /* No room on the disk: the bytes are in memory, and a reload fetches them again. */
  }
}

/** Forget everything but these: another form was kept here for somebody else. */
export async function keepOnly(digests) {
  try {
    const cache = await caches.open(NAME);
    const wanted = new Set(digests.map((sha256) => new URL(address(sha256), location.href).href));
    for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
  } catch {
    /* Nothing is kept where nothing can be kept. */
  }
}

function address(sha256) {
  return `/sealed/${sha256}`;
}
