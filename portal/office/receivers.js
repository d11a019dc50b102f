// The bank accounts that tenants send prefund money to. One super admin proposes an account, and another one, who types its
// number from the bank's own papers, approves it: nobody alone can send the money of all tenants elsewhere.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime, short } from '../lib/format.js';
import { can, me, sandbox } from '../lib/session.js';
import { Badge, Button, Empty, Notice, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { Back, Confirm, Facts, Loading, Page, Panel, Problem, useAction, useRead } from './kit.js';

const APPROVE_WITHIN_MS = 7 * 86_400_000;
const ORDER = ['proposed', 'active', 'lapsed', 'retired'];
const TONES = { proposed: 'warn', active: 'good', lapsed: '', retired: '' };
const plain = (text) => text.replace(/\s/g, '').toUpperCase();
const endsOf = (account) => `…${account.number.slice(-4)}`;

/** A proposal that nobody approved within a week is none any more; what the API says of it stays `proposed`. */
function stateOf(account) {
  if (account.status !== 'proposed') return account.status;
  return Date.now() < Date.parse(account.proposed_at) + APPROVE_WITHIN_MS ? 'proposed' : 'lapsed';
}

const sorted = (accounts) => accounts.map((each) => ({ ...each, state: stateOf(each) })).sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.bank.localeCompare(other.bank));

export default function Receivers() {
  const found = useRead(async () => sorted(await call('GET', '/prefund/accounts', { query: { all: 'true' } })));
  const team = useRead(async () => (can('tenant:admin') ? call('GET', '/tenant/users', { query: { limit: 100 } }) : []));
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const done = () => { close(); found.reload(); };
  const changes = can('platform:admin') && !sandbox.value;
  const named = (id) => (id === me.value.id ? t('queue.me') : (team.data || []).find((each) => each.id === id)?.name || short(id));
  const propose = html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen({ what: 'new' })}>${t('receiver.new')}<//>`;
  return html`<${Page} title=${t('view.receivers')} text=${t('receiver.text')} back=${html`<${Back} href="/queue">${t('view.queue')}<//>`} actions=${changes && propose}>
    ${can('platform:admin') && sandbox.value && html`<${Notice}>${t('receiver.live')}<//>`}
    <${Problem} problem=${found.problem} retry=${found.reload} />${!found.data && !found.problem && html`<${Loading} rows="3" />`}
    ${found.data?.length === 0 && html`<div class="card"><${Empty} icon="landmark" title=${t('receiver.none')}><p>${t('receiver.none.text')}</p>${changes && propose}<//></div>`}
    ${found.data?.length > 0 && html`<ul class="cards">${found.data.map((each) => html`<${Account} key=${each.id} account=${each} named=${named} changes=${changes} onAct=${(what) => setOpen({ what, account: each })} />`)}</ul>`}
    ${open?.what === 'new' && html`<${Propose} onClose=${close} onDone=${done} />`}
    ${open?.what === 'approve' && html`<${Approve} account=${open.account} by=${named(open.account.proposed_by)} onClose=${close} onDone=${done} />`}
    ${open?.what === 'remove' && html`<${Remove} account=${open.account} onClose=${close} onDone=${done} />`}<//>`;
}

/** Who is to approve a number types it from the bank's papers: here it would only be copied. */
function Account({ account, named, changes, onAct }) {
  const { state } = account;
  const own = account.proposed_by === me.value.id;
  return html`<li class="card item"><div class="row apart nowrap"><h2 class="ellipsis">${account.bank}</h2><${Badge} tone=${TONES[state]} icon=${state === 'active' ? 'badge-check' : undefined}>${t(`receiver.state.${state}`)}<//></div>
    <${Facts} entries=${[[t('prefund.holder'), account.name], [t('prefund.number'), html`<code>${state === 'proposed' && !own ? endsOf(account) : account.number}</code>`], ['IFSC', html`<code>${account.ifsc}</code>`], account.branch && [t('queue.branch'), account.branch], account.proposed_by && [t('receiver.by'), named(account.proposed_by)], account.proposed_at && [t('receiver.at'), dateTime(account.proposed_at)]]} />
    ${state === 'proposed' && html`<p class="small muted">${t(own ? 'receiver.wait.own' : 'receiver.wait', { until: dateTime(new Date(Date.parse(account.proposed_at) + APPROVE_WITHIN_MS).toISOString()) })}</p>`}
    ${state === 'lapsed' && html`<p class="small muted">${t('receiver.lapsed')}</p>`}
    ${changes && state !== 'retired' && html`<div class="row">${state === 'proposed' && !own && html`<${Button} kind="primary" icon="check" onClick=${() => onAct('approve')}>${t('receiver.approve')}<//>`}
      <${Button} kind="danger" onClick=${() => onAct('remove')}>${t(state === 'active' ? 'receiver.retire' : own ? 'receiver.withdraw' : 'receiver.reject')}<//></div>`}</li>`;
}

