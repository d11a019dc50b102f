// Tickets: to the operator's team, and from a merchant's customers. A list, a conversation each, and what it takes to answer.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { ago, dateTime } from '../lib/format.js';
import { go, path, search, setQuery } from '../lib/router.js';
import { can, me } from '../lib/session.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { program } from '../app/views.js';
import { List, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';
import { CustomerDesk } from './customer-desk.js';
import { Ticket } from './ticket.js';
import { upload } from './upload.js';

export const CATEGORIES = ['wallet', 'transaction', 'prefund', 'billing', 'integration', 'account', 'verification', 'other'];
const PRIORITIES = ['low', 'normal', 'high', 'urgent'];
const PRIORITY_TONES = { urgent: 'bad', high: 'warn', normal: '', low: '' };
const STATUS_TONES = { new: 'info', open: 'info', pending: 'warn', on_hold: '', resolved: 'good', closed: '' };

export const staff = () => can('platform:review');
/** Opened by a customer of the merchant, whose people answer it. */
export const fromCustomer = (ticket) => ticket.requester_id.startsWith('cust_');
export const answers = (ticket) => (fromCustomer(ticket) ? can('tickets:read') : staff());
export const statusText = (status, ticket) => t(status !== 'pending' ? `ticket.status.${status}` : fromCustomer(ticket) ? 'ticket.status.pending.customer' : staff() ? 'ticket.status.pending.staff' : 'ticket.status.pending');
export const Status = ({ ticket }) => html`<${Badge} tone=${STATUS_TONES[ticket.status]}>${statusText(ticket.status, ticket)}<//>`;
export const Priority = ({ of }) => html`<${Badge} tone=${PRIORITY_TONES[of]}>${t(`ticket.priority.${of}`)}<//>`;

export default function Tickets() {
  const [, base, id] = path.value.split('/');
  return id ? html`<${Ticket} key=${id} id=${id} base=${`/${base}`} />` : html`<${All} base=${`/${base}`} />`;
}

function All({ base }) {
  const which = search.value.get('show') || 'active';
  const team = staff();
  const customers = which === 'customers';
  const chosen = (team && search.value.get('team')) || '';
  const query = { limit: 30, team: chosen, ...(which !== 'all' && !customers && { active: 'true' }), ...(which === 'mine' && { assigned_to: me.value.id }), ...(customers && { from_customers: 'true' }) };
  const list = useList('/tickets', query);
  const teams = useRead(async () => (team ? (await call('GET', '/tickets/teams')).teams : []));
  const [creating, setCreating] = useState(search.value.has('new'));
  const shows = team ? ['active', 'mine', 'all'] : ['active', 'all', ...(can('tickets:read') && program() && base === '/tickets' ? ['customers'] : [])];
  return html`<${Page} title=${t(base === '/support' ? 'view.support' : 'view.tickets')} text=${t(team ? 'ticket.text.staff' : 'ticket.text')} actions=${!team && html`<${Button} kind="primary" icon="plus" onClick=${() => setCreating(true)}>${t('ticket.new')}<//>`}>
    <${Segmented} label=${t('ticket.which')} value=${which} onChange=${(value) => setQuery({ show: value === 'active' ? '' : value })} options=${shows.map((each) => [each, t(`ticket.${each}`)])} />
    ${teams.data?.length > 0 && html`<div class="filters"><${SelectField} label=${t('ticket.team')} value=${chosen} onInput=${(value) => setQuery({ team: value })} options=${[['', t('ticket.team.any')], ...teams.data.map((each) => [each.id, each.name]), ['none', t('ticket.team.none')]]} /></div>`}
    ${customers && can('tenant:admin') && html`<${CustomerDesk} />`}
    <${List} list=${list} caption=${t('view.tickets')} rowKey=${(row) => row.id} onOpen=${(row) => go(`${base}/${row.id}`)}
      empty=${{ icon: 'life-buoy', title: t('ticket.none'), text: t(team ? 'ticket.none.staff' : customers ? 'ticket.none.customers' : 'ticket.none.text'), action: !team && !customers && html`<${Button} icon="plus" onClick=${() => setCreating(true)}>${t('ticket.new')}<//>` }} columns=${[
      { key: 'subject', title: t('ticket.subject'), main: true, show: (row) => html`<span class="ellipsis limit wide">${row.subject}</span>` },
      ...(team ? [{ key: 'tenant', title: t('ticket.tenant'), show: (row) => row.tenant_name }] : []),
      { key: 'category', title: t('ticket.category'), show: (row) => t(`ticket.category.${row.category}`) },
      { key: 'priority', title: t('ticket.priority'), show: (row) => html`<${Priority} of=${row.priority} />` },
      ...(team ? [{ key: 'assigned', title: t('ticket.assigned'), show: (row) => row.assigned_name || teams.data?.find((each) => each.id === row.team)?.name || row.team || t('ticket.nobody') }] : []),
      ...(customers ? [{ key: 'requester', title: t('ticket.requester'), show: (row) => row.requester_name }] : []),
      { key: 'updated', title: t('ticket.updated'), show: (row) => html`<time datetime=${row.updated_at} title=${dateTime(row.updated_at)}>${ago(row.updated_at)}</time>` },
      { key: 'status', title: t('ticket.status'), show: (row) => html`<${Status} ticket=${row} />` },
    ]} />
    ${creating && html`<${NewTicket} onClose=${() => setCreating(false)} onDone=${(made) => { toast(t('ticket.sent')); go(`${base}/${made.id}`); }} />`}<//>`;
}

/** Chooses a file to attach. Attached documents can be read with the ticket, so only who may read them shares them. */
export const Attach = ({ file, onChange }) => can('tenant:admin') && html`<div class="field"><label class="button small"><input class="sr" type="file" accept="application/pdf,image/png,image/jpeg,image/webp" onChange=${(event) => onChange(event.target.files[0] || null)} /><${Icon} name="upload" />${file ? file.name : t('ticket.attach')}</label><span class="hint">${t('ticket.attach.hint')}</span></div>`;

/** Sends a file once: tried again after a failure, the same one is not sent twice. */
export function useAttachment() {
  const [file, setFile] = useState(null);
  const [sent, setSent] = useState(null);
  const ids = async () => {
    if (!file) return [];
    const document = sent?.file === file ? sent.document : await upload(file, 'other');
    setSent({ file, document });
    return [document.id];
  };
  return { file, setFile, ids };
}

function NewTicket({ onClose, onDone }) {
  const about = search.value.get('about')?.split(':');
  const [form, setForm] = useState({ subject: '', description: '', category: search.value.get('category') || 'other', priority: 'normal' });
  const [key] = useState(newKey);
  const attachment = useAttachment();
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const send = useAction(async () => {
    const attachments = await attachment.ids();
    onDone(await call('POST', '/tickets', { key, body: { ...form, subject: form.subject.trim(), description: form.description.trim(), attachments, ...(about?.length === 2 && { related: { type: about[0], id: about[1] } }) } }));
  });
  const fields = send.problem?.fields || {};
  return html`<${Panel} title=${t('ticket.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}>
    ${about?.length === 2 && html`<${Notice}>${t('ticket.related')}: <code>${about[1]}</code><//>`}
    <${TextField} label=${t('ticket.subject')} hint=${t('ticket.subject.hint')} value=${form.subject} onInput=${set('subject')} required maxlength="150" autofocus error=${fields.subject?.join(' ')} />
    <${TextField} label=${t('ticket.description')} hint=${t('ticket.description.hint')} rows="6" value=${form.description} onInput=${set('description')} required maxlength="8000" error=${fields.description?.join(' ')} />
    <div class="two"><${SelectField} label=${t('ticket.category')} value=${form.category} onInput=${set('category')} options=${CATEGORIES.map((each) => [each, t(`ticket.category.${each}`)])} />
      <${SelectField} label=${t('ticket.priority')} value=${form.priority} onInput=${set('priority')} options=${PRIORITIES.map((each) => [each, t(`ticket.priority.${each}`)])} /></div>
    <${Attach} file=${attachment.file} onChange=${attachment.setFile} />
    <${Problem} problem=${send.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="send" busy=${send.busy}>${t('ticket.send')}<//></div></form><//>`;
}
