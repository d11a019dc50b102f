// Shops and billing systems: connected with a guide for each, what they sent, and a dry run of a sample.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, Problem as ApiProblem, Unreachable } from '../lib/api.js';
import { coins, dateTime, rupees } from '../lib/format.js';
import { sandbox } from '../lib/session.js';
import { Badge, Button, Empty, Icon, Notice, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Confirm, CopyField, Facts, List, Loading, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';

const SYSTEMS = { shopify: { icon: 'store', steps: 4 }, woocommerce: { icon: 'store', steps: 3 }, pos: { icon: 'receipt-text', steps: 3 } };
const BASES = ['generic', 'vyapar', 'khatabook', 'tally', 'erpnext', 'zoho_books', 'busy', 'marg'];
const DELIVERY_TONES = { posted: 'good', unmatched: 'warn', refused: 'bad', held: 'warn', invalid: 'bad', failed: 'bad', queued: 'info' };

export default function Connections() {
  const found = useRead(() => call('GET', '/integrations'));
  const [open, setOpen] = useState(null);
  const [made, setMade] = useState(null);
  const done = (connection) => { setOpen(null); if (connection?.secret) setMade(connection); found.reload(); };
  return html`<${Page} title=${t('view.connections')} text=${t('connections.text')} actions=${html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>${t('connections.new')}<//>`}>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!found.data && !found.problem && html`<${Loading} rows="3" />`}
    ${found.data?.length === 0 && html`<div class="card"><${Empty} icon="plug" title=${t('connections.none')}><p>${t('connections.none.text')}</p><${Button} kind="primary" onClick=${() => setOpen('new')}>${t('connections.new')}<//><//></div>`}
    <div class="cards">${(found.data || []).map((each) => html`<article key=${each.id} class="card item"><div class="row nowrap"><span class="avatar"><${Icon} name=${SYSTEMS[each.system].icon} /></span><div class="grow"><h2 class="ellipsis">${each.name}</h2><p class="small muted ellipsis">${t(`connections.system.${each.system}`)}${each.shop ? ` · ${each.shop}` : ''}</p></div>
        <${Badge} tone=${each.status === 'active' ? 'good' : 'warn'}>${t(`connections.status.${each.status}`)}<//></div>
      <div><${Button} size="small" onClick=${() => setOpen(each)} label=${t('connections.open', { name: each.name })}>${t('connections.manage')}<//></div></article>`)}</div>
    ${open === 'new' && html`<${NewConnection} onClose=${() => setOpen(null)} onDone=${done} />`}
    ${open && open !== 'new' && html`<${Connection} connection=${open} onClose=${() => setOpen(null)} onDone=${done} />`}
    ${made && html`<${Panel} title=${t('connections.made')} onClose=${() => setMade(null)}><${Guide} connection=${made} secret=${made.secret} /><div class="foot"><${Button} kind="primary" onClick=${() => setMade(null)}>${t('connections.finished')}<//></div><//>`}<//>`;
}

