// Addresses of a page that has several views: links are real links, the browser's history is the only state.
import { signal } from './ui.js';

export const path = signal(location.pathname);
export const search = signal(new URLSearchParams(location.search));

function read() {
  path.value = location.pathname;
  search.value = new URLSearchParams(location.search);
}

export function go(to, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  read();
}

/** Puts filters into the address, so that it can be shared and the back button works. */
export function setQuery(changes) {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  go(location.pathname + (text ? `?${text}` : ''), { replace: true });
}

/** Lets links to `owns(path)` change the view without loading the page anew. */
export function startRouter(owns) {
  addEventListener('popstate', read);
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !owns(url.pathname)) return;
    event.preventDefault();
    go(url.pathname + url.search);
    scrollTo(0, 0);
  });
}
