// The operator's first page: what waits for a decision, the oldest first in mind.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { number } from '../lib/format.js';
import { can } from '../lib/session.js';
import { Icon } from '../components/basics.js';
import { Loading, Page, Problem, useRead } from './kit.js';
import { Search } from './search.js';
import { Checklist } from './checklist.js';

const MOST = 50;
const QUEUES = [
  { name: 'prefund', href: '/queue', icon: 'wallet', path: '/prefund/requests', query: { status: 'submitted' } },
  { name: 'decide', href: '/queue?status=under_review', icon: 'scale', path: '/prefund/requests', query: { status: 'under_review' } },
  { name: 'asked', href: '/queue?status=clarification', icon: 'message-square', path: '/prefund/requests', query: { status: 'clarification' } },
  { name: 'disputes', href: '/disputes', icon: 'flag', path: '/transactions/disputes', query: {} },
  { name: 'tickets', href: '/tickets', icon: 'life-buoy', path: '/tickets', query: { active: 'true' } },
  { name: 'flags', href: '/flags', icon: 'siren', path: '/fraud-flags', query: { status: 'open', below: 'true' }, may: () => can('flags:review') },
];

async function read() {
  const shown = QUEUES.filter((queue) => !queue.may || queue.may());
  return Promise.all(shown.map(async (queue) => {
    const answer = await call('GET', queue.path, { query: { ...queue.query, limit: MOST }, whole: true });
    return { ...queue, count: answer.data.length, more: Boolean(answer.meta?.next_cursor) };
  }));
}

export default function Console() {
  const found = useRead(read);
  // Where nothing waits yet, the first steps come first.
  const quiet = found.data?.every((queue) => queue.count === 0);
  return html`<${Page} title=${t('view.console')} text=${t('console.text')}>
    <${Search} />
    ${quiet && html`<${Checklist} />`}
    <section aria-labelledby="queues"><h2 id="queues" class="section">${t('console.waiting')}</h2><${Problem} problem=${found.problem} retry=${found.reload} />${!found.data && !found.problem && html`<${Loading} rows="2" />`}
      ${found.data && html`<ul class="stats queues">${found.data.map((queue) => html`<li key=${queue.name}><a class="card stat tile" href=${queue.href}><span class="small muted row nowrap"><${Icon} name=${queue.icon} />${t(`console.queue.${queue.name}`)}</span><span class="value figures">${number(queue.count)}${queue.more ? '+' : ''}</span>
        <span class="small muted">${t(queue.count ? `console.queue.${queue.name}.text` : 'console.queue.empty')}</span></a></li>`)}</ul>`}</section>
    ${found.data && !quiet && html`<${Checklist} />`}<//>`;
}
