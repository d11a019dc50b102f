// The service worker, and the hint that a new version is there.
import { t } from '../lib/i18n.js';
import { toast } from '../components/basics.js';

export async function startWorker() {
  if (!('serviceWorker' in navigator)) return;
  let first = !navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first worker takes over a page that is as new as itself.
    if (!first) location.reload();
    first = false;
  });
  try {
    const registration = await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' });
    const offer = () => registration.waiting && toast(t('app.new'), [t('app.reload'), () => registration.waiting.postMessage('activate')]);
    offer();
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', (event) => {
        if (event.target.state === 'installed' && navigator.serviceWorker.controller) offer();
      });
    });
  } catch { /* a private window: the portal works, but not without a network */ }
}
