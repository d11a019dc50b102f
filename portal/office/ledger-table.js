// Transactions as a table, and one of them in a panel with what can be done about it.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, coins, dateTime, gains, rupees, signed } from '../lib/format.js';
import { can } from '../lib/session.js';
import { Badge, Button, Icon, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Confirm, Facts, List, Panel, Problem, useAction, useRead, whose } from './kit.js';

export const TYPES = ['issue', 'redeem', 'reverse_issue', 'reverse_redeem', 'hold', 'capture', 'void', 'expire', 'transfer_out', 'transfer_in', 'import', 'reverse_import'];
const TONES = { issue: 'good', redeem: 'coin', reverse_issue: 'warn', reverse_redeem: 'warn', expire: '' };
const REASONS = ['not_received', 'duplicate', 'wrong_amount', 'not_authorised', 'quality', 'other'];

export function LedgerTable({ list, empty }) {
  const [open, setOpen] = useState(null);
  return html`<${List} list=${list} caption=${t('ledger.caption')} rowKey=${(row) => row.transaction_id} onOpen=${setOpen} empty=${empty || { icon: 'receipt-text', title: t('ledger.none'), text: t('ledger.none.text') }} columns=${[
    { key: 'when', title: t('ledger.when'), main: true, show: (row) => dateTime(row.created_at) },
    { key: 'type', title: t('ledger.type'), show: (row) => html`<${Badge} tone=${TONES[row.type]}>${t(`type.${row.type}`)}<//>` },
    { key: 'customer', title: t('ledger.customer'), show: (row) => whose(row) },
    { key: 'reference', title: t('ledger.reference'), show: (row) => (row.reference || row.note ? html`<span class="ellipsis limit">${row.reference || row.note}</span>` : '—') },
    { key: 'bill', title: t('ledger.bill'), end: true, show: (row) => (row.bill_amount === null ? '—' : rupees(row.bill_amount)) },
    { key: 'coins', title: t('ledger.coins'), end: true, lead: true, show: (row) => html`<strong class=${gains(row.type) ? 'gain' : ''}>${signed(row.type, row.coins)}</strong>` },
    { key: 'balance', title: t('ledger.balance'), end: true, show: (row) => coins(row.balance) },
  ]} />${open && html`<${Transaction} row=${open} onClose=${() => setOpen(null)} onChanged=${list.reload} />`}`;
}

function Transaction({ row, onClose, onChanged }) {
  const [step, setStep] = useState(null);
  const reversible = can('coins:reverse') && ['issue', 'redeem'].includes(row.type);
  const reverse = async () => {
    await call('POST', `/merchant/coins/${row.transaction_id}/reverse`, { body: { reason: 'Reversed in the portal' }, key: `portal-${row.transaction_id}` });
    toast(t('ledger.reversed'));
    onClose();
    onChanged?.();
  };
  if (step === 'reverse') return html`<${Confirm} title=${t('ledger.reverse')} text=${t('ledger.reverse.text', { coins: coins(row.coins) })} action=${t('ledger.reverse')} danger onConfirm=${reverse} onClose=${() => setStep(null)} />`;
  if (step === 'reassign') return html`<${Reassign} row=${row} onClose=${() => setStep(null)} onDone=${() => { onClose(); onChanged?.(); }} />`;
  if (step === 'dispute') return html`<${Dispute} row=${row} onClose=${() => setStep(null)} onDone=${onClose} />`;
  return html`<${Panel} title=${t(`type.${row.type}`)} onClose=${onClose}>
    <p class="big-figure figures">${signed(row.type, row.coins)} <span class="muted">${t('ledger.coins')}</span></p>
    <${Facts} entries=${[[t('ledger.when'), dateTime(row.created_at)], row.occurred_at && [t('ledger.occurred'), dateTime(row.occurred_at)], [t('ledger.balance.before'), coins(row.previous_balance)], [t('ledger.balance'), coins(row.balance)], row.bill_amount !== null && [t('ledger.bill'), rupees(row.bill_amount)],
      row.reference && [t('ledger.reference'), row.reference], row.note && [t('ledger.note'), row.note], row.reversed_transaction_id && [t('ledger.reverses'), html`<code>${row.reversed_transaction_id}</code>`],
      [t('ledger.customer'), html`${row.customer_phone && html`${whose(row)}<br />`}<code>${row.customer_id}</code>`], [t('ledger.by'), html`<code>${row.by}</code>`], [t('ledger.id'), html`<code>${row.transaction_id}</code>`]]} />
    ${can('ledger:read') && html`<${Disputes} transaction=${row.transaction_id} />`}
    <div class="foot"><a class="button" href=${`/customers?customer=${row.customer_id}`} onClick=${onClose}><${Icon} name="user-round" />${t('ledger.customer.open')}</a>
      ${can('funds:move') && html`<${Button} icon="flag" onClick=${() => setStep('dispute')}>${t('dispute.raise')}<//>`}
      ${reversible && row.type === 'issue' && html`<${Button} icon="user-round" onClick=${() => setStep('reassign')}>${t('ledger.reassign')}<//>`}
      ${reversible && html`<${Button} kind="danger" icon="undo-2" onClick=${() => setStep('reverse')}>${t('ledger.reverse')}<//>`}</div><//>`;
}

