// Moving in: balances, customers and history of another system, or coins in bulk, from a CSV file. Checked first, brought in second, reversible.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { coins, dateTime, month, number, phone } from '../lib/format.js';
import { me } from '../lib/session.js';
import { go, path, search, setQuery } from '../lib/router.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField } from '../components/forms.js';
import { Back, Confirm, List, Loading, Page, Panel, Problem, Stat, Table, useAction, useList, useRead } from './kit.js';
import { put } from './upload.js';

const TONES = { awaiting_upload: '', checking: 'info', rejected: 'bad', checked: 'info', check_failed: 'bad', applying: 'info', applied: 'good', apply_failed: 'bad', reversing: 'info', reversed: '', reverse_failed: 'bad' };
const RUNNING = ['checking', 'applying', 'reversing'];
const MOST_BYTES = 134_217_728;
const FIELDS = { balances: ['phone', 'coins', 'expires_on', 'reference', 'note'], issue: ['phone', 'coins', 'bill_amount', 'reference', 'note'], customers: ['phone', 'name', 'language', 'messages', 'tags'], history: ['phone', 'date', 'type', 'coins', 'bill_amount', 'reference', 'place', 'note'] };
const RECORDS = ['customers', 'history'];
const SAMPLES = {
  balances: 'phone,coins,expires_on\n9876543210,120,2027-03-31\n9876501234,45,never',
  customers: 'phone,name,language,messages\n9876543210,Asha Rao,Hindi,yes\n9876501234,Birbal Singh,English,no',
  history: 'phone,date,type,coins,bill_amount,reference\n9876543210,31/03/2025,purchase,,2400,A-1042\n9876543210,31/03/2025,earned,120,,A-1042',
  issue: 'phone,coins,reference\n9876543210,50,DIWALI-1\n9876501234,50,DIWALI-2',
};
const ROWS = { checked: ['problem', 'duplicate', 'ready'], applied: ['refused', 'imported', 'unchanged'], reversed: ['reversed', 'short'] };

const Status = ({ of }) => html`<${Badge} tone=${TONES[of]}>${t(`import.status.${of}`)}<//>`;

export default function Imports() {
  const id = path.value.split('/')[2];
  return id ? html`<${One} key=${id} id=${id} />` : html`<${All} />`;
}

/** Balances, customers and history of a network concern all its members, so its owner alone brings them in. */
const owns = () => me.value.tenant.owns_program;

function All() {
  const list = useList('/rewards/imports', { limit: 30 });
  const [creating, setCreating] = useState(false);
  const button = html`<${Button} kind="primary" icon="file-up" onClick=${() => setCreating(true)}>${t('import.new')}<//>`;
  return html`<${Page} title=${t('view.imports')} text=${t('import.text')} actions=${button}>
    <${List} list=${list} caption=${t('view.imports')} rowKey=${(row) => row.id} onOpen=${(row) => go(`/imports/${row.id}`)} empty=${{ icon: 'file-up', title: t('import.none'), text: t(owns() ? 'import.none.text' : 'import.owner'), action: button }} columns=${[
      { key: 'file', title: t('import.file'), main: true, show: (row) => html`<span class="ellipsis limit wide">${row.file_name}</span>` },
      { key: 'kind', title: t('import.kind'), show: (row) => t(`import.kind.${row.kind}`) },
      { key: 'rows', title: t('import.rows'), end: true, show: (row) => number(row.counts.rows) },
      { key: 'coins', title: t('ledger.coins'), end: true, show: (row) => (RECORDS.includes(row.kind) ? '—' : coins(row.applied_at ? row.counts.coins_imported : row.counts.coins)) },
      { key: 'at', title: t('ledger.when'), show: (row) => dateTime(row.created_at) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Status} of=${row.status} />` },
    ]} />
    ${creating && html`<${NewImport} onClose=${() => setCreating(false)} />`}<//>`;
}

function NewImport({ onClose }) {
  const kinds = Object.keys(SAMPLES).filter((each) => owns() || each === 'issue');
  const [kind, setKind] = useState(kinds[0]);
  const [file, setFile] = useState(null);
  const [key, setKey] = useState(newKey);
  const send = useAction(async () => {
    const made = await call('POST', '/rewards/imports', { key, body: { kind, file_name: file.name.slice(0, 128), size: file.size } });
    if (made.upload) {
      await put(made.upload, file);
      await call('POST', `/rewards/imports/${made.id}/check`, { body: {} });
    }
    go(`/imports/${made.id}`);
  });
  const large = file && file.size > MOST_BYTES;
  return html`<${Panel} title=${t('import.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}>
    ${kinds.length > 1 && html`<${Segmented} label=${t('import.kind')} value=${kind} onChange=${(value) => { setKind(value); setKey(newKey()); }} options=${kinds.map((each) => [each, t(`import.kind.${each}`)])} />`}<p class="muted">${t(`import.kind.${kind}.text`)}</p>
    <div class="field"><span class="legend">${t('import.file')}</span><label class="button"><input class="sr" type="file" accept=".csv,text/csv" aria-label=${t('import.file')} onChange=${(event) => { setFile(event.target.files[0] || null); setKey(newKey()); }} /><${Icon} name="upload" />${file ? file.name : t('import.choose')}</label><span class="hint">${t('import.file.hint')}</span></div>
    <pre class="code" aria-label=${t('import.sample')}>${SAMPLES[kind]}</pre>
    ${large && html`<${Notice} tone="bad">${t('import.large')}<//>`}<${Problem} problem=${send.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="upload" busy=${send.busy} disabled=${!file || large}>${t('import.check')}<//></div></form><//>`;
}