function Propose({ onClose, onDone }) {
  const [form, setForm] = useState({ bank: '', name: '', number: '', ifsc: '', branch: '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = useAction(async () => {
    const body = { bank: form.bank.trim(), name: form.name.trim(), number: plain(form.number), ifsc: plain(form.ifsc), ...(form.branch.trim() && { branch: form.branch.trim() }) };
    const made = await call('POST', '/prefund/accounts', { body });
    toast(t(`receiver.made.${made.status}`));
    onDone();
  });
  const said = save.problem?.fields || {};
  const error = (name) => said[name]?.join(' ');
  return html`<${Panel} title=${t('receiver.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><p class="muted">${t('receiver.new.text')}</p>
    <${TextField} label=${t('prefund.bank')} value=${form.bank} onInput=${set('bank')} required maxlength="128" placeholder="HDFC Bank" error=${error('bank')} />
    <${TextField} label=${t('prefund.holder')} value=${form.name} onInput=${set('name')} required maxlength="128" autocomplete="off" error=${error('name')} />
    <${TextField} label=${t('prefund.number')} value=${form.number} onInput=${set('number')} required autocomplete="off" autocapitalize="characters" spellcheck="false" class="input mono" error=${error('number')} />
    <div class="two"><${TextField} label="IFSC" value=${form.ifsc} onInput=${set('ifsc')} required autocomplete="off" autocapitalize="characters" spellcheck="false" class="input mono" maxlength="11" placeholder="HDFC0001234" error=${error('ifsc')} />
      <${TextField} label=${t('receiver.branch')} value=${form.branch} onInput=${set('branch')} maxlength="128" error=${error('branch')} /></div>
    <${Problem} problem=${Object.keys(said).length ? null : save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy}>${t('receiver.propose')}<//></div></form><//>`;
}

/** The number is not shown beside the field: who approves has it from the bank, not from whoever proposed it. */
function Approve({ account, by, onClose, onDone }) {
  const [number, setNumber] = useState('');
  const approve = useAction(async () => {
    await call('POST', `/prefund/accounts/${account.id}/approve`, { body: { number: plain(number) } });
    toast(t('receiver.made.active'));
    onDone();
  });
  const wrong = approve.problem?.fields?.number && t('receiver.number.wrong');
  return html`<${Panel} title=${t('receiver.approve.title', { bank: account.bank })} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); approve.run(); }}>
    <${Facts} entries=${[[t('prefund.bank'), account.bank], [t('prefund.holder'), account.name], ['IFSC', html`<code>${account.ifsc}</code>`], [t('receiver.by'), by]]} />
    <${Notice} tone="warn">${t('receiver.approve.text')}<//>
    <${TextField} label=${t('prefund.number')} hint=${t('receiver.number.hint')} value=${number} onInput=${setNumber} required autocomplete="off" autocapitalize="characters" spellcheck="false" class="input mono" error=${wrong} autofocus />
    <${Problem} problem=${wrong ? null : approve.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="check" busy=${approve.busy} disabled=${!number.trim()}>${t('receiver.approve')}<//></div></form><//>`;
}

function Remove({ account, onClose, onDone }) {
  const active = account.state === 'active';
  const remove = async () => {
    await call('DELETE', `/prefund/accounts/${account.id}`);
    toast(t(active ? 'receiver.retired' : 'receiver.withdrawn'));
    onDone();
  };
  return html`<${Confirm} title=${t(active ? 'receiver.retire' : 'receiver.remove')} text=${t(active ? 'receiver.retire.text' : 'receiver.remove.text', { account: `${account.bank} ${endsOf(account)}` })} phrase=${active ? account.number.slice(-4) : undefined} action=${t(active ? 'receiver.retire' : 'receiver.remove')} danger onConfirm=${remove} onClose=${onClose} />`;
}
