// One customer: name, coins, what expires when, visits here, tags, and the QR card.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey, Problem as ApiProblem } from '../lib/api.js';
import { coins, date, dateTime, phone, rupees } from '../lib/format.js';
import { setQuery } from '../lib/router.js';
import { can, me } from '../lib/session.js';
import { Badge, Button, Empty, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { Confirm, Facts, List, Loading, Page, Panel, Problem, Stat, useAction, useList, useRead } from './kit.js';
import { LedgerTable } from './ledger-table.js';

/** Whatever stands in the search: an id of ours, a code, or a number. */
function by(text) {
  if (text.startsWith('wal_')) return { wallet_id: text };
  if (/^BATUA\./i.test(text)) return { qr: text };
  return { phone: text };
}

/** An id of a customer names nobody by itself here: its last transaction has the wallet. */
async function read(wanted) {
  let query = by(wanted);
  if (wanted.startsWith('cust_')) {
    const [last] = await call('GET', '/merchant/ledger', { query: { customer: wanted, limit: 1 } });
    if (!last) return null;
    query = { wallet_id: last.wallet_id };
  }
  const [lookup, balance] = await Promise.all([
    call('GET', '/merchant/customers/lookup', { query }),
    call('GET', '/merchant/customers/balance', { query }).catch((problem) => { if (problem.code === 'customer_not_found') return null; throw problem; }),
  ]);
  return { ...lookup, balance };
}

export function Customer({ wanted, number: listed, back }) {
  const found = useRead(() => read(wanted));
  const [open, setOpen] = useState('');
  const heading = useRef();
  // The row that was pressed is gone: the keyboard goes on from here.
  useEffect(() => { if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true }); }, [Boolean(found.data)]);
  const missing = found.data === null || (found.problem instanceof ApiProblem && ['customer_not_found', 'validation_error'].includes(found.problem.code));
  if (missing || !found.data) {
    return html`<${Page} title=${t('customers.one')} back=${back}>${missing ? html`<div class="card"><${Empty} icon="search" title=${t('customers.missing')}><p>${t('customers.missing.text')}</p><//></div>`
      : found.problem ? html`<${Problem} problem=${found.problem} retry=${found.reload} />` : html`<${Loading} />`}<//>`;
  }
  const { balance, last_visit: visit } = found.data;
  const customer = { ...found.data.customer, phone: listed || found.data.customer.phone };
  const number = phone(customer.phone) || t('customers.unnamed');
  const title = html`<span tabindex="-1" class=${customer.name ? 'customer-name' : 'customer-name figures'} ref=${heading}>${customer.name ? html`<bdi>${customer.name}</bdi>` : number}</span>`;
  const seen = visit ? t('customers.seen', { when: dateTime(visit) }) : t('customers.unseen');
  const actions = html`${can('customers:write') && html`<${Button} icon="pencil" onClick=${() => setOpen('name')}>${t(customer.name ? 'customers.name.change' : 'customers.name.add')}<//>`}
    ${can('customers:write') && me.value.tenant.owns_program && html`<${Button} icon="users" onClick=${() => setOpen('merge')}>${t('customers.merge')}<//>`}<${Button} icon="qr-code" onClick=${() => setOpen('card')}>${t('customers.qr')}<//>`;
  const close = () => setOpen('');
  return html`<${Page} title=${title} text=${html`${customer.name && html`<span class="figures">${number}</span> · `}${seen}`} actions=${actions} back=${back}>
    <section class="stack loose" aria-label=${t('customers.one')}>
    <div class="stats"><${Stat} label=${t('customers.available')} value=${coins(balance?.available ?? 0)} note=${t('customers.worth', { value: rupees(balance?.value ?? 0) })} />
      ${balance?.pending.length > 0 && html`<${Stat} label=${t('customers.pending')} value=${coins(balance.pending.reduce((sum, each) => sum + Number(each.coins), 0))} note=${date(balance.pending[0].available_at)} />`}
      ${balance?.held > 0 && html`<${Stat} label=${t('customers.held')} value=${coins(balance.held)} />`}
      <div class="card stat"><p class="small muted">${t('customers.expiring')}</p><${Facts} entries=${(balance?.expiring || []).slice(0, 4).map((lot) => [lot.expires_at ? date(lot.expires_at) : t('customers.never'), html`<strong class="figures">${coins(lot.coins)}</strong>`])} />${!balance?.expiring.length && html`<p>—</p>`}</div></div>
    <${Tags} customer=${customer} onDone=${found.reload} />
    ${can('ledger:read') && html`<${Visits} customer=${customer.id} />`}
    <${Past} customer=${customer.id} />
    ${open === 'card' && html`<${QrCard} customer=${customer} onClose=${close} />`}${open === 'merge' && html`<${Merge} customer=${customer} onClose=${close} />`}
    ${open === 'name' && html`<${Name} customer=${customer} onDone=${found.reload} onClose=${close} />`}
  </section><//>`;
}

