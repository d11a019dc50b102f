// The marketplace at the counter: gift cards of vendors, ordered for a customer with the customer's coins.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, coins, date, dateTime, number, phone, rupees } from '../lib/format.js';
import { go, path, search, setQuery } from '../lib/router.js';
import { can, me } from '../lib/session.js';
import { Badge, Button, Empty, Icon, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { CopyField, Facts, List, Loading, Page, Panel, Problem, useAction, useList, useRead, Whose } from './kit.js';
import { Vendors } from './vendors.js';

const TONES = { processing: 'info', completed: 'good', partially_completed: 'warn', failed: 'bad' };
const price = (points) => html`<span class="price figures"><span class="coin-dot"></span>${coins(points)}</span>`;

export default function Marketplace() {
  const parts = ['products', 'orders', ...(can('tenant:admin') ? ['vendors'] : [])];
  const part = parts.find((each) => each === path.value.split('/')[2]) || 'products';
  const open = search.value.get('product') || search.value.get('order');
  return html`<${Page} title=${t('view.marketplace')} text=${t('market.text')}>
    <${Segmented} label=${t('market.parts')} value=${part} onChange=${(value) => go(value === 'products' ? '/marketplace' : `/marketplace/${value}`)} options=${parts.map((each) => [each, t(`market.part.${each}`)])} />
    ${part === 'products' && html`<${Products} />`}${part === 'orders' && html`<${Orders} />`}${part === 'vendors' && html`<${Vendors} />`}
    ${open && (part === 'orders' ? html`<${Order} key=${open} id=${open} />` : html`<${Product} key=${open} id=${open} />`)}<//>`;
}

function Products() {
  const wanted = search.value.get('search') || '';
  const [typed, setTyped] = useState(wanted);
  const list = useList('/marketplace/products', { search: wanted, limit: 24 });
  const find = (event) => { event.preventDefault(); setQuery({ search: typed.trim() }); };
  return html`<form class="search-row" role="search" onSubmit=${find}><${TextField} label=${t('market.search')} type="search" value=${typed} onInput=${setTyped} maxlength="60" /><${Button} type="submit" icon="search">${t('search.find')}<//></form>
    <${Problem} problem=${list.problem} retry=${list.reload} />${!list.rows && !list.problem && html`<${Loading} />`}
    ${list.rows?.length === 0 && html`<div class="card"><${Empty} icon="shopping-bag" title=${t(wanted ? 'market.nomatch' : 'market.none')}><p>${t(wanted ? 'market.nomatch.text' : 'market.none.text')}</p>${wanted && html`<${Button} onClick=${() => { setTyped(''); setQuery({ search: '' }); }}>${t('ledger.clear')}<//>`}<//></div>`}
    ${list.rows?.length > 0 && html`<ul class=${list.loading ? 'cards fading' : 'cards'}>${list.rows.map((row) => html`<li key=${row.id}><button type="button" class="card item tile" onClick=${() => setQuery({ product: row.id })}>
      <span class="row nowrap"><span class="disc"><${Icon} name="shopping-bag" /></span><span class="grow stack tight"><span class="strong">${row.title}</span><span class="small muted">${row.categories.join(', ') || t(`market.vendor.${row.vendor}`)}</span></span></span>
      <span class="row apart"><span class="row nowrap">${price(row.denominations.minimum.points)}${row.denominations.maximum.points !== row.denominations.minimum.points && html`<span class="small muted">${t('market.upto', { coins: coins(row.denominations.maximum.points) })}</span>`}</span><span class=${`small ${row.left === 0 ? 'bad-text' : 'muted'}`}>${leftText(row)}</span></span></button></li>`)}</ul>`}
    ${list.next && html`<div class="center"><${Button} busy=${list.loadMore.busy} onClick=${() => list.loadMore.run()}>${t('more')}<//></div>`}<${Problem} problem=${list.loadMore.problem} />`;
}

const leftText = (row) => (row.left === null ? '' : row.left === 0 ? t('market.sold') : t('market.left', { count: row.left, left: number(row.left) }));

function Product({ id }) {
  const found = useRead(() => call('GET', `/marketplace/products/${id}`));
  const close = () => setQuery({ product: '' });
  const product = found.data;
  return html`<${Panel} title=${product?.title || t('view.marketplace')} onClose=${close}><${Problem} problem=${found.problem} retry=${found.reload} />${!product && !found.problem && html`<${Loading} rows="3" />`}
    ${product && html`${product.description && html`<p>${product.description}</p>`}
      <${Facts} entries=${[[t('market.vendor'), t(`market.vendor.${product.vendor}`)], product.valid_months && [t('market.valid'), t('market.valid.n', { count: product.valid_months })], product.left !== null && [t('market.stock'), leftText(product)]]} />
      ${product.terms && html`<details><summary class="small">${t('market.terms')}</summary><p class="small muted said">${product.terms}</p></details>`}
      ${can('coins:redeem') && product.left !== 0 && html`<${Checkout} product=${product} />`}`}<//>`;
}

/** The price that the customer sees is the price that is sent: another one is refused, and shown anew. */
function Checkout({ product }) {
  const faces = product.denominations;
  const [face, setFace] = useState(String(faces.minimum.denomination));
  const [count, setCount] = useState('1');
  const [who, setWho] = useState('');
  const [known, setKnown] = useState(null);
  const [quote, setQuote] = useState({ denomination: faces.minimum.denomination, points: faces.minimum.points });
  const [key, setKey] = useState(newKey);
  const change = (set) => (value) => { set(value); setKey(newKey()); };
  useEffect(() => {
    let gone = false;
    const fixed = faces.fixed.find((each) => String(each.denomination) === face);
    if (fixed) { setQuote(fixed); return undefined; }
    setQuote(null);
    if (!amount(face)) return undefined;
    const timer = setTimeout(() => call('GET', `/marketplace/products/${product.id}`, { query: { denomination: amount(face) } }).then((answer) => { if (!gone) setQuote(answer.quote); }, (problem) => { if (!gone) setQuote({ problem }); }), 300);
    return () => { gone = true; clearTimeout(timer); };
  }, [face]);
  const find = useAction(async () => setKnown(await call('GET', '/marketplace/balance', { query: { phone: who.replaceAll(' ', '') } })));
  const total = quote?.points ? quote.points * Number(count) : null;
  const order = useAction(async () => {
    const made = await call('POST', '/marketplace/checkout', { key, body: { wallet_id: known.wallet_id, product_id: product.id, denomination: String(quote.denomination), quantity: Number(count), expected_points: String(total) } });
    toast(t('market.ordered'));
    go(`/marketplace/orders?order=${made.id}`);
  });
  if (!known) return html`<form class="card item" onSubmit=${(event) => { event.preventDefault(); find.run(); }}><h3>${t('market.who')}</h3>
    <${TextField} label=${t('market.phone')} value=${who} onInput=${setWho} inputmode="tel" autocomplete="off" required autofocus error=${find.problem?.fields?.phone?.join(' ')} /><${Problem} problem=${find.problem} />
    <div><${Button} type="submit" kind="primary" icon="search" busy=${find.busy}>${t('market.balance')}<//></div></form>`;
  const short = total !== null && total > known.spendable;
  return html`<form class="card item" onSubmit=${(event) => { event.preventDefault(); order.run(); }}>
    <div class="row apart nowrap"><h3>${phone(who)}</h3><${Button} size="small" kind="quiet" onClick=${() => setKnown(null)}>${t('market.other')}<//></div>
    <p class="small muted">${t('market.spendable', { count: known.spendable, coins: coins(known.spendable), worth: rupees(known.worth) })}</p>
    ${!known.can_spend && html`<${Notice} tone="warn">${t('market.blocked')}<//>`}
    <div class="two">${faces.type === 'fixed' ? html`<${SelectField} label=${t('market.face')} value=${face} onInput=${change(setFace)} options=${faces.fixed.map((each) => [String(each.denomination), rupees(each.denomination)])} />` : html`<${TextField} label=${t('market.face')} hint=${t('market.face.range', { least: rupees(faces.minimum.denomination), most: rupees(faces.maximum.denomination) })} value=${face} onInput=${change(setFace)} inputmode="decimal" required />`}
      <${SelectField} label=${t('market.count')} value=${count} onInput=${change(setCount)} options=${Array.from({ length: Math.min(10, product.left ?? 10) }, (_, at) => [String(at + 1), number(at + 1)])} /></div>
    <p class="row apart"><span>${t('market.total')}</span>${total !== null ? price(total) : '—'}</p>
    ${short && html`<${Notice} tone="warn">${t('market.short', { count: known.spendable, coins: coins(known.spendable) })}<//>`}<${Problem} problem=${quote?.problem || order.problem} />
    <div class="foot"><${Button} type="submit" kind="primary" icon="shopping-bag" busy=${order.busy} disabled=${total === null || short || !known.can_spend}>${t('market.order')}<//></div></form>`;
}

function Orders() {
  const all = can('tenant:admin') && search.value.get('all') === '1';
  const list = useList('/marketplace/orders', { all: all ? 'true' : '', limit: 30 });
  return html`${can('tenant:admin') && html`<${Segmented} label=${t('market.whose')} value=${all ? '1' : ''} onChange=${(value) => setQuery({ all: value })} options=${[['', t('market.whose.own')], ['1', t('market.whose.all')]]} />`}
    <${List} list=${list} caption=${t('market.part.orders')} rowKey=${(row) => row.id} onOpen=${(row) => setQuery({ order: row.id })} empty=${{ icon: 'shopping-bag', title: t('market.orders.none'), text: t('market.orders.none.text') }} columns=${[
      { key: 'title', title: t('market.product'), main: true, show: (row) => html`<span class="ellipsis limit wide">${row.title}</span>` },
      { key: 'customer', title: t('ledger.customer'), show: (row) => html`<${Whose} of=${row} />` },
      { key: 'cards', title: t('market.cards'), show: (row) => `${number(row.quantity)} × ${rupees(row.denomination)}` },
      { key: 'points', title: t('ledger.coins'), end: true, lead: true, show: (row) => coins(row.settled_at ? row.points_captured : row.points) },
      { key: 'at', title: t('ledger.when'), show: (row) => dateTime(row.created_at) },
      { key: 'state', title: t('keys.status'), show: (row) => html`<${State} order=${row} />` },
    ]} />`;
}

const State = ({ order }) => html`<${Badge} tone=${order.delayed ? 'warn' : TONES[order.state]}>${t(order.delayed ? 'market.delayed' : `market.state.${order.state}`)}<//>`;

/** An order under way is read again until it has ended. */
function Order({ id }) {
  const found = useRead(() => call('GET', `/marketplace/orders/${id}`));
  const [cards, setCards] = useState(null);
  const order = found.data;
  const ended = Boolean(order?.settled_at);
  useEffect(() => {
    if (!order || ended) return undefined;
    const timer = setTimeout(found.reload, 2000);
    return () => clearTimeout(timer);
  }, [order]);
  const reveal = useAction(async () => setCards((await call('GET', `/marketplace/orders/${id}`, { query: { reveal: 'true' } })).cards));
  return html`<${Panel} title=${order?.title || t('market.part.orders')} onClose=${() => setQuery({ order: '' })}><${Problem} problem=${found.problem} retry=${found.reload} />${!order && !found.problem && html`<${Loading} rows="3" />`}
    ${order && html`<div class="row" role="status"><${State} order=${order} />${!ended && html`<span class="small muted">${t('market.underway')}</span>`}</div>
      ${order.delayed && html`<${Notice} tone="warn">${t('market.delayed.text')}<//>`}${order.reason && html`<${Notice} tone="warn">${order.reason.replaceAll('_', ' ')}<//>`}
      <${Facts} entries=${[[t('market.cards'), `${number(order.quantity)} × ${rupees(order.denomination)}`], ended && [t('market.delivered'), number(order.delivered)], [t(ended ? 'market.taken' : 'market.held'), coins(ended ? order.points_captured : order.points)], [t('market.vendor'), t(`market.vendor.${order.vendor}`)], [t('ledger.customer'), html`<${Whose} of=${order} />`], [t('ledger.when'), dateTime(order.created_at)], order.reference && [t('ledger.reference'), order.reference], [t('ledger.id'), html`<code>${order.id}</code>`]]} />
      ${cards ? cards.map((card, at) => html`<section key=${at} class="stack tight">${card.code && html`<${CopyField} label=${t('market.code', { number: at + 1 })} value=${card.code} hint=${card.valid_until && t('market.valid.until', { when: date(card.valid_until) })} />`}${card.pin && html`<${CopyField} label="PIN" value=${card.pin} />`}${card.url && html`<a class="button" href=${card.url} target="_blank" rel="noopener noreferrer"><${Icon} name="arrow-up-right" />${t('market.open')}</a>`}</section>`)
        : ended && order.delivered > 0 && order.ordered_by === me.value.id && html`<p class="small muted">${t('market.reveal.text')}</p><${Problem} problem=${reveal.problem} /><div><${Button} kind="primary" icon="eye" busy=${reveal.busy} onClick=${() => reveal.run()}>${t('market.reveal')}<//></div>`}`}<//>`;
}
