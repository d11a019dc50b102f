// Balance between parent and child: what children ask for, with a decision over the whole or a part; and what this
// tenant asks of its own parent.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, dateTime, rupees } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { me } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { Segmented, TextField } from '../components/forms.js';
import { Facts, List, Page, Panel, Problem, Stat, useAction, useRead } from './kit.js';

const TONES = { PENDING: 'warn', APPROVED: 'good', REJECTED: 'bad', WITHDRAWN: '', EXPIRED: '', FAILED: 'bad' };
const headers = () => ({ 'x-tenant-id': me.value.tenant.id });

export default function Requests() {
  const { asks_parent: asks } = me.value.tenant;
  const [asking, setAsking] = useState(false);
  const [round, setRound] = useState(0);
  return html`<${Page} title=${t('view.requests')} text=${t(asks ? 'requests.own.text' : 'requests.text')} actions=${asks && html`<${Button} kind="primary" icon="plus" onClick=${() => setAsking(true)}>${t('requests.ask')}<//>`}>
    <${Overview} key=${round} own=${asks} />${!asks && html`<${Terms} />`}
    ${asking && html`<${Ask} onClose=${() => setAsking(false)} onDone=${() => { setAsking(false); setQuery({ status: '' }); setRound(round + 1); }} />`}<//>`;
}

