// The counter: who, how much, done. On a phone one after the other; on a desk with the recent customers beside.
import { html, signal, useEffect } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { ago, gains, phone, signed } from '../lib/format.js';
import { loadStyle, showTypeface } from '../lib/style.js';
import { Empty, Icon } from '../components/basics.js';
import { loadViews } from '../app/views.js';
import { loadRecent, lookUp, recent, step } from './state.js';
import { Who } from './who.js';

// The first step is what the page opens with; the others arrive while the number is typed.
const STEPS = signal({ who: Who });
const loadSteps = async () => {
  // With what they import: it would be found only in them.
  const [{ Bill }, { Done }] = await Promise.all([import('./bill.js'), import('./done.js'), loadMessages('counter-steps'), loadStyle('/style/counter-steps.css'), import('../components/forms.js'), import('../lib/queue.js')]);
  STEPS.value = { who: Who, bill: Bill, done: Done };
};

export default function Counter() {
  useEffect(() => {
    performance.mark('counter-ready');
    loadRecent();
    setTimeout(() => loadSteps().then(loadViews).catch(() => {}).then(showTypeface));
  }, []);
  const Step = STEPS.value[step.value];
  return html`<div class=${`counter at-${step.value}`}>
    <h1 class="sr">${t('view.counter')}</h1>
    <section class="till">${Step ? html`<${Step} />` : html`<div class="view-loading"><span class="spinner"></span></div>`}</section>
    <aside class="recent" aria-label=${t('counter.recent')}><${Recent} /></aside>
  </div>`;
}

function Recent() {
  const list = recent.value;
  return html`<h2>${t('counter.recent')}</h2>
    ${list.length === 0 ? html`<${Empty} icon="users" title=${t('counter.recent.none')} />` : html`<ul>${list.map((each) => html`<li key=${each.customer_id}>
      <button type="button" onClick=${() => lookUp({ wallet_id: each.wallet_id }, each.phone || '')}>
        <span class="avatar"><${Icon} name=${gains(each.last_type) ? 'arrow-down-left' : 'arrow-up-right'} /></span>
        <span class="grow"><bdi class="strong figures ellipsis">${each.name || phone(each.phone) || t('counter.unnamed')}</bdi><span class="small muted">${each.name && `${phone(each.phone)} · `}${ago(each.last_visit)}</span></span>
        <span class=${`figures small strong ${gains(each.last_type) ? 'gain' : 'muted'}`}>${signed(each.last_type, each.last_coins)}</span>
      </button></li>`)}</ul>`}`;
}
