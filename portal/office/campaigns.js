// Campaigns of a program: coins on top of the rules, with a budget, tried out on past sales before they are made.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, coins, dateTime, number, rupees } from '../lib/format.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { Meter } from './chart.js';
import { Confirm, Facts, List, Panel, Problem, useAction, useList, useRead } from './kit.js';

const TONES = { scheduled: 'info', running: 'good', ended: '' };
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const gives = (row) => {
  if (row.type === 'multiplier') return t('campaign.gives.multiplier', { times: number(row.multiplier) });
  if (row.type === 'referral') return t('campaign.gives.referral', { friend: coins(row.coins ?? 0), referrer: coins(row.referrer_coins ?? 0) });
  return t(`campaign.gives.${row.type}`, { count: row.coins, coins: coins(row.coins) });
};
const named = (items) => [...items.skus, ...items.categories, ...items.brands].join(', ');
const when = (row) => [row.weekdays.length ? row.weekdays.map((day) => t(`campaign.day.${day}`)).join(', ') : '', row.hours ? `${row.hours.from}–${row.hours.until}` : ''].filter(Boolean).join(' · ') || t('campaign.always');

export function Campaigns({ program, owner }) {
  const list = useList(`/rewards/programs/${program.id}/campaigns`);
  const [open, setOpen] = useState(null);
  const [ending, setEnding] = useState(false);
  const close = () => { setOpen(null); setEnding(false); };
  const end = async () => {
    await call('DELETE', `/rewards/programs/${program.id}/campaigns/${open.id}`);
    toast(t('campaign.ended'));
    close();
    list.reload();
  };
  const button = owner && program.status !== 'retired' && html`<${Button} icon="plus" kind="primary" onClick=${() => setOpen('new')}>${t('campaign.new')}<//>`;
  return html`<div class="row apart"><p class="muted grow roomy">${t('campaign.text')}</p>${list.rows?.length > 0 && button}</div>
    <${List} list=${list} caption=${t('program.tab.campaigns')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'megaphone', title: t('campaign.none'), text: t('campaign.none.text'), action: button }} columns=${[
      { key: 'name', title: t('campaign.name'), main: true, show: (row) => row.name },
      { key: 'gives', title: t('campaign.gives'), show: gives },
      { key: 'when', title: t('campaign.when'), show: when },
      { key: 'until', title: t('campaign.until'), show: (row) => dateTime(row.ends_at) },
      { key: 'budget', title: t('campaign.budget'), show: (row) => (row.budget === null ? t('campaign.budget.none') : html`<span class="stack tight budget"><span class="figures">${t('campaign.budget.left', { left: coins(row.budget_left), budget: coins(row.budget) })}</span><${Meter} share=${row.budget ? ((row.budget - row.budget_left) / row.budget) * 100 : 0} tone="" label=${t('campaign.budget')} /></span>`) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`campaign.status.${row.status}`)}<//>` },
    ]} />
    ${open === 'new' && html`<${NewCampaign} program=${program} onClose=${close} onDone=${() => { close(); list.reload(); }} />`}
    ${open && open !== 'new' && !ending && html`<${Panel} title=${open.name} onClose=${close}><div><${Badge} tone=${TONES[open.status]}>${t(`campaign.status.${open.status}`)}<//></div>
      <${Facts} entries=${[[t('campaign.gives'), gives(open)], [t('campaign.when'), when(open)], [t('campaign.from'), dateTime(open.starts_at)], [t('campaign.until'), dateTime(open.ends_at)], open.minimum_bill !== null && [t('campaign.minimum.of'), rupees(open.minimum_bill)], open.maximum_bill !== null && [t('campaign.maximum.of'), rupees(open.maximum_bill)],
        open.first_purchase && [t('campaign.who'), t('campaign.first')], open.win_back_days && [t('campaign.who'), t('campaign.back.text', { count: open.win_back_days })], open.anniversary_days && [t('campaign.who'), t('campaign.anniversary.text', { count: open.anniversary_days })], open.items && [t('campaign.items'), named(open.items)], open.wait_days !== null && [t('campaign.wait'), t('campaign.wait.text', { count: open.wait_days })], open.per_referrer && [t('campaign.limit'), number(open.per_referrer)], open.merchants.length > 0 && [t('campaign.merchants'), open.merchants.join(', ')], [t('campaign.budget'), open.budget === null ? t('campaign.budget.none') : t('campaign.budget.left', { left: coins(open.budget_left), budget: coins(open.budget) })]]} />
      ${owner && open.status !== 'ended' && html`<div class="foot"><${Button} kind="danger" icon="ban" onClick=${() => setEnding(true)}>${t('campaign.end')}<//></div>`}<//>`}
    ${ending && html`<${Confirm} title=${t('campaign.end')} text=${t('campaign.end.text')} action=${t('campaign.end')} danger onConfirm=${end} onClose=${() => setEnding(false)} />`}`;
}

const local = (days) => new Date(Date.now() + days * 86_400_000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function NewCampaign({ program, onClose, onDone }) {
  const [form, setForm] = useState({ name: '', type: 'multiplier', multiplier: '2', coins: '50', weekdays: [], from: '', until: '', minimum_bill: '', maximum_bill: '', who: 'all', win_back_days: '60', anniversary_days: '7', skus: '', categories: '', brands: '', referrer_coins: '100', wait_days: '', per_referrer: '20', merchants: [], budget: '', starts_at: '', ends_at: local(30) });
  const [key] = useState(newKey);
  const set = (name) => (value) => { setForm({ ...form, [name]: value }); trial.clear(); setResult(null); };
  const [result, setResult] = useState(null);
  const list = (text) => text.split(',').map((each) => each.trim()).filter(Boolean);
  const items = { skus: list(form.skus), categories: list(form.categories), brands: list(form.brands) };
  const forItems = Object.values(items).some((each) => each.length);
  const bills = form.type === 'multiplier' || form.type === 'bonus';
  const least = amount(form.minimum_bill) && { minimum_bill: amount(form.minimum_bill) };
  const rules = () => ({
    name: form.name.trim() || t('campaign.unnamed'), type: form.type, ...(form.type === 'multiplier' ? { multiplier: form.multiplier } : { coins: form.coins }), ...(amount(form.budget) && { budget: amount(form.budget) }),
    ...(form.type === 'referral' && { referrer_coins: form.referrer_coins, per_referrer: Number(form.per_referrer) || 0, ...(form.wait_days !== '' && { wait_days: Number(form.wait_days) }), ...least }),
    ...(bills && {
      weekdays: form.weekdays, first_purchase: form.who === 'first', ...(form.who === 'back' && { win_back_days: Number(form.win_back_days) || 0 }), ...(form.who === 'anniversary' && { anniversary_days: Number(form.anniversary_days) || 0 }), merchants: form.merchants,
      ...(form.from && form.until && { hours: { from: form.from, until: form.until } }), ...least, ...(amount(form.maximum_bill) && { maximum_bill: amount(form.maximum_bill) }), ...(forItems && { items }),
    }),
  });
  const trial = useAction(async () => setResult(await call('POST', `/rewards/programs/${program.id}/campaigns/dry-run`, { body: { ...rules(), days: 30 } })));
  const create = useAction(async () => {
    const body = { ...rules(), ends_at: new Date(form.ends_at).toISOString(), ...(form.starts_at && { starts_at: new Date(form.starts_at).toISOString() }) };
    await call('POST', `/rewards/programs/${program.id}/campaigns`, { key, body });
    toast(t('campaign.created'));
    onDone();
  });
  const fields = create.problem?.fields || trial.problem?.fields || {};
  const day = (each) => set('weekdays')(form.weekdays.includes(each) ? form.weekdays.filter((other) => other !== each) : DAYS.filter((other) => other === each || form.weekdays.includes(other)));
  return html`<${Panel} title=${t('campaign.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}>
    <${TextField} label=${t('campaign.name')} hint=${t('campaign.name.hint')} value=${form.name} onInput=${set('name')} required maxlength="128" autofocus error=${fields.name?.join(' ')} />
    <${Segmented} label=${t('campaign.gives')} value=${form.type} onChange=${set('type')} options=${['multiplier', 'bonus', 'birthday', 'referral'].map((each) => [each, t(`campaign.type.${each}`)])} />
    ${!bills && html`<p class="small muted">${t(`campaign.${form.type}.hint`)}</p>`}
    ${form.type === 'multiplier' ? html`<${TextField} label=${t('campaign.multiplier')} hint=${t('campaign.multiplier.hint')} value=${form.multiplier} onInput=${set('multiplier')} inputmode="decimal" required error=${fields.multiplier?.join(' ')} />`
    : html`<${TextField} label=${t(form.type === 'referral' ? 'campaign.friend' : 'campaign.coins')} value=${form.coins} onInput=${set('coins')} inputmode="decimal" required error=${fields.coins?.join(' ')} />`}
    ${form.type === 'referral' && html`<${TextField} label=${t('campaign.referrer')} value=${form.referrer_coins} onInput=${set('referrer_coins')} inputmode="decimal" required error=${fields.referrer_coins?.join(' ')} />
      <div class="two"><${TextField} label=${t('campaign.wait')} type="number" min="0" max="90" placeholder=${String(program.pending_days || 7)} value=${form.wait_days} onInput=${set('wait_days')} error=${fields.wait_days?.join(' ')} /><${TextField} label=${t('campaign.limit')} type="number" min="1" max="1000" value=${form.per_referrer} onInput=${set('per_referrer')} required error=${fields.per_referrer?.join(' ')} /></div>`}
    ${bills && html`<fieldset><legend>${t('campaign.days')}</legend><div class="row">${DAYS.map((each) => html`<button key=${each} type="button" class="chip" aria-pressed=${String(form.weekdays.includes(each))} onClick=${() => day(each)}>${t(`campaign.day.${each}`)}</button>`)}</div><p class="hint small muted">${t('campaign.days.hint')}</p></fieldset>
    <div class="two"><${TextField} label=${t('campaign.hours.from')} type="time" value=${form.from} onInput=${set('from')} error=${fields.hours?.join(' ')} /><${TextField} label=${t('campaign.hours.until')} type="time" value=${form.until} onInput=${set('until')} /></div>`}
    <div class="two"><${TextField} label=${t('campaign.starts')} hint=${t('campaign.starts.hint')} type="datetime-local" value=${form.starts_at} onInput=${set('starts_at')} error=${fields.starts_at?.join(' ')} /><${TextField} label=${t('campaign.ends')} type="datetime-local" value=${form.ends_at} onInput=${set('ends_at')} required error=${fields.ends_at?.join(' ')} /></div>
    ${form.type !== 'birthday' && html`<div class="two"><${TextField} label=${t('campaign.minimum')} value=${form.minimum_bill} onInput=${set('minimum_bill')} inputmode="decimal" error=${fields.minimum_bill?.join(' ')} />${bills && html`<${TextField} label=${t('campaign.maximum')} value=${form.maximum_bill} onInput=${set('maximum_bill')} inputmode="decimal" error=${fields.maximum_bill?.join(' ')} />`}</div>`}
    ${bills && html`<fieldset><legend>${t('campaign.items')}</legend>${['skus', 'categories', 'brands'].map((each) => html`<${TextField} key=${each} label=${t(`campaign.${each}`)} value=${form[each]} onInput=${set(each)} error=${fields.items?.join(' ')} />`)}<p class="hint small muted">${t('campaign.items.hint')}</p></fieldset>`}
    <div class="two"><${TextField} label=${t('campaign.budget')} hint=${t('campaign.budget.hint')} value=${form.budget} onInput=${set('budget')} inputmode="decimal" error=${fields.budget?.join(' ')} />${bills && html`<${SelectField} label=${t('campaign.who')} value=${form.who} onInput=${set('who')} options=${['all', 'first', 'back', 'anniversary'].map((each) => [each, t(`campaign.who.${each}`)])} />`}</div>
    ${bills && form.who === 'anniversary' && html`<${TextField} label=${t('campaign.anniversary')} type="number" min="1" max="60" value=${form.anniversary_days} onInput=${set('anniversary_days')} required error=${fields.anniversary_days?.join(' ')} />`}
    ${bills && form.who === 'back' && html`<${TextField} label=${t('campaign.back')} type="number" min="7" max="365" value=${form.win_back_days} onInput=${set('win_back_days')} required error=${fields.win_back_days?.join(' ')} />`}
    ${bills && program.kind === 'network' && html`<${Merchants} program=${program} chosen=${form.merchants} onChange=${set('merchants')} />`}
    ${bills && forItems && html`<p class="small muted">${t('campaign.trial.items')}</p>`}
    ${bills && !forItems && html`<section class="trial" aria-live="polite"><div class="row apart"><div class="grow"><h3>${t('campaign.trial')}</h3><p class="small muted">${t('campaign.trial.text')}</p></div><${Button} size="small" icon="flask-conical" busy=${trial.busy} onClick=${() => trial.run()}>${t('campaign.trial.run')}<//></div>
      ${result && html`<${Trial} result=${result} />`}<${Problem} problem=${trial.problem} /></section>`}
    ${!amount(form.budget) && html`<${Notice} tone="warn">${t('campaign.budget.warning')}<//>`}
    <${Problem} problem=${create.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${create.busy}>${t('campaign.create')}<//></div></form><//>`;
}

/** A network's members of whom the campaign is; none chosen: all of them. */
function Merchants({ program, chosen, onChange }) {
  const members = useRead(() => call('GET', `/rewards/programs/${program.id}/members`, { query: { limit: 50 } }));
  const active = (members.data || []).filter((row) => row.status === 'active');
  const toggle = (id) => onChange(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  return html`<fieldset><legend>${t('campaign.merchants')}</legend><${Problem} problem=${members.problem} retry=${members.reload} /><div class="row">${active.map((row) => html`<button key=${row.tenant_id} type="button" class="chip" aria-pressed=${String(chosen.includes(row.tenant_id))} onClick=${() => toggle(row.tenant_id)}>${row.name || row.tenant_id}</button>`)}</div><p class="hint small muted">${t('campaign.merchants.hint')}</p></fieldset>`;
}

const Trial = ({ result }) => html`<div class="figures-row"><div><strong class="figures">${coins(result.coins)}</strong><span class="small muted">${t('campaign.trial.coins', { value: rupees(result.value) })}</span></div><div><strong class="figures">${number(result.matched)}</strong><span class="small muted">${t('campaign.trial.matched', { sales: number(result.sales) })}</span></div></div>
  ${result.budget_spent_at && html`<p class="small row nowrap"><${Icon} name="clock" />${t('campaign.trial.spent', { when: dateTime(result.budget_spent_at) })}</p>`}${!result.complete && html`<p class="small muted">${t('campaign.trial.partial')}</p>`}`;
