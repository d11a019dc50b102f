// The tenant's own wallets: what is in each, money moved between them, and what happened on one.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, dateTime, day, number, rupees } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { Check, SelectField, TextField } from '../components/forms.js';
import { BarChart } from './chart.js';
import { Movement, STATUS_TONES, signed } from './movement.js';
import { money } from './money.js';
import { After, Back, Confirm, CopyField, List, Loading, Page, Panel, Problem, Stat, useAction, useList, useRead } from './kit.js';

const TYPES = ['credit', 'debit', 'transfer', 'charge', 'hold', 'capture', 'void', 'expire', 'refund'];
const DAYS = 14;
const DAY = 86_400_000;
const OUT = new Set(['debit', 'charge', 'capture']);

const isMain = (wallet) => !wallet.name && !wallet.customer && wallet.asset === 'INR';
export const nameOf = (wallet) => wallet.name || wallet.customer || t(wallet.asset === 'INR' ? 'wallet.main' : 'wallet.coins');
const own = (wallet) => wallet.type === 'funds' && wallet.asset === 'INR';

export default function Wallets() {
  const read = useList('/wallets', { limit: 100 });
  // The main wallet first, then the others as they were made.
  const list = { ...read, rows: read.rows && [...read.rows].sort((a, b) => isMain(b) - isMain(a)) };
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const done = () => { close(); list.reload(); };
  const id = search.value.get('wallet');
  const chosen = list.rows?.find((wallet) => wallet.wallet_id === id);
  if (id) return html`<${One} key=${id} id=${id} others=${list.rows || []} known=${chosen} onChanged=${list.reload} />`;
  const movable = can('funds:move') && (list.rows || []).filter((wallet) => own(wallet) && wallet.status === 'active').length > 1;
  return html`<${Page} title=${t('view.funds')} text=${t('wallet.text')} actions=${can('funds:move') && html`${movable && html`<${Button} icon="arrow-up-right" onClick=${() => setOpen('transfer')}>${t('wallet.transfer')}<//>`}<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>${t('wallet.new')}<//>`}>
    <${List} list=${list} caption=${t('view.funds')} rowKey=${(row) => row.wallet_id} onOpen=${(row) => setQuery({ wallet: row.wallet_id })} empty=${{ icon: 'wallet', title: t('wallet.none'), text: t('wallet.none.text') }} columns=${[
      { key: 'name', title: t('wallet.name'), main: true, show: (row) => nameOf(row) },
      ...((list.rows || []).every((row) => row.status === 'active') ? [] : [{ key: 'state', title: t('wallet.state'), show: (row) => html`<${Badge} tone=${row.status === 'active' ? 'good' : 'warn'}>${t(`wallet.status.${row.status}`)}<//>` }]),
      { key: 'held', title: t('wallet.held'), end: true, show: (row) => (row.held > 0 ? money(row.asset, row.held) : '—') },
      { key: 'available', title: t('wallet.available'), end: true, lead: true, show: (row) => html`<strong>${money(row.asset, row.available)}</strong>` },
    ]} />
    ${list.rows?.length > 0 && html`<${After} tall="22rem"><${Days} /><${History} /><//>`}
    ${open === 'new' && html`<${NewWallet} onClose=${close} onDone=${done} />`}${open === 'transfer' && html`<${Transfer} wallets=${list.rows} onClose=${close} onDone=${done} />`}<//>`;
}

/** What came in and went out in the last fourteen days, in rupees. */
function Days() {
  const from = new Date(Date.now() - (DAYS - 1) * DAY).toISOString().slice(0, 10);
  const found = useRead(() => call('GET', '/transactions/analytics', { query: { from, asset: 'INR' } }));
  if (!found.data) return html`<${Problem} problem=${found.problem} retry=${found.reload} />`;
  const total = (figures, wanted) => figures.filter((each) => each.status !== 'pending' && wanted(each.type)).reduce((sum, each) => sum + Number(each.amount), 0);
  const figures = Object.fromEntries(found.data.days.map((each) => [each.date, each.figures]));
  const points = Array.from({ length: DAYS }, (_, at) => new Date(Date.parse(`${from}T12:00:00Z`) + at * DAY).toISOString().slice(0, 10))
    .map((date) => ({ label: day(date), values: [total(figures[date] || [], (type) => type === 'credit'), total(figures[date] || [], (type) => OUT.has(type))] }));
  if (!points.some((point) => point.values.some(Boolean))) return null;
  return html`<section class="card pad"><${BarChart} title=${t('wallet.days')} show=${rupees} series=${[{ name: t('wallet.in'), tone: 'brand' }, { name: t('wallet.out'), tone: 'coin' }]} points=${points} /></section>`;
}

