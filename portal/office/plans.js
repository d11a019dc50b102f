// Price plans of the operator, and who is on which. A plan is never changed: another price is another plan.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { date, month, number, percent, rupees, short } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { Runs, UsagePreview } from './usage-runs.js';
import { Confirm, Facts, List, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';

const METERS = ['issue', 'redemption', 'active_customer', 'message'];
/** An amount as the API reads it: without separators, nothing where nothing was typed. */
const plain = (text) => text.replaceAll(',', '').trim() || '0';
const price = (each, per) => (per > 1 ? t('plan.price.per', { price: rupees(each), count: number(per) }) : rupees(each));

export default function Plans() {
  const part = search.value.get('part') || 'plans';
  return html`<${Page} title=${t('view.plans')} text=${t('plan.text')}>
    <${Segmented} label=${t('plan.parts')} value=${part} onChange=${(value) => setQuery({ part: value === 'plans' ? '' : value })} options=${['plans', 'subscriptions', 'runs'].map((each) => [each, t(`plan.part.${each}`)])} />
    ${part === 'subscriptions' ? html`<${Subscriptions} />` : part === 'runs' ? html`<${Runs} />` : html`<${All} />`}<//>`;
}

function All() {
  const list = useList('/billing/plans', { limit: 30 });
  const [open, setOpen] = useState(null);
  const done = () => { setOpen(null); list.reload(); };
  const button = can('platform:admin') && html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>${t('plan.new')}<//>`;
  return html`${list.rows?.length > 0 && html`<div>${button}</div>`}<${List} list=${list} caption=${t('view.plans')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'tag', title: t('plan.none'), text: t('plan.none.text'), action: button }} columns=${[
      { key: 'name', title: t('plan.name'), main: true, show: (row) => html`<span class="ellipsis limit wide">${row.name}</span>` },
      { key: 'fee', title: t('plan.fee'), end: true, show: (row) => rupees(row.monthly_fee) },
      { key: 'meters', title: t('plan.meters'), show: (row) => row.meters.map((each) => t(`plan.meter.${each.meter}`)).join(', ') || t('plan.meters.none') },
      { key: 'rate', title: t('plan.gst'), end: true, show: (row) => percent(row.gst_rate) },
      { key: 'since', title: t('plan.since'), show: (row) => date(row.created_at) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${row.archived ? '' : 'good'}>${t(row.archived ? 'plan.archived' : 'plan.offered')}<//>` },
    ]} />
    ${open === 'new' && html`<${NewPlan} onClose=${() => setOpen(null)} onDone=${done} />`}${open && open !== 'new' && html`<${Plan} plan=${open} onClose=${() => setOpen(null)} onDone=${done} />`}`;
}

function Plan({ plan, onClose, onDone }) {
  const [asking, setAsking] = useState(false);
  const archive = async () => {
    await call('POST', `/billing/plans/${plan.id}/archive`);
    toast(t('plan.archive.done'));
    onDone();
  };
  if (asking) return html`<${Confirm} title=${t('plan.archive')} text=${t('plan.archive.text')} action=${t('plan.archive')} danger onConfirm=${archive} onClose=${() => setAsking(false)} />`;
  return html`<${Panel} title=${plan.name} onClose=${onClose}>
    <${Facts} entries=${[[t('plan.fee'), rupees(plan.monthly_fee)], [t('plan.gst'), percent(plan.gst_rate)], [t('plan.code'), html`<code>${plan.hsn_or_sac}</code>`], [t('ledger.id'), html`<code>${plan.id}</code>`]]} />
    ${plan.meters.map((meter) => html`<section key=${meter.meter} class="card item"><div class="row apart"><h3>${t(`plan.meter.${meter.meter}`)}</h3><${Badge}>${t(`plan.tiering.${meter.tiering}`)}<//></div>
      <${Facts} entries=${meter.tiers.map((tier, at) => [tierText(meter.tiers, at), price(tier.unit_price, meter.per)])} /></section>`)}
    ${can('platform:admin') && !plan.archived && html`<div class="foot"><${Button} kind="danger" onClick=${() => setAsking(true)}>${t('plan.archive')}<//></div>`}<//>`;
}

