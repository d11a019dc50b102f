// The service worker of the customer's page: it opens without a network, with the balance and the code as they were last
// seen. In front of this file stands DIGESTS, the files of this version. The API never passes through here.
const NEEDED = /^(my\.html|boot\.js|icon\.svg|my\.webmanifest|style\/(tokens|base|my)\.css|bundle\/(base|forms)\.js|vendor\/(icons\.svg|inter\.woff2)|my\/.*\.js|lib\/(brand|save)\.js|components\/(forms|preferences)\.js|messages\/\w+\/(base|my|my-parts)\.js)$/;
const MINE = Object.entries(DIGESTS).filter(([name]) => NEEDED.test(name));
const CACHE = `my-${MINE.reduce((sum, [name, digest]) => (Math.imul(sum, 31) + hash(name + digest)) | 0, 7) >>> 0}`;

function hash(text) {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + letter.codePointAt(0)) | 0;
  return sum;
}

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(MINE.map(([name]) => new Request(`/${name}`, { cache: 'no-cache' })))));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith('my-') && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin) return;
  const name = event.request.mode === 'navigate' ? 'my.html' : decodeURIComponent(url.pathname.slice(1));
  if (event.request.mode === 'navigate' ? /^\/my(\/|$)/.test(url.pathname) : NEEDED.test(name)) event.respondWith(fromCache(name, event.request));
});

/** Files of one version belong together, so the cache comes first; a new version is another cache. */
async function fromCache(name, request) {
  const kept = await (await caches.open(CACHE)).match(`/${name}`);
  return kept || fetch(request);
}
