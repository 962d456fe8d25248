// The app's service worker: keeps the static shell so that the app opens without a network and can be installed.
// It answers only for the files it lists. Sockets, other paths and other origins are left to the browser untouched.
const CACHE = 'sealcam-shell-__VERSION__';
const FILES = new Set(JSON.parse('__FILES__'));

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([...FILES]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith('sealcam-shell-') && name !== CACHE)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (
    event.request.method !== 'GET' ||
    url.origin !== self.location.origin ||
    url.search !== '' ||
    !FILES.has(url.pathname)
  )
    return;
  // Hashed files never change: the kept copy is the file. The page itself is asked for first, so that an update arrives at once.
  event.respondWith(url.pathname.startsWith('/assets/') ? keptFirst(event.request) : freshFirst(event.request));
});

async function keptFirst(request) {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

async function freshFirst(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(new URL(request.url).pathname, { cacheName: CACHE });
    if (kept !== undefined) return kept;
    throw error;
  }
}