function tierText(tiers, at) {
  const first = at ? tiers[at - 1].up_to + 1 : 1;
  return tiers[at].up_to === null ? t('plan.tier.from', { first: number(first) }) : t('plan.tier', { first: number(first), last: number(tiers[at].up_to) });
}

/** One row for each price: up to so many at this price; the last one has no end. */
function NewPlan({ onClose, onDone }) {
  const [form, setForm] = useState({ name: '', monthly_fee: '', gst_rate: '18', hsn_or_sac: '998314' });
  const [meters, setMeters] = useState([]);
  const [key] = useState(newKey);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const change = (at, more) => setMeters(meters.map((each, index) => (index === at ? { ...each, ...more } : each)));
  const tier = (at, row, more) => change(at, { tiers: meters[at].tiers.map((each, index) => (index === row ? { ...each, ...more } : each)) });
  const left = METERS.filter((each) => !meters.some((meter) => meter.meter === each));
  const create = useAction(async () => {
    const body = { ...form, name: form.name.trim(), monthly_fee: plain(form.monthly_fee),
      meters: meters.map((meter) => ({ ...meter, tiers: meter.tiers.map((each, row) => ({ up_to: row === meter.tiers.length - 1 ? null : Number(each.up_to), unit_price: plain(each.unit_price) })) })) };
    await call('POST', '/billing/plans', { key, body });
    toast(t('plan.created'));
    onDone();
  });
  const fields = create.problem?.fields || {};
  return html`<${Panel} title=${t('plan.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}><p class="muted">${t('plan.new.text')}</p>
    <${TextField} label=${t('plan.name')} value=${form.name} onInput=${set('name')} required maxlength="128" autofocus error=${fields.name?.join(' ')} />
    <div class="two"><${TextField} label=${t('plan.fee.input')} value=${form.monthly_fee} onInput=${set('monthly_fee')} inputmode="decimal" placeholder="0" error=${fields.monthly_fee?.join(' ')} /><${TextField} label=${t('plan.gst.input')} value=${form.gst_rate} onInput=${set('gst_rate')} inputmode="decimal" required error=${fields.gst_rate?.join(' ')} /></div>
    ${meters.map((meter, at) => html`<fieldset key=${meter.meter} class="card item"><legend class="sr">${t(`plan.meter.${meter.meter}`)}</legend>
      <div class="row apart nowrap"><h3>${t(`plan.meter.${meter.meter}`)}</h3><${Button} kind="quiet" size="small" icon="trash-2" label=${t('plan.meter.remove', { name: t(`plan.meter.${meter.meter}`) })} onClick=${() => setMeters(meters.filter((_, index) => index !== at))} /></div>
      <div class="two"><${SelectField} label=${t('plan.tiering')} value=${meter.tiering} onInput=${(tiering) => change(at, { tiering })} options=${['graduated', 'volume'].map((each) => [each, t(`plan.tiering.${each}`)])} /><${SelectField} label=${t('plan.per')} value=${String(meter.per)} onInput=${(per) => change(at, { per: Number(per) })} options=${['1', '10', '100', '1000'].map((each) => [each, number(Number(each))])} /></div>
      ${meter.tiers.map((each, row) => html`<div key=${row} class="two">${row < meter.tiers.length - 1 ? html`<${TextField} label=${t('plan.upto')} value=${each.up_to} onInput=${(up_to) => tier(at, row, { up_to })} inputmode="numeric" pattern="[0-9]+" required />` : html`<div class="field"><span class="legend">${t('plan.upto')}</span><span class="input still">${t('plan.upto.end')}</span></div>`}
        <${TextField} label=${t('plan.unit')} value=${each.unit_price} onInput=${(unit_price) => tier(at, row, { unit_price })} inputmode="decimal" required /></div>`)}
      <div class="row"><${Button} size="small" icon="plus" onClick=${() => change(at, { tiers: [...meter.tiers.slice(0, -1), { up_to: '', unit_price: '' }, meter.tiers.at(-1)] })}>${t('plan.tier.add')}<//>${meter.tiers.length > 1 && html`<${Button} size="small" icon="x" onClick=${() => change(at, { tiers: [...meter.tiers.slice(0, -2), meter.tiers.at(-1)] })}>${t('plan.tier.remove')}<//>`}</div></fieldset>`)}
    ${left.length > 0 && html`<${SelectField} label=${t('plan.meter.add')} value="" onInput=${(meter) => meter && setMeters([...meters, { meter, tiering: 'graduated', per: 1, tiers: [{ up_to: null, unit_price: '' }] }])} options=${[['', t('plan.meter.choose')], ...left.map((each) => [each, t(`plan.meter.${each}`)])]} />`}
    <${Problem} problem=${create.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${create.busy} disabled=${!form.name.trim()}>${t('plan.create')}<//></div></form><//>`;
}

/** The subscriptions name tenants and plans by id: names are read from the plans and from the operator's own tree. */
function Subscriptions() {
  const list = useList('/billing/subscriptions', { limit: 50 });
  const plans = useRead(() => call('GET', '/billing/plans', { query: { limit: 100 } }));
  const tenants = useRead(() => call('GET', '/tenant/tree', { query: { limit: 30 } }));
  const [open, setOpen] = useState(null);
  const nameOf = (id) => plans.data?.find((each) => each.id === id)?.name || short(id);
  const tenantOf = (id) => tenants.data?.find((each) => each.id === id)?.name || id;
  const button = can('platform:admin') && html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen({})}>${t('plan.assign')}<//>`;
  return html`${list.rows?.length > 0 && html`<div>${button}</div>`}<${List} list=${list} caption=${t('plan.part.subscriptions')} rowKey=${(row) => row.tenant_id} onOpen=${can('platform:admin') ? setOpen : undefined} empty=${{ icon: 'tag', title: t('plan.nobody'), text: t('plan.nobody.text'), action: button }} columns=${[
      { key: 'tenant', title: t('console.tenant'), main: true, show: (row) => html`<span class="ellipsis limit wide">${tenantOf(row.tenant_id)}</span>` },
      { key: 'phases', title: t('plan.name'), show: (row) => row.phases.map((each) => html`<span key=${each.first_day} class="block">${t(each.last_day ? 'plan.phase' : 'plan.phase.open', { plan: nameOf(each.plan_id), first: date(each.first_day), last: each.last_day ? date(each.last_day) : '' })}</span>`) },
      { key: 'invoiced', title: t('plan.invoiced'), show: (row) => (row.invoiced_to ? month(row.invoiced_to, 'short') : '—') },
    ]} />
    ${open && html`<${Assign} subscription=${open} name=${open.tenant_id && tenantOf(open.tenant_id)} plans=${plans.data || []} tenants=${tenants.data || []} onClose=${() => setOpen(null)} onDone=${() => { setOpen(null); list.reload(); }} />`}`;
}

