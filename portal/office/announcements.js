// What the operator tells everybody, roles or tenants: now, later, or taken back.
import { html, useState } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { Badge, Button, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { Confirm, Facts, List, Page, Panel, Problem, useAction, useList } from './kit.js';

await loadMessages('menu');

const TONES = { published: 'good', scheduled: 'info', withdrawn: '' };
const SEVERITY_TONES = { info: 'info', warning: 'warn', critical: 'bad' };
const ROLES = ['tenant_admin', 'merchant_admin', 'cashier', 'viewer', 'staff', 'super_admin'];

const audience = ({ roles = [], tenants = [] }) => [roles.map((role) => t(`role.${role}`)).join(', '), tenants.length > 0 && t('announcement.tenants.n', { count: tenants.length })].filter(Boolean).join(' · ') || t('announcement.everybody');

export default function Announcements() {
  const list = useList('/admin-messages/sent', { limit: 30 });
  const [open, setOpen] = useState(null);
  const [withdrawing, setWithdrawing] = useState(false);
  const close = () => { setOpen(null); setWithdrawing(false); };
  const withdraw = async () => {
    await call('POST', `/admin-messages/${open.id}/withdraw`);
    toast(t('announcement.withdrawn'));
    close();
    list.reload();
  };
  return html`<${Page} title=${t('view.announcements')} text=${t('announcement.text')} actions=${html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>${t('announcement.new')}<//>`}>
    <${List} list=${list} caption=${t('view.announcements')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'megaphone', title: t('announcement.none'), text: t('announcement.none.text') }} columns=${[
      { key: 'title', title: t('announcement.title'), main: true, show: (row) => html`<span class="ellipsis limit wide">${row.title}</span>` },
      { key: 'to', title: t('announcement.to'), show: (row) => audience(row.audience) },
      { key: 'severity', title: t('announcement.severity'), show: (row) => html`<${Badge} tone=${SEVERITY_TONES[row.severity]}>${t(`inbox.severity.${row.severity}`)}<//>` },
      { key: 'at', title: t('ledger.when'), show: (row) => dateTime(row.publish_at) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`announcement.status.${row.status}`)}<//>` },
    ]} />
    ${open === 'new' && html`<${Write} onClose=${close} onDone=${() => { close(); list.reload(); }} />`}
    ${open && open !== 'new' && !withdrawing && html`<${Panel} title=${open.title} onClose=${close}><p class="said">${open.body}</p><${Facts} entries=${[[t('announcement.to'), audience(open.audience)], [t('ledger.when'), dateTime(open.publish_at)], open.link && [t('announcement.link'), html`<code>${open.link}</code>`], open.withdrawn_at && [t('announcement.status.withdrawn'), dateTime(open.withdrawn_at)]]} />
      ${open.status !== 'withdrawn' && html`<div class="foot"><${Button} kind="danger" icon="undo-2" onClick=${() => setWithdrawing(true)}>${t('announcement.withdraw')}<//></div>`}<//>`}
    ${withdrawing && html`<${Confirm} title=${t('announcement.withdraw')} text=${t('announcement.withdraw.text')} action=${t('announcement.withdraw')} danger onConfirm=${withdraw} onClose=${() => setWithdrawing(false)} />`}<//>`;
}

function Write({ onClose, onDone }) {
  const [form, setForm] = useState({ title: '', body: '', severity: 'info', who: 'all', roles: ['tenant_admin'], tenants: '', link: '', publish_at: '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const toggle = (role) => set('roles')(form.roles.includes(role) ? form.roles.filter((each) => each !== role) : [...form.roles, role]);
  const to = () => (form.who === 'roles' ? { roles: form.roles } : form.who === 'tenants' ? { tenants: form.tenants.split(/[\s,]+/).filter(Boolean) } : {});
  const [reached, setReached] = useState(null);
  const count = useAction(async () => setReached({ for: JSON.stringify(to()), ...(await call('POST', '/admin-messages/preview', { body: { audience: to() } })) }));
  const known = reached?.for === JSON.stringify(to()) && reached;
  const send = useAction(async () => {
    const made = await call('POST', '/admin-messages', { body: { title: form.title.trim(), body: form.body.trim(), severity: form.severity, audience: to(), ...(form.link.trim() && { link: form.link.trim() }), ...(form.publish_at && { publish_at: new Date(form.publish_at).toISOString() }) } });
    toast(made.status === 'published' ? t('announcement.sent') : t('announcement.scheduled', { when: dateTime(made.publish_at) }));
    onDone();
  });
  const fields = send.problem?.fields || count.problem?.fields || {};
  return html`<${Panel} title=${t('announcement.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}>
    <${TextField} label=${t('announcement.title')} value=${form.title} onInput=${set('title')} required maxlength="120" autofocus error=${fields.title?.join(' ')} />
    <${TextField} label=${t('announcement.body')} rows="5" value=${form.body} onInput=${set('body')} required maxlength="4000" error=${fields.body?.join(' ')} />
    <${Segmented} label=${t('announcement.severity')} value=${form.severity} onChange=${set('severity')} options=${['info', 'warning', 'critical'].map((each) => [each, t(`inbox.severity.${each}`)])} />
    <${SelectField} label=${t('announcement.to')} value=${form.who} onInput=${set('who')} options=${['all', 'roles', 'tenants'].map((each) => [each, t(`announcement.who.${each}`)])} />
    ${form.who === 'roles' && html`<fieldset><legend>${t('team.roles')}</legend><div class="choices">${ROLES.map((role) => html`<label key=${role} class="check"><input type="checkbox" checked=${form.roles.includes(role)} onChange=${() => toggle(role)} /><span>${t(`role.${role}`)}</span></label>`)}</div></fieldset>`}
    ${form.who === 'tenants' && html`<${TextField} label=${t('announcement.tenants')} hint=${t('announcement.tenants.hint')} rows="2" value=${form.tenants} onInput=${set('tenants')} required error=${Object.entries(fields).filter(([name]) => name.startsWith('audience')).map(([, said]) => said.join(' ')).join(' ') || undefined} />`}
    <div class="row"><${Button} size="small" icon="users" busy=${count.busy} onClick=${() => count.run()} disabled=${form.who === 'tenants' ? !form.tenants.trim() : form.who === 'roles' && !form.roles.length}>${t('announcement.count')}<//><span class="small" role="status">${known && `${t('announcement.people', { count: known.people })} · ${t('announcement.tenants.n', { count: known.tenants })}${known.complete ? '' : '+'}`}</span></div><${Problem} problem=${count.problem} />
    <div class="two"><${TextField} label=${t('announcement.link')} placeholder="/notifications" hint=${t('announcement.link.hint')} value=${form.link} onInput=${set('link')} error=${fields.link?.join(' ')} /><${TextField} label=${t('announcement.when')} type="datetime-local" hint=${t('announcement.when.hint')} value=${form.publish_at} onInput=${set('publish_at')} error=${fields.publish_at?.join(' ')} /></div>
    <${Problem} problem=${send.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="send" busy=${send.busy} disabled=${form.who === 'roles' && !form.roles.length}>${t(form.publish_at ? 'announcement.schedule' : 'announcement.send')}<//></div></form><//>`;
}
