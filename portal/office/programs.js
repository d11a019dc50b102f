// Coin programs: those that the tenant owns, takes part in, or is invited to.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, handlers, newKey } from '../lib/api.js';
import { coins, date, number, percent, rupees } from '../lib/format.js';
import { go, path } from '../lib/router.js';
import { me, readMe } from '../lib/session.js';
import { Badge, Button, Empty, Icon, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Confirm, Facts, Loading, Page, Panel, Problem, useAction, useRead } from './kit.js';
import { Program } from './program.js';

export const STATUS_TONES = { draft: '', active: 'good', paused: 'warn', retired: '' };
const KIND_OF = { operator: 'network', application: 'application' };

/** When coins expire, in a few words. */
export const expiryText = (expiry) => (expiry.type === 'never' ? t('program.expiry.never') : t(`program.expiry.${expiry.type}`, { count: expiry.months || 0 }));

/** What the rules of a program give, in a few words. */
export const earnText = (program) => {
  const rule = program.rules[0];
  if (!rule) return t('program.rules.none');
  const text = rule.type === 'percentage' ? t('program.earn.percentage', { percent: percent(rule.percent) }) : rule.type === 'flat' ? t('program.earn.flat', { coins: coins(rule.coins) }) : t('program.earn.slab');
  return program.rules.length > 1 ? `${text} ${t('program.earn.more', { count: program.rules.length - 1 })}` : text;
};

/** A session names the program whose books it works in, so the first one needs a new session: the counter opens with it. */
export async function openCounter() {
  if (!me.value.tenant.program_id && await handlers.signIn('program')) await readMe();
}

export default function Programs() {
  const id = path.value.split('/')[2];
  return id ? html`<${Program} key=${id} id=${id} />` : html`<${All} />`;
}