function Assign({ subscription, name, plans, tenants, onClose, onDone }) {
  const [tenant, setTenant] = useState(subscription.tenant_id || '');
  const [plan, setPlan] = useState('');
  const [since, setSince] = useState('');
  const save = useAction(async () => {
    await call('PUT', `/billing/subscriptions/${tenant.trim()}`, { body: { plan_id: plan || null, ...(since && { from: since }), ...(subscription.version && { version: subscription.version }) } });
    toast(t('plan.assigned'));
    onDone();
  });
  const fields = save.problem?.fields || {};
  return html`<${Panel} title=${name || t('plan.assign')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    ${subscription.tenant_id && html`<${UsagePreview} tenant=${subscription.tenant_id} />`}
    ${!subscription.tenant_id && html`<${TextField} label=${t('plan.tenant')} hint=${t('plan.tenant.hint')} value=${tenant} onInput=${setTenant} list="tenants-known" required pattern="ten_[0-9A-Z]{26}" autocomplete="off" spellcheck="false" /><datalist id="tenants-known">${tenants.map((each) => html`<option key=${each.id} value=${each.id}>${each.name}</option>`)}</datalist>`}
    <${SelectField} label=${t('plan.one')} value=${plan} onInput=${setPlan} options=${[['', t('plan.end')], ...plans.filter((each) => !each.archived).map((each) => [each.id, each.name])]} error=${fields.plan_id?.join(' ')} />
    <${TextField} label=${t('plan.from')} hint=${t('plan.from.hint')} type="date" value=${since} onInput=${setSince} error=${fields.from?.join(' ')} />
    <${Problem} problem=${save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind=${plan ? 'primary' : 'primary danger'} busy=${save.busy}>${t(plan ? 'plan.assign.do' : 'plan.end')}<//></div></form><//>`;
}
