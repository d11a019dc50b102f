// One transaction on the tenant's own wallets, with its entries, and what can still be done about it.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, dateTime, short } from '../lib/format.js';
import { can } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { money } from './money.js';
import { Facts, Loading, Panel, Problem, useAction, useRead } from './kit.js';

export const STATUS_TONES = { pending: 'warn', posted: 'good', captured: 'good', voided: '', expired: '', partially_refunded: 'info', refunded: 'info' };
const IN = new Set(['credit', 'void', 'expire', 'refund']);

/** The amount with the sign that it has for a wallet: what arrives at it, and what leaves. */
export function signed(row, wallet) {
  if (row.type === 'transfer') return `${wallet && row.wallet_id === wallet ? '−' : wallet ? '+' : ''}${money(row.asset, row.amount)}`;
  return `${IN.has(row.type) ? '+' : '−'}${money(row.asset, row.amount)}`;
}

export function Movement({ id, wallet, onClose, onDone }) {
  const found = useRead(() => call('GET', `/transactions/${id}`));
  const [step, setStep] = useState(null);
  const row = found.data;
  if (step) return html`<${Settle} act=${step} row=${row} onClose=${() => setStep(null)} onDone=${onDone} />`;
  const held = row?.status === 'pending';
  const left = row ? Number(row.amount) - Number(row.refunded) : 0;
  const refundable = row && ['posted', 'captured', 'partially_refunded'].includes(row.status) && ['debit', 'capture', 'charge', 'transfer', 'hold'].includes(row.type) && left > 0;
  return html`<${Panel} title=${row ? t(`move.${row.type}`) : t('wallet.history')} onClose=${onClose}><${Problem} problem=${found.problem} retry=${found.reload} />${!row && !found.problem && html`<${Loading} rows="3" />`}
    ${row && html`<p class="big-figure figures">${signed(row, wallet)}</p><div><${Badge} tone=${STATUS_TONES[row.status]}>${t(`move.status.${row.status}`)}<//></div>
      <${Facts} entries=${[[t('ledger.when'), dateTime(row.created_at)], row.expires_at && held && [t('move.until'), dateTime(row.expires_at)], row.captured !== null && [t('move.captured'), money(row.asset, row.captured)], row.refunded > 0 && [t('move.refunded'), money(row.asset, row.refunded)],
        row.note && [t('ledger.note'), row.note], row.reference && [t('ledger.reference'), row.reference], row.original_transaction_id && [t('ledger.reverses'), html`<code>${row.original_transaction_id}</code>`], [t('ledger.by'), html`<code>${row.by}</code>`], [t('ledger.id'), html`<code>${row.transaction_id}</code>`]]} />
      <h3>${t('move.entries')}</h3><ul class="stack tight">${row.entries.map((entry, at) => html`<li key=${at} class="row apart nowrap small"><span class="ellipsis"><code>${short(entry.wallet_id)}</code>${entry.other_wallet_id && html` <span class="muted">↔ <code>${short(entry.other_wallet_id)}</code></span>`}</span><span class="figures">${money(row.asset, entry.amount)}</span></li>`)}</ul>
      ${can('tenant:admin') && (held || refundable) && html`<div class="foot">${held ? html`<${Button} kind="danger" icon="undo-2" onClick=${() => setStep('void')}>${t('move.act.void')}<//><${Button} kind="primary" icon="check" onClick=${() => setStep('capture')}>${t('move.act.capture')}<//>` : html`<${Button} icon="undo-2" onClick=${() => setStep('refund')}>${t('move.act.refund')}<//>`}</div>`}`}<//>`;
}

function Settle({ act, row, onClose, onDone }) {
  const most = Number(row.amount) - Number(row.refunded);
  const [part, setPart] = useState(String(most));
  const [reason, setReason] = useState('');
  const [key] = useState(newKey);
  const send = useAction(async () => {
    const why = reason.trim();
    const body = { ...(act !== 'void' && { amount: amount(part) }), ...(why && (act === 'capture' ? { note: why } : { reason: why })) };
    await call('POST', `/transactions/${row.transaction_id}/${act}`, { body, key });
    toast(t(`move.done.${act}`));
    onDone();
  });
  const given = Number(amount(part) || 0);
  return html`<${Panel} title=${t(`move.act.${act}`)} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}><p class="muted">${t(`move.${act}.text`, { amount: money(row.asset, most) })}</p>
    ${act !== 'void' && html`<${TextField} label=${t('wallet.amount')} value=${part} onInput=${setPart} inputmode="decimal" required error=${given > most ? t('wallet.more', { amount: money(row.asset, most) }) : undefined} />`}
    <${TextField} label=${t('wallet.reason')} value=${reason} onInput=${setReason} maxlength="256" /><${Problem} problem=${send.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('back')}<//><${Button} type="submit" kind=${act === 'void' ? 'primary danger' : 'primary'} busy=${send.busy} disabled=${act !== 'void' && (!given || given > most)}>${t(`move.act.${act}`)}<//></div></form><//>`;
}