function NewConnection({ onClose, onDone }) {
  const [form, setForm] = useState({ system: 'shopify', name: '', shop: '', secret: '', base: 'generic' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const create = useAction(async () => {
    const body = { system: form.system, name: form.name.trim(), mode: sandbox.value ? 'test' : 'live' };
    if (form.system !== 'pos') body.shop = form.shop.trim();
    if (form.system === 'shopify') body.secret = form.secret.trim();
    if (form.system === 'pos') body.mapping = { base: form.base };
    onDone(await call('POST', '/integrations', { body }));
  });
  const fields = create.problem?.fields || {};
  return html`<${Panel} title=${t('connections.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}>
    <fieldset><legend>${t('connections.system')}</legend><div class="choices">${Object.keys(SYSTEMS).map((system) => html`<label key=${system} class="check"><input type="radio" name="system" checked=${form.system === system} onChange=${() => set('system')(system)} /><span><span class="strong">${t(`connections.system.${system}`)}</span><br /><span class="small muted">${t(`connections.system.${system}.text`)}</span></span></label>`)}</div></fieldset>
    <${TextField} label=${t('connections.name')} value=${form.name} onInput=${set('name')} required maxlength="128" error=${fields.name?.join(' ')} />
    ${form.system !== 'pos' && html`<${TextField} label=${t('connections.shop')} placeholder=${form.system === 'shopify' ? 'kaveri.myshopify.com' : 'https://shop.example.com'} value=${form.shop} onInput=${set('shop')} required error=${fields.shop?.join(' ')} />`}
    ${form.system === 'shopify' && html`<${TextField} label=${t('connections.shopify.secret')} hint=${t('connections.shopify.secret.hint')} value=${form.secret} onInput=${set('secret')} required autocomplete="off" error=${fields.secret?.join(' ')} />`}
    ${form.system === 'pos' && html`<${SelectField} label=${t('connections.mapping')} value=${form.base} onInput=${set('base')} options=${BASES.map((each) => [each, t(`connections.mapping.${each}`)])} />`}
    <${Problem} problem=${create.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${create.busy}>${t('connections.create')}<//></div></form><//>`;
}

/** The steps to take in the other system, with what has to be copied there. */
function Guide({ connection, secret }) {
  return html`${secret && connection.system !== 'shopify' && html`<${Notice} tone="warn">${t('connections.secret.once')}<//>`}
    <div class="stack"><${CopyField} label=${t('connections.address')} value=${connection.webhook_url} />${secret && connection.system !== 'shopify' && html`<${CopyField} label=${t('connections.secret')} value=${secret} />`}</div>
    <ol class="steps">${Array.from({ length: SYSTEMS[connection.system].steps }, (_, at) => html`<li key=${at}><p>${t(`connections.guide.${connection.system}.${at + 1}`)}</p></li>`)}</ol>`;
}

function Connection({ connection, onClose, onDone }) {
  const [step, setStep] = useState(null);
  const list = useList(`/integrations/${connection.id}/deliveries`, { limit: 20 });
  const change = useAction(async (body) => onDone(await call('PATCH', `/integrations/${connection.id}`, { body })));
  const waiting = ['held', 'failed', 'unmatched', 'refused', 'invalid'].find((status) => list.rows?.some((row) => row.status === status));
  const again = useAction(async () => {
    const { queued } = await call('POST', `/integrations/${connection.id}/deliveries/replay`, { body: { status: waiting } });
    toast(t('endpoints.replayed.all', { count: queued }));
    list.reload();
  });
  const remove = async () => { await call('DELETE', `/integrations/${connection.id}`); toast(t('connections.removed')); onDone(); };
  const back = () => setStep(null);
  if (step === 'remove') return html`<${Confirm} title=${t('connections.remove')} text=${t('connections.remove.text')} phrase=${connection.name} action=${t('connections.remove')} danger onConfirm=${remove} onClose=${back} />`;
  if (step === 'guide') return html`<${Panel} title=${t('connections.guide')} onClose=${back}><${Guide} connection=${connection} /><//>`;
  if (step === 'dry') return html`<${DryRun} connection=${connection} onClose=${back} />`;
  if (step) return html`<${Delivery} connection=${connection} delivery=${step} onClose=${back} onDone=${() => { back(); list.reload(); }} />`;
  return html`<${Panel} title=${connection.name} onClose=${onClose}>
    ${connection.paused_because && html`<${Notice} tone="warn">${connection.paused_because}<//>`}
    <div class="row"><${Button} size="small" icon="circle-help" onClick=${() => setStep('guide')}>${t('connections.guide')}<//>${connection.system === 'pos' && html`<${Button} size="small" icon="flask-conical" onClick=${() => setStep('dry')}>${t('connections.dry')}<//>`}
      <${Button} size="small" icon=${connection.status === 'active' ? 'pause' : 'play'} busy=${change.busy} onClick=${() => change.run({ status: connection.status === 'active' ? 'paused' : 'active' })}>${t(connection.status === 'active' ? 'endpoints.pause' : 'endpoints.resume')}<//>
      ${connection.system !== 'shopify' && html`<${Button} size="small" icon="refresh-cw" onClick=${() => change.run({ rotate_secret: true })}>${t('endpoints.rotate')}<//>`}<${Button} size="small" kind="danger" icon="trash-2" onClick=${() => setStep('remove')}>${t('connections.remove')}<//></div>
    <${Problem} problem=${change.problem || again.problem} /><div class="row apart"><h3>${t('connections.deliveries')}</h3>${waiting && html`<${Button} size="small" icon="rotate-ccw" busy=${again.busy} onClick=${() => again.run()}>${t('connections.replay.all', { status: waiting })}<//>`}</div>
    <${List} list=${list} caption=${t('connections.deliveries')} rowKey=${(row) => row.id} onOpen=${setStep} empty=${{ icon: 'plug', title: t('connections.deliveries.none'), text: t('connections.deliveries.none.text') }} columns=${[
      { key: 'order', title: t('connections.order'), main: true, show: (row) => row.orders.join(', ') || row.topic },
      { key: 'at', title: t('ledger.when'), show: (row) => dateTime(row.received_at) },
      { key: 'coins', title: t('ledger.coins'), end: true, show: (row) => coins(row.posted.reduce((sum, each) => sum + (each.type === 'issue' ? 1 : -1) * each.coins, 0)) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${DELIVERY_TONES[row.status] || ''}>${row.status}<//>` },
    ]} /><//>`;
}

function Delivery({ connection, delivery, onClose, onDone }) {
  const [phone, setPhone] = useState('');
  const replay = useAction(async () => {
    await call('POST', `/integrations/${connection.id}/deliveries/${delivery.id}/replay`, { body: phone.trim() ? { phone: phone.trim() } : {} });
    toast(t('endpoints.replayed'));
    onDone();
  });
  return html`<${Panel} title=${delivery.orders.join(', ') || delivery.topic} onClose=${onClose}>
    <${Facts} entries=${[[t('keys.status'), delivery.status], delivery.reason && [t('connections.reason'), delivery.reason], [t('ledger.when'), dateTime(delivery.received_at)], delivery.matched_phone && [t('customers.number'), delivery.matched_phone], [t('endpoints.attempts'), delivery.attempts],
      ...delivery.posted.map((each) => [t(`type.${each.type}`), coins(each.coins)])]} />
    <form class="stack" onSubmit=${(event) => { event.preventDefault(); replay.run(); }}>${delivery.status === 'unmatched' && html`<${TextField} label=${t('connections.match')} hint=${t('connections.match.hint')} value=${phone} onInput=${setPhone} type="tel" required />`}
      <${Problem} problem=${replay.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('back')}<//><${Button} type="submit" kind="primary" icon="rotate-ccw" busy=${replay.busy}>${t('connections.replay')}<//></div></form><//>`;
}

/** Reads a sample through the mapping and says what it would do. The secret signs it, as the billing system would. */
function DryRun({ connection, onClose }) {
  const [sample, setSample] = useState('{"invoice_no": "INV-1", "total": 1499.5, "customer_phone": "+919876543210"}');
  const [secret, setSecret] = useState('');
  const [sales, setSales] = useState(null);
  const run = useAction(async () => {
    setSales(null);
    let answer;
    try {
      answer = await fetch(`/webhooks/pos/${connection.id}?dry_run=true`, { method: 'POST', credentials: 'omit', headers: { 'x-batua-key': secret.trim(), 'content-type': sample.trim().startsWith('<') ? 'application/xml' : 'application/json' }, body: sample });
    } catch (error) { throw new Unreachable(error); }
    const body = await answer.json();
    if (!answer.ok) throw new ApiProblem(answer.status, body);
    setSales(body.sales);
  });
  return html`<${Panel} title=${t('connections.dry')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); run.run(); }}>
    <p class="muted">${t('connections.dry.text')}</p><${TextField} label=${t('connections.secret')} value=${secret} onInput=${setSecret} required autocomplete="off" type="password" /><${TextField} label=${t('connections.sample')} rows="8" class="input mono" value=${sample} onInput=${setSample} required spellcheck="false" />
    <${Problem} problem=${run.problem} />
    ${sales && html`<div class="stack" role="status">${sales.length === 0 && html`<${Notice} tone="warn">${t('connections.dry.none')}<//>`}${sales.map((sale) => html`<div key=${sale.order} class="card pad"><div class="row apart"><strong>${sale.reference || sale.order}</strong><${Badge} tone=${sale.would === 'issue' ? 'good' : sale.would === 'reverse' ? 'warn' : ''}>${t(`connections.dry.${sale.would}`)}<//></div>
      <${Facts} entries=${[[t('customers.number'), sale.phone], [t('ledger.bill'), sale.bill_amount === null ? null : rupees(sale.bill_amount)], [t('ledger.coins'), coins(sale.coins_deserved)], sale.reason && [t('connections.reason'), sale.reason]]} /></div>`)}</div>`}
    <div class="foot"><${Button} onClick=${onClose}>${t('back')}<//><${Button} type="submit" kind="primary" busy=${run.busy}>${t('connections.dry.run')}<//></div></form><//>`;
}
