// Runs before the first paint: the chosen theme and language, so that nothing flickers, and what the portal asks for
// first, so that it travels beside the scripts. Everything else is a module.
(function () {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem('batua.theme');
    if (theme) root.dataset.theme = theme;
    const language = localStorage.getItem('batua.language') || (navigator.language || 'en').slice(0, 2);
    root.lang = language === 'hi' ? 'hi' : 'en';
    // On the device already; elsewhere it would hold everything up. See lib/style.js.
    if (localStorage.getItem('batua.typeface')) root.classList.add('typeface');
  } catch { /* storage may be blocked: the device's own settings hold */ }
  // A page may be found by its plain address. What was opened by more than that is somebody's own, such as their ticket.
  if (location.search || location.hash || /^\/my\/[^/]+\/./.test(location.pathname)) {
    document.head.append(Object.assign(document.createElement('meta'), { name: 'robots', content: 'noindex' }));
  }
  // data-words: the areas of messages that a page opens with. In the portal, data-counter: what the counter needs;
  // data-office: what every other view does; and what one view needs besides has its name.
  const names = (attribute) => (root.dataset[attribute] || '').split(' ').filter(Boolean);
  const view = location.pathname.split('/')[1] || 'counter';
  const part = view === 'counter' ? names('counter') : [...names('office'), ...names(view)];
  for (const name of [...names('words').map((area) => `messages/${area}.js`), ...part].map((each) => each.replace('messages/', `messages/${root.lang}/`))) {
    document.head.append(Object.assign(document.createElement('link'), name.endsWith('.css') ? { rel: 'preload', as: 'style', href: `/${name}` } : { rel: 'modulepreload', href: `/${name}` }));
  }
  // data-session: who is signed in, which lib/session.js waits for. In the form of the page's preload, which is on its way
  // already: Firefox takes it for no other. The answer is never stored, so no older one can come from the cache.
  if (!('session' in root.dataset)) return;
  window.batuaSession = fetch('/api/v1/auth/me', { headers: { accept: 'application/json' }, credentials: 'same-origin', signal: AbortSignal.timeout(20000) })
    .then(async (response) => (response.ok && !response.redirected ? (await response.json()).data : null)).catch(() => null);
})();
