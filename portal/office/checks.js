// Identity checks of all tenants that the provider has not decided yet: whose, and how long they wait.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { ago, dateTime, number, short } from '../lib/format.js';
import { Badge, Button } from '../components/basics.js';
import { List, Page, useRead } from './kit.js';
import { TONES } from './verification.js';

export default function Checks() {
  const found = useRead(async () => ({ rows: await call('GET', '/tenant/cashfree/open') }));
  const when = (at) => html`<time datetime=${at} title=${dateTime(at)}>${ago(at)}</time>`;
  return html`<${Page} title=${t('view.checks')} text=${t('check.queue.text')} actions=${html`<${Button} icon="refresh-cw" busy=${found.loading && Boolean(found.data)} onClick=${found.reload}>${t('check.queue.refresh')}<//>`}>
    <${List} list=${{ ...found, rows: found.data?.rows }} caption=${t('view.checks')} rowKey=${(row) => row.id} empty=${{ icon: 'badge-check', title: t('check.queue.none'), text: t('check.queue.none.text') }} columns=${[
      { key: 'kind', title: t('check.kind'), main: true, show: (row) => t(`check.kind.${row.kind}`) },
      { key: 'tenant', title: t('check.queue.tenant'), show: (row) => row.tenant_name || html`<code class="small">${short(row.tenant_id)}</code>` },
      { key: 'since', title: t('check.queue.since'), show: (row) => when(row.submitted_at) },
      { key: 'asked', title: t('check.queue.asked'), end: true, show: (row) => number(row.times_asked) },
      { key: 'next', title: t('check.queue.next'), show: (row) => dateTime(row.next_at) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`check.status.${row.status}`)}<//>` },
    ]} /><//>`;
}
