// The service worker: the counter opens without a network. In front of this file stand DIGESTS, the files of this
// version, and JOINED, those of them that a bundle holds; see layers/core/batua/platform/site.py. Only pages and their files pass through here, never the API.
const VERSION = Object.entries(DIGESTS).reduce((sum, [name, digest]) => (Math.imul(sum, 31) + hash(name + digest)) | 0, 7);
const CACHE = `batua-${VERSION >>> 0}`;
// Addresses that the portal's own page answers. All but the counter need the network for what they show.
const PAGES = { 'index.html': ['', 'counter', 'dashboard', 'ledger', 'customers', 'rules', 'flags', 'children', 'audit', 'prefund', 'requests', 'team', 'keys', 'endpoints', 'connections', 'branding', 'profile', 'programs', 'rewards', 'redemptions', 'tickets', 'support', 'notifications', 'console', 'queue', 'receivers', 'lookup', 'disputes', 'announcements', 'invoices', 'verification', 'networks', 'tenants', 'plans', 'status', 'content', 'marketplace', 'imports', 'exports', 'start', 'funds', 'reports', 'accounts', 'sites', 'documents'] };
// What the counter needs. Everything else is kept when it has been used once.
const NEEDED = /^(index\.html|boot\.js|icon\.svg|app\.webmanifest|bundle\/(base|session|frame|counter|queue|forms|steps|office)\.(js|css)|style\/counter-steps\.css|vendor\/(icons\.svg|inter\.woff2)|(lib|components|counter|app)\/.*\.js|messages\/\w+\/(till|portal|counter-steps|menu|views)\.js)$/;

function hash(text) {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + letter.codePointAt(0)) | 0;
  return sum;
}

self.addEventListener('install', (event) => {
  const names = Object.keys(DIGESTS).filter((name) => NEEDED.test(name) && !JOINED.includes(name));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(names.map((name) => new Request(`/${name}`, { cache: 'no-cache' })))));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith('batua-') && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener('message', (event) => { if (event.data === 'activate') self.skipWaiting(); });

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin) return;
  const name = decodeURIComponent(url.pathname.slice(1));
  if (event.request.mode === 'navigate') {
    const segment = name.split('/')[0];
    const page = Object.keys(PAGES).find((each) => PAGES[each].includes(segment));
    if (page) event.respondWith(fromCache(page, event.request));
  } else if (name in DIGESTS) {
    event.respondWith(fromCache(name, event.request));
  }
});

// A message of the push service has a title, a page of this site and a tag: a newer one about the same takes its place.
self.addEventListener('push', (event) => {
  const { title, link, tag } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { tag, icon: '/icon-512.png', data: { link } }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.link, location.origin);
  if (url.origin === location.origin) event.waitUntil(self.clients.openWindow(url));
});

/** Files of one version belong together, so the cache comes first; a new version is another cache. */
async function fromCache(name, request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(`/${name}`);
  if (kept) return kept;
  const response = await fetch(request.mode === 'navigate' ? new Request(request.url, { credentials: 'same-origin' }) : request);
  if (response.ok && !response.redirected && name in DIGESTS) await cache.put(`/${name}`, response.clone());
  return response;
}
