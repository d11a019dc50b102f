// Invoices: what is billed, owed and paid; revenue by month; what the tenant is for GST.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, date, month, number, rupees } from '../lib/format.js';
import { go, path, search, setQuery } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Badge, Button, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { CsvButton } from './csv.js';
import { Invoice } from './invoice.js';
import { List, Loading, Page, Panel, Problem, Stat, Table, useAction, useList, useRead } from './kit.js';
import { Returns } from './returns.js';
import { BuyerProfile, TaxProfile } from './tax-profile.js';

export const TONES = { draft: '', open: 'info', paid: 'good', void: '', uncollectible: 'bad', issued: 'good' };
const RATES = ['0', '0.25', '3', '5', '12', '18', '40'];

export default function Invoices() {
  const id = path.value.split('/')[2];
  return id ? html`<${Invoice} key=${id} id=${id} />` : html`<${All} />`;
}

function All() {
  const tab = search.value.get('tab') || 'list';
  const [creating, setCreating] = useState(false);
  return html`<${Page} title=${t('view.invoices')} text=${t('invoice.text')} actions=${tab === 'list' && can('billing:write') && html`<${Button} kind="primary" icon="plus" onClick=${() => setCreating(true)}>${t('invoice.new')}<//>`}>
    <${Segmented} label=${t('invoice.tabs')} value=${tab} onChange=${(value) => setQuery({ tab: value === 'list' ? '' : value, status: '' })} options=${['list', 'revenue', 'gstr1', 'profile', 'platform'].map((each) => [each, t(`invoice.tab.${each}`)])} />
    ${tab === 'list' && html`<${Listed} />`}${tab === 'revenue' && html`<${Revenue} />`}${tab === 'gstr1' && html`<${Returns} />`}${tab === 'profile' && html`<${TaxProfile} />${can('billing:write') && html`<${BuyerProfile} />`}`}${tab === 'platform' && html`<${FromOperator} />`}
    ${creating && html`<${NewInvoice} onClose=${() => setCreating(false)} onDone=${(made) => go(`/invoices/${made.id}`)} />`}<//>`;
}

function Listed() {
  const status = search.value.get('status') || '';
  const list = useList('/invoices', { status, limit: 30 });
  return html`<div class="row apart"><${SelectField} label=${t('keys.status')} value=${status} onInput=${(value) => setQuery({ status: value })} options=${['', 'draft', 'open', 'paid', 'void', 'uncollectible'].map((each) => [each, t(`invoice.status.${each || 'all'}`)])} /><${CsvButton} path="/invoices" query=${{ status }} name="invoices" /></div>
    <${List} list=${list} caption=${t('view.invoices')} rowKey=${(row) => row.id} onOpen=${(row) => go(`/invoices/${row.id}`)} empty=${{ icon: 'file-text', title: t('invoice.none'), text: t('invoice.none.text') }} columns=${[
      { key: 'number', title: t('invoice.number'), main: true, show: (row) => row.number || t('invoice.status.draft') },
      { key: 'customer', title: t('invoice.customer'), show: (row) => html`<span class="ellipsis limit">${row.customer_name}</span>` },
      { key: 'on', title: t('invoice.on'), show: (row) => (row.issued_on ? date(row.issued_on) : '—') },
      { key: 'total', title: t('invoice.total'), end: true, lead: true, show: (row) => rupees(row.total) },
      { key: 'left', title: t('invoice.left'), end: true, show: (row) => rupees(row.outstanding) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<span class="row nowrap"><${Badge} tone=${TONES[row.status]}>${t(`invoice.status.${row.status}`)}<//>${row.overdue && html`<${Badge} tone="bad" icon="clock">${t('invoice.overdue')}<//>`}</span>` },
    ]} />`;
}

/** What the operator has invoiced this tenant for its use of the platform. */
function FromOperator() {
  const found = useRead(() => call('GET', '/billing/platform-invoices'));
  const download = useAction(async (row) => {
    const link = await call('GET', `/billing/platform-invoices/${row.month}/download`);
    Object.assign(document.createElement('a'), { href: link.url, download: link.file_name, rel: 'noopener' }).click();
  });
  return html`<${Problem} problem=${found.problem || download.problem} />${found.data && !found.data.length && html`<${Notice}>${t('invoice.platform.none')}<//>`}
    ${found.data?.length > 0 && html`<div class="card"><${Table} caption=${t('invoice.tab.platform')} rows=${found.data} rowKey=${(row) => row.id} columns=${[
      { key: 'month', title: t('invoice.platform.month'), main: true, show: (row) => month(row.month) },
      { key: 'number', title: t('invoice.number'), show: (row) => row.number },
      { key: 'due', title: t('invoice.due'), show: (row) => (row.due_date ? date(row.due_date) : '—') },
      { key: 'total', title: t('invoice.total'), end: true, lead: true, show: (row) => rupees(row.total) },
      { key: 'left', title: t('invoice.left'), end: true, show: (row) => rupees(row.outstanding) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`invoice.status.${row.status}`)}<//>` },
      { key: 'file', title: 'PDF', show: (row) => html`<span class="row nowrap"><${Button} icon="download" busy=${download.busy} onClick=${() => download.run(row)}>PDF<//>${row.payment_url && html`<a href=${row.payment_url} rel="noopener noreferrer">${t('invoice.pay')}</a>`}</span>` },
    ]} /></div>`}`;
}

