// The list of what is on its way, with what became of each.
import { html, useState } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { handlers, problemText } from '../lib/api.js';
import { coins, dateTime, phone, rupees } from '../lib/format.js';
import { again, flush, mine, others, problemOf, sessionEnded, waiting, withdraw } from '../lib/queue.js';
import { Badge, Button, Empty, Notice } from '../components/basics.js';
import { Dialog } from '../components/forms.js';

await loadMessages('menu');

const TONES = { waiting: 'warn', sending: 'info', sent: 'good', refused: 'bad', undone: '' };

export function QueueSheet({ onClose }) {
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      if (!sessionEnded.value || await handlers.signIn('expired')) await flush({ now: true });
    } catch { /* each entry says why */ }
    setBusy(false);
  };
  return html`<${Dialog} title=${t('queue.title')} onClose=${onClose} sheet>
    <p class="muted small">${t('queue.text')}</p>
    ${sessionEnded.value && html`<${Notice} tone="warn">${t('queue.signedout')}<//>`}
    ${others.value > 0 && html`<${Notice}>${t('queue.others', { count: others.value })}<//>`}
    ${mine.value.length === 0 && html`<${Empty} icon="check" title=${t('queue.empty')} />`}
    <ul class="queue-list">${mine.value.map((row) => html`<${Row} key=${row.id} row=${row} />`)}</ul>
    ${waiting.value > 0 && html`<div class="foot"><${Button} kind="primary" icon="send" busy=${busy} onClick=${send}>${t('queue.send')}<//></div>`}
  <//>`;
}

function Row({ row }) {
  const problem = problemOf(row);
  return html`<li><div class="row apart nowrap"><span class="strong figures">${phone(row.shown)}</span><${Badge} tone=${TONES[row.state]}>${t(`queue.state.${row.state}`)}<//></div>
    <div class="row apart nowrap small muted"><span>${dateTime(row.queued_at)}</span><span class="figures">${row.bill && rupees(row.bill)}${row.result && ` · ${t('coins.plus', { coins: coins(row.result.coins_issued), count: row.result.coins_issued })}`}</span></div>
    ${problem && row.state !== 'sent' && html`<p class=${`small ${row.state === 'refused' ? 'refusal' : 'muted'}`}>${problemText(problem)}</p>`}
    ${(row.state === 'refused' || (row.state === 'waiting' && row.attempts === 0)) && html`<div class="row">${row.state === 'refused' && html`<${Button} size="small" icon="rotate-ccw" onClick=${() => again(row.id).catch(() => {})}>${t('retry')}<//>`}<${Button} size="small" icon="trash-2" onClick=${() => withdraw(row.id)}>${t('queue.remove')}<//></div>`}</li>`;
}
