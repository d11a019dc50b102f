// What tenants must have verified before they may do this or that: the operator's setting.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { amount } from '../lib/format.js';
import { Button, Notice, toast } from '../components/basics.js';
import { Segmented, TextField } from '../components/forms.js';
import { Loading, Page, Problem, useAction, useRead } from './kit.js';

const ACTIONS = ['live_keys', 'prefund', 'payouts'];
const KINDS = ['pan', 'gstin', 'bank', 'upi', 'cin'];

const formOf = (found) => {
  const gates = Object.fromEntries(found.gates.map((gate) => [gate.action, gate.required]));
  return { ...gates, gstin_invoices: gates.gstin_invoices.length > 0, prefund_limit: found.prefund_limit ? String(found.prefund_limit) : '', level: found.level, max_age_days: found.max_age_days ? String(found.max_age_days) : '' };
};

export default function Requirements() {
  const found = useRead(() => call('GET', '/tenant/cashfree/requirements'));
  return html`<${Page} narrow title=${t('view.requirements')} text=${t('gate.text')}><${Problem} problem=${found.problem} retry=${found.reload} />
    ${found.data ? html`<${Editor} key=${found.data.version} found=${found.data} onSaved=${found.reload} />` : !found.problem && html`<${Loading} />`}<//>`;
}

function Editor({ found, onSaved }) {
  const [form, setForm] = useState(formOf(found));
  useEffect(() => setForm(formOf(found)), [found]);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const toggle = (action, kind) => set(action)(form[action].includes(kind) ? form[action].filter((each) => each !== kind) : [...form[action], kind]);
  const save = useAction(async () => {
    const body = { ...Object.fromEntries(ACTIONS.map((action) => [action, form[action]])), gstin_invoices: form.gstin_invoices, level: form.level, version: found.version,
      ...(form.prefund_limit.trim() && { prefund_limit: amount(form.prefund_limit) }), ...(form.max_age_days && { max_age_days: Number(form.max_age_days) }) };
    await call('PUT', '/tenant/cashfree/requirements', { body });
    toast(t('gate.saved'));
    onSaved();
  });
  const fields = save.problem?.fields || {};
  return html`<form class="stack loose" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    <div class="card pad"><div class="table-wrap flat matrix"><table><thead><tr><td></td>${KINDS.map((kind) => html`<th key=${kind} scope="col">${t(`check.kind.${kind}`)}</th>`)}</tr></thead>
      <tbody>${ACTIONS.map((action) => html`<tr key=${action}><th scope="row">${t(`gate.action.${action}`)}</th>${KINDS.map((kind) => html`<td key=${kind}><label class="check"><input type="checkbox" checked=${form[action].includes(kind)} onChange=${() => toggle(action, kind)} /><span class="sr">${t(`gate.action.${action}`)}, ${t(`check.kind.${kind}`)}</span></label></td>`)}</tr>`)}</tbody></table></div></div>
    <label class="check"><input type="checkbox" checked=${form.gstin_invoices} onChange=${() => set('gstin_invoices')(!form.gstin_invoices)} /><span><span class="strong">${t('gate.action.gstin_invoices')}</span><br /><span class="small muted">${t('gate.gstin.text')}</span></span></label>
    <div class="two"><${TextField} label=${t('gate.limit')} hint=${t('gate.limit.hint')} value=${form.prefund_limit} onInput=${set('prefund_limit')} inputmode="decimal" error=${fields.prefund_limit?.join(' ')} />
      <${TextField} label=${t('gate.age')} hint=${t('gate.age.hint')} type="number" min="30" max="3650" value=${form.max_age_days} onInput=${set('max_age_days')} error=${fields.max_age_days?.join(' ')} /></div>
    <div class="stack tight"><${Segmented} label=${t('gate.level')} value=${form.level} onChange=${set('level')} options=${['provider', 'format'].map((each) => [each, t(`gate.level.${each}`)])} /><p class="small muted">${t(`gate.level.${form.level}.text`)}</p></div>
    <${Notice}>${t('gate.note')}<//><${Problem} problem=${save.problem} />
    <div class="row end"><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form>`;
}
