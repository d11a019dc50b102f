// Identity checks of the tenant: what is proved, and how far. Numbers are not kept; the last four characters are.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { date, dateTime, number, rupees } from '../lib/format.js';
import { Badge, Button, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { Facts, List, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';

export const TONES = { draft: '', submitted: 'info', pending: 'info', verified: 'good', rejected: 'bad', failed: 'bad', withdrawn: '', expired: 'warn' };
/** Kinds that a tenant can verify about itself, with the name that is compared then: its own. */
const OWN = { pan: 'name', gstin: 'business_name', bank: 'name', upi: 'name', cin: null };
/** Kind -> its fields; those with a question mark may stay empty. */
const FIELDS = {
  pan: ['pan', 'name?'], gstin: ['gstin', 'business_name?'], bank: ['account_number', 'ifsc', 'name?'], upi: ['upi_id', 'name?'], cin: ['cin'],
  dl: ['dl_number', 'date_of_birth'], passport: ['file_number', 'date_of_birth', 'name?'], voter_id: ['epic_number', 'name?'],
};
/** The version of the text that people agree to here: another text is another version. */
const CONSENT = 'portal-2026-11';

export default function Verification() {
  const list = useList('/tenant/cashfree', { limit: 30 });
  const gates = useRead(() => call('GET', '/tenant/cashfree/requirements'));
  const [open, setOpen] = useState(null);
  const done = () => { setOpen(null); list.reload(); gates.reload(); };
  const button = html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>${t('check.new')}<//>`;
  return html`<${Page} title=${t('view.verification')} text=${t('check.text')} actions=${button}>
    <${Gates} found=${gates} />
    <${List} list=${list} caption=${t('view.verification')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'badge-check', title: t('check.none'), text: t('check.none.text'), action: button }} columns=${[
      { key: 'kind', title: t('check.kind'), main: true, show: (row) => t(`check.kind.${row.kind}`) },
      { key: 'identifier', title: t('check.identifier'), show: (row) => (row.identifier ? html`<code class="small">${row.identifier}</code>` : '—') },
      { key: 'level', title: t('check.level'), show: (row) => (row.level ? t(`check.level.${row.level}`) : '—') },
      { key: 'at', title: t('check.when'), show: (row) => (row.checked_at ? date(row.checked_at) : '—') },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`check.status.${row.status}`)}<//>` },
    ]} />
    ${open === 'new' && html`<${NewCheck} onClose=${() => setOpen(null)} onDone=${done} />`}${open && open !== 'new' && html`<${Check} check=${open} onClose=${() => setOpen(null)} onDone=${done} />`}<//>`;
}

/** What the operator wants verified, and what of it is missing. Nothing where nothing is required. */
function Gates({ found }) {
  const required = (found.data?.gates || []).filter((gate) => gate.required.length);
  if (!required.length) return html`<${Problem} problem=${found.problem} retry=${found.reload} />`;
  const kinds = (list) => list.map((kind) => t(`check.kind.${kind}`)).join(', ');
  return html`<section aria-labelledby="gates"><h2 id="gates" class="section">${t('gate.required')}</h2><ul class="cards">${required.map((gate) => html`<li key=${gate.action} class="card item"><div class="row apart nowrap"><h3>${t(`gate.action.${gate.action}`)}</h3><${Badge} tone=${gate.missing.length ? 'warn' : 'good'}>${t(gate.missing.length ? 'gate.missing' : 'gate.met')}<//></div>
    <p class="small muted">${gate.missing.length ? t('gate.missing.text', { kinds: kinds(gate.missing) }) : kinds(gate.required)}${gate.action === 'prefund' && found.data.prefund_limit > 0 && ` · ${t('gate.limit.text', { amount: rupees(found.data.prefund_limit) })}`}</p></li>`)}</ul>
    ${required.some((gate) => gate.missing.length) && html`<${Notice}>${t(`gate.how.${found.data.level}`)}<//>`}</section>`;
}