/** A number that was typed wrongly: what is left of the issue goes to whom it was meant for. */
function Reassign({ row, onClose, onDone }) {
  const [form, setForm] = useState({ phone: '', reason: '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const [key] = useState(newKey);
  const send = useAction(async () => {
    const made = await call('POST', `/merchant/coins/${row.transaction_id}/reassign`, { body: { phone: form.phone.trim(), reason: form.reason.trim() }, key });
    toast(t('ledger.reassigned', { coins: coins(made.coins) }));
    onDone();
  });
  const fields = send.problem?.fields || {};
  return html`<${Panel} title=${t('ledger.reassign')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}><p class="muted">${t('ledger.reassign.text')}</p>
    <${TextField} label=${t('ledger.reassign.to')} value=${form.phone} onInput=${set('phone')} type="tel" inputmode="tel" required autofocus error=${fields.phone?.join(' ')} /><${TextField} label=${t('ledger.reassign.reason')} value=${form.reason} onInput=${set('reason')} required maxlength="256" error=${fields.reason?.join(' ')} />
    <${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('back')}<//><${Button} type="submit" kind="primary" busy=${send.busy}>${t('ledger.reassign.do')}<//></div></form><//>`;
}

const DISPUTE_TONES = { open: 'warn', accepted: 'good', rejected: 'bad' };

/** The disputes on a transaction, with what was decided. */
function Disputes({ transaction }) {
  const found = useRead(() => call('GET', `/transactions/${transaction}/disputes`));
  return found.data?.length > 0 && html`<h3>${t('dispute.all')}</h3><ol class="timeline">${found.data.map((each) => html`<li key=${each.dispute_id}><span class="row"><span class="strong">${t(`dispute.reason.${each.reason}`)}</span><${Badge} tone=${DISPUTE_TONES[each.status]}>${t(`dispute.status.${each.status}`)}<//></span>
    <span class="small">${each.description}</span><span class="small muted">${t('dispute.by', { when: dateTime(each.raised_at) })}${each.status === 'open' ? ` · ${t('dispute.due', { when: dateTime(each.due_at) })}` : ''}</span>${each.decision_reason && html`<span class="small">${each.decision_reason}</span>`}</li>`)}</ol>`;
}

function Dispute({ row, onClose, onDone }) {
  const [reason, setReason] = useState(REASONS[0]);
  const [description, setDescription] = useState('');
  const [disputed, setDisputed] = useState('');
  const raise = useAction(async () => {
    const body = { reason, description: description.trim(), ...(amount(disputed) && { amount: amount(disputed) }) };
    await call('POST', `/transactions/${row.transaction_id}/raise-dispute`, { body, key: `dispute-${row.transaction_id}` });
    toast(t('dispute.raised'));
    onDone();
  });
  return html`<${Panel} title=${t('dispute.raise')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); raise.run(); }}>
    <p class="muted">${t('dispute.text')}</p>
    <${SelectField} label=${t('dispute.reason')} value=${reason} onInput=${setReason} options=${REASONS.map((each) => [each, t(`dispute.reason.${each}`)])} />
    <${TextField} label=${t('dispute.description')} value=${description} onInput=${setDescription} rows="4" required maxlength="2000" />
    <${TextField} label=${t('dispute.amount')} hint=${t('dispute.amount.hint')} value=${disputed} onInput=${setDisputed} inputmode="decimal" />
    <${Problem} problem=${raise.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${raise.busy}>${t('dispute.raise')}<//></div></form><//>`;
}
