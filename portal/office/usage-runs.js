// What tenants used, invoiced: the run of a month, tenant by tenant, and what this month would come to so far.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime, month, rupees } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { Facts, List, Loading, Problem, useAction, useList, useRead } from './kit.js';
import { TenantName } from './tenant-names.js';

const TONES = { invoiced: 'good', nothing: '', draft: 'warn' };

/** The month before this one: what runs by itself on the third. */
function lastMonth() {
  const now = new Date();
  const at = new Date(now.getFullYear(), now.getMonth() - 1, 15);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}`;
}

export function Runs() {
  const chosen = search.value.get('month') || lastMonth();
  const list = useList(`/billing/usage-runs/${chosen}`, { limit: 50 });
  const run = useAction(async () => {
    await call('POST', '/billing/usage-runs', { body: { month: chosen } });
    toast(t('plan.run.started', { month: month(chosen) }));
    list.reload();
  });
  return html`<p class="muted">${t('plan.run.text')}</p><div class="row apart"><${TextField} label=${t('plan.run.month')} type="month" value=${chosen} max=${lastMonth()} onInput=${(value) => value && setQuery({ month: value })} />${can('platform:admin') && html`<${Button} icon="play" busy=${run.busy} onClick=${() => run.run()}>${t('plan.run', { month: month(chosen) })}<//>`}</div><${Problem} problem=${run.problem} />
    <${List} list=${list} caption=${t('plan.part.runs')} rowKey=${(row) => row.tenant_id} empty=${{ icon: 'file-text', title: t('plan.run.none'), text: t('plan.run.none.text') }} columns=${[
      { key: 'tenant', title: t('console.tenant'), main: true, show: (row) => html`<${TenantName} id=${row.tenant_id} />` },
      { key: 'at', title: t('ledger.when'), show: (row) => dateTime(row.at) },
      { key: 'invoice', title: t('view.invoices'), show: (row) => (row.invoice_id ? html`<a href=${`/invoices/${row.invoice_id}`}>${t('plan.run.open')}</a>` : '—') },
      { key: 'missing', title: t('plan.run.missing'), show: (row) => row.missing.join(', ') || '—' },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`plan.run.${row.status}`)}<//>` },
    ]} />`;
}

/** Nothing is stored: what the tenant has used this month, as it would stand on an invoice. */
export function UsagePreview({ tenant }) {
  const found = useRead(() => call('GET', `/billing/subscriptions/${tenant}/preview`), tenant);
  if (!found.data) return html`<${Problem} problem=${found.problem} />${!found.problem && html`<${Loading} rows="1" />`}`;
  const { lines, totals, month: of } = found.data;
  return html`<section class="card item"><h3>${t('plan.so.far', { month: month(of) })}</h3><${Facts} entries=${[...lines.map((line) => [line.description, rupees(line.total)]), [t('plan.so.far.total'), html`<strong>${rupees(totals.payable)}</strong>`]]} /></section>`;
}