/** What the shop calls a customer; an empty field takes the name away. */
function Name({ customer, onDone, onClose }) {
  const [typed, setTyped] = useState(customer.name || '');
  const save = useAction(async () => {
    const { name } = await call('PATCH', `/merchant/customers/${customer.id}`, { body: { name: typed.trim() || null } });
    toast(t(name ? 'customers.name.saved' : 'customers.name.removed'));
    onClose();
    onDone();
  });
  const wrong = save.problem?.fields?.name;
  return html`<${Panel} title=${t('customers.name')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    <${TextField} label=${t('customers.name')} hint=${t('customers.name.hint')} value=${typed} onInput=${setTyped} autofocus maxlength="80" autocomplete="off" autocapitalize="words" dir="auto" error=${wrong?.join(' ')} />
    <${Problem} problem=${wrong ? null : save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form><//>`;
}

/** A new number: the coins go to it, each with its month of expiry, and whoever asks for the old one finds the new. */
function Merge({ customer, onClose }) {
  const [form, setForm] = useState({ phone: '', reason: '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const [key] = useState(newKey);
  const merge = useAction(async () => {
    const made = await call('POST', `/merchant/customers/${customer.id}/merge`, { body: { phone: form.phone.trim(), reason: form.reason.trim() }, key });
    toast(t('customers.merged', { coins: coins(made.coins) }));
    onClose();
    setQuery({ customer: made.target.wallet_id });
  });
  const fields = merge.problem?.fields || {};
  return html`<${Panel} title=${t('customers.merge')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); merge.run(); }}><p class="muted">${t('customers.merge.text', { number: phone(customer.phone) })}</p>
    <${TextField} label=${t('customers.merge.into')} value=${form.phone} onInput=${set('phone')} type="tel" inputmode="tel" required autofocus error=${fields.phone?.join(' ')} /><${TextField} label=${t('customers.merge.reason')} value=${form.reason} onInput=${set('reason')} required maxlength="256" error=${fields.reason?.join(' ')} />
    <${Problem} problem=${merge.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary danger" busy=${merge.busy}>${t('customers.merge.do')}<//></div></form><//>`;
}

/** Words of this tenant on the customer, by which rewards are for some and not for others. */
function Tags({ customer, onDone }) {
  const [typed, setTyped] = useState(null);
  const save = useAction(async () => {
    const tags = [...new Set(typed.split(/[,;]/).map((each) => each.trim().toLowerCase().replaceAll(/\s+/g, '-')).filter(Boolean))];
    await call('PUT', `/merchant/customers/${customer.id}/tags`, { body: { tags } });
    toast(t('customers.tags.saved'));
    setTyped(null);
    onDone();
  });
  if (!customer.tags.length && !can('customers:write')) return null;
  return html`<section class="card item" aria-labelledby="tags"><div class="row apart"><h2 id="tags" class="section">${t('customers.tags')}</h2>${can('customers:write') && typed === null && html`<${Button} size="small" icon="pencil" onClick=${() => setTyped(customer.tags.join(', '))}>${t('customers.tags.edit')}<//>`}</div>
    ${typed === null ? html`<p class="row">${customer.tags.length ? customer.tags.map((tag) => html`<${Badge} key=${tag}>${tag}<//>`) : html`<span class="muted small">${t('customers.tags.none')}</span>`}</p>`
    : html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><${TextField} label=${t('customers.tags')} hint=${t('customers.tags.hint')} value=${typed} onInput=${setTyped} autofocus autocomplete="off" error=${Object.entries(save.problem?.fields || {}).filter(([name]) => name.startsWith('tags')).map(([, said]) => said.join(' ')).join(' ') || undefined} />
      <${Problem} problem=${save.problem} /><div class="row"><${Button} onClick=${() => setTyped(null)}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form>`}</section>`;
}

function Visits({ customer }) {
  const list = useList('/merchant/ledger', { customer, limit: 20 });
  return html`<section aria-labelledby="visits"><h2 id="visits" class="section">${t('customers.visits')}</h2><${LedgerTable} list=${list} /></section>`;
}

/** What an import said of another system. Shown where there is any, to whom it may be. */
function Past({ customer }) {
  const list = useList(`/merchant/customers/${customer}/imported-history`, { limit: 20 });
  if (!list.rows?.length) return null;
  return html`<section aria-labelledby="past"><h2 id="past" class="section">${t('customers.past')}</h2><${List} list=${list} caption=${t('customers.past')} rowKey=${(row) => `${row.occurred_at}${row.type}${row.reference}${row.coins}${row.bill_amount}`} columns=${[
      { key: 'when', title: t('ledger.when'), main: true, show: (row) => date(row.occurred_at) },
      { key: 'type', title: t('ledger.type'), show: (row) => t(`past.${row.type}`) },
      { key: 'bill', title: t('ledger.bill'), end: true, show: (row) => (row.bill_amount === null ? '—' : rupees(row.bill_amount)) },
      { key: 'coins', title: t('ledger.coins'), end: true, show: (row) => (row.coins === null ? '—' : coins(row.coins)) },
      { key: 'reference', title: t('ledger.reference'), show: (row) => [row.reference, row.place].filter(Boolean).join(' · ') || '—' },
    ]} /></section>`;
}

function QrCard({ customer, onClose }) {
  const [image, setImage] = useState(null);
  const [renewing, setRenewing] = useState(false);
  const load = async () => {
    const answer = await call('GET', `/merchant/customers/${customer.id}/qr`, { query: { format: 'svg' }, text: true, headers: { accept: 'image/svg+xml' }, whole: true });
    setImage(URL.createObjectURL(new Blob([answer.data], { type: 'image/svg+xml' })));
  };
  useEffect(() => { load().catch(() => setImage('')); }, []);
  const share = async () => {
    const answer = await fetch(`/api/v1/merchant/customers/${customer.id}/qr?format=png&size=12`, { credentials: 'same-origin' });
    const file = new File([await answer.blob()], 'qr.png', { type: 'image/png' });
    if (navigator.canShare?.({ files: [file] })) await navigator.share({ files: [file], title: t('customers.qr') }).catch(() => {});
    else Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: 'qr.png' }).click();
  };
  const renew = async () => {
    await call('POST', `/merchant/customers/${customer.id}/qr`);
    toast(t('customers.qr.renewed'));
    await load();
  };
  if (renewing) return html`<${Confirm} title=${t('customers.qr.renew')} text=${t('customers.qr.renew.text')} action=${t('customers.qr.renew')} danger onConfirm=${renew} onClose=${() => setRenewing(false)} />`;
  return html`<${Panel} title=${t('customers.qr')} onClose=${onClose}>
    <div class="qr-card">${image ? html`<img src=${image} alt=${t('customers.qr.alt')} />` : image === null ? html`<${Loading} rows="1" />` : html`<p>${t('problem.unreachable')}</p>`}<strong class="figures">${phone(customer.phone)}</strong></div>
    <p class="small muted">${t('customers.qr.text')}</p>
    <div class="foot"><${Button} icon="share-2" onClick=${share}>${t('customers.qr.share')}<//><${Button} kind="primary" icon="printer" onClick=${() => print()}>${t('customers.qr.print')}<//></div>
    ${can('customers:write') && html`<div class="center no-print"><${Button} kind="quiet" size="small" icon="refresh-cw" onClick=${() => setRenewing(true)}>${t('customers.qr.renew')}<//></div>`}<//>`;
}

