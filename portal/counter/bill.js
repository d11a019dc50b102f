// Step two: what they pay, and what comes of it before anything is done.
import { html, useLayoutEffect, useRef, useState } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { online, Problem, problemText } from '../lib/api.js';
import { ago, amount, coins, day, dateTime, phone, rupees } from '../lib/format.js';
import { can } from '../lib/session.js';
import { Badge, Button, Notice } from '../components/basics.js';
import { Segmented } from '../components/forms.js';
import { Lazy } from '../components/lazy.js';
import { action, bill, busy, calculate, issue, preview, redeem, redeemed, referral, reset } from './sale.js';
import { howText } from './how.js';
import { customer, problem } from './state.js';
import { inputMode, Keypad } from './keypad.js';

const money = (text) => {
  const plain = text.replace(/[^\d.]/g, '').replace(/^0+(?=\d)/, '');
  const [whole, ...rest] = plain.split('.');
  return rest.length ? `${whole.slice(0, 7)}.${rest.join('').slice(0, 2)}` : whole.slice(0, 7);
};

const loadRewards = async () => (await Promise.all([import('./rewards.js'), loadMessages('counter-rewards')]))[0];

export function Bill() {
  const redeeming = action.value === 'redeem';
  const [field, setField] = useState('bill');
  const first = useRef();
  useLayoutEffect(() => { first.current?.focus({ preventScroll: true }); }, [redeeming]);
  const value = field === 'redeemed' ? redeemed : bill;
  const set = (name, text) => {
    (name === 'redeemed' ? redeemed : bill).value = money(text);
    problem.value = null;
    calculate();
  };
  const choose = (next) => {
    action.value = next;
    setField(next === 'redeem' ? 'redeemed' : 'bill');
    problem.value = null;
    calculate();
  };
  const submit = (event) => {
    event.preventDefault();
    if (redeeming) redeem();
    else issue();
  };
  const top = html`<${CustomerCard} />
    ${can('coins:redeem') && html`<${Segmented} label=${t('counter.action')} value=${action.value} onChange=${choose} options=${[['issue', t('counter.issue')], ['redeem', t('counter.redeem')], ...(customer.value.rewards?.length ? [['reward', t('counter.reward')]] : [])]} />`}`;
  if (action.value === 'reward') return html`<div class="bill rewarding">${top}<${Lazy} load=${loadRewards} pick=${(module) => module.RewardChoice} /></div>`;
  return html`<form class="bill" onSubmit=${submit}>
    ${top}
    <div class="screen">
      ${redeeming && html`<${AmountRow} name="redeemed" label=${t('counter.redeem.coins')} current=${field} setField=${setField} set=${set} value=${redeemed.value} focus=${first} />`}
      <${AmountRow} name="bill" label=${t(redeeming ? 'counter.bill.optional' : 'counter.bill')} current=${field} setField=${setField} set=${set} value=${bill.value} focus=${redeeming ? null : first} sign="₹" />
      ${redeeming && html`<${RedeemChips} set=${set} />`}
    </div>
    <${Preview} redeeming=${redeeming} />
    ${!redeeming && preview.value?.referral_coins && html`<${Referral} promised=${preview.value.referral_coins} />`}
    <${Keypad} value=${value.value} onChange=${(text) => set(field, text)} extra="." />
    <${Submit} redeeming=${redeeming} />
  </form>`;
}

function AmountRow({ name, label, sign, value, set, setField, current, focus }) {
  return html`<label class=${`amount-row ${current === name ? 'current' : ''}`}><span>${label}</span><span class="amount figures">${sign ? html`<span aria-hidden="true">${sign}</span>` : html`<span class="coin-dot" aria-hidden="true"></span>`}
    <input ref=${focus} inputmode=${inputMode('decimal')} autocomplete="off" placeholder="0" maxlength="12" value=${value} onFocus=${() => setField(name)}
      onInput=${(event) => { set(name, event.target.value); event.target.value = money(event.target.value); }} /></span></label>`;
}

