// Whether a merchant takes tickets from its customers.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { toast } from '../components/basics.js';
import { Problem, useAction, useRead } from './kit.js';

export function CustomerDesk() {
  const found = useRead(() => call('GET', '/tickets/customer-desk'));
  const desk = found.data;
  const save = useAction(async (changes, done) => {
    await call('PUT', '/tickets/customer-desk', { body: { enabled: desk.enabled, text_replies: desk.text_replies, version: desk.version, ...changes } });
    toast(t(done));
    found.reload();
  });
  return html`<section class="card item"><${Problem} problem=${found.problem || save.problem} retry=${found.problem && found.reload} />
    ${desk && html`<label class="check"><input type="checkbox" checked=${desk.enabled} disabled=${save.busy} onChange=${() => save.run({ enabled: !desk.enabled }, desk.enabled ? 'desk.closed' : 'desk.opened')} /><span><span class="strong">${t('desk.enabled')}</span><br /><span class="small muted">${t('desk.enabled.text')}</span></span></label>
      ${desk.enabled && html`<label class="check"><input type="checkbox" checked=${desk.text_replies} disabled=${save.busy} onChange=${() => save.run({ text_replies: !desk.text_replies }, 'desk.saved')} /><span><span class="strong">${t('desk.texts')}</span><br /><span class="small muted">${t('desk.texts.text')}</span></span></label>`}`}</section>`;
}