function Check({ check, onClose, onDone }) {
  const withdraw = useAction(async () => {
    await call('DELETE', `/tenant/cashfree/${check.id}`);
    toast(t('check.withdrawn'));
    onDone();
  });
  return html`<${Panel} title=${t(`check.kind.${check.kind}`)} onClose=${onClose}><div><${Badge} tone=${TONES[check.status]}>${t(`check.status.${check.status}`)}<//></div>
    <${Facts} entries=${[[t('check.identifier'), check.identifier], check.level && [t('check.level'), t(`check.level.${check.level}`)], check.reason && [t('check.reason'), check.reason], check.name_match && [t('check.match'), `${number(check.name_match.score)} % · ${check.name_match.result.replaceAll('_', ' ').toLowerCase()}`],
      ...Object.entries(check.facts).map(([name, value]) => [name.replaceAll('_', ' '), value]), check.checked_at && [t('check.when'), dateTime(check.checked_at)], check.expires_at && [t('check.expires'), date(check.expires_at)], [t('check.consent.given'), `${check.consent.text_version}, ${dateTime(check.consent.at)}`], [t('check.erased'), date(check.erased_at)], [t('ledger.id'), html`<code>${check.id}</code>`]]} />
    <${Problem} problem=${withdraw.problem} />${['draft', 'pending'].includes(check.status) && html`<div class="foot"><${Button} kind="danger" icon="undo-2" busy=${withdraw.busy} onClick=${() => withdraw.run()}>${t('check.withdraw')}<//></div>`}<//>`;
}

function NewCheck({ onClose, onDone }) {
  const [kind, setKind] = useState('pan');
  const [subject, setSubject] = useState('tenant');
  const own = subject === 'tenant' && kind in OWN;
  const shown = FIELDS[kind].filter((each) => !own || each !== `${OWN[kind]}?`);
  const [form, setForm] = useState({});
  const [consent, setConsent] = useState(false);
  const [key, setKey] = useState(newKey);
  const change = (set) => (value) => { set(value); setKey(newKey()); };
  const submit = useAction(async () => {
    const details = {};
    for (const name of shown.map((each) => each.replace('?', ''))) if (form[name]?.trim()) details[name] = form[name].trim();
    const made = await call('POST', '/tenant/cashfree', { key, body: { kind, details, ...(own && { subject: 'tenant' }), consent: { accepted: true, text_version: CONSENT } } });
    toast(t(made.status === 'verified' ? 'check.done.verified' : 'check.done.other'));
    onDone();
  });
  const fields = submit.problem?.fields || {};
  return html`<${Panel} title=${t('check.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); submit.run(); }}>
    <${SelectField} label=${t('check.kind')} value=${kind} onInput=${change(setKind)} options=${Object.keys(FIELDS).map((each) => [each, t(`check.kind.${each}`)])} />
    ${kind in OWN && html`<div class="stack tight"><${Segmented} label=${t('check.subject')} value=${subject} onChange=${change(setSubject)} options=${['tenant', 'other'].map((each) => [each, t(`check.subject.${each}`)])} />${own && html`<p class="small muted">${t('check.subject.tenant.text')}</p>`}</div>`}
    ${shown.map((each) => {
      const name = each.replace('?', '');
      return html`<${TextField} key=${name} label=${t(`check.field.${name}`)} type=${name === 'date_of_birth' ? 'date' : 'text'} value=${form[name] || ''} onInput=${change((value) => setForm({ ...form, [name]: value }))} required=${!each.endsWith('?')} autocomplete="off" spellcheck="false" error=${(fields[name] || fields[`details.${name}`])?.join(' ')} />`;
    })}
    <label class="check"><input type="checkbox" checked=${consent} onChange=${() => setConsent(!consent)} required /><span>${t('check.consent')}</span></label>
    <${Problem} problem=${submit.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="badge-check" busy=${submit.busy} disabled=${!consent}>${t('check.submit')}<//></div></form><//>`;
}
