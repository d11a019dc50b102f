// A set of earning rules, edited as a whole, with what bills would earn beside it before anything is saved.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { amount, coins, rupees } from '../lib/format.js';
import { Button, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Problem, useAction } from './kit.js';

const KINDS = ['percentage', 'slab', 'flat'];
const BILLS = [100, 250, 500, 999, 2000, 5000];
const text = (value) => (value === null || value === undefined ? '' : String(value));

const toForm = (rule) => ({
  id: rule.id, type: rule.type, name: rule.name || '', percent: text(rule.percent), coins: text(rule.coins), rounding: rule.rounding || 'down',
  slabs: (rule.slabs || [{ from_bill: '', coins: '' }]).map((slab) => ({ from_bill: text(slab.from_bill), coins: text(slab.coins) })),
  minimum_bill: text(rule.minimum_bill), cap_per_bill: text(rule.cap_per_bill), cap_per_customer_per_day: text(rule.cap_per_customer_per_day),
});
const blank = () => toForm({ type: 'percentage', percent: '5' });

function toApi(rule) {
  const body = { type: rule.type, rounding: rule.rounding };
  if (rule.id) body.id = rule.id;
  if (rule.name.trim()) body.name = rule.name.trim();
  if (rule.type === 'percentage') body.percent = rule.percent;
  if (rule.type === 'flat') body.coins = rule.coins;
  if (rule.type === 'slab') body.slabs = rule.slabs.filter((slab) => slab.from_bill || slab.coins);
  for (const name of ['minimum_bill', 'cap_per_bill', 'cap_per_customer_per_day']) if (rule[name]) body[name] = rule[name];
  return body;
}

/** What a rule gives for a bill, in whole coins of a rupee each. In hundredths, as no amount goes through a fraction. */
function earned(rule, bill) {
  const paise = Math.round(bill * 100);
  if (rule.minimum_bill && paise < Math.round(Number(rule.minimum_bill) * 100)) return 0;
  let count = 0;
  if (rule.type === 'percentage') {
    const basis = paise * Math.round(Number(rule.percent || 0) * 100);
    const whole = Math.floor(basis / 1_000_000);
    const rest = basis % 1_000_000;
    count = whole + (rule.rounding === 'up' ? Number(rest > 0) : rule.rounding === 'half_up' ? Number(rest * 2 >= 1_000_000) : 0);
  } else if (rule.type === 'flat') count = Number(rule.coins || 0);
  else {
    const reached = rule.slabs.filter((slab) => slab.from_bill && bill >= Number(slab.from_bill)).sort((a, b) => Number(b.from_bill) - Number(a.from_bill))[0];
    count = Number(reached?.coins || 0);
  }
  return rule.cap_per_bill ? Math.min(count, Number(rule.cap_per_bill)) : count;
}

