// Redemptions: what customers asked for, to be approved and handed over.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { ago, coins, dateTime } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { Badge, Button, toast } from '../components/basics.js';
import { Segmented, TextField } from '../components/forms.js';
import { CsvButton } from './csv.js';
import { Facts, List, Loading, Page, Panel, Problem, useAction, useList, useRead, Whose } from './kit.js';

const TONES = { pending: 'warn', approved: 'info', fulfilled: 'good', rejected: 'bad', cancelled: '', expired: '', reversed: 'bad' };
const State = ({ of }) => html`<${Badge} tone=${TONES[of]}>${t(`redemption.state.${of}`)}<//>`;

export default function Redemptions() {
  const state = search.value.has('state') ? search.value.get('state') : 'pending';
  const list = useList('/rewards/redemptions', { state: state === 'all' ? '' : state, limit: 30 });
  const [open, setOpen] = useState(null);
  return html`<${Page} title=${t('view.redemptions')} text=${t('redemption.text')} actions=${html`<${CsvButton} path="/rewards/redemptions" query=${{ state: state === 'all' ? '' : state }} name="redemptions" />`}>
    <${Segmented} label=${t('redemption.which')} value=${state} onChange=${(value) => setQuery({ state: value })} options=${['pending', 'approved', 'fulfilled', 'all'].map((each) => [each, t(`redemption.show.${each}`)])} />
    <${List} list=${list} caption=${t('view.redemptions')} rowKey=${(row) => row.id} onOpen=${(row) => setOpen(row.id)} empty=${{ icon: 'ticket-check', title: t('redemption.none'), text: t('redemption.none.text') }} columns=${[
      { key: 'title', title: t('redemption.reward'), main: true, show: (row) => row.title },
      { key: 'points', title: t('reward.points'), end: true, lead: true, show: (row) => coins(row.points) },
      { key: 'customer', title: t('ledger.customer'), show: (row) => html`<${Whose} of=${row} />` },
      { key: 'at', title: t('redemption.asked'), show: (row) => html`<time datetime=${row.created_at} title=${dateTime(row.created_at)}>${ago(row.created_at)}</time>` },
      { key: 'state', title: t('keys.status'), show: (row) => html`<${State} of=${row.state} />` },
    ]} />
    ${open && html`<${Redemption} id=${open} onClose=${() => setOpen(null)} onDone=${() => { setOpen(null); list.reload(); }} />`}<//>`;
}

function Redemption({ id, onClose, onDone }) {
  const found = useRead(() => call('GET', `/rewards/redemptions/${id}`));
  const [form, setForm] = useState({ code: '', carrier: '', tracking_number: '', tracking_url: '', note: '' });
  const [key] = useState(newKey);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const act = useAction(async (what, body) => {
    await call('POST', `/rewards/redemptions/${id}/${what}`, { key: `${what}-${key}`, body });
    toast(t(`redemption.done.${what}`));
    onDone();
  });
  const row = found.data;
  const note = form.note.trim();
  const shipment = Object.fromEntries(['carrier', 'tracking_number', 'tracking_url'].filter((each) => form[each].trim()).map((each) => [each, form[each].trim()]));
  const fulfil = () => act.run('fulfill', { ...(form.code.trim() && { code: form.code.trim() }), ...(Object.keys(shipment).length && { shipment }), ...(note && { note }) });
  const fields = act.problem?.fields || {};
  const reject = html`<${Button} kind="danger" icon="x" busy=${act.busy} onClick=${() => act.run('reject', note ? { reason: note } : {})}>${t('redemption.reject')}<//>`;
  return html`<${Panel} title=${row?.title || t('view.redemptions')} onClose=${onClose}><${Problem} problem=${found.problem} retry=${found.reload} />${!row && !found.problem && html`<${Loading} rows="4" />`}
    ${row && html`<div><${State} of=${row.state} /></div>
      <${Facts} entries=${[[t('reward.points'), t('reward.points.n', { count: row.points, coins: coins(row.points) })], [t('redemption.asked'), dateTime(row.created_at)], row.due_at && ['pending', 'approved'].includes(row.state) && [t('redemption.due'), dateTime(row.due_at)], [t('ledger.customer'), html`<${Whose} of=${row} onClick=${onClose} />`],
        row.address && [t('redemption.address'), [row.address.name, row.address.line1, row.address.line2, row.address.city, row.address.state, row.address.postal_code, row.address.phone].filter(Boolean).join(', ')], row.note && [t('ledger.note'), row.note], row.reference && [t('ledger.reference'), row.reference], row.decision_note && [t('redemption.decision'), row.decision_note], row.reason && [t('redemption.reason'), row.reason],
        row.credit && [t('redemption.credit'), t('reward.credit.text', { amount: coins(row.credit.amount), wallet: row.credit.wallet_name })], row.shipment && [t('redemption.shipment'), [row.shipment.carrier, row.shipment.tracking_number].filter(Boolean).join(' ')], row.fulfilled_at && [t('redemption.fulfilled'), dateTime(row.fulfilled_at)], [t('ledger.id'), html`<code>${row.id}</code>`]]} />
      ${row.state === 'pending' && html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); act.run('approve', note ? { note } : {}); }}><${TextField} label=${t('redemption.note')} rows="2" value=${form.note} onInput=${set('note')} maxlength="256" /><${Problem} problem=${act.problem} />
        <div class="foot">${reject}<${Button} type="submit" kind="primary" icon="check" busy=${act.busy}>${t('redemption.approve')}<//></div></form>`}
      ${row.state === 'approved' && html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); fulfil(); }}><p class="muted">${t('redemption.fulfil.text')}</p>
        ${!row.has_code && html`<${TextField} label=${t('redemption.code')} hint=${t('redemption.code.hint')} value=${form.code} onInput=${set('code')} autocomplete="off" error=${fields.code?.join(' ')} />`}
        <details><summary class="small">${t('redemption.shipment.add')}</summary><div class="stack"><div class="two"><${TextField} label=${t('redemption.carrier')} value=${form.carrier} onInput=${set('carrier')} maxlength="64" error=${fields['shipment.carrier']?.join(' ')} /><${TextField} label=${t('redemption.tracking')} value=${form.tracking_number} onInput=${set('tracking_number')} maxlength="64" /></div>
          <${TextField} label=${t('redemption.tracking.url')} type="url" placeholder="https://" value=${form.tracking_url} onInput=${set('tracking_url')} error=${fields['shipment.tracking_url']?.join(' ')} /></div></details>
        <${TextField} label=${t('redemption.note')} rows="2" value=${form.note} onInput=${set('note')} maxlength="256" /><${Problem} problem=${act.problem} />
        <div class="foot">${reject}<${Button} type="submit" kind="primary" icon="gift" busy=${act.busy}>${t('redemption.fulfil')}<//></div></form>`}`}<//>`;
}
