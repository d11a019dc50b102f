// Who did what, when and from where.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { dateTime } from '../lib/format.js';
import { Badge } from '../components/basics.js';
import { List, Page, useList } from './kit.js';

export default function Audit() {
  const list = useList('/merchant/audit', { limit: 50 });
  return html`<${Page} title=${t('view.audit')} text=${t('audit.text')}><${List} list=${list} caption=${t('view.audit')} rowKey=${(row) => row.id} empty=${{ icon: 'shield-check', title: t('audit.none') }} columns=${[
    { key: 'at', title: t('ledger.when'), main: true, show: (row) => dateTime(row.at) },
    { key: 'what', title: t('audit.what'), show: (row) => row.what.replaceAll('_', ' ') },
    { key: 'who', title: t('audit.who'), show: (row) => html`<code class="small">…${row.who.slice(-6)}</code>` },
    { key: 'address', title: t('audit.address'), show: (row) => html`<span class="figures">${row.address}</span>` },
    { key: 'reference', title: t('ledger.reference'), show: (row) => html`<span class="ellipsis limit small mono">${row.reference || '—'}</span>` },
    { key: 'outcome', title: t('audit.outcome'), show: (row) => html`<${Badge} tone=${['ok', 'done', 'success'].includes(row.outcome) ? 'good' : 'warn'}>${row.outcome.replaceAll('_', ' ')}<//>` },
  ]} /><//>`;
}
