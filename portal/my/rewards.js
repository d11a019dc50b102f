// What the coins buy, and what was bought: offers, one with its details, and the codes of the customer's own.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey, problemText } from '../lib/api.js';
import { coins, date, rupees } from '../lib/format.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { Dialog, Segmented, TextField } from '../components/forms.js';
import { Cards, Orders } from './cards.js';
import { Pages, usePages } from './history.js';
import { refresh, seen, shop } from './state.js';

const ICONS = { voucher: 'ticket-check', physical: 'gift', discount: 'percent', wallet_credit: 'coins', free_product: 'gift' };
const TONES = { pending: 'warn', approved: 'info', fulfilled: 'good' };
const credited = (credit) => t('my.credit', { amount: coins(credit.amount), wallet: credit.wallet_name });
const price = (points) => t('my.coins', { count: points, coins: coins(points) });

export function Rewards() {
  const [tab, choose] = useState('offers');
  const [wanted, find] = useState('');
  const products = usePages('/me/products', { limit: 20, ...(wanted && { search: wanted }) });
  // A shop that sells no gift cards has no tab for them.
  const sells = tab === 'cards' || products.rows?.length > 0;
  const options = [['offers', t('my.rewards.offers')], ...(sells ? [['cards', t('my.cards')]] : []), ['mine', t('my.rewards.mine')]];
  const done = () => choose('mine');
  return html`<div class="my-page"><h1>${t('my.tab.rewards')}</h1>
    <${Segmented} label=${t('my.tab.rewards')} value=${tab} onChange=${choose} options=${options} />
    ${tab === 'offers' && html`<${Offers} onDone=${done} />`}
    ${tab === 'cards' && html`<${Cards} pages=${products} wanted=${wanted} find=${find} onDone=${() => { products.again(); done(); }} />`}
    ${tab === 'mine' && html`<${Mine} />`}</div>`;
}

