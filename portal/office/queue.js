// The operator's prefund queue: each request beside its proof, taken into review by one and decided by another, by code.
import { html, useState } from '../lib/ui.js';
import { has, t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { ago, amount, date, dateTime, rupees } from '../lib/format.js';
import { go, path, search, setQuery } from '../lib/router.js';
import { can, me } from '../lib/session.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { Back, Facts, List, Loading, Page, Problem, useAction, useList, useRead } from './kit.js';
import { TONES } from './prefund.js';
import { TenantName } from './tenant-names.js';

/** The steps that make somebody a reviewer. */
const HANDLING = ['review', 'request_clarification'];

/** The tenant's words, but for a question: there it is “for you”. */
const statusText = (status) => t(status === 'clarification' ? 'queue.show.clarification' : `prefund.status.${status}`);
const Status = ({ of }) => html`<${Badge} tone=${TONES[of]}>${statusText(of)}<//>`;

const step = (name) => { const key = `queue.step.${name.replaceAll(' ', '_')}`; return has(key) ? t(key) : name; };
const actor = (entry) => (entry.by === me.value.id ? t('queue.me') : entry.by_name || t(entry.by === 'workflow' ? 'queue.automatic' : 'queue.gone'));

export default function Queue() {
  const id = path.value.split('/')[2];
  return id ? html`<${Request} key=${id} id=${id} />` : html`<${All} />`;
}

function All() {
  const status = search.value.get('status') || 'submitted';
  const list = useList('/prefund/requests', { status: status === 'all' ? '' : status, limit: 30 });
  const accounts = useRead(() => call('GET', '/prefund/accounts'));
  return html`<${Page} title=${t('view.queue')} text=${t('queue.prefund.text')} actions=${html`<${Button} icon="landmark" href="/receivers">${t('queue.accounts')}<//>`}>
    <${Segmented} label=${t('prefund.status')} value=${status} onChange=${(value) => setQuery({ status: value })} options=${['submitted', 'under_review', 'clarification', 'all'].map((each) => [each, t(`queue.show.${each}`)])} />
    <${List} list=${list} caption=${t('view.queue')} rowKey=${(row) => row.id} onOpen=${(row) => go(`/queue/${row.id}`)} empty=${{ icon: 'wallet', title: t('queue.none'), text: t('queue.none.text') }} columns=${[
      { key: 'amount', title: t('prefund.amount'), main: true, show: (row) => html`<span class="figures">${rupees(row.amount)}</span>` },
      { key: 'tenant', title: t('console.tenant'), show: (row) => row.tenant_name || html`<${TenantName} id=${row.tenant_id} />` },
      { key: 'utr', title: t('prefund.utr'), show: (row) => html`<code class="small">${row.utr}</code>` },
      { key: 'paid', title: t('prefund.paid'), show: (row) => date(row.paid_on) },
      { key: 'since', title: t('queue.since'), show: (row) => html`<time datetime=${row.since} title=${dateTime(row.since)}>${ago(row.since)}</time>` },
      { key: 'assigned', title: t('queue.assigned'), show: (row) => (row.assigned_to === me.value.id ? t('queue.me') : row.assigned_to ? row.assigned_to_name || t('queue.gone') : '—') },
      { key: 'status', title: t('prefund.status'), show: (row) => html`<${Status} of=${row.status} />` },
    ]} />
    ${accounts.data?.length === 0 && html`<${Notice} tone="warn"><p>${t('queue.accounts.none')}</p><div><${Button} size="small" href="/receivers">${t('queue.accounts.add')}<//></div><//>`}<//>`;
}

function Request({ id }) {
  const found = useRead(() => call('GET', `/prefund/requests/${id}`));
  const request = found.data;
  return html`<${Page} title=${request ? rupees(request.amount) : t('view.queue')} text=${request && t('queue.from', { tenant: request.tenant_name || request.tenant_id })} back=${html`<${Back} href="/queue">${t('view.queue')}<//>`} actions=${request && html`<${Status} of=${request.status} />`}>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!request && !found.problem && html`<${Loading} />`}
    ${request && html`<div class="two uneven beside"><${Proof} proof=${request.proof} />
      <div class="stack"><section class="card item"><h2>${t('queue.claim')}</h2><${Facts} entries=${[[t('prefund.amount'), rupees(request.amount)], [t('prefund.utr'), html`<code>${request.utr}</code>`], [t('prefund.paid'), date(request.paid_on)], request.note && [t('prefund.note'), request.note], request.credited_amount !== null && [t('prefund.credited'), rupees(request.credited_amount)], request.decision_note && [t('prefund.decision'), request.decision_note]]} /></section>
        <${Actions} request=${request} onDone=${found.reload} />${['submitted', 'under_review', 'clarification'].includes(request.status) && can('platform:review') && html`<${Assign} request=${request} onDone=${found.reload} />`}
        <section class="card item"><h2>${t('prefund.history')}</h2><ol class="timeline">${request.history.map((entry, at) => html`<li key=${at}><span class="strong">${entry.what === 'create' ? t('prefund.step.create') : statusText(entry.status)}</span><span class="small muted">${dateTime(entry.at)} · ${actor(entry)}</span>${entry.note && html`<span class="small">${entry.note}</span>`}</li>`)}</ol>
          ${request.workflow && html`<p class="small muted">${t('queue.workflow', { step: step(request.workflow.step), since: dateTime(request.workflow.since) })}</p>`}</section></div></div>`}<//>`;
}

function Proof({ proof }) {
  const picture = proof.url && proof.media_type.startsWith('image/');
  return html`<section class="card item proof" aria-label=${t('prefund.proof')}><div class="row apart"><h2>${t('prefund.proof')}</h2>${proof.url && html`<a class="button small" href=${proof.url} target="_blank" rel="noopener"><${Icon} name="arrow-up-right" />${t('queue.proof.open')}</a>`}</div>
    ${picture ? html`<img src=${proof.url} alt=${t('queue.proof.alt', { name: proof.name })} />` : html`<div class="file"><${Icon} name="file-text" /><span class="strong">${proof.name}</span><span class="small muted">${proof.media_type}</span></div>`}
    <p class="small muted mono">SHA-256 ${proof.sha256.slice(0, 16)}…</p></section>`;
}

function Actions({ request, onDone }) {
  const { status } = request;
  if (status === 'submitted' && can('platform:review')) return html`<${Take} request=${request} onDone=${onDone} />`;
  if (status === 'under_review' || status === 'settlement_failed') return html`<${Decision} request=${request} onDone=${onDone} />${status === 'under_review' && can('platform:review') && html`<${Ask} request=${request} onDone=${onDone} />`}`;
  if (status === 'clarification') return html`<${Notice}>${t('queue.clarifying')}<//>`;
  return null;
}

/** Whoever made the request, took it into review or asked about it is told that somebody else decides it. */
const handled = (request) => request.created_by === me.value.id || request.history.some((entry) => entry.by === me.value.id && HANDLING.includes(entry.what));

function Decision({ request, onDone }) {
  if (handled(request)) return html`<${Notice} icon="users"><p>${t('queue.four')}</p><//>`;
  if (!can('prefund:decide')) return html`<${Notice} icon="users"><p>${t('queue.decide.role')}</p><//>`;
  return html`<${Decide} request=${request} onDone=${onDone} />`;
}

function Take({ request, onDone }) {
  const take = useAction(async () => {
    await call('POST', `/prefund/requests/${request.id}/review`, { body: {} });
    toast(t('queue.taken'));
    onDone();
  });
  return html`<section class="card item"><h2>${t('queue.take')}</h2><p class="small muted">${t('queue.take.text')}</p><${Problem} problem=${take.problem} /><div><${Button} kind="primary" icon="eye" busy=${take.busy} onClick=${() => take.run()}>${t('queue.take')}<//></div></section>`;
}

/** Who looks after it. The team's names are for administrators; others take it themselves. */
function Assign({ request, onDone }) {
  const team = useRead(async () => (can('tenant:admin') ? call('GET', '/tenant/users', { query: { limit: 100 } }) : [me.value]));
  const people = (team.data || []).filter((each) => !each.status || each.status === 'active');
  const assign = useAction(async (user) => {
    await call('POST', `/prefund/requests/${request.id}/assign`, { body: { user_id: user } });
    toast(t('queue.assign.done'));
    onDone();
  });
  return html`<section class="card item"><${SelectField} label=${t('queue.assigned')} value=${request.assigned_to || ''} onInput=${(user) => user && assign.run(user)} options=${[...(people.some((each) => each.id === request.assigned_to) ? [] : [[request.assigned_to || '', request.assigned_to ? request.assigned_to_name || t('queue.gone') : t('queue.nobody')]]), ...people.map((each) => [each.id, each.name])]} /><${Problem} problem=${assign.problem} /></section>`;
}

function Ask({ request, onDone }) {
  const [note, setNote] = useState('');
  const ask = useAction(async () => {
    await call('POST', `/prefund/requests/${request.id}/request-clarification`, { body: { note: note.trim() } });
    toast(t('queue.asked'));
    onDone();
  });
  return html`<form class="card item" onSubmit=${(event) => { event.preventDefault(); ask.run(); }}><h2>${t('queue.ask')}</h2><${TextField} label=${t('queue.question')} rows="2" value=${note} onInput=${setNote} required maxlength="256" error=${ask.problem?.fields?.note?.join(' ')} /><${Problem} problem=${ask.problem} /><div><${Button} type="submit" icon="message-square" busy=${ask.busy} disabled=${!note.trim()}>${t('queue.ask.send')}<//></div></form>`;
}

/** Two steps: the code is good for this request, this decision and this amount alone. */
function Decide({ request, onDone }) {
  const [decision, setDecision] = useState('approve');
  const [part, setPart] = useState(String(request.amount));
  const [sent, setSent] = useState(null);
  const [code, setCode] = useState('');
  const [note, setNote] = useState('');
  const change = (set) => (value) => { set(value); setSent(null); setCode(''); };
  const what = { decision, ...(decision === 'approve' && { amount: amount(part) }) };
  const ask = useAction(async () => setSent(await call('POST', `/prefund/requests/${request.id}/decision/otp/request`, { body: what })));
  const confirm = useAction(async () => {
    await call('POST', `/prefund/requests/${request.id}/decision/otp/confirm`, { body: { ...what, otp_id: sent.otp_id, otp_code: code.trim(), ...(note.trim() && { note: note.trim() }) } });
    toast(t(`queue.decided.${decision}`));
    onDone();
  });
  const less = decision === 'approve' && Number(amount(part) || 0) !== Number(request.amount);
  return html`<form class="card item" onSubmit=${(event) => { event.preventDefault(); if (sent) confirm.run(); else ask.run(); }}><h2>${t('queue.decide')}</h2>
    <${Segmented} label=${t('queue.decide')} value=${decision} onChange=${change(setDecision)} options=${['approve', 'reject'].map((each) => [each, t(`queue.${each}`)])} />
    ${decision === 'approve' && html`<${TextField} label=${t('queue.credit')} hint=${less ? t('queue.credit.less', { amount: rupees(request.amount) }) : undefined} value=${part} onInput=${change(setPart)} inputmode="decimal" required error=${ask.problem?.fields?.amount?.join(' ')} />`}
    <${TextField} label=${t(decision === 'approve' ? 'queue.note' : 'queue.why')} rows="2" value=${note} onInput=${setNote} maxlength="256" required=${decision === 'reject'} />
    ${sent && html`<${Notice}>${t('queue.code.sent', { to: sent.sent_to, until: dateTime(sent.expires_at) })}<//><${TextField} label=${t('signin.code')} value=${code} onInput=${setCode} class="input code" inputmode="numeric" autocomplete="one-time-code" maxlength="7" required autofocus />`}
    <${Problem} problem=${ask.problem || confirm.problem} />
    <div class="row">${sent ? html`<${Button} type="submit" kind=${decision === 'reject' ? 'primary danger' : 'primary'} icon=${decision === 'approve' ? 'check' : 'x'} busy=${confirm.busy}>${decision === 'approve' ? t('queue.approve.n', { amount: rupees(Number(amount(part) || 0)) }) : t('queue.reject')}<//>` : html`<${Button} type="submit" kind="primary" icon="mail" busy=${ask.busy} disabled=${decision === 'approve' && !amount(part)}>${t('queue.code')}<//>`}</div></form>`;
}