function History({ wallet, onChanged }) {
  const type = search.value.get('type') || '';
  const list = useList('/transactions', { wallet_id: wallet, type, ...(wallet ? {} : { asset: 'INR' }), limit: 20 });
  const [open, setOpen] = useState(null);
  const changed = () => { setOpen(null); list.reload(); onChanged?.(); };
  return html`<section class="stack" aria-labelledby="history"><div class="row apart"><h2 id="history" class="section">${t('wallet.history')}</h2><${SelectField} label=${t('ledger.type')} value=${type} onInput=${(value) => setQuery({ type: value })} options=${[['', t('ledger.type.all')], ...TYPES.map((each) => [each, t(`move.${each}`)])]} /></div>
    <${List} list=${list} caption=${t('wallet.history')} rowKey=${(row) => row.transaction_id} onOpen=${(row) => setOpen(row.transaction_id)} empty=${{ icon: 'receipt-text', title: t(type ? 'ledger.nomatch' : 'wallet.history.none') }} columns=${[
      { key: 'type', title: t('ledger.type'), main: true, show: (row) => t(`move.${row.type}`) },
      { key: 'when', title: t('ledger.when'), show: (row) => dateTime(row.created_at) },
      { key: 'reference', title: t('ledger.reference'), show: (row) => (row.reference || row.note ? html`<span class="ellipsis limit">${row.reference || row.note}</span>` : '—') },
      { key: 'status', title: t('wallet.state'), show: (row) => (row.status === 'posted' ? '—' : html`<${Badge} tone=${STATUS_TONES[row.status]}>${t(`move.status.${row.status}`)}<//>`) },
      { key: 'amount', title: t('wallet.amount'), end: true, lead: true, show: (row) => html`<strong>${signed(row, wallet)}</strong>` },
    ]} />${open && html`<${Movement} id=${open} wallet=${wallet} onClose=${() => setOpen(null)} onDone=${changed} />`}</section>`;
}

function One({ id, known, others, onChanged }) {
  const found = useRead(() => call('GET', `/wallets/${id}`));
  const [open, setOpen] = useState(null);
  const wallet = found.data || known;
  const close = () => setOpen(null);
  const done = () => { close(); found.reload(); onChanged(); };
  const back = html`<${Back} href="/funds">${t('wallet.all')}<//>`;
  if (!wallet) return html`<${Page} title=${t('view.funds')} back=${back}><${Problem} problem=${found.problem} retry=${found.reload} />${!found.problem && html`<${Loading} />`}<//>`;
  const live = wallet.status === 'active';
  const named = own(wallet) && wallet.name;
  const turn = async (status) => {
    await call('PATCH', `/wallets/${id}`, { body: { status } });
    toast(t(status === 'closed' ? 'wallet.closed' : 'wallet.opened', { name: nameOf(wallet) }));
    done();
  };
  return html`<${Page} title=${nameOf(wallet)} back=${back} actions=${html`${live && own(wallet) && can('funds:move') && others.filter(own).length > 1 && html`<${Button} icon="arrow-up-right" onClick=${() => setOpen('transfer')}>${t('wallet.transfer')}<//>`}
      ${live && can('tenant:admin') && own(wallet) && html`<${Button} icon="arrow-down-left" onClick=${() => setOpen('credit')}>${t('wallet.credit')}<//><${Button} icon="lock" onClick=${() => setOpen('debit')}>${t('wallet.debit')}<//>`}`}>
    <${Problem} problem=${found.problem} retry=${found.reload} />
    <div class="stats"><${Stat} icon="wallet" label=${t('wallet.available')} value=${money(wallet.asset, wallet.available)} note=${t(`wallet.status.${wallet.status}`)} /><${Stat} icon="lock" label=${t('wallet.held')} value=${money(wallet.asset, wallet.held)} />${wallet.overdraft_limit > 0 && html`<${Stat} label=${t('wallet.overdraft')} value=${money(wallet.asset, wallet.overdraft_limit)} />`}</div>
    <${CopyField} label=${t('ledger.id')} value=${wallet.wallet_id} />
    ${named && can('funds:move') && html`<div class="row">${live && html`<${Button} icon="pencil" onClick=${() => setOpen('rename')}>${t('wallet.rename')}<//>`}${live ? html`<${Button} kind="danger" icon="ban" onClick=${() => setOpen('close')}>${t('wallet.close')}<//>` : wallet.status === 'closed' && html`<${Button} kind="primary" icon="play" onClick=${() => setOpen('reopen')}>${t('wallet.reopen')}<//>`}</div>`}
    <${History} key=${`${wallet.available} ${wallet.held}`} wallet=${id} onChanged=${() => { found.reload(); onChanged(); }} />
    ${open === 'rename' && html`<${Rename} wallet=${wallet} onClose=${close} onDone=${done} />`}
    ${open === 'close' && html`<${Confirm} title=${t('wallet.close')} text=${t('wallet.close.text', { name: nameOf(wallet) })} action=${t('wallet.close')} danger onConfirm=${() => turn('closed')} onClose=${close} />`}
    ${open === 'reopen' && html`<${Confirm} title=${t('wallet.reopen')} text=${t('wallet.reopen.text', { name: nameOf(wallet) })} action=${t('wallet.reopen')} onConfirm=${() => turn('active')} onClose=${close} />`}
    ${open === 'transfer' && html`<${Transfer} from=${id} wallets=${others} onClose=${close} onDone=${done} />`}${['credit', 'debit'].includes(open) && html`<${Move} act=${open} wallet=${wallet} onClose=${close} onDone=${done} />`}<//>`;
}

