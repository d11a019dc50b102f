// The frame: menu beside the page on a desk, a bar at its foot on a phone; sandbox and network where nobody misses them.
import { html, signal, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { online } from '../lib/api.js';
import { path } from '../lib/router.js';
import { me, sandbox } from '../lib/session.js';
import { Icon, Logo } from '../components/basics.js';
import { allowed, complete, viewOf } from './views.js';
import { Lazy } from '../components/lazy.js';

const DESK = matchMedia('(min-width: 64rem)');
const desk = signal(DESK.matches);
DESK.addEventListener('change', () => { desk.value = DESK.matches; });

const initials = (name) => name.split(/\s+/).map((word) => word[0]).slice(0, 2).join('').toUpperCase();

const NavLink = ({ view, current, tab }) => html`<a href=${view.path} aria-current=${current ? 'page' : undefined}><${Icon} name=${view.icon} /><span>${t(`view.${(tab && view.short) || view.name}`)}</span></a>`;

export function Frame({ children }) {
  const [menu, setMenu] = useState(false);
  const views = allowed();
  const current = viewOf(path.value);
  const tabs = views.filter((view) => view.tab).slice(0, views.length > 5 ? 4 : 5);
  const rest = views.length > tabs.length;
  const user = me.value;
  return html`<div class=${`frame ${tabs.length > 1 ? 'has-tabs' : ''} view-${current?.name}`}>
    <a class="skip" href="#main">${t('skip')}</a>
    ${sandbox.value && html`<section class="sandbox-bar" aria-label=${t('sandbox')}><${Icon} name="flask-conical" /><strong>${t('sandbox')}</strong><span>${t('app.sandbox')}</span><${Lazy} load=${() => import('./sandbox-clock.js')} pick=${(module) => module.SandboxClock} /></section>`}
    <header class="top">
      <a href="/" class="home" aria-label="Batua"><${Logo} small /></a>
      <div class="grow where"><span class="ellipsis strong">${user.tenant.name}</span></div>
      ${!online.value && html`<span class="badge warn"><${Icon} name="wifi-off" />${t('app.offline')}</span>`}
      <${Lazy} load=${() => import('./queue-chip.js')} pick=${(module) => module.QueueChip} />
      ${complete() && html`<${Lazy} load=${() => import('./bell.js')} pick=${(module) => module.Bell} />`}
      <button class="avatar" type="button" onClick=${() => setMenu(true)} aria-haspopup="dialog"><span aria-hidden="true">${initials(user.name)}</span><span class="sr">${t('app.menu', { name: user.name })}</span></button>
    </header>
    ${desk.value && views.length > 1 && html`<nav class="side-nav" aria-label=${t('app.navigation')}>
      ${groups(views).map(([group, entries]) => html`<div key=${group}>${group && html`<p class="group">${t(`group.${group}`)}</p>`}${entries.map((view) => html`<${NavLink} key=${view.path} view=${view} current=${view === current} />`)}</div>`)}
    </nav>`}
    <main id="main" tabindex="-1">${children}</main>
    ${tabs.length > 1 && html`<nav class="tab-bar" aria-label=${t('app.navigation')}>${tabs.map((view) => html`<${NavLink} tab key=${view.path} view=${view} current=${view === current} />`)}
      ${rest && html`<button type="button" aria-haspopup="dialog" onClick=${() => setMenu(true)}><${Icon} name="ellipsis" /><span>${t('app.more')}</span></button>`}</nav>`}
    ${menu && html`<${Lazy} load=${() => import('./menu.js')} pick=${(module) => module.MenuSheet} views=${views} current=${current} onClose=${() => setMenu(false)} />`}
  </div>`;
}

function groups(views) {
  const found = new Map();
  for (const view of views) found.set(view.group || '', [...(found.get(view.group || '') || []), view]);
  return [...found];
}

