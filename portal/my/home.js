// The first tab: how many coins, what they are worth, what expires when, and the code for the counter.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { coins, date, rupees } from '../lib/format.js';
import { Button, Empty, Icon, Notice } from '../components/basics.js';
import { Code } from './code.js';
import { Lines } from './lines.js';
import { Passes } from './passes.js';
import { seen, slug } from './state.js';

/** The coins of one program by the month in which they expire; the next one is the one that counts. */
function Expiring({ balance }) {
  const lots = balance.expiring.filter((lot) => Number(lot.coins) > 0);
  if (!lots.some((lot) => lot.expires_at)) return Number(balance.available) > 0 && html`<p class="small muted my-keep"><${Icon} name="badge-check" />${t('my.never')}</p>`;
  return html`<section class="card pad stack" aria-labelledby="expiring"><h2 id="expiring">${t('my.expiring')}</h2>
    <ul class="my-lots">${lots.slice(0, 6).map((lot) => html`<li key=${lot.month}><span>${lot.expires_at ? date(lot.expires_at) : t('my.lot.never')}</span>
      <span class="strong figures">${t('my.coins', { count: lot.coins, coins: coins(lot.coins) })}</span></li>`)}</ul>
    <p class="small muted">${t('my.expiring.text')}</p></section>`;
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
      <p class="my-figure figures"><span class="my-coin" aria-hidden="true"></span><strong>${coins(own.available)}</strong> <span>${Number(own.available) === 1 ? own.program.singular : own.program.plural}</span></p>
      <p class="my-worth">${t('my.worth', { value: rupees(own.value) })}${Number(own.held) > 0 && html` · ${t('my.held', { coins: coins(own.held) })}`}</p>
      <${Button} size="big" wide icon="qr-code" onClick=${() => show(true)} class="button big wide my-show">${t('my.show')}<//>
    </section>
    <${Passes} />
    ${!own.active && html`<${Notice} tone="warn">${t('my.frozen')}<//>`}
    ${soon && html`<${Notice} tone="warn" icon="clock"><p>${t('my.soon', { count: next.coins, coins: coins(next.coins), when: date(next.expires_at) })}</p><a href=${`/my/${slug}/rewards`}>${t('my.soon.use')}</a><//>`}
    <${Expiring} balance=${own} />
    ${others.length > 0 && html`<section class="stack tight" aria-labelledby="others"><h2 id="others">${t('my.others')}</h2><ul class="card my-list">${others.map((each) => html`<li key=${each.wallet_id}><span class="my-coin" aria-hidden="true"></span><span class="grow"><span class="strong">${each.program.name}</span><br /><span class="small muted">${t('my.worth', { value: rupees(each.value) })}</span></span><span class="strong figures">${coins(each.available)}</span></li>`)}</ul></section>`}
    <section class="stack tight" aria-labelledby="recent"><div class="row apart"><h2 id="recent">${t('my.recent')}</h2>${history.length > 0 && html`<a class="small" href=${`/my/${slug}/history`}>${t('my.all')}</a>`}</div>
      <div class="card">${history.length ? html`<${Lines} lines=${history} />` : html`<${Empty} icon="coins" title=${t('my.none')}><p>${t('my.none.text')}</p><//>`}</div></section>
    ${shown && html`<${Code} own=${own} onClose=${() => show(false)} />`}</div>`;
}