function NewWallet({ onClose, onDone }) {
  const [name, setName] = useState('');
  const [key] = useState(newKey);
  const create = useAction(async () => {
    await call('POST', '/wallets', { body: { name: name.trim() }, key });
    toast(t('wallet.made', { name: name.trim() }));
    onDone();
  });
  return html`<${Panel} title=${t('wallet.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}><p class="muted">${t('wallet.new.text')}</p>
    <${TextField} label=${t('wallet.name')} hint=${t('wallet.name.hint')} value=${name} onInput=${setName} required maxlength="128" autofocus error=${create.problem?.fields?.name?.join(' ')} />
    <${Problem} problem=${create.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="plus" busy=${create.busy} disabled=${!name.trim()}>${t('wallet.create')}<//></div></form><//>`;
}

function Rename({ wallet, onClose, onDone }) {
  const [name, setName] = useState(wallet.name);
  const save = useAction(async () => {
    await call('PATCH', `/wallets/${wallet.wallet_id}`, { body: { name: name.trim() } });
    onDone();
  });
  return html`<${Panel} title=${t('wallet.rename')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><${TextField} label=${t('wallet.name')} value=${name} onInput=${setName} required maxlength="128" autofocus error=${save.problem?.fields?.name?.join(' ')} />
    <${Problem} problem=${save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy} disabled=${!name.trim() || name.trim() === wallet.name}>${t('save')}<//></div></form><//>`;
}