function CustomerCard() {
  const who = customer.value;
  const soon = who.expiring.find((lot) => lot.expires_at && Date.parse(lot.expires_at) < Date.now() + 60 * 86_400_000);
  const badges = [
    who.known === false && html`<${Badge} tone="info" icon="user-plus">${t('counter.new.badge')}<//>`,
    who.tier?.name && html`<${Badge} icon="badge-check">${who.tier.name}<//>`,
    soon && html`<${Badge} tone="coin" icon="clock">${t('counter.expiring', { coins: coins(soon.coins), when: day(soon.expires_at) })}<//>`,
    who.held > 0 && html`<${Badge}>${t('counter.held', { coins: coins(who.held) })}<//>`,
    who.pending > 0 && html`<${Badge} icon="clock">${t('counter.pending', { coins: coins(who.pending) })}<//>`,
    who.stale && who.at && html`<${Badge} tone="warn" icon="cloud-off">${t('counter.asof', { when: dateTime(who.at) })}<//>`,
  ].filter(Boolean);
  return html`<div class="customer-card">
    <div class="row nowrap top-row"><div class="grow"><p class="strong figures ellipsis"><bdi>${who.name || phone(who.shown) || t('counter.unnamed')}</bdi></p>
      <p class="small muted">${who.name && `${phone(who.shown)} · `}${who.known === false ? t('counter.new') : who.known === null ? t('counter.unseen') : who.lastVisit ? t('counter.last', { when: ago(who.lastVisit) }) : t('counter.first')}</p></div>
      <div class="right"><p class="balance figures">${who.balance === null ? '—' : coins(who.available)}</p><p class="small muted">${t('counter.balance', { count: who.available ?? 0 })}</p></div>
      <${Button} kind="quiet" size="small" icon="x" onClick=${reset} label=${t('counter.other')} /></div>
    ${badges.length > 0 && html`<div class="row badges">${badges}</div>`}
    ${who.status && who.status !== 'active' && html`<${Notice} tone="warn">${t('counter.frozen')}<//>`}
  </div>`;
}

function RedeemChips({ set }) {
  const available = Number(customer.value.available || 0);
  const paid = Number(amount(bill.value) || Infinity);
  const all = Math.min(available, Math.floor(paid));
  const offers = [...new Set([all, Math.floor(all / 2)])].filter((count) => count > 0);
  return offers.length > 0 && html`<div class="row">${offers.map((count, at) => html`<button key=${count} type="button" class="chip" onClick=${() => set('redeemed', String(count))}>${t(at === 0 ? 'counter.all' : 'counter.half', { coins: coins(count) })}</button>`)}</div>`;
}

function Preview({ redeeming }) {
  const shown = preview.value;
  let inside = null;
  if (problem.value) inside = html`<${Notice} tone="bad">${problemText(problem.value)}<//>`;
  else if (!online.value) inside = html`<${Notice} tone="warn" icon="wifi-off">${t(redeeming ? 'counter.redeem.offline' : 'counter.issue.offline')}<//>`;
  else if (shown?.problem) inside = html`<${Notice} tone="bad">${problemText(shown.problem)}<//>`;
  else if (shown && redeeming) inside = html`<div class="preview"><span>${shown.payable === null ? t('counter.worth') : t('counter.payable')}</span><strong class="figures">${rupees(shown.payable ?? shown.value)}</strong></div>`;
  else if (shown) inside = html`<div class="preview"><span>${t('counter.earn')}${shown.rule && howText(shown.rule.how) && html`<span class="small muted"> · ${howText(shown.rule.how)}</span>`}</span><strong class="figures coin-text"><span class="coin-dot" aria-hidden="true"></span>+${coins(shown.coins)}</strong></div>`;
  return html`<div class="preview-place" aria-live="polite">${inside}</div>`;
}

/** For a new customer, while a referral campaign is running. Most have no code: a line until it is asked for, so that every key stays in sight. */
function Referral({ promised }) {
  return html`<details class="referral" open=${referral.value !== ''}><summary class="small strong">${t('counter.referral')}</summary>
    <label class="field"><span class="sr">${t('counter.referral')}</span>
      <input class="input" value=${referral.value} maxlength="16" autocomplete="off" autocapitalize="characters" spellcheck="false" onInput=${(event) => { referral.value = event.target.value; }} />
      <span class="hint small muted">${t('counter.referral.hint', { count: promised, coins: coins(promised) })}</span></label></details>`;
}

function Submit({ redeeming }) {
  const shown = preview.value;
  const ready = redeeming ? amount(redeemed.value) && online.value : amount(bill.value);
  const refused = shown?.problem instanceof Problem && shown.problem.status < 500 && shown.problem.status !== 429;
  const text = redeeming
    ? (amount(redeemed.value) ? t('counter.redeem.n', { coins: coins(amount(redeemed.value)), count: amount(redeemed.value) }) : t('counter.redeem'))
    : (shown?.coins !== undefined ? t('counter.issue.n', { coins: coins(shown.coins), count: shown.coins }) : t('counter.issue'));
  return html`<div class="submit"><${Button} type="submit" kind="primary" size="big" wide busy=${busy.value} disabled=${!ready || refused}>${text}<//></div>`;
}

