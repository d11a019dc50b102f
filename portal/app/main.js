// The merchant's portal: who is signed in, the frame around every view, and the view that the address names. Nothing
// happens before start.js asks for it.
import { html, render, useEffect, useState } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { call, problemText } from '../lib/api.js';
import { go, path, startRouter } from '../lib/router.js';
import { me, readMe, recall, remembered } from '../lib/session.js';
import { loadStyle, showTypeface } from '../lib/style.js';
import { Button, Empty, Toasts } from '../components/basics.js';
import { SignInAgain } from '../components/lazy.js';
import { allowed, loadViews, owns, viewOf } from './views.js';
import { Frame } from './frame.js';

const DEFAULT_BRAND = '#0a6847';

function leadingBack(page) {
  const here = location.pathname + location.search;
  return `${page}${here === '/' ? '' : `?next=${encodeURIComponent(here)}`}`;
}
const signInAddress = () => leadingBack('/sign-in');
/** Who has to set two-step sign-in up first may do nothing else. */
const confined = (user) => user.permissions.includes('account:enrol');
const setUpAddress = () => leadingBack('/two-step');

/** The counter, loaded before anything is drawn: its form is in the first picture. */
let first = {};

function View() {
  const [shown, show] = useState(first);
  const view = viewOf(path.value);
  useEffect(() => {
    if (!view?.may()) return;
    document.title = `${t(`view.${view.name}`)} · Batua`;
    if (view === shown.view) return;
    let gone = false;
    view.load().then((module) => { if (!gone) show({ view, Page: module.default }); }, (problem) => { if (!gone) show({ view, problem }); })
      .then(showTypeface);
    return () => { gone = true; };
  }, [view]);
  if (!view?.may()) return html`<${Empty} icon="lock" title=${t('view.none')}><p>${t('view.none.text')}</p><//>`;
  // The title where the page will put it: it is read, or read out, while the rest is on its way.
  if (shown.view !== view) return html`<div class="office" aria-busy="true"><header class=${`page-head ${view.path === '/counter' ? 'sr' : ''}`}><h1>${t(`view.${view.name}`)}</h1></header><div class="view-loading"><span class="spinner"></span><span class="sr">${t('loading')}</span></div></div>`;
  if (shown.problem) return html`<${Empty} icon="cloud-off" title=${t('view.offline')}><p>${t('view.offline.text')}</p><${Button} onClick=${() => location.reload()}>${t('retry')}<//><//>`;
  return html`<${shown.Page} />`;
}

const App = () => html`<${Frame}><${View} /><//><${SignInAgain} /><${Toasts} />`;

const atCounter = () => ['/', '/counter'].includes(location.pathname);

/** The page comes while it is read who is signed in. It is used, or its failure shown, later. */
async function fetchCounter() {
  const view = viewOf('/counter');
  return { view, Page: (await view.load()).default };
}
function fetchOffice() {
  loadStyle('/style/office.css');
  loadViews().then(() => viewOf(path.value)?.load()).catch(() => {});
}

/** Puts the page in the place of what index.html shows while this loads. */
function draw(tree) {
  const page = document.getElementById('page');
  page.replaceChildren();
  render(tree, page);
}

/** Once what was drawn is on the screen; in a tab that nobody looks at, a second later. */
const painted = () => new Promise((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve));
  setTimeout(resolve, 1000);
});

/** Reads who is signed in, and shows their page. */
export async function start() {
  const words = loadMessages(atCounter() ? 'till' : 'portal');
  const counter = atCounter() ? fetchCounter().catch(() => ({})) : fetchOffice();
  const kept = recall();
  if (kept) {
    // Who was here last sees their page at once, however slow the network: what is sent waits for the session's word.
    me.value = kept;
    remembered.value = true;
  }
  const asked = readMe();
  try {
    const [user] = await Promise.all([kept || asked, words]);
    if (!user) return location.replace(signInAddress());
    if (!kept && confined(user)) return location.replace(setUpAddress());
  } catch (problem) {
    await words;
    return draw(html`<main class="page-wait"><h1 class="sr">Batua</h1><${Empty} icon="cloud-off" title=${t('view.offline')}><p>${problemText(problem)}</p><${Button} onClick=${() => location.reload()}>${t('retry')}<//><//></main>`);
  }
  await show(counter);
  if (kept) {
    const user = await asked.catch(() => kept);
    if (!user) return location.replace(signInAddress());
    if (confined(user)) return location.replace(setUpAddress());
    if (user.id !== kept.id || user.mode !== kept.mode || user.tenant.id !== kept.tenant.id) return location.reload();
  }
  await painted();
  if (me.value.mode !== 'test') readBrand();
  import('../lib/queue.js').then((module) => module.startQueue());
  setTimeout(() => import('./worker.js').then((module) => module.startWorker()), 500);
  watchSession();
  return undefined;
}

async function show(counter) {
  if (me.value.mode === 'test') document.documentElement.dataset.mode = 'test';
  else showBrand(localStorage.getItem(brandKey()));
  // The counter opens with what it needs, and loads the other views later. Any other page needs them to know its own.
  if (viewOf('/counter').may() && atCounter()) first = await counter;
  else await loadViews().catch(() => {});
  // The page of the first steps is gone with the last of them: whoever still has its address is led on.
  if (path.value === '/' || (path.value === '/start' && !viewOf('/start')?.may())) go(allowed()[0]?.path || '/none', { replace: true });
  startRouter(owns);
  draw(html`<${App} />`);
}

/** The tenant's own colour, remembered so that the next start shows it at once. */
const brandKey = () => `batua.brand.${me.value.tenant.id}`;

async function showBrand(colour) {
  if (colour) (await import('../lib/brand.js')).applyBrand(colour);
}

async function readBrand() {
  const key = brandKey();
  try {
    const found = await call('GET', '/tenant/branding', { quiet: true });
    if (found.primary_color === DEFAULT_BRAND) return localStorage.removeItem(key);
    localStorage.setItem(key, found.primary_color);
    showBrand(found.primary_color);
  } catch { /* the colour of the last start stays */ }
}

/** Another tab may have signed in as somebody else meanwhile: then this page starts anew. */
function watchSession() {
  let looked = Date.now();
  document.addEventListener('visibilitychange', async () => {
    if (document.hidden || Math.abs(Date.now() - looked) < 30_000) return;
    looked = Date.now();
    const before = me.value;
    try {
      const user = await readMe();
      if (user && (user.id !== before.id || user.mode !== before.mode || user.tenant.id !== before.tenant.id)) location.reload();
      else if (!user) me.value = before; // the session is over: the next call asks, what stands in the page stays
    } catch { /* offline */ }
  });
}
