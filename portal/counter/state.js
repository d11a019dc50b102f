// The counter's state: whose turn it is. What they pay and what comes of it is in sale.js, which is loaded while the number
// is typed. Views read both, and call what is below.
import { call, online, Problem, Unreachable } from '../lib/api.js';
import { me } from '../lib/session.js';
import { batch, signal } from '../lib/ui.js';

/** 'who', 'bill' or 'done'. */
export const step = signal('who');
/** The number as it is typed. */
export const typed = signal('');
/** Whether the customer is being looked up, and the problem with it. */
export const looking = signal(false);
export const problem = signal(null);
/** The customer at the counter: { by, shown, known, balance, available, expiring, lastVisit, status, at, stale }. */
export const customer = signal(null);
export const recent = signal([]);

export const place = () => `${me.value.tenant.id}|${me.value.mode}`;
export const recentKey = () => `batua.recent.${place()}`;

const digits = (text) => text.replace(/[^\d+]/g, '').replace(/(?!^)\+/g, '');
/** A whole number as people dial it here, which is looked up by itself. */
export const isWhole = (text) => (me.value.tenant.region === 'IN' ? /^(\+91|0)?[6-9]\d{9}$/ : /^\+\d{10,14}$/).test(digits(text));
export const canLookUp = (text) => digits(text).length >= 6;

export function type(text) {
  typed.value = digits(text).slice(0, 16);
  problem.value = null;
  if (isWhole(typed.value)) lookUp({ phone: typed.value }, typed.value);
}

/** The device's own store. The counter opens without it. */
const device = () => import('../lib/db.js');

let turn = 0;
/** Finds a customer by { phone }, { wallet_id } or { qr }. A number that is new becomes a customer with its first coins. */
export async function lookUp(by, shown) {
  const mine = (turn += 1);
  looking.value = true;
  problem.value = null;
  let found;
  try {
    found = await read(by, shown);
  } catch (error) {
    if (mine !== turn) return;
    if (error instanceof Problem && error.code === 'customer_not_found' && by.phone) found = { by, shown, known: false, balance: 0, available: 0, expiring: [] };
    else if (error instanceof Unreachable) found = await remember(by, shown);
    else {
      looking.value = false;
      problem.value = error;
      return;
    }
  }
  if (mine !== turn) return;
  batch(() => {
    looking.value = false;
    customer.value = found;
    step.value = 'bill';
  });
}

async function read(by, shown) {
  const [lookup, balance] = await Promise.all([
    call('GET', '/merchant/customers/lookup', { query: by }),
    call('GET', '/merchant/customers/balance', { query: by }).catch((error) => {
      if (error instanceof Problem && error.code === 'customer_not_found') return null;
      throw error;
    }),
  ]);
  const found = {
    by, shown: lookup.customer.phone || shown || '', id: lookup.customer.id, name: lookup.customer.name, known: true,
    balance: balance?.balance ?? 0, available: balance?.available ?? 0, held: balance?.held ?? 0, pending: Number(lookup.wallets[0]?.pending ?? 0), value: balance?.value ?? 0,
    expiring: balance?.expiring ?? [], tier: balance?.tier ?? null, lastVisit: lookup.last_visit, rewards: [...lookup.redeemable, ...lookup.unavailable], status: lookup.wallets[0]?.status ?? 'active', at: new Date().toISOString(),
  };
  for (const key of [by.phone || by.qr, balance?.wallet_id]) {
    const ref = `${place()}|${key}`;
    if (key) device().then(({ put }) => put('seen', { ref, found })).catch(() => {});
  }
  return found;
}

/** What this device saw of them last, or nothing: either way coins can be issued. */
async function remember(by, shown) {
  const ref = `${place()}|${by.phone || by.wallet_id || by.qr}`;
  const kept = await device().then(({ get }) => get('seen', ref)).catch(() => undefined);
  return kept ? { ...kept.found, by, stale: true } : { by, shown, known: null, balance: null, available: null, expiring: [], stale: true };
}

export async function loadRecent() {
  if (!recent.value.length) {
    try { recent.value = JSON.parse(localStorage.getItem(recentKey())) || []; } catch { /* none yet */ }
  }
  if (!online.value) return;
  try {
    const latest = await call('GET', '/merchant/customers/recent', { query: { limit: 8 }, quiet: true });
    recent.value = latest;
    localStorage.setItem(recentKey(), JSON.stringify(recent.value));
  } catch { /* the last list stays */ }
}