/** Twelve months up to this one, as the report takes them. */
function year() {
  const now = new Date();
  const text = (at) => `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}`;
  return { from: text(new Date(now.getFullYear(), now.getMonth() - 11, 1)), to: text(now) };
}

function Revenue() {
  const group = search.value.get('by') || 'month';
  const query = { ...year(), group_by: group };
  const found = useRead(() => call('GET', '/billing/revenue', { query }), group);
  const rows = found.data || [];
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  return html`<div class="row apart"><${SelectField} label=${t('revenue.by')} value=${group} onInput=${(value) => setQuery({ by: value === 'month' ? '' : value })} options=${['month', 'customer', 'product', 'gst_rate'].map((each) => [each, t(`revenue.by.${each}`)])} /><${CsvButton} path="/billing/revenue" query=${query} name="revenue" /></div>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!found.data && !found.problem && html`<${Loading} />`}
    ${found.data && html`<div class="stats"><${Stat} label=${t('revenue.total')} value=${rupees(sum('total'))} note=${t('revenue.documents', { count: sum('documents') })} /><${Stat} label=${t('revenue.tax')} value=${rupees(sum('cgst') + sum('sgst') + sum('utgst') + sum('igst') + sum('cess'))} /><${Stat} label=${t('revenue.collected')} value=${rupees(sum('collected'))} /></div>
      ${rows.length > 0 && html`<div class="card"><${Table} caption=${t('invoice.tab.revenue')} rows=${rows} rowKey=${(row) => `${row.month} ${row.group}`} columns=${[
        { key: 'month', title: t('revenue.month'), main: true, show: (row) => month(row.month) }, ...(group === 'month' ? [] : [{ key: 'group', title: t(`revenue.by.${group}`), show: (row) => row.group || '—' }]),
        { key: 'documents', title: t('view.invoices'), end: true, show: (row) => number(row.documents) }, { key: 'taxable', title: t('invoice.taxable'), end: true, show: (row) => rupees(row.taxable_value) }, { key: 'total', title: t('invoice.total'), end: true, lead: true, show: (row) => rupees(row.total) }, { key: 'collected', title: t('revenue.collected'), end: true, show: (row) => rupees(row.collected) }]} /></div>`}`}`;
}

const line = () => ({ description: '', hsn_or_sac: '', quantity: '1', unit_price: '', gst_rate: '18' });

