// The bell in the header: how many notifications and messages wait to be read, looked up now and then.
import { html, signal, useEffect } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { number } from '../lib/format.js';
import { Icon } from '../components/basics.js';

await loadMessages('menu');

const EVERY = 60_000;
/** How many are unread: of notifications, and of the operator's announcements. */
export const unread = signal([0, 0]);

export async function countUnread() {
  try {
    const counts = await Promise.all(['notifications', 'admin-messages'].map((inbox) => call('GET', `/${inbox}/unread-count`, { quiet: true })));
    unread.value = counts.map((each) => each.count);
  } catch { /* the last count stays */ }
}

export function Bell() {
  useEffect(() => {
    const look = () => document.hidden || countUnread();
    look();
    const timer = setInterval(look, EVERY);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  const [own, messages] = unread.value;
  const count = own + messages;
  return html`<a href=${messages && !own ? '/notifications?show=messages' : '/notifications'} class="bell" aria-label=${count ? t('bell.unread', { count }) : t('bell')} title=${t('bell')}><${Icon} name="bell" />${count > 0 && html`<span class="count figures" aria-hidden="true">${count > 99 ? '99+' : number(count)}</span>`}</a>`;
}
