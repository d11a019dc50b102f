// Money paid in online: a link of the operator's payment provider, and what has come of each.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, dateTime, rupees } from '../lib/format.js';
import { Badge, Button, Notice } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { CopyField, Facts, List, Loading, Panel, Problem, useAction, useRead } from './kit.js';

const TONES = { open: 'info', credited: 'good', returned: 'bad', expired: '' };
const Status = ({ of }) => html`<${Badge} tone=${TONES[of]}>${t(`topup.status.${of}`)}<//>`;
const EVERY = 4000;

export function TopUps({ list, onOpen }) {
  return html`<section class="stack" aria-labelledby="top-ups"><h2 id="top-ups" class="section">${t('topup.title')}</h2>
    <${List} list=${list} caption=${t('topup.title')} rowKey=${(row) => row.id} onOpen=${(row) => onOpen(row.id)} empty=${{ icon: 'link', title: t('topup.none'), text: t('topup.none.text') }} columns=${[
      { key: 'amount', title: t('prefund.amount'), main: true, show: (row) => html`<span class="figures">${rupees(row.amount)}</span>` },
      { key: 'created', title: t('topup.created'), show: (row) => dateTime(row.created_at) },
      { key: 'credited', title: t('topup.credited'), show: (row) => (row.credited_at ? dateTime(row.credited_at) : '—') },
      { key: 'status', title: t('prefund.status'), show: (row) => html`<${Status} of=${row.status} />` },
    ]} /></section>`;
}

export function NewTopUp({ onClose, onDone }) {
  const [key] = useState(newKey);
  const [form, setForm] = useState({ amount: '', phone: '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const create = useAction(async () => {
    const phone = form.phone.replace(/[^\d+]/g, '');
    const body = { amount: amount(form.amount), ...(phone && { phone: phone.startsWith('+') ? phone : `+91${phone.slice(-10)}` }) };
    onDone(await call('POST', '/billing/top-ups', { body, key }));
  });
  const fields = create.problem?.fields || {};
  return html`<${Panel} title=${t('topup.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}>
    <p class="muted">${t('topup.how')}</p>
    <${TextField} label=${t('prefund.amount')} value=${form.amount} onInput=${set('amount')} inputmode="decimal" required autofocus error=${fields.amount?.join(' ')} />
    <${TextField} label=${t('topup.phone')} hint=${t('topup.phone.hint')} value=${form.phone} onInput=${set('phone')} type="tel" autocomplete="tel" error=${fields.phone?.join(' ')} />
    <${Problem} problem=${create.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="link" busy=${create.busy} disabled=${!amount(form.amount)}>${t('topup.create')}<//></div></form><//>`;
}

/** One top-up. While it is open the page asks every few seconds, so that a payment shows by itself. */
export function TopUp({ id, onClose, onPaid }) {
  const found = useRead(() => call('GET', `/billing/top-ups/${id}`), id);
  const topUp = found.data;
  const waits = topUp?.status === 'open';
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => { if (!document.hidden) found.reload(); }, EVERY);
    return () => clearInterval(timer);
  }, [waits]);
  useEffect(() => { if (topUp?.status === 'credited') onPaid(); }, [topUp?.status]);
  if (!topUp) return html`<${Panel} title=${t('topup.title')} onClose=${onClose}><${Problem} problem=${found.problem} retry=${found.reload} /><${Loading} rows="3" /><//>`;
  return html`<${Panel} title=${t('topup.of', { amount: rupees(topUp.amount) })} onClose=${onClose}>
    ${waits && topUp.url && html`<p class="muted">${t('topup.pay.text')}</p>${topUp.qr && html`<div class="qr-card"><img src=${topUp.qr} alt=${t('topup.qr')} /><strong class="figures">${rupees(topUp.amount)}</strong></div>`}
      <div class="foot"><${Button} kind="primary" icon="link" wide href=${topUp.url} target="_blank" rel="noopener">${t('topup.pay')}<//></div><${CopyField} label=${t('topup.link')} value=${topUp.url} hint=${topUp.expires_at && t('topup.until', { when: dateTime(topUp.expires_at) })} />`}
    ${topUp.status === 'credited' && html`<${Notice} tone="good">${t('topup.done', { amount: rupees(topUp.amount) })}<//>`}
    ${topUp.unmatched_payments.length > 0 && html`<${Notice} tone="warn">${t('topup.unmatched', { amounts: topUp.unmatched_payments.map((each) => rupees(each.amount)).join(', ') })}<//>`}
    <${Facts} entries=${[[t('prefund.status'), html`<${Status} of=${topUp.status} />`], [t('topup.created'), dateTime(topUp.created_at)], topUp.credited_at && [t('topup.credited'), dateTime(topUp.credited_at)], topUp.payment_id && [t('topup.payment'), html`<code class="small">${topUp.payment_id}</code>`],
      topUp.transaction_id && [t('topup.transaction'), html`<code class="small">${topUp.transaction_id}</code>`], topUp.returned > 0 && [t('topup.returned'), rupees(topUp.returned)], topUp.shortfall > 0 && [t('topup.shortfall'), rupees(topUp.shortfall)]]} /><//>`;
}
