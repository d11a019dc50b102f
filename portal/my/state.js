// Who is signed in on this merchant's page, and what the device remembers of it so that the page opens without a network.
//
// A customer has a session per merchant: its cookie is named after the slug, and `X-Merchant` says which one is meant.
// Nothing of the session is kept on the device but what the page shows; it is deleted when the session ends.
import { signal } from '../lib/ui.js';
import { call, handlers, setToken, Problem, Unreachable } from '../lib/api.js';

const [, , named = '', inner = ''] = location.pathname.split('/');
/** The merchant's slug, from the address `/my/<slug>`; empty on `/my` itself. */
export const slug = /^[a-z0-9-]{3,48}$/i.test(named) ? decodeURIComponent(named).toLowerCase() : '';
export const firstTab = inner;
const KEPT = `batua.my.${slug}`;
const MODE = `batua.my-mode.${slug}`;
const SHOPS = 'batua.my-shops';

function chosenMode() {
  const wanted = new URLSearchParams(location.search).get('mode');
  try {
    if (wanted === 'test' || wanted === 'live') localStorage.setItem(MODE, wanted);
    return localStorage.getItem(MODE) === 'test' ? 'test' : 'live';
  } catch { return wanted === 'test' ? 'test' : 'live'; }
}
export const mode = chosenMode();

/** loading, out, in, lost (no such merchant) or offline (nothing is known here yet). */
export const stage = signal('loading');
/** { profile, balances, history, at }: what the page shows, and when it was read. */
export const seen = signal(null);
/** The merchant's name and colour, which anybody may see. */
export const shop = signal(null);
/** Whether `seen` is what the device remembers, because the network is away. */
export const stale = signal(false);
/** The dialog that asks for a fresh code: { answer }. */
export const proving = signal(null);

let proof = null;
export function keepProof(text, seconds) { proof = { text, ends: performance.now() + (seconds - 30) * 1000 }; }

handlers.headers = () => ({ 'x-merchant': slug, ...(proof && performance.now() < proof.ends ? { 'x-reauthentication': proof.text } : {}) });
handlers.token = async () => (await call('GET', '/me/profile', { quiet: true })).csrf_token;
handlers.sessionChanged = async () => {
  const profile = await call('GET', '/me/profile', { quiet: true });
  if (profile.customer_id === seen.value?.profile.customer_id && profile.mode === seen.value.profile.mode) return true;
  location.reload(); // another tab signed in as somebody else
  return false;
};
let asking = null;
handlers.signIn = (reason) => {
  if (reason === 'expired') {
    ended();
    return Promise.resolve(false);
  }
  asking ??= new Promise((resolve) => { proving.value = { answer: resolve }; }).finally(() => { asking = null; proving.value = null; });
  return asking;
};

/** What the device remembers, shown at once; then what the platform says. */
export async function start() {
  // Whether there may be a session. Who has none is not asked for it: that is a refusal in the log of every first visit.
  let known = true;
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    known = Boolean(kept);
    if (kept?.seen?.profile.mode === mode) {
      seen.value = kept.seen;
      shop.value = kept.shop;
      stage.value = 'in';
    }
  } catch { /* nothing kept, or storage is blocked */ }
  const [problem] = await Promise.all([readShop(), known && refresh()]);
  if (!known && stage.value === 'loading') {
    if (problem) stage.value = problem instanceof Unreachable ? 'offline' : 'broken';
    else out();
  }
}

/** Returns the problem where the shop can't be read. */
async function readShop() {
  try {
    shop.value = await call('GET', '/tenant/public-context', { query: { slug }, open: true });
    keep();
    remember(shop.value);
    return null;
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 404) {
      stage.value = 'lost';
      forget();
    }
    return problem;
  }
}

/** Reads everything that the first screen shows. Offline, what was seen before stays. */
export async function refresh() {
  try {
    const profile = await call('GET', '/me/profile', { quiet: true });
    setToken(profile.csrf_token);
    if (profile.mode !== mode) return out();
    const [balances, history] = await Promise.all([call('GET', '/me/balances', { quiet: true }), call('GET', '/me/history', { query: { limit: 5 }, quiet: true })]);
    seen.value = { profile, balances, history, at: new Date().toISOString() };
    stale.value = false;
    if (stage.value !== 'lost') stage.value = 'in';
    keep();
    readOfflineCode();
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) return out();
    stale.value = true;
    if (!seen.value) stage.value = problem instanceof Unreachable ? 'offline' : 'broken';
  }
  return undefined;
}

function out() {
  if (seen.value) ended();
  else if (stage.value !== 'lost') stage.value = 'out';
}

/** The session is over: nothing that it showed stays on the device. */
export function ended() {
  proof = null;
  setToken(null);
  seen.value = null;
  localStorage.removeItem(KEPT);
  stage.value = 'out';
}

function keep() {
  if (!seen.value) return;
  try { localStorage.setItem(KEPT, JSON.stringify({ seen: seen.value, shop: shop.value, code: keptCode() })); } catch { /* full or blocked: it only opens with a network then */ }
}

/** The code for a counter without a network: { token, image, expires_at }, or null where none was kept or it is over. */
export function keptCode() {
  try {
    const { code } = JSON.parse(localStorage.getItem(KEPT));
    return code && Date.parse(code.expires_at) > Date.now() ? code : null;
  } catch { return null; }
}

async function readOfflineCode() {
  const kept = keptCode();
  if (kept && Date.parse(kept.expires_at) - Date.now() > 12 * 3600_000) return;
  try {
    const code = await call('GET', '/me/qr', { query: { offline: true }, quiet: true });
    localStorage.setItem(KEPT, JSON.stringify({ seen: seen.value, shop: shop.value, code }));
  } catch { /* the next visit asks again */ }
}

/** The codes that were shown so far are void: the kept one as well. */
export function dropKeptCode() {
  localStorage.setItem(KEPT, JSON.stringify({ seen: seen.value, shop: shop.value }));
  readOfflineCode();
}

/** The shops that this device has visited, newest first: [{ slug, name }]. */
export function shops() {
  try { return JSON.parse(localStorage.getItem(SHOPS)) || []; } catch { return []; }
}

function remember(found) {
  const entry = { slug, name: found.branding.display_name || found.name };
  try { localStorage.setItem(SHOPS, JSON.stringify([entry, ...shops().filter((each) => each.slug !== slug)].slice(0, 12))); } catch { /* only /my's list needs it */ }
}

function forget() {
  try { localStorage.setItem(SHOPS, JSON.stringify(shops().filter((each) => each.slug !== slug))); } catch { /* blocked */ }
}

export function setProfile(changes) {
  seen.value = { ...seen.value, profile: { ...seen.value.profile, ...changes } };
  keep();
}