/** Read again while something runs; the rows show whatever the last step made of them. */
function One({ id }) {
  const found = useRead(() => call('GET', `/rewards/imports/${id}`));
  const [asking, setAsking] = useState(null);
  const one = found.data;
  const running = RUNNING.includes(one?.status);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setTimeout(found.reload, 1500);
    return () => clearTimeout(timer);
  }, [one]);
  const act = async (what) => {
    await call('POST', `/rewards/imports/${id}/${what}`);
    found.reload();
  };
  const counts = one?.counts;
  const records = RECORDS.includes(one?.kind);
  return html`<${Page} title=${one?.file_name || t('view.imports')} text=${one && `${t(`import.kind.${one.kind}`)} · ${dateTime(one.created_at)}`} back=${html`<${Back} href="/imports">${t('view.imports')}<//>`} actions=${one && html`<${Status} of=${one.status} />`}>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!one && !found.problem && html`<${Loading} />`}
    ${one && html`${running && html`<${Notice} icon="clock"><p role="status">${t(`import.running.${one.status}`)}</p><progress aria-label=${t(`import.status.${one.status}`)} max=${counts.rows || undefined} value=${one.status === 'applying' && counts.imported ? counts.imported : undefined}></progress><//>`}
      ${one.reason && html`<${Notice} tone="bad">${one.reason}<//>`}${one.status === 'awaiting_upload' && html`<${Notice} tone="warn">${t('import.lost')}<//>`}
      ${counts.rows > 0 && html`<div class="stats"><${Stat} label=${t('import.rows')} value=${number(counts.rows)} note=${one.applied_at ? t('import.customers', { fresh: number(counts.new_customers), known: number(counts.known_customers) }) : t('import.ready', { count: counts.ready, ready: number(counts.ready) })} />
        ${records ? html`<${Stat} label=${t('import.people')} value=${number(counts.new_customers + counts.known_customers)} note=${t('import.customers', { fresh: number(counts.new_customers), known: number(counts.known_customers) })} />` : one.applied_at ? html`<${Stat} label=${t('import.coins.in')} value=${coins(counts.coins_imported)} note=${counts.coins_reversed > 0 && t('import.coins.back', { coins: coins(counts.coins_reversed) })} />` : html`<${Stat} label=${t('import.coins')} value=${coins(counts.coins)} note=${t('import.customers', { fresh: number(counts.new_customers), known: number(counts.known_customers) })} />`}
        <${Stat} label=${t(one.applied_at ? 'import.refused' : 'import.problems')} value=${html`<span class=${(one.applied_at ? counts.refused : counts.problems) > 0 ? 'tone bad' : ''}>${number(one.applied_at ? counts.refused : counts.problems)}</span>`} note=${counts.duplicates > 0 && t('import.duplicates', { count: counts.duplicates })} /></div>`}
      ${one.status === 'checked' && html`<section class="card item"><h2>${t('import.apply')}</h2><p class="small muted">${t('import.apply.text')} ${records && t(`import.apply.${one.kind}`)}</p><div class="row"><${Button} kind="primary" icon="check" disabled=${!counts.ready} onClick=${() => setAsking('apply')}>${t('import.apply.n', { count: counts.ready, ready: number(counts.ready) })}<//></div></section>`}
      ${one.columns.length > 0 && ['checked', 'rejected', 'check_failed'].includes(one.status) && html`<${Mapping} key=${one.checked_at} one=${one} onDone=${found.reload} />`}
      ${one.status === 'apply_failed' && html`<div class="row"><${Button} kind="primary" icon="refresh-cw" onClick=${() => setAsking('apply')}>${t('import.again')}<//></div>`}
      ${one.reversible_until && new Date(one.reversible_until) > new Date() && ['applied', 'apply_failed', 'reverse_failed'].includes(one.status) && html`<section class="card item"><p class="small muted">${t('import.reverse.until', { when: dateTime(one.reversible_until) })}</p><div><${Button} kind="danger" icon="undo-2" onClick=${() => setAsking('reverse')}>${t('import.reverse')}<//></div></section>`}
      ${one.expiring.length > 0 && html`<div class="card"><${Table} caption=${t('import.expiring')} rows=${one.expiring} rowKey=${(row) => row.month} columns=${[{ key: 'month', title: t('import.expiring'), main: true, show: (row) => expiry(row.month) }, { key: 'coins', title: t('ledger.coins'), end: true, show: (row) => coins(row.coins) }]} /></div>`}
      ${!running && counts.rows > 0 && html`<${Rows} one=${one} />`}`}
    ${asking === 'apply' && html`<${Confirm} title=${t('import.apply')} text=${t(records ? 'import.apply.sure.records' : 'import.apply.sure', { count: counts.ready, ready: number(counts.ready), coins: coins(counts.coins) })} action=${t('import.apply')} onConfirm=${() => act('apply')} onClose=${() => setAsking(null)} />`}
    ${asking === 'reverse' && html`<${Confirm} title=${t('import.reverse')} text=${t(records ? `import.reverse.${one.kind}` : 'import.reverse.text')} action=${t('import.reverse')} phrase=${one.file_name} danger onConfirm=${() => act('reverse')} onClose=${() => setAsking(null)} />`}<//>`;
}

