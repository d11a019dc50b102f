// What happened today and this month, and how much may still be redeemed.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { coins, month, number, percent, rupees } from '../lib/format.js';
import { can, me } from '../lib/session.js';
import { Badge, Button } from '../components/basics.js';
import { midnight } from './days.js';
import { BarChart, Meter } from './chart.js';
import { After, Loading, Page, Problem, Stat, useRead } from './kit.js';
import { Checklist } from './checklist.js';
import { LedgerTable } from './ledger-table.js';
import { Search } from './search.js';
import { totalsOf } from './today.js';

const TONES = { healthy: 'good', warning: 'warn', paused: 'bad' };

async function read() {
  const from = midnight(me.value.tenant.time_zone).toISOString();
  const [stats, today] = await Promise.all([call('GET', '/merchant/stats'), call('GET', '/merchant/ledger', { query: { from, limit: 100 }, whole: true })]);
  return { stats, today: today.data, partial: Boolean(today.meta.next_cursor) };
}

export default function Dashboard() {
  const found = useRead(read);
  const { stats, today = [], partial } = found.data || {};
  const totals = totalsOf(today);
  const at = partial ? '+' : '';
  return html`<${Page} title=${t('view.dashboard')} text=${stats ? `${stats.program.name} · ${t(`program.${stats.program.kind}`)}` : '\u00a0'}
      actions=${can('coins:issue') && html`<${Button} kind="primary" icon="hand-coins" href="/counter">${t('dashboard.counter')}<//>`}>
    <${Search} />
    <${Checklist} />
    <${Problem} problem=${found.problem} retry=${found.reload} />
    ${!stats && !found.problem && html`<${Loading} />`}
    ${stats && html`
      <section aria-labelledby="today"><h2 id="today" class="section">${t('dashboard.today')}</h2>
        <div class="stats"><${Stat} icon="arrow-down-left" label=${t('dashboard.issued')} value=${coins(totals.issued) + at} note=${t('dashboard.bills', { bills: rupees(totals.bills) })} />
          <${Stat} icon="arrow-up-right" label=${t('dashboard.redeemed')} value=${coins(totals.redeemed) + at} />
          <${Stat} icon="users" label=${t('dashboard.customers')} value=${number(totals.customers) + at} /></div></section>
      <section aria-labelledby="month"><h2 id="month" class="section">${month(stats.month)}</h2>
        <div class="stats"><${Stat} label=${t('dashboard.issued')} value=${coins(stats.issued)} /><${Stat} label=${t('dashboard.redeemed')} value=${coins(stats.redeemed)} note=${t('dashboard.ratio', { share: percent(stats.ratio * 100) })} />
          ${stats.ceiling !== null && html`<${Stat} label=${t('dashboard.left')} value=${coins(stats.remaining)} note=${t('dashboard.left.of', { ceiling: coins(stats.ceiling), ratio: number(stats.ceiling_ratio) })}>
            <${Meter} share=${stats.used_percent} tone=${TONES[stats.status]} label=${t('dashboard.used', { share: percent(stats.used_percent) })} /><div>${Number(stats.ceiling) === 0 ? html`<${Badge}>${t('mir.nothing')}<//>` : html`<${Badge} tone=${TONES[stats.status]}>${t(`mir.${stats.status}`)}<//>`}</div><//>`}</div></section>
      <${After} tall="22rem"><section class="card pad"><${BarChart} title=${t('dashboard.year')} show=${coins} series=${[{ name: t('dashboard.issued'), tone: 'brand' }, { name: t('dashboard.redeemed'), tone: 'coin' }]}
        points=${[...stats.months].reverse().map((each) => ({ label: month(each.month, 'short').slice(0, 3), long: month(each.month), values: [each.issued, each.redeemed] }))} /></section>
      <section aria-labelledby="latest"><div class="row apart section"><h2 id="latest">${t('dashboard.latest')}</h2><a href="/ledger">${t('dashboard.all')}</a></div><${LedgerTable} list=${{ rows: today.slice(0, 6) }} /></section><//>`}
  <//>`;
}
