// Issues on their way: kept on the device before they are sent, and until the platform has answered.
//
// Each has an idempotency key of its own, made when the cashier pressed the button. Whatever happens after that - a
// closed tab, a crash, an answer that was lost, two tabs at once, a session that ended, a clock that was changed - it
// is sent again under the same key, and counts once. An entry belongs to the person, tenant and mode that made it and
// is never sent under another's session: requests carry that session's CSRF token.
import { call, newKey, Problem, Unreachable } from './api.js';
import { all, change, put } from './db.js';
import { me, readMe, remembered } from './session.js';
import { computed, signal } from './ui.js';

const LOCK = 'batua-queue';
const KEPT_SENT = 40;
const LONGEST_WAIT = 60_000;

/** Everything on this device, oldest first. */
const rows = signal([]);
/** True once the session has ended while something waits. */
export const sessionEnded = signal(false);
const channel = 'BroadcastChannel' in window ? new BroadcastChannel(LOCK) : null;
if (channel) channel.onmessage = () => load();

const belongs = (row, user) => Boolean(user) && row.tenant === user.tenant.id && row.user === user.id && row.mode === user.mode;
const open = (row) => row.state === 'waiting' || row.state === 'sending';

/** The entries of whoever is signed in, newest first. */
export const mine = computed(() => rows.value.filter((row) => belongs(row, me.value)).reverse());
/** How many of them wait. */
export const waiting = computed(() => mine.value.filter(open).length);
/** How many of others wait on this device. */
export const others = computed(() => rows.value.filter((row) => open(row) && !belongs(row, me.value)).length);
export const find = (id) => rows.value.find((row) => row.id === id);

export async function load() {
  rows.value = (await all('queue')).sort((a, b) => a.seq - b.seq);
  return rows.value;
}

async function changed(id, work) {
  const after = await change('queue', id, work);
  await load();
  channel?.postMessage('changed');
  return after;
}

/** Keeps an issue. Returns its key, once it is on the disk. */
export async function add({ customer, shown, bill, coins, reference, referral }) {
  const user = me.value;
  const row = {
    id: newKey(),
    // Not a time: clocks are set back. Ties between two tabs do not matter.
    seq: Math.max(0, ...(await load()).map((each) => each.seq)) + 1,
    tenant: user.tenant.id, user: user.id, mode: user.mode,
    customer, shown, bill, coins, reference, referral,
    queued_at: new Date().toISOString(),
    state: 'waiting', attempts: 0, next: 0, error: null, result: null,
  };
  await put('queue', row);
  await load();
  channel?.postMessage('changed');
  navigator.storage?.persist?.().catch(() => {});
  return row.id;
}

/** Takes back what was never sent. False where it is too late for that. */
export async function withdraw(id) {
  let gone = false;
  await changed(id, (row) => {
    gone = row.state === 'refused' || (row.state === 'waiting' && row.attempts === 0);
    return gone ? null : undefined;
  });
  return gone;
}

/** Sends what was refused once more, as a request of its own: a refusal is kept under its key. */
export async function again(id) {
  const row = find(id);
  if (row?.state !== 'refused') return;
  await add(row);
  await withdraw(id);
  await flush({ now: true });
}

export const markUndone = (id, undo) => changed(id, (row) => ({ ...row, state: 'undone', undo }));

/** Sends what is due, one after the other; `now` ignores the pauses after failures. Only one tab sends at a time. */
export function flush({ now = false } = {}) {
  const run = () => send(now);
  return navigator.locks ? navigator.locks.request(LOCK, run) : alone(run);
}

let running = null;
async function alone(run) {
  while (running) await running;
  running = run().finally(() => { running = null; });
  return running;
}