/** `rules` as the API has them; `store(rules)` saves what the API takes; `locked` shows them without a way to save. */
export function RuleEditor({ rules: before, store, onSaved, locked, children }) {
  const [rules, setRules] = useState(before.map(toForm));
  const [changed, setChanged] = useState(false);
  const change = (next) => { setRules(next); setChanged(true); };
  const save = useAction(async () => {
    await store(rules.map(toApi));
    toast(t('rules.saved'));
    onSaved();
  });
  const fields = save.problem?.fields || {};
  return html`<form class="stack loose" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    ${!changed && children}
    <div class="two uneven"><div class="stack">
      ${rules.map((rule, at) => html`<${Rule} key=${rule.id || at} rule=${rule} at=${at} fields=${fields} onChange=${(next) => change(rules.map((each, index) => (index === at ? next : each)))} onRemove=${() => change(rules.filter((_, index) => index !== at))} />`)}
      <div><${Button} icon="plus" onClick=${() => change([...rules, blank()])} disabled=${rules.length >= 20}>${t('rules.add')}<//></div></div>
      <${Preview} rules=${rules} /></div>
    <${Problem} problem=${save.problem} />
    <div class="row">${!locked && html`<${Button} type="submit" kind="primary" busy=${save.busy} disabled=${!changed}>${t('rules.save')}<//>`}
      ${changed && html`<${Button} kind="quiet" onClick=${() => { setRules(before.map(toForm)); setChanged(false); save.clear(); }}>${t('rules.discard')}<//>`}</div></form>`;
}

function Rule({ rule, at, fields, onChange, onRemove }) {
  const set = (name) => (value) => onChange({ ...rule, [name]: value });
  const error = (name) => fields[`rules.${at}.${name}`]?.join(' ');
  const slab = (index, name) => (value) => onChange({ ...rule, slabs: rule.slabs.map((each, which) => (which === index ? { ...each, [name]: value } : each)) });
  const title = rule.name || t('rules.unnamed', { number: at + 1 });
  return html`<fieldset class="card item"><legend class="sr">${title}</legend>
    <div class="row apart nowrap"><h3 class="ellipsis" aria-hidden="true">${title}</h3><${Button} kind="quiet" size="small" icon="trash-2" label=${t('rules.remove', { name: title })} onClick=${onRemove} /></div>
    <div class="two"><${SelectField} label=${t('rules.type')} value=${rule.type} onInput=${set('type')} options=${KINDS.map((kind) => [kind, t(`rules.type.${kind}`)])} /><${TextField} label=${t('rules.name')} value=${rule.name} onInput=${set('name')} maxlength="128" error=${error('name')} /></div>
    ${rule.type === 'percentage' && html`<div class="two"><${TextField} label=${t('rules.percent')} value=${rule.percent} onInput=${set('percent')} inputmode="decimal" required error=${error('percent')} />
      <${SelectField} label=${t('rules.rounding')} value=${rule.rounding} onInput=${set('rounding')} options=${['down', 'half_up', 'up'].map((each) => [each, t(`rules.rounding.${each}`)])} /></div>`}
    ${rule.type === 'flat' && html`<${TextField} label=${t('rules.coins')} value=${rule.coins} onInput=${set('coins')} inputmode="decimal" required error=${error('coins')} />`}
    ${rule.type === 'slab' && html`<div class="stack tight">${rule.slabs.map((each, index) => html`<div key=${index} class="two pair"><${TextField} label=${t('rules.slab.from')} value=${each.from_bill} onInput=${slab(index, 'from_bill')} inputmode="decimal" error=${error(`slabs.${index}.from_bill`)} />
        <${TextField} label=${t('rules.slab.coins')} value=${each.coins} onInput=${slab(index, 'coins')} inputmode="decimal" error=${error(`slabs.${index}.coins`)} /></div>`)}
      <div class="row"><${Button} size="small" icon="plus" onClick=${() => onChange({ ...rule, slabs: [...rule.slabs, { from_bill: '', coins: '' }] })}>${t('rules.slab.add')}<//>
        ${rule.slabs.length > 1 && html`<${Button} size="small" kind="quiet" onClick=${() => onChange({ ...rule, slabs: rule.slabs.slice(0, -1) })}>${t('rules.slab.remove')}<//>`}</div></div>`}
    <details><summary class="small">${t('rules.limits')}</summary><div class="two"><${TextField} label=${t('rules.minimum')} value=${rule.minimum_bill} onInput=${set('minimum_bill')} inputmode="decimal" error=${error('minimum_bill')} />
      <${TextField} label=${t('rules.cap')} value=${rule.cap_per_bill} onInput=${set('cap_per_bill')} inputmode="decimal" error=${error('cap_per_bill')} /><${TextField} label=${t('rules.cap.day')} value=${rule.cap_per_customer_per_day} onInput=${set('cap_per_customer_per_day')} inputmode="decimal" error=${error('cap_per_customer_per_day')} /></div></details>
  </fieldset>`;
}

function Preview({ rules }) {
  const [own, setOwn] = useState('1499');
  const bills = [...BILLS, ...(amount(own) ? [Number(amount(own))] : [])].sort((a, b) => a - b);
  const best = (bill) => rules.map((rule, at) => ({ rule, at, coins: earned(rule, bill) })).reduce((win, each) => (each.coins > (win?.coins || 0) ? each : win), null);
  return html`<aside class="card pad stack" aria-label=${t('rules.preview')}><h2>${t('rules.preview')}</h2><${TextField} label=${t('rules.preview.bill')} value=${own} onInput=${setOwn} inputmode="decimal" />
    <div class="table-wrap flat" aria-live="polite"><table><thead><tr><th scope="col">${t('ledger.bill')}</th><th scope="col">${t('rules.preview.rule')}</th><th scope="col" class="end">${t('ledger.coins')}</th></tr></thead>
      <tbody>${bills.map((bill, at) => { const found = best(bill); return html`<tr key=${at}><td class="figures">${rupees(bill)}</td><td class="small muted">${found ? found.rule.name || t('rules.unnamed', { number: found.at + 1 }) : '—'}</td><td class="end"><strong class="figures">${coins(found?.coins || 0)}</strong></td></tr>`; })}</tbody></table></div>
    <p class="small muted">${t('rules.preview.text')}</p></aside>`;
}

