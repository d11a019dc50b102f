// One coin program: its settings, its earning rules, its campaigns, and the members of a network.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { date, dateTime, month, number, rupees } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Badge, Button, Notice, toast } from '../components/basics.js';
import { Check, Segmented, SelectField, TextField } from '../components/forms.js';
import { Campaigns } from './campaigns.js';
import { Back, Confirm, Facts, List, Loading, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';
import { earnText, expiryText, openCounter, STATUS_TONES } from './programs.js';
import { RuleEditor } from './rule-editor.js';
import { Liability } from './liability.js';
import { Referrals } from './referrals.js';
import { Segments } from './segments.js';
import { TierEditor } from './tier-editor.js';

const MEMBER_TONES = { invited: 'info', active: 'good', declined: 'bad', withdrawn: '', left: '', removed: '' };
const REVERSALS = ['cap', 'negative', 'reject'];

export function Program({ id }) {
  const found = useRead(() => call('GET', `/rewards/programs/${id}`));
  const program = found.data;
  const owner = program?.role === 'owner' && can('tenant:admin');
  const tabs = ['about', ...(owner ? ['rules'] : []), ...(owner && program.kind !== 'application' ? ['tiers'] : []), 'campaigns', ...(owner && program.kind === 'network' ? ['members'] : []), ...(owner && program.kind !== 'application' ? ['referrals'] : []), ...(owner ? ['segments', 'liability'] : [])];
  const tab = tabs.includes(search.value.get('tab')) ? search.value.get('tab') : 'about';
  return html`<${Page} title=${program?.name || t('view.programs')} text=${program && `${t(`program.kind.${program.kind}`)} · ${t(`program.role.${program.role}`)}`}
      back=${html`<${Back} href="/programs">${t('view.programs')}<//>`} actions=${program && html`<${Badge} tone=${STATUS_TONES[program.status]}>${t(`program.status.${program.status}`)}<//>${owner && html`<${Lifecycle} program=${program} stale=${found.loading} onDone=${found.reload} />`}${program.role === 'member' && program.kind === 'network' && can('tenant:admin') && html`<${Leave} program=${program} />`}`}>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!program && !found.problem && html`<${Loading} />`}
    ${program && html`<${Segmented} label=${t('program.tabs')} value=${tab} onChange=${(value) => setQuery({ tab: value === 'about' ? '' : value, status: '' })} options=${tabs.map((each) => [each, t(`program.tab.${each}`)])} />
      ${program.status === 'draft' && html`<${Notice}>${t('program.draft')}<//>`}
      ${tab === 'about' && html`<${About} program=${program} owner=${owner} onDone=${found.reload} />`}
      ${tab === 'rules' && html`<${RuleEditor} key=${program.version} rules=${program.rules} locked=${program.status === 'retired'} store=${(rules) => call('PATCH', `/rewards/programs/${id}`, { body: { rules, version: program.version } })} onSaved=${found.reload} />`}
      ${tab === 'tiers' && html`<${TierEditor} key=${program.version} program=${program} locked=${program.status === 'retired'} onSaved=${found.reload} />`}
      ${tab === 'campaigns' && html`<${Campaigns} program=${program} owner=${owner} />`}
      ${tab === 'members' && html`<${Members} program=${program} />`}${tab === 'referrals' && html`<${Referrals} program=${program} />`}${tab === 'segments' && html`<${Segments} program=${program} />`}${tab === 'liability' && html`<${Liability} program=${program} />`}`}<//>`;
}

/** Starts, pauses and retires: who retires types the name, as no coins are issued in it ever again. */
function Lifecycle({ program, stale, onDone }) {
  const [retiring, setRetiring] = useState(false);
  const change = useAction(async (status) => {
    await call('PATCH', `/rewards/programs/${program.id}`, { body: { status, version: program.version } });
    toast(t(`program.now.${status}`));
    if (status === 'active' && program.kind === 'closed') await openCounter();
    onDone();
  });
  const retire = async () => {
    await call('DELETE', `/rewards/programs/${program.id}`);
    toast(t('program.now.retired'));
    onDone();
  };
  if (program.status === 'retired') return null;
  return html`${program.status === 'active' ? html`<${Button} icon="pause" busy=${change.busy} disabled=${stale} onClick=${() => change.run('paused')}>${t('program.pause')}<//>` : html`<${Button} kind="primary" icon="play" busy=${change.busy} disabled=${stale} onClick=${() => change.run('active')}>${t('program.start')}<//>`}
    <${Button} kind="danger" icon="ban" onClick=${() => setRetiring(true)}>${t('program.retire')}<//><${Problem} problem=${change.problem} />
    ${retiring && html`<${Confirm} title=${t('program.retire')} text=${t('program.retire.text')} phrase=${program.name} action=${t('program.retire')} danger onConfirm=${retire} onClose=${() => setRetiring(false)} />`}`;
}

/** A member leaves: who does types the network's name. Its sessions name the network's books, so they end. */
function Leave({ program }) {
  const [leaving, setLeaving] = useState(false);
  const leave = async () => {
    await call('POST', `/rewards/programs/${program.id}/leave`, { body: {} });
    toast(t('program.left'));
    location.assign('/');
  };
  return html`<${Button} kind="danger" icon="log-out" onClick=${() => setLeaving(true)}>${t('program.leave')}<//>
    ${leaving && html`<${Confirm} title=${t('program.leave')} text=${t('program.leave.text')} phrase=${program.name} action=${t('program.leave')} danger onConfirm=${leave} onClose=${() => setLeaving(false)} />`}`;
}

function About({ program, owner, onDone }) {
  const [editing, setEditing] = useState(false);
  return html`<section class="card item"><div class="row apart"><h2>${t('program.tab.about')}</h2>${owner && program.status !== 'retired' && html`<${Button} size="small" icon="pencil" onClick=${() => setEditing(true)}>${t('program.edit')}<//>`}</div>
    <${Facts} entries=${[program.description && [t('program.description'), program.description], [t('program.earn'), earnText(program)], [t('program.value'), t('program.value.text', { value: rupees(program.coin_value), coin: program.coin.singular === 'coin' ? t('program.coin') : program.coin.singular })], [t('program.expiry'), expiryText(program.expiry)],
      program.mir && [t('program.mir'), t('program.mir.text', { ratio: number(program.mir.ratio), first: number(program.mir.new_merchant_ratio), days: number(program.mir.new_merchant_days) })], [t('program.reversal'), t(`program.reversal.${program.reversal_policy}`)], program.carry_remainders && [t('program.remainders'), t('program.carry')], program.pending_days > 0 && [t('program.pending'), t('program.pending.text', { count: program.pending_days })], [t('program.zone'), program.time_zone],
      program.terms_url && [t('program.terms'), html`<a href=${program.terms_url} target="_blank" rel="noopener">${program.terms_url}</a>`], program.starts_at && [t('program.starts'), dateTime(program.starts_at)], program.ends_at && [t('program.ends'), dateTime(program.ends_at)],
      program.spendable_until && [t('program.spendable'), program.spendable_until === 'never' ? t('program.expiry.never') : month(program.spendable_until)], [t('program.updated'), dateTime(program.updated_at)], [t('ledger.id'), html`<code>${program.id}</code>`]]} />
    ${editing && html`<${Edit} program=${program} onClose=${() => setEditing(false)} onDone=${() => { setEditing(false); onDone(); }} />`}</section>`;
}

function Edit({ program, onClose, onDone }) {
  const [form, setForm] = useState({ name: program.name, description: program.description || '', terms_url: program.terms_url || '', reversal_policy: program.reversal_policy, carry_remainders: program.carry_remainders, pending_days: String(program.pending_days), ratio: program.mir ? String(program.mir.ratio) : '', first: program.mir ? String(program.mir.new_merchant_ratio) : '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const coins = program.kind !== 'application';
  const save = useAction(async () => {
    const body = { name: form.name.trim(), description: form.description.trim() || null, terms_url: form.terms_url.trim() || null, reversal_policy: form.reversal_policy, carry_remainders: form.carry_remainders, pending_days: Number(form.pending_days) || 0, version: program.version };
    if (program.mir) body.mir = { ratio: form.ratio, new_merchant_ratio: form.first, new_merchant_days: program.mir.new_merchant_days, ...(program.mir.floor !== null && { floor: program.mir.floor }) };
    await call('PATCH', `/rewards/programs/${program.id}`, { body });
    toast(t('program.saved'));
    onDone();
  });
  const fields = save.problem?.fields || {};
  return html`<${Panel} title=${t('program.edit')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    <${TextField} label=${t('program.name')} value=${form.name} onInput=${set('name')} required maxlength="128" error=${fields.name?.join(' ')} />
    <${TextField} label=${t('program.description')} rows="3" value=${form.description} onInput=${set('description')} maxlength="256" error=${fields.description?.join(' ')} />
    <${TextField} label=${t('program.terms')} type="url" placeholder="https://" value=${form.terms_url} onInput=${set('terms_url')} error=${fields.terms_url?.join(' ')} />
    ${program.mir && html`<div class="two"><${TextField} label=${t('program.ratio')} value=${form.ratio} onInput=${set('ratio')} inputmode="decimal" required error=${fields['mir.ratio']?.join(' ')} /><${TextField} label=${t('program.ratio.first')} value=${form.first} onInput=${set('first')} inputmode="decimal" required error=${fields['mir.new_merchant_ratio']?.join(' ')} /></div>`}
    <${SelectField} label=${t('program.reversal')} value=${form.reversal_policy} onInput=${set('reversal_policy')} options=${REVERSALS.map((each) => [each, t(`program.reversal.${each}`)])} />
    ${coins && html`<${TextField} label=${t('program.pending')} hint=${t('program.pending.hint')} type="number" min="0" max="180" value=${form.pending_days} onInput=${set('pending_days')} error=${fields.pending_days?.join(' ')} />
      <${Check} label=${t('program.carry')} hint=${t('program.carry.hint')} checked=${form.carry_remainders} onChange=${set('carry_remainders')} />`}
    <${Problem} problem=${save.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form><//>`;
}

function Members({ program }) {
  const list = useList(`/rewards/programs/${program.id}/members`, { limit: 50 });
  const [removing, setRemoving] = useState(false);
  const [open, setOpen] = useState(null);
  const [id, setId] = useState('');
  const done = () => { setOpen(null); setRemoving(false); setId(''); list.reload(); };
  const invite = useAction(async () => {
    await call('POST', `/rewards/programs/${program.id}/members`, { body: { tenant_id: id.trim() } });
    toast(t('program.member.invited'));
    done();
  });
  const remove = async () => {
    await call('POST', `/rewards/programs/${program.id}/members/${open.tenant_id}/remove`, { body: {} });
    toast(t('program.member.removed'));
    done();
  };
  const withdraw = async () => {
    await call('DELETE', `/rewards/programs/${program.id}/members/${open.tenant_id}`);
    toast(t('program.member.withdrawn'));
    done();
  };
  return html`<div class="row apart"><h2>${t('program.tab.members')}</h2><${Button} icon="user-plus" onClick=${() => setOpen('invite')}>${t('program.member.invite')}<//></div>
    <${List} list=${list} caption=${t('program.tab.members')} rowKey=${(row) => row.tenant_id} onOpen=${setOpen} empty=${{ icon: 'store', title: t('program.member.none'), text: t('program.member.none.text') }} columns=${[
      { key: 'name', title: t('program.member'), main: true, show: (row) => row.name || row.tenant_id },
      { key: 'invited', title: t('program.member.since'), show: (row) => date(row.invited_at) },
      { key: 'version', title: t('program.member.version'), end: true, show: (row) => (row.version_in_force ? number(row.version_in_force) : '—') },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${MEMBER_TONES[row.status]}>${t(`program.member.${row.status}`)}<//>` },
    ]} />
    ${open === 'invite' && html`<${Panel} title=${t('program.member.invite')} onClose=${() => setOpen(null)}><form class="stack" onSubmit=${(event) => { event.preventDefault(); invite.run(); }}><p class="muted">${t('program.member.invite.text')}</p>
      <${TextField} label=${t('program.member.id')} hint=${t('program.member.id.hint')} value=${id} onInput=${setId} required pattern="ten_[0-9A-Z]{26}" autocomplete="off" autofocus error=${invite.problem?.fields?.tenant_id?.join(' ')} /><${Problem} problem=${invite.problem} />
      <div class="foot"><${Button} onClick=${() => setOpen(null)}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="send" busy=${invite.busy}>${t('program.member.send')}<//></div></form><//>`}
    ${open && open !== 'invite' && (open.status === 'invited'
      ? html`<${Confirm} title=${t('program.member.withdraw')} text=${t('program.member.withdraw.text', { name: open.name || open.tenant_id })} action=${t('program.member.withdraw')} danger onConfirm=${withdraw} onClose=${() => setOpen(null)} />`
      : html`<${Panel} title=${open.name || open.tenant_id} onClose=${() => setOpen(null)}><${Facts} entries=${[[t('keys.status'), t(`program.member.${open.status}`)], [t('program.member.since'), dateTime(open.invited_at)], open.answered_at && [t('program.member.answered'), dateTime(open.answered_at)], [t('program.member.accepted'), open.accepted_version && number(open.accepted_version)], [t('program.member.version'), open.version_in_force && number(open.version_in_force)], [t('ledger.id'), html`<code>${open.tenant_id}</code>`]]} />
        ${open.status === 'active' && html`<div><${Button} kind="danger" icon="ban" onClick=${() => setRemoving(true)}>${t('program.member.remove')}<//></div>`}<//>`)}
    ${removing && open && html`<${Confirm} title=${t('program.member.remove')} text=${t('program.member.remove.text', { name: open.name || open.tenant_id })} phrase=${open.name || undefined} action=${t('program.member.remove')} danger onConfirm=${remove} onClose=${() => setRemoving(false)} />`}`;
}
