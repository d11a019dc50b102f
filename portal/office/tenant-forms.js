// What the operator does with the tree: a new tenant, its first administrator, and a move to another parent.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { date } from '../lib/format.js';
import { me } from '../lib/session.js';
import { Button, Notice, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Facts, Panel, Problem, useAction, useRead } from './kit.js';

const KINDS = ['merchant', 'parent', 'application'];

/** A short name of letters, digits and hyphens, made from a name until somebody types another. */
const slugOf = (name) => name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 48);

/** Names and ids of the tenants right below the operator, to choose a parent from; any id may be typed. */
function Parents({ value, onInput, error, label, hint }) {
  const known = useRead(() => call('GET', '/tenant/tree', { query: { limit: 30 } }));
  return html`<${TextField} label=${label} hint=${hint} value=${value} onInput=${onInput} list="parents-known" pattern="ten_[0-9A-Z]{26}" autocomplete="off" spellcheck="false" error=${error} />
    <datalist id="parents-known">${(known.data || []).filter((each) => each.kind === 'parent').map((each) => html`<option key=${each.id} value=${each.id}>${each.name}</option>`)}</datalist>`;
}

/** Two steps: the tenant, and whom its first invitation goes to. The second may come later, from the tenant's panel. */
export function NewTenant({ onClose, onDone }) {
  const [form, setForm] = useState({ kind: 'merchant', name: '', slug: '', typed: false, parent_id: '', legal_name: '' });
  const [made, setMade] = useState(null);
  const [key] = useState(newKey);
  const set = (name) => (value) => setForm({ ...form, [name]: value, ...(name === 'name' && !form.typed && { slug: slugOf(value) }), ...(name === 'slug' && { typed: true }) });
  const create = useAction(async () => {
    const body = { kind: form.kind, name: form.name.trim(), slug: form.slug.trim(), ...(form.parent_id.trim() && { parent_id: form.parent_id.trim() }), ...(form.legal_name.trim() && { legal_name: form.legal_name.trim() }) };
    setMade(await call('POST', '/tenant/tree', { body, key }));
  });
  const fields = create.problem?.fields || {};
  if (made) return html`<${Administrator} tenant=${made} fresh onClose=${() => onDone(made)} onDone=${() => onDone(made)} />`;
  return html`<${Panel} title=${t('tenants.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}><p class="muted">${t('tenants.new.text')}</p>
    <${SelectField} label=${t('tenants.kind')} hint=${t(`tenants.kind.${form.kind}.text`)} value=${form.kind} onInput=${set('kind')} options=${KINDS.map((each) => [each, t(`tenants.kind.${each}`)])} />
    <${TextField} label=${t('tenants.name')} value=${form.name} onInput=${set('name')} required maxlength="128" autofocus error=${fields.name?.join(' ')} />
    <${TextField} label=${t('tenants.slug')} hint=${t('tenants.slug.hint')} value=${form.slug} onInput=${set('slug')} required maxlength="48" autocapitalize="none" spellcheck="false" error=${fields.slug?.join(' ')} />
    <${TextField} label=${t('tenants.legal')} hint=${t('tenants.legal.hint')} value=${form.legal_name} onInput=${set('legal_name')} maxlength="128" error=${fields.legal_name?.join(' ')} />
    <${Parents} label=${t('tenants.parent')} hint=${t('tenants.parent.hint')} value=${form.parent_id} onInput=${set('parent_id')} error=${fields.parent_id?.join(' ')} />
    <${Problem} problem=${create.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="plus" busy=${create.busy} disabled=${!form.name.trim() || !form.slug.trim()}>${t('tenants.create')}<//></div></form><//>`;
}

/** The first administrator, who invites everybody else. A tenant that has one is refused by the API, with the reason. */
export function Administrator({ tenant, fresh, onClose, onDone }) {
  const [form, setForm] = useState({ name: '', email: '' });
  const [sent, setSent] = useState(null);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const invite = useAction(async () => setSent(await call('POST', `/tenant/tree/${tenant.id}/administrators`, { body: { name: form.name.trim(), email: form.email.trim() } })));
  const fields = invite.problem?.fields || {};
  if (sent) {
    return html`<${Panel} title=${tenant.name} onClose=${onDone}><${Notice} tone="good"><p>${t('tenants.admin.sent', { email: sent.email, until: date(sent.invitation_expires_at) })}</p><//>
      <ol class="steps"><li><p>${t('tenants.next.1', { name: sent.name })}</p></li><li><p>${t('tenants.next.2')}</p></li><li><p>${t('tenants.next.3')}</p></li></ol>
      <div class="foot"><${Button} kind="primary" onClick=${onDone}>${t('tenants.next.done')}<//></div><//>`;
  }
  return html`<${Panel} title=${t('tenants.admin')} onClose=${onClose}>${fresh && html`<${Notice} tone="good"><p>${t('tenants.created', { name: tenant.name })}</p><//>`}
    <form class="stack" onSubmit=${(event) => { event.preventDefault(); invite.run(); }}><p class="muted">${t('tenants.admin.text', { name: tenant.name })}</p>
      <${TextField} label=${t('team.name')} value=${form.name} onInput=${set('name')} required maxlength="128" autocomplete="off" autofocus error=${fields.name?.join(' ')} />
      <${TextField} label=${t('team.email')} type="email" hint=${t('team.email.hint')} value=${form.email} onInput=${set('email')} required maxlength="254" autocomplete="off" error=${fields.email?.join(' ')} />
      <${Problem} problem=${invite.problem} /><div class="foot"><${Button} onClick=${onClose}>${t(fresh ? 'tenants.admin.later' : 'cancel')}<//><${Button} type="submit" kind="primary" icon="send" busy=${invite.busy}>${t('tenants.admin.send')}<//></div></form><//>`;
}

export function MoveTenant({ tenant, onClose, onDone }) {
  const [form, setForm] = useState({ parent_id: '', reason: '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const move = useAction(async () => {
    const now = await call('POST', `/tenant/tree/${tenant.id}/move`, { body: { parent_id: form.parent_id.trim(), reason: form.reason.trim() } });
    toast(t('tenants.moved', { name: tenant.name }));
    onDone(now);
  });
  const fields = move.problem?.fields || {};
  const own = me.value.tenant;
  return html`<${Panel} title=${t('tenants.move')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); move.run(); }}><p class="muted">${t('tenants.move.text')}</p>
    <${Facts} entries=${[[t('console.tenant'), tenant.name], tenant.parent_id && [t('tenants.parent'), tenant.parent_id === own.id ? own.name : html`<code>${tenant.parent_id}</code>`]]} />
    <${Parents} label=${t('tenants.move.to')} hint=${t('tenants.move.hint')} value=${form.parent_id} onInput=${set('parent_id')} error=${fields.parent_id?.join(' ')} />
    ${tenant.parent_id !== own.id && html`<div><${Button} size="small" onClick=${() => set('parent_id')(own.id)}>${t('tenants.move.top')}<//></div>`}
    <${TextField} label=${t('tenants.reason')} hint=${t('tenants.reason.hint')} value=${form.reason} onInput=${set('reason')} required maxlength="256" error=${fields.reason?.join(' ')} />
    <${Problem} problem=${move.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('back')}<//><${Button} type="submit" kind="primary" busy=${move.busy} disabled=${!form.parent_id.trim() || !form.reason.trim()}>${t('tenants.move.do')}<//></div></form><//>`;
}
