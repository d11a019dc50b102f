// What customers hold in a program, by month of expiry, and what of it is still to be given: the figures that books need.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { coins, month, percent, rupees } from '../lib/format.js';
import { BarChart } from './chart.js';
import { CsvButton } from './csv.js';
import { Facts, Loading, Problem, Stat, Table, useRead } from './kit.js';

const named = (expires) => (/^\d{4}-\d{2}$/.test(expires) ? month(expires, 'short') : t('program.expiry.never'));

export function Liability({ program }) {
  const path = `/rewards/programs/${program.id}/liability`;
  const found = useRead(() => call('GET', `/rewards/programs/${program.id}/liability`));
  const data = found.data;
  if (!data) return html`<${Problem} problem=${found.problem} retry=${found.reload} />${!found.problem && html`<${Loading} />`}`;
  return html`<div class="row apart"><h2>${t('program.tab.liability')}</h2><${CsvButton} path=${path} query=${{}} name=${`liability-${data.as_of.slice(0, 10)}`} /></div>
    <div class="stats"><${Stat} icon="coins" label=${t('liability.outstanding')} value=${coins(data.outstanding)} note=${t('liability.worth', { value: rupees(data.value) })} /><${Stat} label=${t('liability.breakage')} value=${coins(data.breakage.coins)} note=${t('liability.rate', { share: percent(data.breakage.rate * 100) })} /><${Stat} icon="scale" label=${t('liability.liability')} value=${rupees(data.liability)} note=${t('liability.text')} /></div>
    ${(data.held > 0 || data.pending > 0 || data.debts > 0) && html`<section class="card item"><${Facts} entries=${[data.held > 0 && [t('customers.held'), coins(data.held)], data.pending > 0 && [t('program.pending'), coins(data.pending)], data.debts > 0 && [t('liability.debts'), coins(data.debts)]]} /></section>`}
    ${data.by_expiry.length > 0 && html`<section class="card pad"><${BarChart} title=${t('liability.expiry')} show=${coins} series=${[{ name: t('liability.outstanding'), tone: 'brand' }, { name: t('liability.breakage'), tone: 'coin' }]} points=${data.by_expiry.map((each) => ({ label: named(each.expires).slice(0, 3), long: named(each.expires), values: [Number(each.coins), Number(each.expected_breakage)] }))} /></section>`}
    ${data.movements.length > 0 && html`<div class="card"><${Table} caption=${t('liability.movements')} rows=${data.movements} rowKey=${(row) => row.month} columns=${[
      { key: 'month', title: t('liability.month'), main: true, show: (row) => month(row.month) }, ...['opening', 'issued', 'imported', 'redeemed', 'expired', 'transferred'].map((name) => ({ key: name, title: t(`liability.${name}`), end: true, show: (row) => coins(row[name]) })), { key: 'closing', title: t('liability.closing'), end: true, lead: true, show: (row) => html`<strong>${coins(row.closing)}</strong>` }]} /></div>`}`;
}
