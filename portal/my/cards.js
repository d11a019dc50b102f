// Gift cards for the customer's own coins: what there is, one with its price, and the orders with their cards.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey, problemText } from '../lib/api.js';
import { amount, coins, date, number, rupees } from '../lib/format.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { Dialog, SelectField, TextField } from '../components/forms.js';
import { Pages } from './history.js';
import { refresh } from './state.js';

const TONES = { processing: 'info', completed: 'good', partially_completed: 'warn', failed: '' };
const price = (points) => t('my.coins', { count: points, coins: coins(points) });
const Price = ({ points }) => html`<span class="strong figures my-price"><span class="coin-dot" aria-hidden="true"></span>${price(points)}</span>`;

/** `pages`: the products, as the page around this has loaded them; `find` looks for others. */
export function Cards({ pages, wanted, find, onDone }) {
  const [open, setOpen] = useState(null);
  const [typed, setTyped] = useState(wanted);
  const many = wanted || pages.next || pages.rows?.length > 8;
  const empty = wanted ? ['search', t('my.cards.nomatch'), t('my.cards.nomatch.text')] : ['shopping-bag', t('my.cards.none'), t('my.cards.none.text')];
  return html`${many && html`<form class="my-find" role="search" onSubmit=${(event) => { event.preventDefault(); find(typed.trim()); }}><${TextField} label=${t('my.cards.search')} type="search" maxlength="60" value=${typed} onInput=${setTyped} /><${Button} type="submit" icon="search" label=${t('my.cards.search')} /></form>`}
    <${Pages} pages=${pages} empty=${empty}>${(rows) => html`<ul class="my-offers">${rows.map((product) => {
      const { minimum, maximum, type } = product.denominations;
      return html`<li key=${product.id} class=${`card ${product.left === 0 ? 'later' : ''}`}><span class="my-picture" aria-hidden="true"><${Icon} name="shopping-bag" /></span>
        <div class="grow stack tight"><h2><button type="button" class="my-open" onClick=${() => setOpen(product)}>${product.title}</button></h2>
          <p class="small muted">${minimum.denomination === maximum.denomination ? rupees(minimum.denomination) : t('my.cards.range', { least: rupees(minimum.denomination), most: rupees(maximum.denomination) })}</p>
          <p class="row tight">${type === 'fixed' && minimum.points === maximum.points ? html`<${Price} points=${minimum.points} />` : html`<span class="strong figures my-price"><span class="coin-dot" aria-hidden="true"></span>${t('my.cards.from', { price: price(minimum.points) })}</span>`}
            ${product.left === 0 ? html`<${Badge}>${t('my.cards.sold')}<//>` : product.left !== null && product.left <= 10 && html`<${Badge} tone="warn">${t('my.left', { count: product.left })}<//>`}</p></div>
        <${Icon} name="chevron-right" /></li>`;
    })}</ul>${open && html`<${Card} product=${open} onClose=${() => setOpen(null)} onDone=${() => { setOpen(null); refresh(); onDone(); }} />`}`}<//>`;
}

const OBSTACLES = ['insufficient_balance', 'product_sold_out', 'mir_limit_reached'];
const obstacle = (code) => t(`my.obstacle.${OBSTACLES.includes(code) ? code : 'other'}`);

/** The price that is shown is the price that is sent: another one is refused. */
function Card({ product, onClose, onDone }) {
  const faces = product.denominations;
  const [face, setFace] = useState(String(faces.minimum.denomination));
  const [count, setCount] = useState('1');
  const [quote, setQuote] = useState(null);
  const [state, setState] = useState({ key: newKey() });
  useEffect(() => {
    let gone = false;
    setQuote(null);
    setState({ key: newKey() });
    if (!amount(face)) return undefined;
    const show = (found) => { if (!gone) setQuote(found); };
    const ask = () => call('GET', `/me/products/${product.id}`, { query: { denomination: amount(face), quantity: count } }).then((found) => show(found.quote), (problem) => show({ problem }));
    const timer = setTimeout(ask, faces.type === 'fixed' ? 0 : 350);
    return () => { gone = true; clearTimeout(timer); };
  }, [face, count]);
  const submit = async (event) => {
    event.preventDefault();
    setState({ ...state, busy: true, problem: null });
    try {
      // One key for every attempt at this basket: a lost answer or a second press orders once.
      await call('POST', '/me/orders', { key: state.key, body: { product_id: product.id, denomination: String(quote.denomination), quantity: Number(count), expected_points: String(quote.points) } });
      toast(t('my.cards.ordered'));
      onDone();
    } catch (problem) {
      setState({ key: problem.status ? newKey() : state.key, problem });
    }
  };
  const most = Math.max(1, Math.min(10, product.left ?? 10));
  const ready = quote?.points !== undefined && !quote.obstacle;
  return html`<${Dialog} title=${product.title} sheet onClose=${onClose}><form class="stack" onSubmit=${submit}>
    ${product.description && html`<p>${product.description}</p>`}
    ${product.valid_months && html`<p class="small muted">${t('my.cards.valid', { count: product.valid_months })}</p>`}
    ${product.terms && html`<details><summary class="small">${t('my.terms')}</summary><p class="small muted said">${product.terms}</p></details>`}
    ${product.left === 0 ? html`<${Notice}>${obstacle('product_sold_out')}<//>` : html`
      <div class="my-pair">${faces.type === 'fixed' ? html`<${SelectField} label=${t('my.cards.value')} value=${face} onInput=${setFace} options=${faces.fixed.map((each) => [String(each.denomination), rupees(each.denomination)])} />`
      : html`<${TextField} label=${t('my.cards.value')} hint=${t('my.cards.range', { least: rupees(faces.minimum.denomination), most: rupees(faces.maximum.denomination) })} inputmode="decimal" required value=${face} onInput=${setFace} error=${quote?.problem?.fields?.denomination?.join(' ')} />`}
        <${SelectField} label=${t('my.cards.count')} value=${count} onInput=${setCount} options=${Array.from({ length: most }, (_, at) => [String(at + 1), number(at + 1)])} /></div>
      <p class="row apart my-total" role="status"><span>${t('my.cards.total')}</span>${quote?.points !== undefined ? html`<${Price} points=${quote.points} />` : html`<span class="muted">…</span>`}</p>
      ${quote?.obstacle && html`<${Notice} tone="info">${obstacle(quote.obstacle)}<//>`}
      ${(state.problem || (quote?.problem && !quote.problem.fields?.denomination)) && html`<${Notice} tone="bad">${problemText(state.problem || quote.problem)}<//>`}
      ${!quote?.obstacle && html`<p class="small muted">${t('my.cards.held')}</p>
        <${Button} type="submit" kind="primary" size="big" wide busy=${state.busy} disabled=${!ready}>${ready ? t('my.cards.order', { count: quote.points, coins: coins(quote.points) }) : t('my.cards.order.plain')}<//>`}`}
  </form><//>`;
}

const stateOf = (order) => (order.delayed ? 'delayed' : order.state);
const State = ({ order }) => html`<${Badge} tone=${order.delayed ? 'warn' : TONES[order.state]}>${t(`my.order.${stateOf(order)}`)}<//>`;

/** The orders, read again while one is on its way. `pages`: as the page around this has loaded them. */
export function Orders({ pages }) {
  const [open, setOpen] = useState(null);
  const waiting = pages.rows?.some((order) => order.state === 'processing' && !order.delayed);
  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setTimeout(async () => { await pages.refresh(); refresh(); }, 2500);
    return () => clearTimeout(timer);
  }, [pages.rows]);
  const shown = open && pages.rows.find((order) => order.id === open);
  return html`<ul class="card my-list">${pages.rows.map((order) => html`<li key=${order.id}><span class="my-sign" aria-hidden="true"><${Icon} name="shopping-bag" /></span>
    <span class="grow"><button type="button" class="my-open strong" onClick=${() => setOpen(order.id)}>${order.title}</button><br /><span class="small muted">${number(order.quantity)} × ${rupees(order.denomination)} · ${date(order.created_at)}</span></span><${State} order=${order} /></li>`)}</ul>
    ${pages.next && html`<div class="center"><${Button} busy=${pages.busy} onClick=${pages.more}>${t('more')}<//></div>`}
    ${shown && html`<${Order} order=${shown} onClose=${() => setOpen(null)} />`}`;
}

function Order({ order, onClose }) {
  const [state, setState] = useState({});
  const reveal = async () => {
    setState({ busy: true });
    try {
      setState({ cards: (await call('GET', `/me/orders/${order.id}`, { query: { reveal: true } })).cards });
    } catch (problem) { setState({ problem }); }
  };
  const copy = async (text) => {
    await navigator.clipboard.writeText(text);
    toast(t('copied'));
  };
  const settled = Boolean(order.settled_at);
  return html`<${Dialog} title=${order.title} sheet onClose=${onClose}><div class="stack">
    <p class="row apart"><${State} order=${order} /><span class="muted small">${date(order.created_at)}</span></p>
    <p>${t(`my.order.${stateOf(order)}.text`, { delivered: number(order.delivered), count: order.quantity, quantity: number(order.quantity) })}</p>
    <p class="row apart"><span class="muted">${number(order.quantity)} × ${rupees(order.denomination)}</span><${Price} points=${settled ? order.points_captured : order.points} /></p>
    ${state.cards?.map((card, at) => html`<section key=${at} class="stack tight" aria-label=${t('my.order.card', { number: number(at + 1) })}>
      ${card.code && html`<div class="my-voucher"><code>${card.code}</code><${Button} size="small" icon="copy" onClick=${() => copy(card.code)}>${t('copy')}<//></div>`}
      ${card.pin && html`<p>PIN <code>${card.pin}</code></p>`}
      ${card.url && html`<a class="button wide" href=${card.url} target="_blank" rel="noopener noreferrer"><${Icon} name="arrow-up-right" />${t('my.order.open')}</a>`}
      ${card.valid_until && html`<p class="small muted">${t('my.until', { when: date(card.valid_until) })}</p>`}</section>`)}
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    ${settled && order.delivered > 0 && !state.cards && html`<${Button} kind="primary" size="big" wide icon="eye" busy=${state.busy} onClick=${reveal}>${t('my.reveal')}<//>`}
  </div><//>`;
}