function All() {
  const kind = KIND_OF[me.value.tenant.kind] || 'closed';
  const list = useRead(() => call('GET', '/rewards/programs'));
  const invitations = useRead(async () => (kind === 'network' ? [] : call('GET', '/rewards/programs/invitations')));
  const [creating, setCreating] = useState(false);
  const again = () => { list.reload(); invitations.reload(); };
  const present = list.data?.filter((each) => each.role !== 'invited') || [];
  const mayCreate = kind === 'network' || !present.some((each) => each.status !== 'retired' && each.kind !== 'application');
  return html`<${Page} title=${t('view.programs')} text=${t('program.text')} actions=${mayCreate && list.data && html`<${Button} kind="primary" icon="plus" onClick=${() => setCreating(true)}>${t('program.new')}<//>`}>
    <${Problem} problem=${list.problem || invitations.problem} retry=${again} />
    ${!list.data && !list.problem && html`<${Loading} rows="3" />`}
    ${invitations.data?.map((each) => html`<${Invitation} key=${each.program.id} invitation=${each} onDone=${again} />`)}
    ${list.data && present.length === 0 && html`<div class="card"><${Empty} icon="coins" title=${t('program.none')}><p>${t('program.none.text')}</p>${mayCreate && html`<${Button} icon="plus" onClick=${() => setCreating(true)}>${t('program.new')}<//>`}<//></div>`}
    ${present.length > 0 && html`<ul class="cards">${present.map((each) => html`<li key=${each.id}><a class="card item tile" href=${`/programs/${each.id}`}>
      <div class="row apart nowrap"><h2 class="ellipsis">${each.name}</h2><${Badge} tone=${STATUS_TONES[each.status]}>${t(`program.status.${each.status}`)}<//></div>
      <p class="small muted">${t(`program.kind.${each.kind}`)} · ${t(`program.role.${each.role}`)}</p>
      <${Facts} entries=${[[t('program.earn'), earnText(each)], [t('program.value'), rupees(each.coin_value)], [t('program.expiry'), expiryText(each.expiry)]]} /></a></li>`)}</ul>`}
    ${creating && html`<${NewProgram} kind=${kind} onClose=${() => setCreating(false)} onDone=${async (made) => { toast(t('program.created')); if (made.status === 'active' && kind === 'closed') await openCounter(); go(`/programs/${made.id}`); }} />`}<//>`;
}

function Invitation({ invitation, onDone }) {
  const [step, setStep] = useState(null);
  const { program } = invitation;
  const accept = async () => {
    await call('POST', `/rewards/programs/${program.id}/accept`, { body: { version: program.version } });
    toast(t('program.joined', { name: program.name }));
    await openCounter();
    onDone();
  };
  const decline = async () => {
    await call('POST', `/rewards/programs/${program.id}/decline`);
    toast(t('program.declined'));
    onDone();
  };
  return html`<section class="card item invitation"><div class="row nowrap"><span class="disc"><${Icon} name="mail" /></span><div class="grow"><h2>${t('program.invited', { name: program.name })}</h2><p class="small muted">${t('program.invited.text', { when: date(invitation.invited_at) })}</p></div></div>
    <${Facts} entries=${[[t('program.earn'), earnText(program)], [t('program.value'), rupees(program.coin_value)], [t('program.expiry'), expiryText(program.expiry)], program.mir && [t('program.mir'), t('program.mir.text', { ratio: number(program.mir.ratio), first: number(program.mir.new_merchant_ratio), days: number(program.mir.new_merchant_days) })],
      program.terms_url && [t('program.terms'), html`<a href=${program.terms_url} target="_blank" rel="noopener">${program.terms_url}</a>`]]} />
    <div class="row"><${Button} kind="primary" icon="check" onClick=${() => setStep('accept')}>${t('program.accept')}<//><${Button} icon="x" onClick=${() => setStep('decline')}>${t('program.decline')}<//></div>
    ${step === 'accept' && html`<${Confirm} title=${t('program.accept')} text=${t('program.accept.text', { name: program.name })} action=${t('program.accept')} onConfirm=${accept} onClose=${() => setStep(null)} />`}
    ${step === 'decline' && html`<${Confirm} title=${t('program.decline')} text=${t('program.decline.text')} action=${t('program.decline')} danger onConfirm=${decline} onClose=${() => setStep(null)} />`}</section>`;
}

function NewProgram({ kind, onClose, onDone }) {
  const [form, setForm] = useState({ name: '', earn_percent: '5', expiry: '12', status: kind === 'closed' ? 'active' : 'draft' });
  const [key] = useState(newKey);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const create = useAction(async () => {
    const expiry = form.expiry ? { type: 'months', months: Number(form.expiry) } : { type: 'never' };
    onDone(await call('POST', '/rewards/programs', { key, body: { name: form.name.trim(), kind, earn_percent: form.earn_percent, expiry, status: form.status } }));
  });
  const fields = create.problem?.fields || {};
  return html`<${Panel} title=${t('program.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}>
    <p class="muted">${t(`program.new.${kind}`)}</p>
    <${TextField} label=${t('program.name')} hint=${t('program.name.hint')} value=${form.name} onInput=${set('name')} required maxlength="128" autofocus error=${fields.name?.join(' ')} />
    <div class="two"><${TextField} label=${t('program.percent')} hint=${t('program.percent.hint')} value=${form.earn_percent} onInput=${set('earn_percent')} inputmode="decimal" required error=${fields.earn_percent?.join(' ')} />
      <${SelectField} label=${t('program.expiry')} value=${form.expiry} onInput=${set('expiry')} options=${[['6', t('program.expiry.months', { count: 6 })], ['12', t('program.expiry.months', { count: 12 })], ['24', t('program.expiry.months', { count: 24 })], ['', t('program.expiry.never')]]} /></div>
    <${SelectField} label=${t('program.begin')} value=${form.status} onInput=${set('status')} options=${[['draft', t('program.begin.draft')], ['active', t('program.begin.active')]]} />
    <${Problem} problem=${create.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${create.busy}>${t('program.create')}<//></div></form><//>`;
}
