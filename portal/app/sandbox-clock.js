// Moves the time of the sandbox, for expiry and the month's turn. Every call of this tab tells it from then on.
import { html, useId } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { setTestClock, testClock } from '../lib/session.js';
import { Button } from '../components/basics.js';

await loadMessages('menu');

const local = (iso) => {
  if (!iso) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

export function SandboxClock() {
  const id = useId();
  return html`<span class="sandbox-clock"><label for=${id} class="sr">${t('app.clock.set')}</label>
    <input id=${id} class="input" type="datetime-local" value=${local(testClock.value)} onChange=${(event) => setTestClock(event.target.value ? new Date(event.target.value).toISOString() : '')} />
    ${testClock.value && html`<${Button} size="small" icon="x" onClick=${() => setTestClock('')}>${t('app.clock.real')}<//>`}</span>`;
}
