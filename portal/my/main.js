// The customer's page of one merchant, at /my/<slug>: sign-in, the four tabs, and what shows without a network.
import { html, render, useEffect, useState } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { online } from '../lib/api.js';
import { applyBrand } from '../lib/brand.js';
import { go, path, startRouter } from '../lib/router.js';
import { ago } from '../lib/format.js';
import { showTypeface } from '../lib/style.js';
import { Button, Empty, Icon, Toasts } from '../components/basics.js';
import { proving, refresh, seen, shop, shops, slug, stage, stale, start } from './state.js';
import { Home } from './home.js';

/** What the first screen does without: a module and its words, loaded together. */
const later = (module, name) => async () => (await Promise.all([module(), loadMessages('my-parts')]))[0][name];
const TABS = [
  { name: '', icon: 'wallet', load: async () => Home },
  { name: 'rewards', icon: 'gift', load: later(() => import('./rewards.js'), 'Rewards') },
  { name: 'history', icon: 'history', load: later(() => import('./history.js'), 'History') },
  { name: 'me', icon: 'user-round', load: later(() => import('./profile.js'), 'Profile') },
];
/** What is reached from the profile, or by the link of a message. */
const TICKETS = { name: 'tickets', under: 'me', load: later(() => import('./tickets.js'), 'Tickets') };
const signIn = (name) => later(() => import('./sign-in.js'), name);
const address = (tab) => `/my/${slug}${tab.name && `/${tab.name}`}`;
const isAt = (to, tab) => to === address(tab) || (tab === TICKETS && /^\/tkt_\w+$/.test(to.slice(address(tab).length)) && to.startsWith(address(tab)));
const current = () => [...TABS, TICKETS].find((tab) => tab.name && isAt(path.value, tab)) || TABS[0];
const shopName = () => shop.value?.branding.display_name || shop.value?.name || seen.value?.profile.merchant.name || '';

/** While something is on its way: a heading for those who listen; `whole` where nothing else is on the page. */
function Wait({ whole }) {
  const inside = html`<h1 class="sr">${t('loading')}</h1><span class="spinner"></span>`;
  return whole ? html`<main id="main" class="page-wait" aria-busy="true">${inside}</main>` : html`<div class="my-wait">${inside}</div>`;
}

/** A part that is loaded when it is first shown; `over` the page, which is still there to be seen. */
function Part({ load, whole, over, ...rest }) {
  const [state, show] = useState({});
  useEffect(() => {
    let gone = false;
    load().then((Loaded) => { if (!gone) show({ Loaded }); }, () => { if (!gone) show({ failed: true }); });
    return () => { gone = true; };
  }, []);
  if (state.failed) return html`<${Empty} icon="cloud-off" title=${t('my.offline')}><p>${t('my.offline.text')}</p><${Button} onClick=${() => location.reload()}>${t('retry')}<//><//>`;
  if (state.Loaded) return html`<${state.Loaded} ...${rest} />`;
  return !over && html`<${Wait} whole=${whole} />`;
}

function Top() {
  const name = shopName();
  return html`<header class="my-top"><span class="my-mark" aria-hidden="true">${name.slice(0, 1)}</span><strong class="grow ellipsis">${name}</strong>
    ${seen.value?.profile.mode === 'test' && html`<span class="badge sandbox">${t('sandbox')}</span>`}
    ${!online.value && html`<span class="badge warn"><${Icon} name="wifi-off" />${t('my.offline.badge')}</span>`}</header>`;
}

function Frame() {
  const tab = current();
  useEffect(() => { document.title = `${t(`my.tab.${tab.name || 'home'}`)} · ${shopName()}`; });
  return html`<div class="my"><a class="skip" href="#main">${t('skip')}</a><${Top} />
    ${stale.value && html`<p class="my-stale" role="status"><${Icon} name="clock" /><span class="grow">${t('my.asof', { when: ago(seen.value.at) })}</span><${Button} size="small" kind="quiet" icon="refresh-cw" label=${t('retry')} onClick=${refresh} /></p>`}
    <main id="main" tabindex="-1"><${Part} key=${tab.name} load=${tab.load} /></main>
    <nav class="my-tabs" aria-label=${t('my.navigation')}>${TABS.map((each) => html`<a key=${each.name} href=${address(each)} aria-current=${each === tab || each.name === tab.under ? 'page' : undefined}><${Icon} name=${each.icon} /><span>${t(`my.tab.${each.name || 'home'}`)}</span></a>`)}</nav>
  </div>`;
}

/** /my itself, where the installed page starts: the shops of this device. */
function Shops() {
  return html`<main id="main" class="my-plain stack"><h1>${t('my.shops')}</h1>
    ${shops().length ? html`<nav class="card my-list" aria-label=${t('my.shops')}>${shops().map((each) => html`<a key=${each.slug} href=${`/my/${each.slug}`}><span class="my-mark" aria-hidden="true">${each.name.slice(0, 1)}</span><span class="grow strong">${each.name}</span><${Icon} name="chevron-right" /></a>`)}</nav>`
    : html`<div class="card"><${Empty} icon="store" title=${t('my.shops.none')}><p>${t('my.shops.none.text')}</p><//></div>`}</main>`;
}

const Said = ({ icon, title, text, retry }) => html`<main id="main" class="my-plain"><div class="card empty"><${Icon} name=${icon} /><h1>${title}</h1><p>${text}</p>${retry && html`<${Button} onClick=${() => location.reload()}>${t('retry')}<//>`}</div></main>`;

function Page() {
  // Signed in, each tab has its own; without a shop, or on the way in, the page is named in the reader's language too.
  useEffect(() => { if (stage.value !== 'in') document.title = [slug ? t('my.tab.home') : t('my.shops'), shopName()].filter(Boolean).join(' · '); });
  if (!slug) return html`<${Shops} />`;
  const screens = {
    loading: () => html`<${Wait} whole />`,
    lost: () => html`<${Said} icon="store" title=${t('my.lost')} text=${t('my.lost.text')} />`,
    offline: () => html`<${Said} icon="cloud-off" title=${t('my.offline')} text=${t('my.offline.text')} retry />`,
    broken: () => html`<${Said} icon="circle-alert" title=${t('my.broken')} text=${t('my.broken.text')} retry />`,
    out: () => html`<${Part} key="out" whole load=${signIn('SignIn')} />`,
    in: () => html`<${Frame} />`,
  };
  return screens[stage.value]();
}

const App = () => html`<${Page} />${proving.value && html`<${Part} over load=${signIn('Proof')} ...${proving.value} />`}<${Toasts} />`;

async function begin() {
  await loadMessages('base', 'my');
  const page = document.getElementById('page');
  if (!slug && shops().length === 1) {
    location.replace(`/my/${shops()[0].slug}`);
    return;
  }
  const started = slug && start();
  startRouter((to) => Boolean(slug) && [...TABS, TICKETS].some((tab) => isAt(to, tab)));
  page.replaceChildren(); // what my.html shows while this loads
  render(html`<${App} />`, page);
  shop.subscribe((found) => found && applyBrand(found.branding.primary_color));
  if (slug && !isAt(path.value, current()) && stage.value !== 'lost') go(`${address(current())}${location.search}`, { replace: true });
  Promise.resolve(started).then(showTypeface);
  addEventListener('online', () => stage.value === 'in' && refresh());
  document.addEventListener('visibilitychange', () => { if (!document.hidden && stage.value === 'in') refresh(); });
  if ('serviceWorker' in navigator) setTimeout(() => navigator.serviceWorker.register('/my-sw.js', { scope: '/my', updateViaCache: 'none' }).catch(() => {}), 800);
}

begin();
