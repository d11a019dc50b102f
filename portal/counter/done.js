// Step three: what was done, or what became of it, with a minute to take it back.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { problemText } from '../lib/api.js';
import { coins, phone, rupees } from '../lib/format.js';
import { find, problemOf, withdraw } from '../lib/queue.js';
import { Button, Icon, Notice, Spinner } from '../components/basics.js';
import { Lazy } from '../components/lazy.js';
import { busy, correct, mayUndo, outcome, reset, undo } from './sale.js';
import { customer, step, type, typed } from './state.js';

const UNDO_SECONDS = 60;

export function Done() {
  const next = useRef();
  useEffect(() => {
    next.current?.focus();
    // The next number may be typed right away.
    const key = (event) => {
      if (!/^\d$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('dialog, input, select, textarea')) return;
      event.preventDefault();
      if (step.value === 'done') reset();
      type(typed.value + event.key);
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  const { id, result, key, reward } = outcome.value;
  const row = id && find(id);
  if (reward) return html`<${Lazy} load=${() => import('./rewards.js')} pick=${(module) => module.RewardDone} next=${next} />`;
  return html`<div class="done">
    ${id ? html`<${Issued} row=${row} />` : html`<${Redeemed} result=${result} />`}
    <div class="done-actions">
      <${UndoButton} row=${row} transaction=${row ? row.result?.transaction_id : result?.transaction_id} from=${row ? row.id : key} />
      <button ref=${next} type="button" class="button primary big wide" onClick=${reset}>${t('counter.next')}</button>
    </div>
  </div>`;
}

function Issued({ row }) {
  if (!row) return html`<${Face} icon="undo-2" tone="plain" title=${t('counter.withdrawn')} />`;
  const who = phone(row.shown || customer.value?.shown);
  if (row.state === 'undone') return html`<${Face} icon="undo-2" tone="plain" title=${t('counter.undone')} text=${t('counter.now', { coins: coins(row.undo.balance), count: row.undo.balance })} who=${who} />`;
  if (row.state === 'sent') {
    return html`<${Face} icon="check" tone="good" title=${t('counter.issued', { coins: coins(row.result.coins_issued), count: row.result.coins_issued })} figure=${`+${coins(row.result.coins_issued)}`}
      text=${Number(row.result.coins_issued) ? t('counter.now', { coins: coins(row.result.balance), count: row.result.balance }) : t('counter.carried')} who=${who} />`;
  }
  if (row.state === 'refused') return html`<${Face} icon="x" tone="bad" title=${t('counter.refused')} who=${who}><${Notice} tone="bad">${problemText(problemOf(row))}<//><${Button} icon="pencil" onClick=${correct}>${t('counter.correct')}<//><//>`;
  if (row.state === 'waiting' && (row.attempts > 0 || !busy.value)) {
    return html`<${Face} icon="clock" tone="warn" title=${t('counter.kept')} text=${t('counter.kept.text', { bill: rupees(row.bill) })} who=${who} />`;
  }
  return html`<div class="face plain" role="status"><span class="disc"><${Spinner} /></span><h2>${t('counter.sending')}</h2></div>`;
}

const Redeemed = ({ result }) => (outcome.value.undone
  ? html`<${Face} icon="undo-2" tone="plain" title=${t('counter.undone')} text=${t('counter.now', { coins: coins(outcome.value.undone.balance), count: outcome.value.undone.balance })} who=${phone(customer.value.shown)} />`
  : html`<${Face} icon="check" tone="good" title=${t('counter.redeemed', { coins: coins(result.coins_redeemed), count: result.coins_redeemed })} who=${phone(customer.value.shown)}
      text=${t('counter.now', { coins: coins(result.balance), count: result.balance })}>
      ${result.payable !== null && html`<p class="to-pay"><span>${t('counter.payable')}</span><strong class="figures">${rupees(result.payable)}</strong></p>`}<//>`);

export function Face({ icon, tone, title, text, who, figure, children }) {
  return html`<div class=${`face ${tone}`} role="status"><span class="disc"><${Icon} name=${icon} /></span>
    ${figure && html`<p class="figure figures" aria-hidden="true"><span class="coin-dot"></span>${figure}</p>`}
    <h2>${title}</h2>${who && html`<p class="muted figures">${who}</p>`}${text && html`<p class="muted">${text}</p>`}${children}</div>`;
}

/** Counts by the page's own clock, which nobody can set. */
function UndoButton({ row, transaction, from }) {
  const [left, setLeft] = useState(UNDO_SECONDS);
  const [state, setState] = useState({});
  const began = useRef(null);
  const settled = Boolean(transaction);
  useEffect(() => {
    if (!settled) return undefined;
    began.current ??= performance.now();
    const timer = setInterval(() => setLeft(Math.max(0, UNDO_SECONDS - Math.floor((performance.now() - began.current) / 1000))), 250);
    return () => clearInterval(timer);
  }, [settled]);
  const finished = row ? ['undone', 'refused'].includes(row.state) : outcome.value.undone || !transaction;
  if (finished) return null;
  const press = async (work) => {
    setState({ busy: true });
    try {
      await work();
      setState({});
    } catch (problem) { setState({ problem }); }
  };
  if (!settled) {
    // Never sent: it can be taken back without asking anybody.
    if (row?.state !== 'waiting' || row.attempts > 0) return null;
    return html`<${Button} wide icon="undo-2" busy=${state.busy} onClick=${() => press(() => withdraw(row.id))}>${t('counter.undo')}<//>`;
  }
  if (!mayUndo(Boolean(row)) || left === 0) return null;
  return html`${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    <${Button} wide icon="undo-2" busy=${state.busy} onClick=${() => press(() => undo(transaction, from, row))}>${t('counter.undo.left', { count: left })}<//>`;
}