async function send(now) {
  const tried = new Set();
  for (;;) {
    const row = (await load()).find((each) => open(each) && belongs(each, me.value) && !tried.has(each.id) && due(each, now));
    if (!row) break;
    tried.add(row.id);
    // After an offline start the person is only remembered; the session decides whose entries may go.
    if (remembered.value && !(await confirmed())) break;
    if (!belongs(row, me.value) || !(await attempt(row.id))) break;
  }
  await forgetOld();
}

/** Due by the device's clock, which may have been changed: no pause is longer than a minute from now. */
const due = (row, now) => now || row.next <= Date.now() || row.next > Date.now() + LONGEST_WAIT;

async function confirmed() {
  try {
    const user = await readMe();
    sessionEnded.value = user === null;
    return user !== null && !remembered.value;
  } catch {
    return false;
  }
}

/** Sends one entry. False where there is no point in sending the next. */
async function attempt(id) {
  const row = await changed(id, (each) => (open(each) ? { ...each, state: 'sending', attempts: each.attempts + 1 } : undefined));
  if (row?.state !== 'sending') return true;
  const body = { ...row.customer };
  if (row.bill) body.bill_amount = row.bill;
  if (row.coins) body.coins = row.coins;
  if (row.reference) body.reference = row.reference;
  if (row.referral) body.referral_code = row.referral;
  // What is sent later says when it was sold, by this device's clock; one that was changed since makes a gap as well.
  if (Math.abs(Date.now() - Date.parse(row.queued_at)) > LONGEST_WAIT) body.occurred_at = row.queued_at;
  try {
    const result = await call('POST', '/merchant/coins/issue', { body, key: row.id, quiet: true });
    await changed(id, (each) => ({ ...each, state: 'sent', result, error: null, settled_at: new Date().toISOString() }));
    sessionEnded.value = false;
    return true;
  } catch (error) {
    return failed(row, error);
  }
}

async function failed(row, error) {
  // An answer without a code of ours, such as a hotel's sign-in page or a proxy's, decides nothing.
  const known = error instanceof Problem && error.code !== 'unknown';
  const signedOut = known && (error.status === 401 || error.code === 'csrf_failed');
  const later = !known || signedOut || error.status === 429 || error.status >= 500 || error.code === 'request_in_progress';
  if (signedOut) sessionEnded.value = true;
  const pause = Math.min(LONGEST_WAIT, Math.max((known && error.retryAfter * 1000) || 0, 1000 * 2 ** Math.min(row.attempts - 1, 6)));
  const told = known ? { code: error.code, message: error.message, figures: error.figures, fields: error.fields } : { code: 'unreachable' };
  await changed(row.id, (each) => (later
    ? { ...each, state: 'waiting', error: told, next: Date.now() + pause }
    : { ...each, state: 'refused', error: told, settled_at: new Date().toISOString() }));
  if (!known && !(error instanceof Unreachable || error instanceof Problem)) throw error;
  // Where nothing gets through, the rest waits too.
  return !(signedOut || !known);
}

async function forgetOld() {
  const settled = rows.value.filter((row) => row.state === 'sent' || row.state === 'undone');
  for (const row of settled.slice(0, -KEPT_SENT)) await changed(row.id, () => null);
}

/** The problem of an entry, as the pages show problems. */
export function problemOf(row) {
  if (!row.error) return null;
  if (row.error.code === 'unreachable') return new Unreachable();
  return new Problem(0, { code: row.error.code, message: row.error.message, meta: row.error.figures, errors: row.error.fields });
}

/** Sends what waits whenever there may be a network again. No browser but Chromium wakes a page for that, so this asks often. */
export function startQueue() {
  const again = () => { if (waiting.value && navigator.onLine !== false) flush().catch(() => {}); };
  addEventListener('online', () => flush({ now: true }).catch(() => {}));
  document.addEventListener('visibilitychange', () => { if (!document.hidden) again(); });
  setInterval(again, 5000);
  // Somebody has just opened the page, perhaps after signing in again: no pause of before holds.
  return load().then(() => (waiting.value ? flush({ now: true }) : null)).catch(() => {});
}