/** How long children wait at most. The API gives the terms with their change alone, so the form begins with the usual ones. */
function Terms() {
  const [open, setOpen] = useState(false);
  const [form, setForm] = useState({ expires: '72', reminds: '24' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = useAction(async () => {
    await call('PUT', '/gateway/wallet/api/balance-request-terms', { headers: headers(), body: { expiresAfterHours: Number(form.expires), remindAfterHours: Number(form.reminds) } });
    toast(t('requests.terms.done'));
    setOpen(false);
  });
  const fields = save.problem?.fields || {};
  return html`<div><${Button} kind="quiet" size="small" icon="clock" onClick=${() => setOpen(true)}>${t('requests.terms')}<//></div>
    ${open && html`<${Panel} title=${t('requests.terms')} onClose=${() => setOpen(false)}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><p class="muted">${t('requests.terms.text')}</p>
      <div class="two"><${TextField} label=${t('requests.terms.expires')} type="number" min="1" max="720" value=${form.expires} onInput=${set('expires')} required error=${fields.expiresAfterHours?.join(' ')} /><${TextField} label=${t('requests.terms.reminds')} type="number" min="1" max="720" value=${form.reminds} onInput=${set('reminds')} required error=${fields.remindAfterHours?.join(' ')} /></div>
      <${Problem} problem=${save.problem} /><div class="foot"><${Button} onClick=${() => setOpen(false)}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form><//>`}`;
}

function Ask({ onClose, onDone }) {
  const [form, setForm] = useState({ amount: '', reference: '', remarks: '' });
  const [key] = useState(newKey);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const ask = useAction(async () => {
    const body = { amount: amount(form.amount), walletCustomerId: form.reference.trim(), ...(form.remarks.trim() && { remarks: form.remarks.trim() }) };
    await call('POST', '/gateway/wallet/api/balance-request', { headers: headers(), key, body });
    toast(t('requests.asked.done'));
    onDone();
  });
  const fields = ask.problem?.fields || {};
  return html`<${Panel} title=${t('requests.ask')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); ask.run(); }}>
    <${TextField} label=${t('prefund.amount')} value=${form.amount} onInput=${set('amount')} inputmode="decimal" required error=${fields.amount?.join(' ')} autofocus />
    <${TextField} label=${t('requests.reference')} hint=${t('requests.reference.hint')} value=${form.reference} onInput=${set('reference')} required maxlength="128" error=${fields.walletCustomerId?.join(' ')} />
    <${TextField} label=${t('requests.why')} rows="3" value=${form.remarks} onInput=${set('remarks')} maxlength="256" error=${fields.remarks?.join(' ')} />
    <${Problem} problem=${ask.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="send" busy=${ask.busy} disabled=${!amount(form.amount)}>${t('requests.ask.send')}<//></div></form><//>`;
}

function Overview({ own }) {
  const status = search.value.get('status') || (own ? 'ALL' : 'PENDING');
  const page = Number(search.value.get('page') || 1);
  const balance = useRead(() => call('GET', '/gateway/wallet/api/balance', { headers: headers() }));
  const found = useRead(() => call('GET', `/gateway/wallet/api/${own ? 'my' : 'child'}-balance-requests`, { headers: headers(), query: { status: status === 'ALL' ? '' : status, page, limit: 20 }, whole: true }), `${status} ${page}`);
  const [open, setOpen] = useState(null);
  const pages = found.data?.pagination;
  return html`
    ${balance.data && html`<div class="stats"><${Stat} icon="wallet" label=${t('requests.balance')} value=${rupees(balance.data.balance)} note=${balance.data.held > 0 && t('prefund.held', { amount: rupees(balance.data.held) })} /></div>`}
    <${Segmented} label=${t('requests.status')} value=${status} onChange=${(value) => setQuery({ status: value, page: '' })} options=${['PENDING', 'APPROVED', 'REJECTED', 'ALL'].map((each) => [each, t(`requests.status.${each}`)])} />
    <${List} list=${{ ...found, rows: found.data?.data }} caption=${t('view.requests')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'building-2', title: t('requests.none'), text: t(own ? 'requests.none.own' : 'requests.none.text') }} columns=${[
      ...(own ? [] : [{ key: 'tenant', title: t('requests.tenant'), main: true, show: (row) => row.tenantName }]),
      { key: 'asked', title: t('requests.asked'), main: own, end: !own, show: (row) => rupees(Number(row.requestedAmount)) },
      { key: 'approved', title: t('requests.approved'), end: true, show: (row) => (row.approvedAmount ? rupees(Number(row.approvedAmount)) : '—') },
      { key: 'remarks', title: t('requests.why'), show: (row) => html`<span class="ellipsis limit">${row.remarks || '—'}</span>` },
      { key: 'at', title: t('ledger.when'), show: (row) => dateTime(row.createdAt) },
      { key: 'status', title: t('requests.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`requests.status.${row.status}`)}<//>` },
    ]} />
    ${pages && pages.totalPages > 1 && html`<div class="center row"><${Button} icon="chevron-left" disabled=${!pages.hasPrev} onClick=${() => setQuery({ page: String(page - 1) })}>${t('requests.newer')}<//><span class="small muted">${t('requests.page', { page, total: pages.totalPages })}</span><${Button} disabled=${!pages.hasNext} onClick=${() => setQuery({ page: String(page + 1) })}>${t('requests.older')}<//></div>`}
    ${open && html`<${Decision} request=${open} own=${own} balance=${balance.data?.balance} onClose=${() => setOpen(null)} onDone=${() => { setOpen(null); found.reload(); balance.reload(); }} />`}`;
}

function Decision({ request, own, balance, onClose, onDone }) {
  const [part, setPart] = useState(String(Number(request.requestedAmount)));
  const [remarks, setRemarks] = useState('');
  const [key] = useState(newKey);
  const approve = useAction(async () => {
    await call('PUT', `/gateway/wallet/api/balance-requests/${request.id}/approve`, { headers: headers(), key: `approve-${key}`, body: { approvedAmount: amount(part), ...(remarks.trim() && { approvalRemarks: remarks.trim() }) } });
    toast(t('requests.done.approved', { amount: rupees(Number(amount(part))) }));
    onDone();
  });
  const reject = useAction(async () => {
    await call('PUT', `/gateway/wallet/api/balance-requests/${request.id}/reject`, { headers: headers(), key: `reject-${key}`, body: remarks.trim() ? { remarks: remarks.trim() } : {} });
    toast(t('requests.done.rejected'));
    onDone();
  });
  const withdraw = useAction(async () => {
    await call('PUT', `/gateway/wallet/api/balance-requests/${request.id}/withdraw`, { headers: headers(), key: `withdraw-${key}`, body: {} });
    toast(t('requests.done.withdrawn'));
    onDone();
  });
  const asked = Number(request.requestedAmount);
  const given = Number(amount(part) || 0);
  return html`<${Panel} title=${own ? t('requests.mine') : request.tenantName} onClose=${onClose}><p class="big-figure figures">${rupees(asked)}</p>
    <${Facts} entries=${[[t('requests.status'), t(`requests.status.${request.status}`)], [t('ledger.when'), dateTime(request.createdAt)], [t('requests.expires'), dateTime(request.expiresAt)], [t('requests.why'), request.remarks], request.approvedAmount && [t('requests.approved'), rupees(Number(request.approvedAmount))],
      (request.approvalRemarks || request.rejectionReason || request.failureReason) && [t('requests.reason'), request.approvalRemarks || request.rejectionReason || request.failureReason], [t('requests.reference'), own ? request.walletCustomerId : html`<a href=${`/reports?customer=${encodeURIComponent(request.walletCustomerId)}`}>${request.walletCustomerId}</a>`]]} />
    ${own && request.status === 'PENDING' && html`<${Problem} problem=${withdraw.problem} /><div class="foot"><${Button} kind="danger" icon="undo-2" busy=${withdraw.busy} onClick=${() => withdraw.run()}>${t('requests.withdraw')}<//></div>`}
    ${!own && request.status === 'PENDING' && html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); approve.run(); }}>
      <${TextField} label=${t('requests.part')} value=${part} onInput=${setPart} inputmode="decimal" required hint=${balance !== undefined ? t('requests.part.hint', { amount: rupees(balance) }) : undefined} error=${given > asked ? t('requests.part.more', { amount: rupees(asked) }) : undefined} />
      <${TextField} label=${t('requests.reason')} rows="2" value=${remarks} onInput=${setRemarks} maxlength="256" />
      <${Problem} problem=${approve.problem || reject.problem} />
      <div class="foot"><${Button} kind="danger" icon="x" busy=${reject.busy} onClick=${() => reject.run()}>${t('requests.reject')}<//><${Button} type="submit" kind="primary" icon="check" busy=${approve.busy} disabled=${!given || given > asked}>${given && given < asked ? t('requests.approve.part', { amount: rupees(given) }) : t('requests.approve')}<//></div></form>`}<//>`;
}
