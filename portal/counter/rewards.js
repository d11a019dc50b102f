// Rewards at the counter: what this customer can have, what is left of it, what keeps them from the others, and handing one over.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { has, t } from '../lib/i18n.js';
import { call, newKey, online, Problem, problemText } from '../lib/api.js';
import { coins, number, phone } from '../lib/format.js';
import { Badge, Button, Icon, Notice } from '../components/basics.js';
import { CopyField } from '../components/forms.js';
import { outcome, reset } from './sale.js';
import { customer, lookUp, step } from './state.js';
import { Face } from './done.js';

const ICONS = { voucher: 'ticket-check', percentage_off: 'percent', amount_off: 'tag', experience: 'star', gift_card: 'wallet', wallet_credit: 'coins' };
const FEW = 10;
/** Icon and tone of what became of it; handed over where it is none of these. */
const FACES = { pending: ['clock', 'warn'], approved: ['clock', 'warn'], cancelled: ['undo-2', 'plain'] };

/** What keeps the customer from it, in words; empty where nothing does. */
function obstacle(reward) {
  const missing = Number(reward.points) - Number(customer.value.available);
  if (reward.obstacle === 'insufficient_balance') return t('counter.reward.missing', { count: missing, coins: coins(missing) });
  if (reward.obstacle) return t(has(`counter.reward.${reward.obstacle}`) ? `counter.reward.${reward.obstacle}` : 'counter.reward.other');
  return reward.needs_address ? t('counter.reward.sent') : '';
}

export function RewardChoice() {
  const rewards = customer.value.rewards;
  const [chosen, choose] = useState(null);
  const [state, setState] = useState({ key: newKey() });
  const pick = (reward) => { choose(reward); setState({ key: newKey() }); };
  const submit = async (event) => {
    event.preventDefault();
    if (!chosen || state.busy) return;
    setState({ key: state.key, busy: true });
    try {
      // One key for every attempt at this: a lost answer or a second press takes the coins once.
      const made = await call('POST', `/rewards/${chosen.id}/redeem`, { body: { ...customer.value.by, expected_points: chosen.points }, key: state.key });
      outcome.value = { reward: made };
      step.value = 'done';
    } catch (problem) {
      // A refusal is an answer: what is tried after it is another attempt. Without an answer, it is the same one.
      const refused = problem instanceof Problem && problem.status < 500 && problem.status !== 429;
      setState({ key: refused ? newKey() : state.key, problem });
    }
  };
  return html`<form class="reward-form" onSubmit=${submit}>
    <ul class="reward-list" aria-label=${t('counter.reward')}>${rewards.map((reward) => {
      const why = obstacle(reward);
      return html`<li key=${reward.id}><button type="button" class=${`reward ${why ? 'out' : ''}`} aria-pressed=${String(chosen?.id === reward.id)} disabled=${Boolean(why)} onClick=${() => pick(reward)}>
        <span class="disc" aria-hidden="true"><${Icon} name=${ICONS[reward.type] || 'gift'} /></span>
        <span class="grow"><span class="strong">${reward.title}</span>
          <span class="small muted">${[why, !why && reward.needs_approval && t('counter.reward.approval')].filter(Boolean).join(' · ')}</span></span>
        <span class="cost"><span class="strong figures"><span class="coin-dot" aria-hidden="true"></span>${coins(reward.points)}<span class="sr"> ${t('counter.reward.unit', { count: reward.points })}</span></span>
          ${reward.left > 0 && (reward.left <= FEW ? html`<${Badge} tone="warn">${t('counter.reward.left', { count: reward.left, left: number(reward.left) })}<//>` : html`<span class="small muted figures">${t('counter.reward.left', { count: reward.left, left: number(reward.left) })}</span>`)}</span>
      </button></li>`;
    })}</ul>
    <div class="preview-place" aria-live="polite">${state.problem ? html`<${Notice} tone="bad">${problemText(state.problem)}${state.problem.code === 'reward_price_changed' && html`<div><${Button} size="small" onClick=${() => lookUp(customer.value.by, customer.value.shown)}>${t('retry')}<//></div>`}<//>` : !online.value && html`<${Notice} tone="warn" icon="wifi-off">${t('counter.redeem.offline')}<//>`}</div>
    <div class="submit"><${Button} type="submit" kind="primary" size="big" wide busy=${state.busy} disabled=${!chosen || !online.value}>${chosen ? t('counter.reward.give', { title: chosen.title, count: chosen.points, coins: coins(chosen.points) }) : t('counter.reward.choose')}<//></div>
  </form>`;
}

/** Handed over, or waiting: with the code if there is one, and the way back while it is open. */
export function RewardDone() {
  const next = useRef();
  const [state, setState] = useState({ reward: outcome.value.reward });
  useEffect(() => { next.current?.focus(); }, []);
  const { reward } = state;
  const open = ['pending', 'approved'].includes(reward.state);
  const cancelled = reward.state === 'cancelled';
  const [icon, tone] = FACES[reward.state] || ['check', 'good'];
  const told = ['fulfilled', 'pending', 'cancelled'].includes(reward.state) ? reward.state : 'approved';
  const press = async (work) => {
    setState((before) => ({ ...before, busy: true, problem: null }));
    try {
      const found = await work();
      setState((before) => ({ reward: found, key: before.key }));
    } catch (problem) { setState((before) => ({ ...before, busy: false, problem })); }
  };
  const reveal = () => press(() => call('GET', `/rewards/redemptions/${reward.id}`, { query: { reveal: 'true' } }));
  const cancel = () => press(() => call('POST', `/rewards/redemptions/${reward.id}/cancel`, { body: {}, key: `undo-${reward.id}` }));
  return html`<div class="done">
    <${Face} icon=${icon} tone=${tone} title=${cancelled ? t('counter.undone') : reward.title} who=${phone(customer.value.shown)}
      text=${t(`counter.reward.done.${told}`, { count: reward.points, coins: coins(reward.points) })}>
      ${reward.code && html`<div class="reward-code"><${CopyField} label=${t('counter.reward.code')} value=${reward.code} /></div>`}<//>
    <div class="done-actions">
      ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
      ${reward.has_code && reward.state === 'fulfilled' && !reward.code && html`<${Button} wide icon="eye" busy=${state.busy} onClick=${reveal}>${t('counter.reward.reveal')}<//>`}
      ${open && html`<${Button} wide icon="undo-2" busy=${state.busy} onClick=${cancel}>${t('counter.undo')}<//>`}
      <button ref=${next} type="button" class="button primary big wide" onClick=${reset}>${t('counter.next')}</button>
    </div></div>`;
}
