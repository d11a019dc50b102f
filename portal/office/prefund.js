// Money paid in ahead: a request with the proof of the transfer, and where each request stands.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, date, dateTime, rupees } from '../lib/format.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { CopyField, Facts, List, Loading, Page, Panel, Problem, Stat, useAction, useList, useRead } from './kit.js';
import { can } from '../lib/session.js';
import { NewTopUp, TopUp, TopUps } from './top-ups.js';
import { today } from './days.js';
import { upload } from './upload.js';

export const TONES = { draft: 'info', submitted: 'info', under_review: 'info', clarification: 'warn', approved: 'good', credited: 'good', rejected: 'bad', withdrawn: '', settlement_failed: 'bad' };
const Status = ({ of }) => html`<${Badge} tone=${TONES[of]}>${t(`prefund.status.${of}`)}<//>`;

export default function Prefund() {
  const list = useList('/prefund/requests', { limit: 20 });
  const wallets = useRead(() => call('GET', '/wallets'));
  const topUps = can('ledger:read') ? useList('/billing/top-ups', { limit: 20 }) : null;
  const [open, setOpen] = useState(null);
  const turns = useRef(0);
  const close = () => setOpen(null);
  const done = () => { turns.current = 0; close(); list.reload(); };
  // A request is a draft until its workflow has begun, a moment later.
  const begins = (list.rows || []).some((row) => row.status === 'draft');
  useEffect(() => {
    const again = begins && turns.current < 5 && setTimeout(() => { turns.current += 1; list.reload(); }, 2000);
    return () => clearTimeout(again);
  }, [list.data]);
  const funds = (wallets.data || []).filter((wallet) => wallet.type === 'funds' && wallet.asset === 'INR' && !wallet.customer);
  return html`<${Page} title=${t('view.prefund')} text=${t('prefund.text')} actions=${html`${topUps && can('funds:move') && html`<${Button} icon="link" onClick=${() => setOpen('top-up')}>${t('topup.new')}<//>`}<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>${t('prefund.new')}<//>`}>
    ${funds.length > 0 && html`<div class="stats">${funds.map((wallet) => html`<${Stat} key=${wallet.wallet_id} icon="wallet" label=${t('prefund.balance')} value=${rupees(wallet.available)} note=${wallet.held > 0 && t('prefund.held', { amount: rupees(wallet.held) })} />`)}</div>`}
    <${List} list=${list} caption=${t('view.prefund')} rowKey=${(row) => row.id} onOpen=${(row) => setOpen(row.id)} empty=${{ icon: 'wallet', title: t('prefund.none'), text: t('prefund.none.text') }} columns=${[
      { key: 'amount', title: t('prefund.amount'), main: true, show: (row) => html`<span class="figures">${rupees(row.amount)}</span>` },
      { key: 'paid', title: t('prefund.paid'), show: (row) => date(row.paid_on) },
      { key: 'utr', title: t('prefund.utr'), show: (row) => html`<code class="small">${row.utr}</code>` },
      { key: 'credited', title: t('prefund.credited'), end: true, show: (row) => (row.credited_amount === null ? '—' : rupees(row.credited_amount)) },
      { key: 'status', title: t('prefund.status'), show: (row) => html`<${Status} of=${row.status} />` },
    ]} />
    ${topUps?.rows?.length > 0 && html`<${TopUps} list=${topUps} onOpen=${setOpen} />`}
    ${open === 'new' && html`<${NewRequest} onClose=${close} onDone=${done} />`}${open === 'top-up' && html`<${NewTopUp} onClose=${close} onDone=${(made) => { setOpen(made.id); topUps.reload(); }} />`}
    ${open?.startsWith('tup_') && html`<${TopUp} id=${open} onClose=${close} onPaid=${() => { topUps.reload(); wallets.reload(); }} />`}
    ${open?.startsWith('pfr_') && html`<${Request} id=${open} onClose=${close} onDone=${done} />`}<//>`;
}

