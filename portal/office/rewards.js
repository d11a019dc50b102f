// The catalogue of rewards: what customers get for coins, how many are left, and redeeming one for a customer.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, coins, dateTime, number, rupees } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { can, me } from '../lib/session.js';
import { Badge, Button, Empty, Icon, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { Confirm, CopyField, Facts, Loading, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';

const TONES = { draft: '', active: 'good', paused: 'warn', retired: '' };
const TYPES = ['voucher', 'percentage_off', 'amount_off', 'free_product', 'physical', 'experience', 'gift_card', 'wallet_credit'];
const ICONS = { voucher: 'ticket-check', percentage_off: 'percent', amount_off: 'tag', free_product: 'gift', physical: 'gift', experience: 'star', gift_card: 'wallet', wallet_credit: 'coins' };
const WINDOWS = ['visible_from', 'visible_until', 'active_from', 'active_until'];
/** An instant of the API as its field has it, in the reader's zone. */
const local = (instant) => (instant ? new Date(Date.parse(instant) - new Date(instant).getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : '');
const programs = () => call('GET', '/rewards/programs');
/** The tiers of the program that the rewards cost coins of. */
const levels = (all) => all.filter((each) => each.role !== 'invited' && each.kind !== 'application').flatMap((each) => each.tiers?.levels || []);
const tiersOf = async () => levels(await programs());
/** What coins can be turned into: wallet types of the tenant's own. */
const walletTypes = (all) => all.filter((each) => each.role === 'owner' && each.kind === 'application' && each.status !== 'retired').map((each) => [each.id, each.name]);
const admin = () => can('tenant:admin');

const leftText = (row) => (row.left === null ? t('reward.left.any') : t('reward.left', { count: row.left, left: number(row.left) }));

export default function Rewards() {
  const status = search.value.get('status') || '';
  const list = useList('/rewards', { status, limit: 30 });
  const [open, setOpen] = useState(null);
  const done = () => { setOpen(null); list.reload(); };
  const button = admin() && html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen({ step: 'edit' })}>${t('reward.new')}<//>`;
  return html`<${Page} title=${t('view.rewards')} text=${t('reward.text')} actions=${button}>
    ${admin() && html`<${Segmented} label=${t('reward.which')} value=${status} onChange=${(value) => setQuery({ status: value })} options=${['', 'active', 'draft', 'paused', 'retired'].map((each) => [each, t(`reward.status.${each || 'all'}`)])} />`}
    <${Problem} problem=${list.problem} retry=${list.reload} />${!list.rows && !list.problem && html`<${Loading} />`}
    ${list.rows?.length === 0 && html`<div class="card"><${Empty} icon="gift" title=${t('reward.none')}><p>${t(admin() ? 'reward.none.text' : 'reward.none.merchant')}</p>${!status && button}<//></div>`}
    ${list.rows?.length > 0 && html`<ul class="cards rewards">${list.rows.map((row) => html`<li key=${row.id}><button type="button" class="card item tile" onClick=${() => setOpen({ step: 'look', reward: row })}>
      <span class="row nowrap"><span class="disc"><${Icon} name=${ICONS[row.type]} /></span><span class="grow stack tight"><span class="strong">${row.title}</span><span class="small muted">${t(`reward.type.${row.type}`)}</span></span><${Badge} tone=${TONES[row.status]}>${t(`reward.status.${row.status}`)}<//></span>
      <span class="row apart"><span class="price figures"><span class="coin-dot"></span>${coins(row.points)}</span><span class=${`small ${row.left === 0 ? 'bad-text' : 'muted'}`}>${leftText(row)}</span></span></button></li>`)}</ul>`}
    ${list.next && html`<div class="center"><${Button} busy=${list.loadMore.busy} onClick=${() => list.loadMore.run()}>${t('more')}<//></div>`}
    ${open?.step === 'look' && html`<${Look} reward=${open.reward} onStep=${(step) => setOpen({ ...open, step })} onClose=${() => setOpen(null)} onDone=${done} />`}
    ${open?.step === 'edit' && html`<${Edit} reward=${open.reward} onClose=${() => setOpen(null)} onDone=${done} />`}
    ${open?.step === 'codes' && html`<${Codes} reward=${open.reward} onClose=${() => setOpen(null)} onDone=${done} />`}
    ${open?.step === 'redeem' && html`<${Redeem} reward=${open.reward} onClose=${() => setOpen(null)} onDone=${done} />`}<//>`;
}

function Look({ reward, onStep, onClose, onDone }) {
  const [retiring, setRetiring] = useState(false);
  const change = useAction(async (status) => {
    await call('PATCH', `/rewards/${reward.id}`, { body: { status, version: reward.version } });
    toast(t('reward.saved'));
    onDone();
  });
  const retire = async () => { await call('DELETE', `/rewards/${reward.id}`); toast(t('reward.retired')); onDone(); };
  if (retiring) return html`<${Confirm} title=${t('reward.retire')} text=${t('reward.retire.text')} action=${t('reward.retire')} danger onConfirm=${retire} onClose=${() => setRetiring(false)} />`;
  const { limits } = reward;
  const tiers = useRead(tiersOf, reward.minimum_tier || '');
  const tier = reward.minimum_tier && (tiers.data?.find((each) => each.id === reward.minimum_tier)?.name || reward.minimum_tier);
  const perCustomer = ['day', 'month', 'ever'].filter((each) => limits[each] !== null).map((each) => t(`reward.limit.${each}`, { count: limits[each] })).join(', ');
  return html`<${Panel} title=${reward.title} onClose=${onClose}><div class="row"><${Badge} tone=${TONES[reward.status]}>${t(`reward.status.${reward.status}`)}<//>${reward.featured && html`<${Badge} tone="coin" icon="star">${t('reward.featured')}<//>`}</div>
    ${reward.description && html`<p>${reward.description}</p>`}
    <${Facts} entries=${[[t('reward.points'), t('reward.points.n', { count: reward.points, coins: coins(reward.points) })], reward.worth !== null && [t('reward.worth'), rupees(reward.worth)], [t('reward.type'), t(`reward.type.${reward.type}`)], [t('reward.stock'), leftText(reward)], perCustomer && [t('reward.limits'), perCustomer], tier && [t('reward.tier'), tier], reward.merchants.length > 0 && [t('campaign.merchants'), reward.merchants.join(', ')], reward.categories.length > 0 && [t('reward.categories'), reward.categories.join(', ')], ...WINDOWS.filter((each) => reward[each]).map((each) => [t(`reward.${each}`), dateTime(reward[each])]), [t('reward.deadline'), t('reward.deadline.n', { count: reward.fulfil_within_days })],
      [t('reward.delivery'), t(`reward.delivery.${reward.delivery}`)], reward.customer_tags.length > 0 && [t('reward.tags'), reward.customer_tags.join(', ')], reward.approval_required && [t('reward.approval'), t('reward.approval.yes')], [t('reward.code'), t(`reward.code.${reward.code.source}`)], reward.benefit.product && [t('reward.product'), reward.benefit.product], reward.benefit.wallet_type && [t('reward.type.wallet_credit'), t('reward.credit.text', { amount: coins(reward.benefit.credit), wallet: reward.benefit.wallet_name })], reward.terms && [t('reward.terms'), reward.terms], [t('ledger.id'), html`<code>${reward.id}</code>`]]} />
    <${Problem} problem=${change.problem} />
    <div class="foot">${admin() && reward.status !== 'retired' && html`<${Button} kind="danger" icon="ban" onClick=${() => setRetiring(true)}>${t('reward.retire')}<//>
      ${reward.status === 'active' ? html`<${Button} icon="pause" busy=${change.busy} onClick=${() => change.run('paused')}>${t('reward.pause')}<//>` : html`<${Button} icon="play" busy=${change.busy} onClick=${() => change.run('active')}>${t('reward.publish')}<//>`}
      ${reward.code.source === 'pool' && html`<${Button} icon="upload" onClick=${() => onStep('codes')}>${t('reward.codes.add')}<//>`}<${Button} icon="pencil" onClick=${() => onStep('edit')}>${t('reward.edit')}<//>`}
      ${reward.redeemable && can('coins:redeem') && html`<${Button} kind="primary" icon="gift" onClick=${() => onStep('redeem')}>${t('reward.redeem')}<//>`}</div><//>`;
}

const text = (value) => (value === null || value === undefined ? '' : String(value));
const EMPTY = { title: '', type: 'free_product', points: '', description: '', worth: '', stock: '', status: 'active', approval_required: false, featured: false, limits: { ever: null, month: null, day: null }, customer_tags: [], merchants: [], categories: [], images: [], fulfil_within_days: 14, delivery: 'manual', code: { source: 'none' }, benefit: {}, terms: '' };

function Edit({ reward, onClose, onDone }) {
  const from = reward || EMPTY;
  const [form, setForm] = useState({ title: from.title, type: from.type, points: text(from.points), description: text(from.description), worth: text(from.worth), stock: text(from.stock), status: from.status, approval: from.approval_required, featured: from.featured, month: text(from.limits.month), day: text(from.limits.day), ever: text(from.limits.ever), tier: text(from.minimum_tier), tags: from.customer_tags.join(', '), merchants: from.merchants.join('\n'), categories: from.categories.join(', '), images: from.images.join('\n'), deadline: text(from.fulfil_within_days), ...Object.fromEntries(WINDOWS.map((each) => [each, local(from[each])])), delivery: from.delivery, source: from.code.source, value: '', benefit: text(from.benefit.percent ?? from.benefit.amount ?? from.benefit.credit ?? from.benefit.product), wallet: text(from.benefit.wallet_type), terms: text(from.terms), codes: '' });
  const [key] = useState(newKey);
  const all = useRead(programs);
  const tiers = levels(all.data || []);
  const wallets = walletTypes(all.data || []);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const field = { percentage_off: 'percent', amount_off: 'amount', gift_card: 'amount', free_product: 'product', physical: 'product', wallet_credit: 'credit' }[form.type];
  const wallet = form.wallet || wallets[0]?.[0] || '';
  const choose = (type) => setForm({ ...form, type, benefit: '', ...(type === 'wallet_credit' ? { delivery: 'instant', source: 'none' } : form.type === 'wallet_credit' && { delivery: 'manual' }) });
  const save = useAction(async () => {
    const body = {
      title: form.title.trim(), points: form.points, description: form.description.trim() || null, terms: form.terms.trim() || null, worth: amount(form.worth), approval_required: form.approval, featured: form.featured, delivery: form.delivery,
      limits: Object.fromEntries(['ever', 'month', 'day'].map((each) => [each, form[each] ? Number(form[each]) : null])),
      minimum_tier: form.tier || null, customer_tags: form.tags.split(',').map((each) => each.trim().toLowerCase()).filter(Boolean), merchants: lines(form.merchants), images: lines(form.images), categories: form.categories.split(',').map((each) => each.trim()).filter(Boolean), fulfil_within_days: Number(form.deadline) || 14,
      ...Object.fromEntries(WINDOWS.filter((each) => form[each] !== local(from[each])).map((each) => [each, form[each] ? new Date(form[each]).toISOString() : null])), benefit: field && form.benefit.trim() ? { ...from.benefit, [field]: form.benefit.trim(), ...(field === 'credit' && { wallet_type: wallet }) } : null,
      ...(form.source !== 'pool' && { stock: form.stock ? Number(form.stock) : null }),
    };
    if (reward) await call('PATCH', `/rewards/${reward.id}`, { body: { ...body, version: reward.version } });
    else {
      const codes = form.source === 'pool' ? lines(form.codes) : [];
      await call('POST', '/rewards', { key, body: { ...body, type: form.type, status: form.status, code: { source: form.source, ...(form.source === 'static' && { value: form.value.trim() }) }, codes } });
    }
    toast(t('reward.saved'));
    onDone();
  });
  const fields = save.problem?.fields || {};
  const error = (name) => fields[name]?.join(' ');
  return html`<${Panel} title=${reward ? t('reward.edit') : t('reward.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    <${TextField} label=${t('reward.title')} value=${form.title} onInput=${set('title')} required maxlength="128" autofocus error=${error('title')} />
    <div class="two">${!reward && html`<${SelectField} label=${t('reward.type')} value=${form.type} onInput=${choose} options=${TYPES.map((each) => [each, t(`reward.type.${each}`)])} />`}<${TextField} label=${t('reward.points')} value=${form.points} onInput=${set('points')} inputmode="decimal" required error=${error('points')} /></div>
    ${field && html`<${TextField} label=${t(`reward.benefit.${field}`)} value=${form.benefit} onInput=${set('benefit')} inputmode=${field === 'product' ? undefined : 'decimal'} error=${error(`benefit.${field}`) || error('benefit') || (field !== 'credit' && error('benefit.wallet_type')) || error('type')} />`}
    ${field === 'credit' && (wallets.length || !all.data ? html`<${SelectField} label=${t('reward.wallet')} hint=${t('reward.wallet.hint')} value=${wallet} onInput=${set('wallet')} options=${wallets} error=${error('benefit.wallet_type')} />` : html`<${Notice} tone="warn">${t('reward.wallet.none')}<//>`)}
    <${TextField} label=${t('reward.description')} rows="2" value=${form.description} onInput=${set('description')} maxlength="2000" error=${error('description')} />
    <div class="two">${form.source !== 'pool' && html`<${TextField} label=${t('reward.stock')} hint=${t('reward.stock.hint')} value=${form.stock} onInput=${set('stock')} inputmode="numeric" error=${error('stock')} />`}<${TextField} label=${t('reward.month')} hint=${t('reward.month.hint')} value=${form.month} onInput=${set('month')} inputmode="numeric" error=${error('limits.month')} /></div>
    <div class="two"><${TextField} label=${t('reward.worth')} value=${form.worth} onInput=${set('worth')} inputmode="decimal" error=${error('worth')} /><${SelectField} label=${t('reward.delivery')} value=${form.delivery} onInput=${set('delivery')} options=${['manual', 'instant'].map((each) => [each, t(`reward.delivery.${each}`)])} error=${error('delivery')} /></div>
    ${!reward && html`${field !== 'credit' && html`<${SelectField} label=${t('reward.code')} value=${form.source} onInput=${set('source')} options=${['none', 'static', 'pool', 'generated'].map((each) => [each, t(`reward.code.${each}`)])} error=${error('code.source')} />`}
      ${form.source === 'static' && html`<${TextField} label=${t('reward.code.value')} value=${form.value} onInput=${set('value')} required autocomplete="off" error=${error('code.value')} />`}
      ${form.source === 'pool' && html`<${TextField} label=${t('reward.codes')} hint=${t('reward.codes.hint')} rows="4" value=${form.codes} onInput=${set('codes')} spellcheck="false" error=${error('codes')} />`}
      <${SelectField} label=${t('program.begin')} value=${form.status} onInput=${set('status')} options=${[['active', t('reward.begin.active')], ['draft', t('reward.begin.draft')]]} />`}
    <${TextField} label=${t('reward.terms')} rows="2" value=${form.terms} onInput=${set('terms')} maxlength="4000" error=${error('terms')} />
    <details class="stack"><summary>${t('reward.more')}</summary><div class="stack">
      <div class="two"><${TextField} label=${t('reward.day')} value=${form.day} onInput=${set('day')} inputmode="numeric" error=${error('limits.day')} /><${TextField} label=${t('reward.ever')} value=${form.ever} onInput=${set('ever')} inputmode="numeric" error=${error('limits.ever')} /></div>
      ${tiers.length > 0 && html`<${SelectField} label=${t('reward.tier')} value=${form.tier} onInput=${set('tier')} options=${[['', t('reward.tier.any')], ...tiers.map((each) => [each.id, each.name])]} error=${error('minimum_tier')} />`}
      <${TextField} label=${t('reward.tags')} hint=${t('reward.tags.hint')} value=${form.tags} onInput=${set('tags')} error=${error('customer_tags') || error('customer_tags.0')} />
      <div class="two">${WINDOWS.map((each) => html`<${TextField} key=${each} label=${t(`reward.${each}`)} type="datetime-local" value=${form[each]} onInput=${set(each)} error=${error(each)} />`)}</div>
      <${TextField} label=${t('reward.categories')} hint=${t('reward.categories.hint')} value=${form.categories} onInput=${set('categories')} error=${error('categories') || error('categories.0')} />
      <${TextField} label=${t('reward.images')} hint=${t('reward.images.hint')} rows="2" value=${form.images} onInput=${set('images')} error=${error('images') || error('images.0')} />
      ${me.value.tenant.kind === 'operator' && html`<${TextField} label=${t('campaign.merchants')} hint=${t('reward.merchants.hint')} rows="2" value=${form.merchants} onInput=${set('merchants')} error=${error('merchants') || error('merchants.0')} />`}
      <${TextField} label=${t('reward.deadline')} type="number" min="1" max="90" value=${form.deadline} onInput=${set('deadline')} error=${error('fulfil_within_days')} /></div></details>
    <div class="choices"><label class="check"><input type="checkbox" checked=${form.approval} onChange=${() => set('approval')(!form.approval)} /><span>${t('reward.approval.yes')}</span></label><label class="check"><input type="checkbox" checked=${form.featured} onChange=${() => set('featured')(!form.featured)} /><span>${t('reward.featured.hint')}</span></label></div>
    <${Problem} problem=${save.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form><//>`;
}

const lines = (typed) => typed.split(/[\s,;]+/).filter(Boolean);
const MOST_CODES = 1000;

/** Codes for a pool, pasted or from a file, sent in parts of what the API takes at once. Known ones are left out. */
function Codes({ reward, onClose, onDone }) {
  const [typed, setTyped] = useState('');
  const found = [...new Set(lines(typed))];
  const add = useAction(async () => {
    for (let start = 0; start < found.length; start += MOST_CODES) await call('PATCH', `/rewards/${reward.id}`, { body: { codes: found.slice(start, start + MOST_CODES) } });
    toast(t('reward.codes.added', { count: found.length, codes: number(found.length) }));
    onDone();
  });
  const read = async (event) => {
    const file = event.target.files[0];
    if (file) setTyped(await file.text());
  };
  return html`<${Panel} title=${t('reward.codes.add')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); add.run(); }}><p class="muted">${t('reward.codes.text', { left: number(reward.left || 0) })}</p>
    <${TextField} label=${t('reward.codes')} hint=${t('reward.codes.hint')} rows="8" value=${typed} onInput=${setTyped} spellcheck="false" class="input mono" error=${add.problem?.fields?.codes?.join(' ')} />
    <div><label class="button small"><input class="sr" type="file" accept=".csv,.txt,text/plain,text/csv" onChange=${read} /><${Icon} name="upload" />${t('reward.codes.file')}</label></div>
    <${Problem} problem=${add.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${add.busy} disabled=${!found.length}>${t('reward.codes.n', { count: found.length, codes: number(found.length) })}<//></div></form><//>`;
}

function Redeem({ reward, onClose, onDone }) {
  const [phone, setPhone] = useState('');
  const [key] = useState(newKey);
  const [made, setMade] = useState(null);
  const redeem = useAction(async () => {
    const redemption = await call('POST', `/rewards/${reward.id}/redeem`, { key, body: { phone: phone.trim(), expected_points: reward.points } });
    setMade(redemption.has_code && redemption.state === 'fulfilled' ? await call('GET', `/rewards/redemptions/${redemption.id}`, { query: { reveal: 'true' } }) : redemption);
  });
  if (made) {
    return html`<${Panel} title=${reward.title} onClose=${onDone}><${Notice} tone="good">${t(`reward.redeemed.${made.state === 'fulfilled' ? 'now' : 'later'}`)}<//>${made.code && html`<${CopyField} label=${t('reward.code')} value=${made.code} />`}<div class="foot"><${Button} kind="primary" onClick=${onDone}>${t('close')}<//></div><//>`;
  }
  return html`<${Panel} title=${t('reward.redeem')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); redeem.run(); }}><p class="muted">${t('reward.redeem.text', { title: reward.title, count: reward.points, coins: coins(reward.points) })}</p>
    <${TextField} label=${t('reward.phone')} type="tel" inputmode="tel" value=${phone} onInput=${setPhone} required autofocus autocomplete="off" error=${redeem.problem?.fields?.phone?.join(' ')} /><${Problem} problem=${redeem.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="gift" busy=${redeem.busy}>${t('reward.redeem')}<//></div></form><//>`;
}
