// How coins came and went, in plain words: one line each.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { coins, dateTime, day, rupees, time } from '../lib/format.js';
import { Icon } from '../components/basics.js';

const ICONS = {
  issue: 'plus', redeem: 'gift', hold: 'clock', capture: 'check', void: 'undo-2', reverse_issue: 'undo-2', reverse_redeem: 'undo-2',
  expire: 'calendar', transfer_out: 'arrow-up-right', transfer_in: 'arrow-down-left', import: 'download', reverse_import: 'undo-2',
};

/** The hour of what happened today, the day of everything else; a screen reader hears both. */
function When({ at }) {
  const today = new Date(at).toDateString() === new Date().toDateString();
  return html`<time class="small muted" datetime=${at}><span aria-hidden="true">${today ? time(at) : day(at)}</span><span class="sr">${dateTime(at)}</span></time>`;
}

const titled = (line) => (line.reward ? t(`my.line.${line.type}.reward`, { reward: line.reward }) : t(`my.line.${line.type}`));

export function Lines({ lines }) {
  return html`<ul class="my-lines">${lines.map((line) => {
    const moved = Number(line.coins);
    const about = [line.merchant_name, line.bill_amount !== null && t('my.line.bill', { amount: rupees(line.bill_amount) })].filter(Boolean).join(' · ');
    return html`<li key=${line.transaction_id}><span class=${`my-sign ${moved > 0 ? 'in' : ''}`} aria-hidden="true"><${Icon} name=${ICONS[line.type] || 'circle'} /></span>
      <span class="grow"><span class="strong">${titled(line)}</span>${about && html`<br /><span class="small muted">${about}</span>`}
        ${Number(line.expired) > 0 && line.type !== 'expire' && html`<br /><span class="small muted">${t('my.line.expired', { count: line.expired, coins: coins(line.expired) })}</span>`}</span>
      <span class="my-when"><span class=${`my-moved figures ${moved > 0 ? 'in' : ''}`}>${moved === 0 ? '' : `${moved > 0 ? '+' : '−'}${coins(Math.abs(moved))}`}<span class="sr"> ${t('my.line.after', { coins: coins(line.balance) })}</span></span><${When} at=${line.created_at} /></span></li>`;
  })}</ul>`;
}
