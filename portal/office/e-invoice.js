// The e-invoice of a document to a registered recipient: its file, its registration at the portal, and the day to cancel it.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { save } from '../lib/save.js';
import { can } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Facts, Panel, Problem, useAction } from './kit.js';

const REASONS = ['duplicate', 'data_entry_mistake', 'order_cancelled', 'other'];
const DAY = 86_400_000;

export function EInvoice({ invoice, onDone }) {
  const [cancelling, setCancelling] = useState(false);
  const register = useAction(async () => {
    await call('POST', `/invoices/${invoice.id}/e-invoice`, { body: {} });
    toast(t('einvoice.done'));
    onDone();
  });
  const download = useAction(async () => {
    const file = await call('GET', `/invoices/${invoice.id}/e-invoice`, { text: true });
    save([file], `${invoice.number.replaceAll('/', '-')}.json`, 'application/json');
  });
  const entry = invoice.e_invoice;
  const numbered = invoice.number && invoice.recipient.gstin && invoice.place_of_supply.supply_type !== 'B2C';
  if (!numbered) return null;
  const write = can('billing:write');
  const fresh = entry?.status === 'active' && Date.now() - Date.parse(entry.acknowledged_at) < DAY;
  return html`<section class="stack tight" aria-labelledby="e-invoice"><div class="row apart nowrap"><h2 id="e-invoice">${t('einvoice.title')}</h2><${Badge} tone=${entry?.status === 'active' ? 'good' : entry?.status === 'cancelling' ? 'warn' : ''}>${t(`einvoice.status.${entry ? entry.status : 'none'}`)}<//></div>
    ${entry && html`<${Facts} entries=${[['IRN', html`<code class="small">${entry.irn}</code>`], [t('einvoice.ack'), entry.acknowledgement_number], [t('einvoice.at'), dateTime(entry.acknowledged_at)]]} />`}
    <${Problem} problem=${register.problem || download.problem} />
    <div class="row"><${Button} size="small" icon="download" busy=${download.busy} onClick=${() => download.run()}>${t('einvoice.file')}<//>${write && !entry && html`<${Button} size="small" kind="primary" icon="send" busy=${register.busy} onClick=${() => register.run()}>${t('einvoice.register')}<//>`}${write && fresh && html`<${Button} size="small" kind="danger" icon="ban" onClick=${() => setCancelling(true)}>${t('einvoice.cancel')}<//>`}</div>
    ${cancelling && html`<${Cancel} invoice=${invoice} onClose=${() => setCancelling(false)} onDone=${() => { setCancelling(false); onDone(); }} />`}</section>`;
}

function Cancel({ invoice, onClose, onDone }) {
  const [form, setForm] = useState({ reason: REASONS[0], remark: '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const send = useAction(async () => {
    await call('POST', `/invoices/${invoice.id}/e-invoice/cancel`, { body: { reason: form.reason, remark: form.remark.trim() } });
    toast(t('einvoice.cancel.done'));
    onDone();
  });
  return html`<${Panel} title=${t('einvoice.cancel.title')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}><p class="muted">${t('einvoice.cancel.text')}</p>
    <${SelectField} label=${t('einvoice.reason')} value=${form.reason} onInput=${set('reason')} options=${REASONS.map((each) => [each, t(`einvoice.reason.${each}`)])} /><${TextField} label=${t('einvoice.remark')} value=${form.remark} onInput=${set('remark')} required maxlength="100" error=${send.problem?.fields?.remark?.join(' ')} />
    <${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('back')}<//><${Button} type="submit" kind="primary danger" busy=${send.busy} disabled=${!form.remark.trim()}>${t('einvoice.cancel')}<//></div></form><//>`;
}