function NewRequest({ onClose, onDone }) {
  const accounts = useRead(() => call('GET', '/prefund/accounts'));
  const [key] = useState(newKey);
  const [form, setForm] = useState({ account: '', amount: '', utr: '', paid_on: today(), note: '' });
  const [file, setFile] = useState(null);
  const [sent, setSent] = useState(null);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const chosen = accounts.data?.find((each) => each.id === form.account) || accounts.data?.[0];
  const submit = useAction(async () => {
    // Tried again after a failure, the same file is not sent twice.
    const proof = sent?.file === file ? sent.document : await upload(file, 'other');
    setSent({ file, document: proof });
    const body = { receiver_account_id: chosen.id, amount: amount(form.amount), utr: form.utr.trim(), paid_on: form.paid_on, document_id: proof.id, ...(form.note.trim() && { note: form.note.trim() }) };
    await call('POST', '/prefund/requests', { body, key });
    toast(t('prefund.sent'));
    onDone();
  });
  const fields = submit.problem?.fields || {};
  if (!accounts.data) return html`<${Panel} title=${t('prefund.new')} onClose=${onClose}><${Problem} problem=${accounts.problem} /><${Loading} rows="3" /><//>`;
  if (!chosen) return html`<${Panel} title=${t('prefund.new')} onClose=${onClose}><${Notice} tone="warn">${t('prefund.noaccount')}<//><//>`;
  return html`<${Panel} title=${t('prefund.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); submit.run(); }}>
    <p class="muted">${t('prefund.how')}</p>
    ${accounts.data.length > 1 && html`<${SelectField} label=${t('prefund.account')} value=${chosen.id} onInput=${set('account')} options=${accounts.data.map((each) => [each.id, `${each.bank} …${each.number.slice(-4)}`])} />`}
    <div class="card pad"><${Facts} entries=${[[t('prefund.bank'), chosen.bank], [t('prefund.holder'), chosen.name]]} /><div class="stack tight"><${CopyField} label=${t('prefund.number')} value=${chosen.number} /><${CopyField} label="IFSC" value=${chosen.ifsc} /></div></div>
    <div class="two"><${TextField} label=${t('prefund.amount')} value=${form.amount} onInput=${set('amount')} inputmode="decimal" required error=${fields.amount?.join(' ')} /><${TextField} label=${t('prefund.paid')} type="date" value=${form.paid_on} onInput=${set('paid_on')} max=${today()} required error=${fields.paid_on?.join(' ')} /></div>
    <${TextField} label=${t('prefund.utr')} hint=${t('prefund.utr.hint')} value=${form.utr} onInput=${set('utr')} required autocomplete="off" autocapitalize="characters" error=${fields.utr?.join(' ')} />
    <div class="field"><span class="legend">${t('prefund.proof')}</span><label class="button"><input class="sr" type="file" accept="application/pdf,image/png,image/jpeg,image/webp" onChange=${(event) => setFile(event.target.files[0] || null)} /><${Icon} name="upload" />${file ? file.name : t('prefund.proof.choose')}</label><span class="hint">${t('prefund.proof.hint')}</span></div>
    <${TextField} label=${t('prefund.note')} rows="2" value=${form.note} onInput=${set('note')} maxlength="256" />
    <${Problem} problem=${submit.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${submit.busy} disabled=${!file || !amount(form.amount)}>${t('prefund.submit')}<//></div></form><//>`;
}

function Request({ id, onClose, onDone }) {
  const found = useRead(() => call('GET', `/prefund/requests/${id}`));
  const [text, setText] = useState('');
  const [file, setFile] = useState(null);
  const answer = useAction(async () => {
    const proof = file && await upload(file, 'other');
    await call('POST', `/prefund/requests/${id}/clarify`, { body: { note: text.trim(), ...(proof && { document_id: proof.id }) } });
    toast(t('prefund.answered'));
    onDone();
  });
  const withdraw = useAction(async () => {
    await call('POST', `/prefund/requests/${id}/withdraw`, { body: {} });
    toast(t('prefund.withdrawn'));
    onDone();
  });
  const request = found.data;
  return html`<${Panel} title=${request ? rupees(request.amount) : t('view.prefund')} onClose=${onClose}><${Problem} problem=${found.problem} />${!request && !found.problem && html`<${Loading} rows="3" />`}
    ${request && html`<div><${Status} of=${request.status} /></div>
      <${Facts} entries=${[[t('prefund.utr'), html`<code>${request.utr}</code>`], [t('prefund.paid'), date(request.paid_on)], request.credited_amount !== null && [t('prefund.credited'), rupees(request.credited_amount)], request.note && [t('prefund.note'), request.note], request.decision_note && [t('prefund.decision'), request.decision_note],
        [t('prefund.proof'), request.proof.url ? html`<a href=${request.proof.url} target="_blank" rel="noopener">${request.proof.name}</a>` : request.proof.name]]} />
      <h3>${t('prefund.history')}</h3><ol class="timeline">${request.history.map((entry, at) => html`<li key=${at}><span class="strong">${t(entry.what === 'create' ? 'prefund.step.create' : `prefund.status.${entry.status}`)}</span><span class="small muted">${dateTime(entry.at)}</span>${entry.note && html`<span class="small">${entry.note}</span>`}</li>`)}</ol>
      ${request.status === 'clarification' && html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); answer.run(); }}><${TextField} label=${t('prefund.answer')} rows="3" value=${text} onInput=${setText} required maxlength="256" />
        <label class="button"><input class="sr" type="file" accept="application/pdf,image/png,image/jpeg,image/webp" onChange=${(event) => setFile(event.target.files[0] || null)} /><${Icon} name="upload" />${file ? file.name : t('prefund.proof.another')}</label>
        <${Problem} problem=${answer.problem} /><div class="foot"><${Button} type="submit" kind="primary" icon="send" busy=${answer.busy}>${t('prefund.answer.send')}<//></div></form>`}
      ${['draft', 'submitted', 'under_review', 'clarification'].includes(request.status) && html`<${Problem} problem=${withdraw.problem} /><div class="foot"><${Button} kind="danger" icon="undo-2" busy=${withdraw.busy} onClick=${() => withdraw.run()}>${t('prefund.withdraw')}<//></div>`}`}<//>`;
}