const expiry = (text) => (text === 'never' ? t('customers.never') : month(text));

/** Which column holds what. Another choice checks the file again; nothing has changed by then. */
function Mapping({ one, onDone }) {
  const [mapping, setMapping] = useState(Object.fromEntries(FIELDS[one.kind].map((name) => [name, one.mapping[name] || ''])));
  const [duplicates, setDuplicates] = useState(one.duplicates);
  const changed = duplicates !== one.duplicates || FIELDS[one.kind].some((name) => mapping[name] !== (one.mapping[name] || ''));
  const check = useAction(async () => {
    const given = Object.fromEntries(Object.entries(mapping).filter(([, column]) => column));
    await call('POST', `/rewards/imports/${one.id}/check`, { body: { mapping: given, duplicates } });
    toast(t('import.checking'));
    onDone();
  });
  return html`<form class="card item" onSubmit=${(event) => { event.preventDefault(); check.run(); }}><h2>${t('import.mapping')}</h2><p class="small muted">${t('import.mapping.text')}</p>
    <div class="filters">${FIELDS[one.kind].map((name) => html`<${SelectField} key=${name} label=${t(`import.field.${name}`)} value=${mapping[name]} onInput=${(column) => setMapping({ ...mapping, [name]: column })} options=${[['', t('import.field.none')], ...one.columns.map((column) => [column, column])]} error=${check.problem?.fields?.[`mapping.${name}`]?.join(' ')} />`)}
      <${SelectField} label=${t('import.same')} value=${duplicates} onInput=${setDuplicates} options=${['skip', 'keep'].map((each) => [each, t(`import.same.${each}`)])} /></div><${Problem} problem=${check.problem} />
    <div><${Button} type="submit" icon="refresh-cw" busy=${check.busy} disabled=${!changed && one.status === 'checked'}>${t('import.recheck')}<//></div></form>`;
}

/** What a row of each kind says, beside its line and number. */
const COLUMNS = (kind) => {
  const moved = { key: 'coins', title: t('ledger.coins'), end: true, show: (row) => (row.coins === null ? '—' : coins(row.coins)) };
  if (kind === 'customers') return [{ key: 'name', title: t('import.field.name'), show: (row) => row.name || '—' }];
  if (kind === 'history') return [{ key: 'date', title: t('import.field.date'), show: (row) => (row.occurred_at ? dateTime(row.occurred_at) : '—') }, { key: 'type', title: t('import.field.type'), show: (row) => (row.type ? t(`past.${row.type}`) : '—') }, moved];
  return [moved, { key: 'expires', title: t('customers.expiring'), show: (row) => (row.expires ? expiry(row.expires) : '—') }, { key: 'before', title: t('ledger.balance.before'), end: true, show: (row) => coins(row.previous_balance) }];
};

function Rows({ one }) {
  const stage = one.reversed_at ? 'reversed' : one.applied_at ? 'applied' : 'checked';
  const chosen = search.value.get('rows');
  const status = ROWS[stage].includes(chosen) ? chosen : chosen === 'all' ? '' : ROWS[stage][0] === 'problem' && !one.counts.problems ? '' : ROWS[stage][0] === 'refused' && !one.counts.refused ? '' : ROWS[stage][0];
  const list = useList(`/rewards/imports/${one.id}/rows`, { status, limit: 50 });
  return html`<section class="stack" aria-labelledby="rows"><div class="row apart"><h2 id="rows">${t('import.rows')}</h2>${one.report && html`<a class="button small" href=${one.report.url} download><${Icon} name="download" />${t('import.report')}</a>`}</div>
    <${Segmented} label=${t('import.rows')} value=${status} onChange=${(value) => setQuery({ rows: value || 'all' })} options=${['', ...ROWS[stage]].map((each) => [each, t(`import.row.${each || 'all'}`)])} />
    <${List} list=${list} caption=${t('import.rows')} rowKey=${(row) => row.line} empty=${{ icon: 'circle-check', title: t('import.rows.none') }} columns=${[
      { key: 'line', title: t('import.line'), end: true, show: (row) => number(row.line) },
      { key: 'phone', title: t('customers.number'), main: true, show: (row) => phone(row.phone) || '—' },
      ...COLUMNS(one.kind),
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${{ problem: 'bad', refused: 'bad', duplicate: 'warn', short: 'warn', imported: 'good', ready: 'good' }[row.status] || ''}>${t(`import.row.${row.status}`)}<//>` },
      { key: 'message', title: t('import.message'), show: (row) => row.message || '—' },
    ]} /></section>`;
}
