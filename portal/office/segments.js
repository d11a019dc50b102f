// Who a program's customers are: segments by recency, frequency and value, monthly cohorts, and the customers of a segment.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { coins, date, dateTime, month, number, percent, phone, short } from '../lib/format.js';
import { Button, Notice } from '../components/basics.js';
import { BarChart } from './chart.js';
import { CsvButton } from './csv.js';
import { List, Loading, Panel, Problem, Stat, Table, useList, useRead } from './kit.js';

const LEAVING = ['at_risk', 'hibernating', 'lost'];

export function Segments({ program }) {
  const path = `/rewards/programs/${program.id}/segments`;
  const found = useRead(() => call('GET', `/rewards/programs/${program.id}/segments`));
  const [open, setOpen] = useState(null);
  const data = found.data;
  if (!data) return html`<${Problem} problem=${found.problem} retry=${found.reload} />${!found.problem && html`<${Loading} />`}`;
  if (data.status === 'preparing') return html`<${Notice} icon="clock"><p>${t('segment.preparing')}</p><div><${Button} size="small" icon="refresh-cw" busy=${found.loading} onClick=${found.reload}>${t('retry')}<//></div><//>`;
  const leaving = data.segments.filter((each) => LEAVING.includes(each.segment));
  const sum = (rows, name) => rows.reduce((all, each) => all + Number(each[name]), 0);
  const again = data.cohorts.slice(0, -1).filter((each) => each.customers > 0);
  const returned = sum(again.map((each) => each.months[1]), 'customers');
  return html`<div class="row apart"><p class="muted grow roomy">${t('segment.text', { when: dateTime(data.as_of) })}</p><${CsvButton} path=${path} query=${{}} name=${`customers-${data.as_of.slice(0, 10)}`} /></div>
    <div class="stats"><${Stat} icon="users" label=${t('segment.customers')} value=${number(data.customers)} note=${t('segment.customers.text')} /><${Stat} label=${t('segment.leaving')} value=${number(sum(leaving, 'customers'))} note=${t('segment.leaving.text', { count: sum(leaving, 'coins_held'), coins: coins(sum(leaving, 'coins_held')) })} /><${Stat} label=${t('segment.again')} value=${again.length ? percent((returned / sum(again, 'customers')) * 100) : '—'} note=${t('segment.again.text')} /></div>
    ${data.customers > 0 && html`<section class="card pad"><${BarChart} title=${t('segment.chart')} series=${[{ name: t('segment.customers'), tone: 'brand' }]} points=${data.segments.map((each) => ({ label: t(`segment.short.${each.segment}`), long: t(`segment.${each.segment}`), values: [each.customers] }))} /></section>`}
    <div class="card"><${Table} caption=${t('program.tab.segments')} rows=${data.segments} rowKey=${(row) => row.segment} onOpen=${setOpen} columns=${[
      { key: 'segment', title: t('segment.segment'), main: true, show: (row) => t(`segment.${row.segment}`) },
      { key: 'customers', title: t('segment.customers'), end: true, lead: true, show: (row) => `${number(row.customers)} · ${percent(row.share)}` },
      { key: 'bills', title: t('segment.bills'), end: true, show: (row) => number(row.bills) },
      { key: 'earned', title: t('segment.earned'), end: true, show: (row) => coins(row.coins_earned) },
      { key: 'held', title: t('segment.held'), end: true, show: (row) => coins(row.coins_held) },
      { key: 'days', title: t('segment.days'), end: true, show: (row) => (row.days_since_bill === null ? '—' : number(row.days_since_bill)) },
    ]} /></div>
    ${data.customers > 0 && html`<${Cohorts} cohorts=${data.cohorts} />`}
    ${open && html`<${Members} program=${program} segment=${open.segment} onClose=${() => setOpen(null)} />`}`;
}

/** How many of those who came first in a month came again in each month after it: a table, the deeper the more. */
function Cohorts({ cohorts }) {
  const shown = cohorts.filter((each) => each.customers > 0);
  const most = Math.max(1, ...shown.map((each) => each.months.length));
  return html`<div class="card pad stack tight"><h2 id="cohorts">${t('cohort.title')}</h2><p class="small muted">${t('cohort.text')}</p>
    <div class="table-wrap cohorts" tabindex="0" role="region" aria-labelledby="cohorts"><table><caption class="sr">${t('cohort.title')}</caption><thead><tr><th scope="col">${t('cohort.first')}</th><th scope="col" class="end">${t('segment.customers')}</th>${Array.from({ length: most }, (_, at) => html`<th key=${at} scope="col" class="end">${t('cohort.after', { count: at })}</th>`)}</tr></thead>
      <tbody>${shown.map((each) => html`<tr key=${each.month}><th scope="row">${month(each.month, 'short')}</th><td class="end figures">${number(each.customers)}</td>
        ${Array.from({ length: most }, (_, at) => html`<td key=${at} class=${`end figures ${each.months[at] ? `heat-${Math.ceil(Number(each.months[at].retention) / 20)}` : ''}`} title=${each.months[at] ? t('cohort.cell', { month: month(each.months[at].month), count: each.months[at].customers, coins: coins(each.months[at].coins_earned) }) : undefined}>${each.months[at] ? percent(each.months[at].retention) : ''}</td>`)}</tr>`)}</tbody></table></div></div>`;
}

function Members({ program, segment, onClose }) {
  const path = `/rewards/programs/${program.id}/segments/${segment}`;
  const list = useList(`/rewards/programs/${program.id}/segments/${segment}`, { limit: 50 });
  return html`<${Panel} title=${t(`segment.${segment}`)} onClose=${onClose}><p class="muted">${t(`segment.${segment}.text`)}</p>
    <div class="row"><${CsvButton} path=${path} query=${{}} name=${`customers-${segment}`} /></div>
    <${List} list=${list} caption=${t(`segment.${segment}`)} rowKey=${(row) => row.customer_id} empty=${{ icon: 'users', title: t('segment.none') }} columns=${[
      { key: 'customer', title: t('ledger.customer'), main: true, show: (row) => html`<a href=${`/customers?customer=${row.customer_id}`} onClick=${onClose}>${row.phone ? phone(row.phone) : short(row.customer_id)}</a>` },
      { key: 'last', title: t('segment.last'), show: (row) => date(row.last_bill) },
      { key: 'bills', title: t('segment.bills'), end: true, show: (row) => number(row.bills) },
      { key: 'earned', title: t('segment.earned'), end: true, show: (row) => coins(row.coins_earned) },
      { key: 'held', title: t('segment.held'), end: true, lead: true, show: (row) => coins(row.coins_held) },
    ]} /><//>`;
}
