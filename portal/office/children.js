// A parent's children, and what each has in rupees: who runs low is seen before it asks.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { rupees } from '../lib/format.js';
import { Badge, Button } from '../components/basics.js';
import { List, Page, useList } from './kit.js';

const TONES = { active: 'good', suspended: 'bad', closed: '' };

export default function Children() {
  const list = useList('/wallets/children', { limit: 30 });
  return html`<${Page} title=${t('view.children')} text=${t('children.text')} actions=${html`<${Button} icon="list-checks" href="/requests">${t('view.requests')}<//>`}>
    <${List} list=${list} caption=${t('view.children')} rowKey=${(row) => row.tenant_id} empty=${{ icon: 'building-2', title: t('children.none'), text: t('children.none.text') }} columns=${[
      { key: 'name', title: t('children.name'), main: true, show: (row) => row.name },
      { key: 'kind', title: t('children.kind'), show: (row) => t(`children.kind.${row.kind}`) },
      { key: 'state', title: t('children.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`children.status.${row.status}`)}<//>` },
      { key: 'held', title: t('wallet.held'), end: true, show: (row) => (row.held > 0 ? rupees(row.held) : '—') },
      { key: 'available', title: t('children.available'), end: true, lead: true, show: (row) => html`<strong class="figures">${rupees(row.available)}</strong>` },
    ]} /><//>`;
}