function Transfer({ from, wallets, onClose, onDone }) {
  const usable = wallets.filter((wallet) => own(wallet) && wallet.status === 'active');
  const [key] = useState(newKey);
  const [form, setForm] = useState(() => {
    const first = from || usable[0].wallet_id;
    return { from: first, to: usable.find((wallet) => wallet.wallet_id !== first)?.wallet_id || '', amount: '', note: '' };
  });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const source = usable.find((wallet) => wallet.wallet_id === form.from);
  const options = usable.map((wallet) => [wallet.wallet_id, `${nameOf(wallet)} · ${rupees(wallet.available)}`]);
  const send = useAction(async () => {
    const body = { from_wallet_id: form.from, to_wallet_id: form.to, amount: amount(form.amount), ...(form.note.trim() && { note: form.note.trim() }) };
    await call('POST', '/wallets/transfer', { body, key });
    toast(t('wallet.transferred', { amount: rupees(Number(amount(form.amount))) }));
    onDone();
  });
  const fields = send.problem?.fields || {};
  const more = source && Number(amount(form.amount) || 0) > Number(source.available);
  return html`<${Panel} title=${t('wallet.transfer')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}>
    <${SelectField} label=${t('wallet.from')} value=${form.from} onInput=${set('from')} options=${options} error=${fields.from_wallet_id?.join(' ')} />
    <${SelectField} label=${t('wallet.to')} value=${form.to} onInput=${set('to')} options=${options} error=${form.from === form.to ? t('wallet.same') : fields.to_wallet_id?.join(' ')} />
    <${TextField} label=${t('wallet.amount')} value=${form.amount} onInput=${set('amount')} inputmode="decimal" required error=${more ? t('wallet.more', { amount: rupees(source.available) }) : fields.amount?.join(' ')} />
    <${TextField} label=${t('wallet.note')} value=${form.note} onInput=${set('note')} maxlength="256" />
    <${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="check" busy=${send.busy} disabled=${!amount(form.amount) || more || form.from === form.to}>${t('wallet.transfer.do')}<//></div></form><//>`;
}

/** A credit or a debit by an administrator, with the reason that the books keep. A debit may set the amount aside only. */
function Move({ act, wallet, onClose, onDone }) {
  const [key] = useState(newKey);
  const [form, setForm] = useState({ amount: '', reason: '', reference: '', against: 'adjustment', hold: false, hours: '24' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const send = useAction(async () => {
    const body = { amount: amount(form.amount), reason: form.reason.trim(), ...(form.reference.trim() && { reference: form.reference.trim() }) };
    if (act === 'credit') body.source = form.against;
    else if (form.hold) Object.assign(body, { hold: true, expires_in_minutes: Math.round(Number(form.hours) * 60) });
    else body.destination = form.against;
    await call('POST', act === 'credit' ? `/wallets/${wallet.wallet_id}/credit` : `/wallets/${wallet.wallet_id}/debit`, { body, key });
    toast(t(`wallet.done.${form.hold ? 'hold' : act}`, { amount: money(wallet.asset, Number(amount(form.amount))) }));
    onDone();
  });
  const fields = send.problem?.fields || {};
  const against = act === 'credit' ? ['adjustment', 'bank'] : ['spent', 'bank', 'adjustment'];
  return html`<${Panel} title=${t(`wallet.${act}`)} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}><p class="muted">${t(`wallet.${act}.text`, { available: money(wallet.asset, wallet.available) })}</p>
    <${TextField} label=${t('wallet.amount')} value=${form.amount} onInput=${set('amount')} inputmode="decimal" required autofocus error=${fields.amount?.join(' ')} />
    ${!form.hold && html`<${SelectField} label=${t(`wallet.against.${act}`)} value=${form.against} onInput=${set('against')} options=${against.map((each) => [each, t(`wallet.against.${each}`)])} />`}
    ${act === 'debit' && html`<${Check} label=${t('wallet.hold')} hint=${t('wallet.hold.hint')} checked=${form.hold} onChange=${() => set('hold')(!form.hold)} />${form.hold && html`<${TextField} label=${t('wallet.hours')} type="number" min="1" max="2160" value=${form.hours} onInput=${set('hours')} required error=${fields.expires_in_minutes?.join(' ')} />`}`}
    <${TextField} label=${t('wallet.reason')} value=${form.reason} onInput=${set('reason')} required maxlength="256" error=${fields.reason?.join(' ')} />
    <${TextField} label=${t('ledger.reference')} value=${form.reference} onInput=${set('reference')} maxlength="128" error=${fields.reference?.join(' ')} />
    <${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="check" busy=${send.busy} disabled=${!amount(form.amount) || !form.reason.trim()}>${t(`wallet.${form.hold ? 'hold.do' : `${act}.do`}`, { amount: amount(form.amount) ? money(wallet.asset, Number(amount(form.amount))) : number(0) })}<//></div></form><//>`;
}
