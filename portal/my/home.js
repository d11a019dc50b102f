// The first tab: how many coins, what they are worth, what expires when, and the code for the counter.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { coins, date, month, number, rupees } from '../lib/format.js';
import { Badge, Button, Empty, Icon, Notice } from '../components/basics.js';
import { Code } from './code.js';
import { Lines } from './lines.js';
import { Passes } from './passes.js';
import { seen, shop, slug } from './state.js';

/** What the program calls its coins; where it has no name of its own for them, in the reader's language. */
const unit = ({ available, program }) => (program.plural === 'coins' ? t('my.unit', { count: available }) : Number(available) === 1 ? program.singular : program.plural);

/** The coins of one program by the month in which they expire; the next one is the one that counts. */
function Expiring({ balance }) {
  const lots = balance.expiring.filter((lot) => Number(lot.coins) > 0);
  if (!lots.some((lot) => lot.expires_at)) return Number(balance.available) > 0 && html`<p class="small muted my-keep"><${Icon} name="badge-check" />${t('my.never')}</p>`;
  return html`<section class="card pad stack" aria-labelledby="expiring"><h2 id="expiring">${t('my.expiring')}</h2>
    <ul class="my-lots">${lots.slice(0, 6).map((lot) => html`<li key=${lot.month}><span>${lot.expires_at ? date(lot.expires_at) : t('my.lot.never')}</span>
      <span class="strong figures">${t('my.coins', { count: lot.coins, coins: coins(lot.coins) })}</span></li>`)}</ul>
    <p class="small muted">${t('my.expiring.text')}</p></section>`;
}

/** The tier, how far the next one is, and what it gives. */
function Tier({ tier }) {
  const { next } = tier;
  const share = next && Math.min(100, Math.max(2, (Number(tier.earned) / Number(next.earned)) * 100));
  return html`<section class="card pad stack" aria-labelledby="tier"><div class="row apart"><h2 id="tier">${tier.name || t('my.tier')}</h2>${Number(tier.multiplier) > 1 && html`<${Badge} tone="coin">${t('my.tier.times', { times: number(tier.multiplier) })}<//>`}</div>
    ${next && html`<div><span class="my-meter wide" aria-hidden="true"><span style=${{ width: `${share}%` }}></span></span><p class="small muted">${t('my.tier.next', { count: next.missing, coins: coins(next.missing), name: next.name })}</p></div>`}
    ${tier.benefits.length > 0 && html`<ul class="my-facts small">${tier.benefits.map((each) => html`<li key=${each}><${Icon} name="check" /><span>${each}</span></li>`)}</ul>`}
    ${tier.until && tier.name && html`<p class="small muted">${t('my.tier.until', { month: month(tier.until) })}</p>`}</section>`;
}

/** What somebody who has never heard of it wants to know; at the end of the page, for those who look for it. */
function HowItWorks({ own }) {
  const name = shop.value?.branding.display_name || shop.value?.name || seen.value.profile.merchant.name;
  const worth = Number(own.available) > 0 ? Number(own.value) / Number(own.available) : null;
  return html`<section class="stack tight my-how" aria-labelledby="how"><h2 id="how">${t('my.how')}</h2><ol class="card pad my-steps small">
    <li>${t('my.how.earn', { name })}</li><li>${t(own.kind === 'network' ? 'my.how.use.network' : 'my.how.use', { name, program: own.program.name })}${worth && Number.isInteger(worth * 100) ? ` ${t('my.how.worth', { value: rupees(worth) })}` : ''}</li><li>${t('my.how.rewards')}</li></ol></section>`;
}

export function Home() {
  const [shown, show] = useState(false);
  const { balances, history } = seen.value;
  const own = balances.find((each) => each.here) || balances[0];
  const others = balances.filter((each) => each !== own);
  const next = own.expiring.find((lot) => lot.expires_at && Number(lot.coins) > 0);
  const soon = next && Date.parse(next.expires_at) - Date.now() < 45 * 86_400_000;
  return html`<div class="my-home"><h1 class="sr">${t('my.tab.home')}</h1>
    <section class="my-card" aria-label=${own.program.name}>
      <p class="my-card-name">${own.program.name}</p>
      <p class="my-figure figures"><span class="my-coin" aria-hidden="true"></span><strong>${coins(own.available)}</strong> <span>${unit(own)}</span></p>
      <p class="my-worth">${t('my.worth', { value: rupees(own.value) })}${Number(own.held) > 0 && html` · ${t('my.held', { coins: coins(own.held) })}`}</p>
      <${Button} size="big" wide icon="qr-code" onClick=${() => show(true)} class="button big wide my-show">${t('my.show')}<//>
    </section>
    <${Passes} />
    ${!own.active && html`<${Notice} tone="warn">${t('my.frozen')}<//>`}
    ${soon && html`<${Notice} tone="warn" icon="clock"><p>${t('my.soon', { count: next.coins, coins: coins(next.coins), when: date(next.expires_at) })}</p><a href=${`/my/${slug}/rewards`}>${t('my.soon.use')}</a><//>`}
    ${own.pending?.length > 0 && html`<section class="card pad stack"><ul class="my-facts small">${own.pending.slice(0, 4).map((each) => html`<li key=${each.available_at}><${Icon} name="clock" /><span>${t('my.pending', { count: each.coins, coins: coins(each.coins), when: date(each.available_at) })}</span></li>`)}</ul><p class="small muted">${t('my.pending.text')}</p></section>`}
    ${own.tier && html`<${Tier} tier=${own.tier} />`}
    <${Expiring} balance=${own} />
    ${others.length > 0 && html`<section class="stack tight" aria-labelledby="others"><h2 id="others">${t('my.others')}</h2><ul class="card my-list">${others.map((each) => html`<li key=${each.wallet_id}><span class="my-coin" aria-hidden="true"></span><span class="grow"><span class="strong">${each.program.name}</span><br /><span class="small muted">${each.kind === 'application' ? unit(each) : t('my.worth', { value: rupees(each.value) })}</span></span><span class="strong figures">${coins(each.available)}</span></li>`)}</ul></section>`}
    <section class="stack tight my-latest" aria-labelledby="recent"><div class="row apart"><h2 id="recent">${t('my.recent')}</h2>${history.length > 0 && html`<a class="small" href=${`/my/${slug}/history`}>${t('my.all')}</a>`}</div>
      <div class="card">${history.length ? html`<${Lines} lines=${history} />` : html`<${Empty} icon="coins" title=${t('my.none')}><p>${t('my.none.text')}</p><//>`}</div></section>
    <${HowItWorks} own=${own} />
    ${shown && html`<${Code} own=${own} onClose=${() => show(false)} />`}</div>`;
}