/** The form of a new invoice, or of a draft that is changed; what the form does not show of a draft stays as it is. */
export function NewInvoice({ draft, onClose, onDone }) {
  const [form, setForm] = useState(() => Object.fromEntries(['legal_name', 'gstin', 'state', 'address', 'email', 'due_date', 'notes'].map((name) => [name, (name === 'address' ? draft?.recipient.address.join('\n') : draft?.recipient[name] ?? draft?.[name]) || ''])));
  const [lines, setLines] = useState(() => draft?.lines.map((each) => ({ ...Object.fromEntries(Object.keys(line()).map((name) => [name, String(each[name])])), kept: { unit: each.unit, discount: each.discount, price_includes_tax: each.price_includes_tax } })) || [line()]);
  const [key] = useState(newKey);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const change = (at, name) => (value) => setLines(lines.map((each, which) => (which === at ? { ...each, [name]: value } : each)));
  const create = useAction(async () => {
    const filled = (names) => Object.fromEntries(names.filter((name) => form[name].trim()).map((name) => [name, form[name].trim()]));
    const customer = { ...filled(['legal_name', 'gstin', 'state', 'email']), address: form.address.split('\n').map((each) => each.trim()).filter(Boolean) };
    const body = { customer, lines: lines.map(({ hsn_or_sac: code, kept, ...each }) => ({ ...kept, ...each, ...(code.trim() && { hsn_or_sac: code.trim() }) })), ...filled(['due_date', 'notes']) };
    if (draft) Object.assign(body, { product: draft.product, reference: draft.reference, terms: draft.terms, version: draft.version });
    const made = draft ? await call('PUT', `/invoices/${draft.id}`, { body }) : await call('POST', '/invoices', { key, body });
    toast(t(draft ? 'invoice.changed' : 'invoice.created'));
    onDone(made);
  });
  const fields = create.problem?.fields || {};
  const error = (name) => fields[name]?.join(' ');
  return html`<${Panel} title=${t(draft ? 'invoice.edit' : 'invoice.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}><p class="muted">${t('invoice.new.text')}</p>
    <${TextField} label=${t('invoice.customer')} value=${form.legal_name} onInput=${set('legal_name')} required maxlength="128" autofocus error=${error('customer.legal_name')} />
    <div class="two"><${TextField} label="GSTIN" value=${form.gstin} onInput=${set('gstin')} maxlength="15" autocapitalize="characters" error=${error('customer.gstin')} /><${TextField} label=${t('tax.state')} hint=${t('tax.state.hint')} value=${form.state} onInput=${set('state')} maxlength="2" inputmode="numeric" error=${error('customer.state')} /></div>
    <${TextField} label=${t('tax.address')} rows="2" value=${form.address} onInput=${set('address')} error=${error('customer.address')} />
    <${TextField} label=${t('team.email')} type="email" value=${form.email} onInput=${set('email')} error=${error('customer.email')} />
    ${lines.map((each, at) => html`<fieldset key=${at} class="card item"><legend class="sr">${t('invoice.line', { number: at + 1 })}</legend><div class="row apart nowrap"><h3 aria-hidden="true">${t('invoice.line', { number: at + 1 })}</h3>${lines.length > 1 && html`<${Button} kind="quiet" size="small" icon="trash-2" label=${t('invoice.line.remove', { number: at + 1 })} onClick=${() => setLines(lines.filter((_, which) => which !== at))} />`}</div>
      <${TextField} label=${t('invoice.description')} value=${each.description} onInput=${change(at, 'description')} required maxlength="256" error=${error(`lines.${at}.description`)} />
      <div class="two"><${TextField} label=${t('invoice.quantity')} value=${each.quantity} onInput=${change(at, 'quantity')} inputmode="decimal" required error=${error(`lines.${at}.quantity`)} /><${TextField} label=${t('invoice.price')} value=${each.unit_price} onInput=${change(at, 'unit_price')} inputmode="decimal" required error=${error(`lines.${at}.unit_price`)} /></div>
      <div class="two"><${TextField} label="HSN / SAC" value=${each.hsn_or_sac} onInput=${change(at, 'hsn_or_sac')} maxlength="8" inputmode="numeric" error=${error(`lines.${at}.hsn_or_sac`)} /><${SelectField} label=${t('invoice.rate')} value=${each.gst_rate} onInput=${change(at, 'gst_rate')} options=${RATES.map((rate) => [rate, `${rate} %`])} error=${error(`lines.${at}.gst_rate`)} /></div></fieldset>`)}
    <div><${Button} size="small" icon="plus" onClick=${() => setLines([...lines, line()])} disabled=${lines.length >= 50}>${t('invoice.line.add')}<//></div>
    <div class="two"><${TextField} label=${t('invoice.due')} type="date" value=${form.due_date} onInput=${set('due_date')} error=${error('due_date')} /><${TextField} label=${t('invoice.notes')} value=${form.notes} onInput=${set('notes')} maxlength="256" error=${error('notes')} /></div>
    ${lines.every((each) => amount(each.unit_price)) && html`<${Notice}>${t('invoice.sum', { sum: rupees(lines.reduce((total, each) => total + Number(each.quantity || 0) * Number(each.unit_price), 0)) })}<//>`}
    <${Problem} problem=${create.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${create.busy}>${t(draft ? 'save' : 'invoice.create')}<//></div></form><//>`;
}