function Offers({ onDone }) {
  const [open, setOpen] = useState(null);
  const pages = usePages('/me/rewards', {});
  const own = Number((seen.value.balances.find((each) => each.here) || seen.value.balances[0]).available);
  return html`<${Pages} pages=${pages} empty=${['gift', t('my.rewards.none'), t('my.rewards.none.text')]}>${(rows) => html`<ul class="my-offers">${rows.filter((reward) => !reward.is_product).map((reward) => {
    const missing = reward.obstacle === 'insufficient_balance' ? Number(reward.points) - own : 0;
    return html`<li key=${reward.id} class=${`card ${reward.obstacle ? 'later' : ''}`}><span class="my-picture" aria-hidden="true"><${Icon} name=${ICONS[reward.type] || 'gift'} /></span>
      <div class="grow stack tight"><h2><button type="button" class="my-open" onClick=${() => setOpen(reward)}>${reward.title}</button></h2>
        <p class="row tight"><span class="strong figures my-price"><span class="coin-dot" aria-hidden="true"></span>${price(reward.points)}</span>
          ${reward.left !== null && reward.left > 0 && html`<${Badge} tone="warn">${t('my.left', { count: reward.left })}<//>`}</p>
        ${missing > 0 ? html`<p class="small muted"><span class="my-meter" aria-hidden="true"><span style=${{ width: `${Math.max(2, Math.min(100, (own / Number(reward.points)) * 100))}%` }}></span></span>${t('my.missing', { count: missing, coins: coins(missing) })}</p>` : reward.obstacle && html`<p class="small muted">${obstacle(reward)}</p>`}</div>
      <${Icon} name="chevron-right" /></li>`;
  })}</ul>${open && html`<${Offer} reward=${open} onClose=${() => setOpen(null)} onDone=${() => { setOpen(null); refresh(); onDone(); }} />`}`}<//>`;
}

const obstacle = (reward) => t(`my.obstacle.${['reward_sold_out', 'reward_limit_reached', 'reward_tier_required', 'reward_tag_required', 'insufficient_balance'].includes(reward.obstacle) ? reward.obstacle : 'other'}`);
const ADDRESS = [['name', 'name'], ['line1', 'address-line1'], ['line2', 'address-line2'], ['city', 'address-level2'], ['state', 'address-level1'], ['postal_code', 'postal-code']];

/** Before the coins are gone: what is left of them, what comes and how, and for how long it is good. */
function Then({ reward }) {
  const own = Number((seen.value.balances.find((each) => each.here) || seen.value.balances[0]).available);
  const name = shop.value?.branding.display_name || shop.value?.name || seen.value.profile.merchant.name;
  const left = own - Number(reward.points);
  const comes = reward.credit ? 'credit' : reward.needs_address ? 'sent' : reward.has_code ? 'code' : 'counter';
  return html`<div class="stack tight"><h3 class="small">${t('my.then')}</h3><ul class="my-facts small">
    <li><${Icon} name="coins" /><span>${t('my.then.left', { count: left, coins: coins(left) })}</span></li>
    <li><${Icon} name=${ICONS[reward.type] || 'gift'} /><span>${t(`my.then.${comes}`, { name })}</span></li>
    ${comes === 'code' && html`<li><${Icon} name="clock" /><span>${reward.valid_days ? t('my.then.days', { count: reward.valid_days }) : t('my.then.always')}</span></li>`}
    <li><${Icon} name="lock" /><span>${t('my.then.proof')}</span></li></ul></div>`;
}

function Offer({ reward, onClose, onDone }) {
  const [address, setAddress] = useState({});
  const [state, setState] = useState({ key: newKey() });
  const submit = async (event) => {
    event.preventDefault();
    setState({ ...state, busy: true, problem: null });
    const filled = Object.fromEntries(Object.entries(address).filter(([, value]) => value.trim()));
    try {
      // One key for every attempt at this: a lost answer or a second press takes the coins once.
      await call('POST', `/me/rewards/${reward.id}/redeem`, { body: { expected_points: reward.points, ...(reward.needs_address ? { address: filled } : {}) }, key: state.key });
      toast(t(reward.needs_approval ? 'my.redeemed.waiting' : 'my.redeemed'));
      onDone();
    } catch (problem) {
      // A refusal is an answer: what is tried after it is another attempt. Without an answer, it is the same one.
      setState({ key: problem.status ? newKey() : state.key, problem });
    }
  };
  return html`<${Dialog} title=${reward.title} sheet onClose=${onClose}><form class="stack" onSubmit=${submit}>
    <p class="row apart"><span class="strong figures my-price"><span class="coin-dot" aria-hidden="true"></span>${price(reward.points)}</span>${reward.worth !== null && html`<span class="muted small">${t('my.worth', { value: rupees(reward.worth) })}</span>`}</p>
    ${reward.description && html`<p>${reward.description}</p>`}
    ${reward.credit && html`<p>${credited(reward.credit)}</p>`}
    ${reward.terms && html`<div class="stack tight"><h3 class="small">${t('my.terms')}</h3><p class="small muted">${reward.terms}</p></div>`}
    ${!reward.obstacle && html`<${Then} reward=${reward} />`}
    ${reward.until && html`<p class="small muted">${t('my.offer.until', { when: date(reward.until) })}</p>`}
    ${reward.needs_approval && html`<${Notice}>${t('my.approval')}<//>`}
    ${!reward.obstacle && reward.needs_address && html`<fieldset class="my-address stack"><legend class="legend">${t('my.address')}</legend>${ADDRESS.map(([name, complete]) => html`<${TextField} key=${name} label=${t(`my.address.${name}`)} autocomplete=${complete} required=${name !== 'line2'} value=${address[name] || ''} onInput=${(value) => setAddress({ ...address, [name]: value })} />`)}</fieldset>`}
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    ${reward.obstacle ? html`<${Notice} tone="info">${obstacle(reward)}<//>` : html`<${Button} type="submit" kind="primary" size="big" wide busy=${state.busy}>${t('my.redeem', { count: reward.points, coins: coins(reward.points) })}<//>`}
  </form><//>`;
}

function Mine() {
  const [open, setOpen] = useState(null);
  const pages = usePages('/me/redemptions', { limit: 20 });
  const orders = usePages('/me/orders', { limit: 20 });
  if (orders.rows?.length > 0) {
    return html`<section class="stack tight" aria-labelledby="my-cards"><h2 id="my-cards">${t('my.cards')}</h2><${Orders} pages=${orders} /></section>
      ${pages.rows?.length !== 0 && html`<section class="stack tight" aria-labelledby="my-rewards"><h2 id="my-rewards">${t('my.tab.rewards')}</h2><${Redemptions} pages=${pages} open=${open} setOpen=${setOpen} /></section>`}`;
  }
  return html`<${Redemptions} pages=${orders.rows || orders.problem ? pages : {}} open=${open} setOpen=${setOpen} />`;
}

function Redemptions({ pages, open, setOpen }) {
  return html`<${Pages} pages=${pages} empty=${['ticket-check', t('my.mine.none'), t('my.mine.none.text')]}>${(rows) => html`<ul class="card my-list">${rows.map((one) => html`<li key=${one.id}><span class="my-sign" aria-hidden="true"><${Icon} name=${ICONS[one.type] || 'gift'} /></span>
    <span class="grow"><button type="button" class="my-open strong" onClick=${() => setOpen(one)}>${one.title}</button><br /><span class="small muted">${price(one.points)} · ${date(one.created_at)}</span></span>
    <${Badge} tone=${TONES[one.state] || ''}>${t(`my.state.${one.state}`)}<//></li>`)}</ul>
    ${open && html`<${Redeemed} one=${open} onClose=${() => setOpen(null)} />`}`}<//>`;
}

function Redeemed({ one, onClose }) {
  const [state, setState] = useState({});
  const reveal = async () => {
    setState({ busy: true });
    try {
      setState({ code: (await call('GET', `/me/redemptions/${one.id}`, { query: { reveal: true } })).code });
    } catch (problem) { setState({ problem }); }
  };
  const copy = async () => {
    await navigator.clipboard.writeText(state.code);
    toast(t('copied'));
  };
  const shipment = one.shipment;
  return html`<${Dialog} title=${one.title} sheet onClose=${onClose}><div class="stack">
    <p class="row apart"><${Badge} tone=${TONES[one.state] || ''}>${t(`my.state.${one.state}`)}<//><span class="muted small">${date(one.created_at)}</span></p>
    <p>${t(`my.state.${one.state}.text`)}</p>
    ${one.credit?.transaction_id && html`<p>${credited(one.credit)}</p>`}
    ${(one.reason || one.decision_note) && html`<${Notice}>${one.reason || one.decision_note}<//>`}
    ${one.valid_until && html`<p class="small muted">${t('my.until', { when: date(one.valid_until) })}</p>`}
    ${shipment && html`<p class="small">${[shipment.carrier, shipment.tracking_number].filter(Boolean).join(' · ')} ${shipment.tracking_url && html`<a href=${shipment.tracking_url} rel="noreferrer" target="_blank">${t('my.track')}</a>`}</p>`}
    ${state.code && html`<div class="my-voucher"><code>${state.code}</code><${Button} size="small" icon="copy" onClick=${copy}>${t('copy')}<//></div>`}
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    ${one.has_code && one.state === 'fulfilled' && !state.code && html`<${Button} kind="primary" size="big" wide icon="eye" busy=${state.busy} onClick=${reveal}>${t('my.reveal')}<//>`}
  </div><//>`;
}
