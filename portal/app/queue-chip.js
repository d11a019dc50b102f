// What is on its way: a chip in the header while something waits or was refused, and the list behind it.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { mine, waiting } from '../lib/queue.js';
import { Icon } from '../components/basics.js';
import { Lazy } from '../components/lazy.js';

export function QueueChip() {
  const [open, setOpen] = useState(false);
  const refused = mine.value.filter((row) => row.state === 'refused').length;
  const count = waiting.value;
  if (!open && !count && !refused) return null;
  return html`
    ${(count || refused) ? html`<button type="button" class=${`chip queue-chip ${refused ? 'bad' : ''}`} onClick=${() => setOpen(true)} aria-haspopup="dialog">
      <${Icon} name=${refused ? 'circle-alert' : 'clock'} />${refused ? t('queue.refused', { count: refused }) : t('queue.waiting', { count })}</button>` : null}
    ${open && html`<${Lazy} load=${() => import('./queue-sheet.js')} pick=${(module) => module.QueueSheet} onClose=${() => setOpen(false)} />`}`;
}
