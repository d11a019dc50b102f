// API keys: made with the scopes that they need, shown once, rotated with an overlap, revoked.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { ago, date } from '../lib/format.js';
import { sandbox } from '../lib/session.js';
import { Badge, Button, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { Confirm, CopyField, Facts, List, Page, Panel, Problem, useAction, useList } from './kit.js';

const TONES = { active: 'good', expiring: 'warn', expired: '', revoked: '' };
const SCOPES = ['coins:issue', 'coins:redeem', 'coins:reverse', 'customers:read', 'customers:write', 'ledger:read', 'rules:read', 'audit:read', 'points:read', 'points:write', 'gateway:read', 'gateway:write', 'users:represent'];
const COUNTER = ['coins:issue', 'coins:redeem', 'customers:read', 'rules:read'];

export default function Keys() {
  const list = useList('/tenant/self-api-keys', { limit: 50 });
  const [open, setOpen] = useState(null);
  const [shown, setShown] = useState(null);
  const made = (key) => { setOpen(null); setShown(key); list.reload(); };
  return html`<${Page} title=${t('view.keys')} text=${t('keys.text')} actions=${html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>${t('keys.new')}<//>`}>
    <${List} list=${list} caption=${t('view.keys')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'key-round', title: t('keys.none'), text: t('keys.none.text') }} columns=${[
      { key: 'name', title: t('keys.name'), main: true, show: (row) => row.name },
      { key: 'key', title: t('keys.key'), show: (row) => html`<code class="small">…${row.suffix}</code>` },
      { key: 'mode', title: t('keys.mode'), show: (row) => (row.mode === 'test' ? html`<span class="badge sandbox">${t('sandbox')}</span>` : html`<${Badge} tone="good">${t('keys.live')}<//>`) },
      { key: 'used', title: t('keys.used'), show: (row) => (row.last_used_at ? ago(row.last_used_at) : t('keys.never')) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`keys.status.${row.status}`)}<//>` },
    ]} />
    ${open === 'new' && html`<${NewKey} onClose=${() => setOpen(null)} onDone=${made} />`}
    ${open && open !== 'new' && html`<${Key} entry=${open} onClose=${() => setOpen(null)} onRotated=${made} onDone=${() => { setOpen(null); list.reload(); }} />`}
    ${shown && html`<${Secret} made=${shown} onClose=${() => setShown(null)} />`}
  <//>`;
}

function Secret({ made, onClose }) {
  return html`<${Panel} title=${t('keys.made')} onClose=${onClose}><${Notice} tone="warn">${t('keys.once')}<//>
    ${made.key && html`<${CopyField} label=${t('keys.key')} value=${made.key} />`}${made.username && html`<${CopyField} label=${t('keys.username')} value=${made.username} />`}${made.password && html`<${CopyField} label=${t('signin.password')} value=${made.password} />`}
    <div class="foot"><${Button} kind="primary" onClick=${onClose}>${t('keys.kept')}<//></div><//>`;
}

function NewKey({ onClose, onDone }) {
  const [form, setForm] = useState({ name: '', mode: sandbox.value ? 'test' : 'live', type: 'jwt', scopes: COUNTER });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const create = useAction(async () => onDone(await call('POST', '/tenant/self-api-keys', { body: { ...form, name: form.name.trim() } })));
  const toggle = (scope) => set('scopes')(form.scopes.includes(scope) ? form.scopes.filter((each) => each !== scope) : [...form.scopes, scope]);
  return html`<${Panel} title=${t('keys.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}>
    <${TextField} label=${t('keys.name')} hint=${t('keys.name.hint')} value=${form.name} onInput=${set('name')} required maxlength="128" autofocus error=${create.problem?.fields?.name?.join(' ')} />
    <${Segmented} label=${t('keys.mode')} value=${form.mode} onChange=${set('mode')} options=${[['live', t('keys.live')], ['test', t('sandbox')]]} />
    <${SelectField} label=${t('keys.type')} value=${form.type} onInput=${set('type')} options=${[['jwt', t('keys.type.jwt')], ['basic', t('keys.type.basic')]]} />
    <fieldset><legend>${t('keys.scopes')}</legend><div class="choices">${SCOPES.map((scope) => html`<label key=${scope} class="check"><input type="checkbox" checked=${form.scopes.includes(scope)} onChange=${() => toggle(scope)} /><span><code>${scope}</code><br /><span class="small muted">${t(`scope.${scope}`)}</span></span></label>`)}</div></fieldset>
    <${Problem} problem=${create.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${create.busy} disabled=${!form.scopes.length}>${t('keys.create')}<//></div></form><//>`;
}

function Key({ entry, onClose, onRotated, onDone }) {
  const [revoking, setRevoking] = useState(false);
  const rotate = useAction(async () => onRotated(await call('POST', `/tenant/self-api-keys/${entry.id}/rotate`, { body: { overlap_seconds: 86_400 } })));
  const alive = ['active', 'expiring'].includes(entry.status);
  const revoke = async () => { await call('DELETE', `/tenant/self-api-keys/${entry.id}`); toast(t('keys.revoked')); onDone(); };
  if (revoking) return html`<${Confirm} title=${t('keys.revoke')} text=${t('keys.revoke.text')} phrase=${entry.name} action=${t('keys.revoke')} danger onConfirm=${revoke} onClose=${() => setRevoking(false)} />`;
  return html`<${Panel} title=${entry.name} onClose=${onClose}>
    <${Facts} entries=${[[t('keys.key'), html`<code>${entry.prefix}…${entry.suffix}</code>`], [t('keys.status'), t(`keys.status.${entry.status}`)], [t('keys.scopes'), entry.scopes.join(', ')], [t('keys.created'), date(entry.created_at)], [t('keys.used'), entry.last_used_at ? ago(entry.last_used_at) : t('keys.never')], entry.expires_at && [t('keys.expires'), date(entry.expires_at)]]} />
    <${Problem} problem=${rotate.problem} />
    ${alive && html`<p class="small muted">${t('keys.rotate.text')}</p><div class="foot"><${Button} kind="danger" icon="ban" onClick=${() => setRevoking(true)}>${t('keys.revoke')}<//><${Button} icon="refresh-cw" busy=${rotate.busy} disabled=${entry.status !== 'active'} onClick=${() => rotate.run()}>${t('keys.rotate')}<//></div>`}<//>`;
}
