// Messages that failed for good, by queue, and putting them back.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { number } from '../lib/format.js';
import { can } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { Confirm, Loading, Problem, Table, useRead } from './kit.js';

export function DeadLetters() {
  const found = useRead(() => call('GET', '/health/dead-letters'));
  const [open, setOpen] = useState(null);
  const replay = async () => {
    const done = await call('POST', `/health/dead-letters/${open.name}/replay`);
    toast(t('dead.replayed', { count: done.replayed }));
    found.reload();
  };
  const may = can('platform:admin');
  return html`<section class="stack tight" aria-labelledby="dead"><h2 id="dead" class="section">${t('dead.title')}</h2><p class="small muted">${t('dead.text')}</p>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!found.data && !found.problem && html`<${Loading} rows="3" />`}
    ${found.data && html`<div class="card"><${Table} caption=${t('dead.title')} rows=${found.data} rowKey=${(row) => row.name} columns=${[
      { key: 'name', title: t('dead.queue'), main: true, show: (row) => t(`dead.queue.${row.name}`) },
      { key: 'messages', title: t('dead.messages'), show: (row) => (row.messages ? html`<${Badge} tone="bad">${number(row.messages)}<//>` : html`<span class="muted">${t('dead.none')}</span>`) },
      ...(may ? [{ key: 'replay', title: t('dead.act'), show: (row) => (row.messages ? html`<${Button} size="small" icon="rotate-ccw" label=${t('dead.replay.of', { queue: t(`dead.queue.${row.name}`) })} onClick=${() => setOpen(row)}>${t('dead.replay')}<//>` : '—') }] : []),
    ]} /></div>`}
    ${open && html`<${Confirm} title=${t('dead.replay')} text=${t('dead.replay.text', { count: open.messages })} action=${t('dead.replay')} onConfirm=${replay} onClose=${() => setOpen(null)} />`}</section>`;
}
