// What a tenant's customers were charged and given over a period: day by day, by head, profit and loss, taxes.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { day, rupees } from '../lib/format.js';
import { save } from '../lib/save.js';
import { search, setQuery } from '../lib/router.js';
import { me } from '../lib/session.js';
import { Button, Empty } from '../components/basics.js';
import { Segmented, TextField } from '../components/forms.js';
import { BarChart } from './chart.js';
import { today } from './days.js';
import { Facts, Loading, Page, Problem, Stat, Table, useAction, useRead } from './kit.js';

const PARTS = ['days', 'heads', 'profit', 'tax'];
const headers = () => ({ 'x-tenant-id': me.value.tenant.id });

const before = (date, days) => new Date(Date.parse(`${date}T12:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);

/** Where each report is; heads and profit take the customer among the filters. */
function source(part, customer, period) {
  const query = { ...period, currency: 'INR' };
  const who = encodeURIComponent(customer);
  if (part === 'heads') return ['/gateway/wallet/api/ledgers/reports/heads', { ...query, customerId: customer }];
  if (part === 'profit') return ['/gateway/wallet/api/ledgers/reports/profit-loss', { ...query, customerId: customer, includeBreakdown: 'true' }];
  return [part === 'tax' ? `/gateway/wallet/api/ledgers/customers/${who}/reports/tax` : `/gateway/wallet/api/ledgers/customers/${who}/reports/date-range`, query];
}

export default function Reports() {
  const customer = search.value.get('customer') || '';
  const wallets = useRead(() => call('GET', '/wallets', { query: { limit: 100 } }));
  const known = [...new Set((wallets.data || []).map((each) => each.customer).filter(Boolean))];
  const period = { fromDate: search.value.get('from') || before(today(), 29), toDate: search.value.get('to') || today() };
  const part = PARTS.includes(search.value.get('part')) ? search.value.get('part') : 'days';
  return html`<${Page} title=${t('view.reports')} text=${t('report.text')}><${Filters} key=${customer} customer=${customer} known=${known} period=${period} />
    ${customer ? html`<${Segmented} label=${t('report.parts')} value=${part} onChange=${(value) => setQuery({ part: value === 'days' ? '' : value })} options=${PARTS.map((each) => [each, t(`report.part.${each}`)])} /><${Report} key=${`${part} ${customer} ${period.fromDate} ${period.toDate}`} part=${part} customer=${customer} period=${period} />`
      : html`<div class="card"><${Empty} icon="trending-up" title=${t('report.none')}><p>${t('report.none.text')}</p>${known.length > 0 && html`<div class="row center">${known.slice(0, 12).map((each) => html`<${Button} key=${each} size="small" onClick=${() => setQuery({ customer: each })}>${each}<//>`)}</div>`}<//></div>`}<//>`;
}

/** The customers for whom a wallet is kept are offered; any other id may be typed. */
function Filters({ customer, known, period }) {
  const [typed, setTyped] = useState(customer);
  const submit = (event) => { event.preventDefault(); setQuery({ customer: typed.trim() }); };
  return html`<form class="filters" role="search" aria-label=${t('report.search')} onSubmit=${submit}>
    <${TextField} label=${t('report.customer')} placeholder=${t('report.customer.hint')} value=${typed} onInput=${setTyped} list="customers-known" onChange=${submit} /><datalist id="customers-known">${known.map((each) => html`<option key=${each} value=${each} />`)}</datalist>
    <${TextField} label=${t('ledger.from')} type="date" value=${period.fromDate} max=${period.toDate} onInput=${(from) => setQuery({ from })} /><${TextField} label=${t('ledger.to')} type="date" value=${period.toDate} min=${period.fromDate} max=${today()} onInput=${(to) => setQuery({ to })} />
    <${Button} type="submit" kind="primary" icon="search">${t('report.show')}<//></form>`;
}

function Report({ part, customer, period }) {
  const [path, query] = source(part, customer, period);
  const found = useRead(async () => {
    const [report, summary] = await Promise.all([call('GET', path, { headers: headers(), query }), call('GET', `/gateway/wallet/api/ledgers/customers/${encodeURIComponent(customer)}/summary`, { headers: headers(), query: { ...period, currency: 'INR' } })]);
    return { report, summary };
  });
  const csv = useAction(async () => {
    const file = await call('GET', path, { headers: { ...headers(), accept: 'text/csv' }, query: { ...query, format: 'csv' }, text: true });
    save(['\uFEFF', file], `${part}-${customer}-${period.fromDate}.csv`, 'text/csv');
  });
  if (!found.data) return html`<${Problem} problem=${found.problem} retry=${found.reload} />${!found.problem && html`<${Loading} />`}`;
  const { report, summary } = found.data;
  return html`<div class="stats"><${Stat} icon="arrow-up-right" label=${t('report.debit')} value=${rupees(summary.totalDebit)} note=${t('report.count', { count: summary.debitCount })} /><${Stat} icon="arrow-down-left" label=${t('report.credit')} value=${rupees(summary.totalCredit)} note=${t('report.count', { count: summary.creditCount })} /><${Stat} icon="wallet" label=${t('report.closing')} value=${rupees(summary.closingBalance)} note=${t('report.opening', { amount: rupees(summary.openingBalance) })} /></div>
    <${SHOWN[part]} report=${report} /><${Problem} problem=${csv.problem} /><div><${Button} icon="download" busy=${csv.busy} onClick=${() => csv.run()}>${t('ledger.csv')}<//></div>`;
}

const Sums = ({ caption, name, title, rows, ...rest }) => html`<div class="card"><${Table} caption=${caption} rows=${rows} rowKey=${(row) => row[name]} columns=${[
  { key: name, title, main: true, show: (row) => (name === 'date' ? day(row.date) : row[name]) }, { key: 'debit', title: t('report.debit'), end: true, show: (row) => rupees(row.debit) }, { key: 'credit', title: t('report.credit'), end: true, show: (row) => rupees(row.credit) }, { key: 'net', title: t('report.net'), end: true, lead: true, show: (row) => html`<strong>${rupees(row.net)}</strong>` }]} ...${rest} /></div>`;

const Nothing = () => html`<div class="card"><${Empty} icon="receipt-text" title=${t('report.nothing')} /></div>`;

const Days = ({ report }) => (report.days.length ? html`<section class="card pad"><${BarChart} title=${t('report.part.days')} show=${rupees} series=${[{ name: t('report.debit'), tone: 'coin' }, { name: t('report.credit'), tone: 'brand' }]} points=${report.days.map((each) => ({ label: day(each.date), values: [each.debit, each.credit] }))} /></section>` : html`<${Nothing} />`);

const Heads = ({ report }) => (report.heads.length ? html`<${Sums} caption=${t('report.part.heads')} name="head" title=${t('report.head')} rows=${report.heads} />` : html`<${Nothing} />`);

function Profit({ report }) {
  return html`<section class="card item"><${Facts} entries=${[[t('report.income'), rupees(report.income)], [t('report.expense'), rupees(report.expense)], [t('report.profit'), html`<strong>${rupees(report.profit)}</strong>`]]} /></section>
    ${report.breakdown?.length > 0 && html`<div class="card"><${Table} caption=${t('report.part.profit')} rows=${report.breakdown} rowKey=${(row) => `${row.head} ${row.hsnOrSac} ${row.absorbedBy} ${row.isBillable}`} columns=${[
      { key: 'head', title: t('report.head'), main: true, show: (row) => row.head }, { key: 'code', title: 'HSN / SAC', show: (row) => row.hsnOrSac || '—' }, { key: 'income', title: t('report.income'), end: true, show: (row) => rupees(row.income) }, { key: 'expense', title: t('report.expense'), end: true, show: (row) => rupees(row.expense) }, { key: 'profit', title: t('report.profit'), end: true, lead: true, show: (row) => rupees(row.profit) }]} /></div>`}`;
}

function Tax({ report }) {
  if (!report.codes.length) return html`<${Nothing} />`;
  return html`<section class="card item"><${Facts} entries=${[[t('report.taxable'), rupees(report.taxableValue)], [t('report.tax'), rupees(report.totalTax)], ...report.taxes.map((each) => [each.tax.toUpperCase(), rupees(each.net)])]} /></section>
    <div class="card"><${Table} caption=${t('report.part.tax')} rows=${report.codes} rowKey=${(row) => row.hsnOrSac} columns=${[
      { key: 'code', title: 'HSN / SAC', main: true, show: (row) => row.hsnOrSac || '—' }, { key: 'taxable', title: t('report.taxable'), end: true, show: (row) => rupees(row.taxableValue) }, ...['cgst', 'sgst', 'utgst', 'igst', 'cess'].filter((tax) => report.codes.some((row) => row[tax])).map((tax) => ({ key: tax, title: tax.toUpperCase(), end: true, show: (row) => rupees(row[tax]) })), { key: 'tax', title: t('report.tax'), end: true, lead: true, show: (row) => rupees(row.totalTax) }]} /></div>`;
}

const SHOWN = { days: Days, heads: Heads, profit: Profit, tax: Tax };
