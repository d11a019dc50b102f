// What the customer at the counter pays, and what comes of it: shown before, issued or redeemed, taken back.
import { call, newKey, online, Problem } from '../lib/api.js';
import { put } from '../lib/db.js';
import { amount } from '../lib/format.js';
import { add, find, flush, markUndone, withdraw } from '../lib/queue.js';
import { can } from '../lib/session.js';
import { batch, signal } from '../lib/ui.js';
import { customer, loadRecent, looking, place, problem, recent, recentKey, step, typed } from './state.js';

/** 'issue', 'redeem' or 'reward'. */
export const action = signal('issue');
export const bill = signal('');
export const redeemed = signal('');
/** The referral code that a new customer names. */
export const referral = signal('');
/** What would come of it: { coins } or { payable, coins }, or { problem }; null while it is not known. */
export const preview = signal(null);
export const busy = signal(false);
/** The issue under way, by its key in the queue; or a redemption: { result, key, undone }; or a reward: { reward }. */
export const outcome = signal(null);

export function reset() {
  noteServed();
  batch(() => {
    step.value = 'who';
    typed.value = '';
    looking.value = false;
    problem.value = null;
    customer.value = null;
    action.value = 'issue';
    bill.value = '';
    redeemed.value = '';
    referral.value = '';
    preview.value = null;
    outcome.value = null;
    busy.value = false;
  });
  loadRecent();
}

/** Puts who was just served on top of the recent customers at once: a list that moves under the thumb is tapped wrong. */
function noteServed() {
  const { id, result } = outcome.value || {};
  const done = id ? find(id)?.result : result;
  if (!done) return;
  const entry = {
    customer_id: done.customer_id, wallet_id: done.wallet_id, phone: masked(customer.value.shown), name: customer.value.name, last_visit: done.created_at,
    last_type: id ? 'issue' : 'redeem', last_coins: done.coins_issued ?? done.coins_redeemed,
  };
  recent.value = [entry, ...recent.value.filter((each) => each.customer_id !== entry.customer_id)].slice(0, 8);
  try { localStorage.setItem(recentKey(), JSON.stringify(recent.value)); } catch { /* it is read again anyway */ }
}

/** As the API masks numbers that it is not asked by. */
const masked = (text) => (/\d{8}$/.test(text || '') ? `+91••••••${text.slice(-4)}` : text);

/** What the platform just said of the customer at the counter, for when there is no network. */
function noteBalance(result) {
  const { by, shown, expiring = [] } = customer.value || {};
  if (!by || !result) return;
  const pending = (customer.value.pending || 0) + (result.available_at ? Number(result.coins_issued) : 0);
  const found = { by, shown, id: result.customer_id, known: true, balance: result.balance, available: Math.max(0, result.balance - pending), pending, held: 0, expiring, lastVisit: result.created_at, status: 'active', at: new Date().toISOString() };
  for (const key of new Set([by.phone || by.qr || by.wallet_id, result.wallet_id])) put('seen', { ref: `${place()}|${key}`, found }).catch(() => {});
}

let timer = null;
/** Asks what would come of what stands in the fields, once the typing pauses. */
export function calculate() {
  clearTimeout(timer);
  preview.value = null;
  const paid = amount(bill.value);
  const coins = amount(redeemed.value);
  const redeeming = action.value === 'redeem';
  if (!customer.value || (redeeming ? !coins : !paid) || !online.value) return;
  timer = setTimeout(async () => {
    const body = { ...customer.value.by, ...(paid && { bill_amount: paid }), ...(redeeming && { coins }) };
    const asked = JSON.stringify(body);
    const same = () => customer.value && asked === JSON.stringify({ ...customer.value.by, ...(amount(bill.value) && { bill_amount: amount(bill.value) }), ...(action.value === 'redeem' && { coins: amount(redeemed.value) }) });
    try {
      const answer = await call('POST', `/merchant/coins/${redeeming ? 'redeem' : 'issue'}/calculate`, { body });
      if (same()) preview.value = answer;
    } catch (error) {
      if (same()) preview.value = { problem: error };
    }
  }, 180);
}

/** Puts the issue into the queue, which keeps it whatever happens, and sends it. */
export async function issue() {
  const paid = amount(bill.value);
  if (!paid || busy.value) return;
  busy.value = true;
  try {
    const id = await add({ customer: customer.value.by, shown: customer.value.shown, bill: paid, referral: referral.value.trim() || undefined });
    batch(() => {
      outcome.value = { id };
      step.value = 'done';
    });
    await flush({ now: true });
    const result = find(id)?.result;
    if (result) noteBalance(result);
  } catch (error) {
    problem.value = error;
  } finally {
    busy.value = false;
  }
}

/** Back to the bill that was refused, as it was typed; the refusal leaves the list. */
export async function correct() {
  const { id } = outcome.value;
  batch(() => {
    outcome.value = null;
    step.value = 'bill';
  });
  calculate();
  await withdraw(id).catch(() => {});
}

let redemption = null;
/** Redeems at once: it needs the platform's word. Tried again for the same customer and coins, it keeps its key. */
export async function redeem() {
  const coins = amount(redeemed.value);
  if (!coins || busy.value) return;
  const paid = amount(bill.value);
  const body = { ...customer.value.by, coins, ...(paid && { bill_amount: paid }) };
  const same = JSON.stringify(body);
  if (redemption?.same !== same) redemption = { same, key: newKey() };
  busy.value = true;
  problem.value = null;
  try {
    const result = await call('POST', '/merchant/coins/redeem', { body, key: redemption.key });
    outcome.value = { result, key: redemption.key };
    noteBalance(result);
    redemption = null;
    step.value = 'done';
  } catch (error) {
    // A refusal is kept under its key: corrected or tried later, it is another request.
    if (error instanceof Problem && error.status < 500 && error.status !== 429) redemption = null;
    problem.value = error;
  } finally {
    busy.value = false;
  }
}

/** Who may not reverse in general may still undo an issue of their own, for some minutes; the API holds to that. */
export const mayUndo = (issue) => can('coins:reverse') || issue;

/** Takes back what was just done. The key follows from the original's: pressed twice, it counts once. */
export async function undo(transaction, key, row) {
  const act = can('coins:reverse') ? 'reverse' : 'undo';
  const answer = await call('POST', `/merchant/coins/${transaction}/${act}`, { body: { reason: 'Undone at the counter' }, key: `undo-${key}` });
  if (row) await markUndone(row.id, answer);
  else outcome.value = { ...outcome.value, undone: answer };
}
