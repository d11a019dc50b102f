// Everything that happened to the coins, program by program, the newest first.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, problemText } from '../lib/api.js';
import { month } from '../lib/format.js';
import { Button, Empty, Notice } from '../components/basics.js';
import { Segmented, SelectField } from '../components/forms.js';
import { Lines } from './lines.js';
import { seen } from './state.js';

/** A list of the API with a cursor: { rows, next, problem, busy, more }. */
export function usePages(path, query) {
  const key = JSON.stringify([path, query]);
  const [state, setState] = useState({});
  const load = async (cursor) => {
    setState((before) => ({ ...(cursor ? before : {}), key, busy: true, problem: null }));
    try {
      const answer = await call('GET', path, { query: { ...query, cursor }, whole: true });
      setState((before) => (before.key === key ? { key, rows: [...(cursor ? before.rows : []), ...answer.data], next: answer.meta?.next_cursor } : before));
    } catch (problem) {
      setState((before) => (before.key === key ? { ...before, busy: false, problem } : before));
    }
  };
  useEffect(() => { load(); }, [key]);
  /** The first page anew, over what is shown. */
  const renew = async () => {
    try {
      const answer = await call('GET', path, { query, whole: true, quiet: true });
      setState((before) => (before.key === key ? { key, rows: answer.data, next: answer.meta?.next_cursor } : before));
    } catch { /* the next look may have an answer */
      setState((before) => ({ ...before, rows: before.rows && [...before.rows] }));
    }
  };
  return { ...(state.key === key ? state : {}), more: () => load(state.next), again: () => load(), refresh: renew };
}

export const Pages = ({ pages, empty, children }) => html`
  ${pages.problem && html`<${Notice} tone="bad"><p>${problemText(pages.problem)}</p><div><${Button} size="small" onClick=${pages.again}>${t('retry')}<//></div><//>`}
  ${!pages.rows && !pages.problem && html`<div class="my-wait"><span class="spinner"></span><span class="sr" role="status">${t('loading')}</span></div>`}
  ${pages.rows && (pages.rows.length ? children(pages.rows) : html`<div class="card"><${Empty} icon=${empty[0]} title=${empty[1]}><p>${empty[2]}</p><//></div>`)}
  ${pages.next && html`<div class="center"><${Button} busy=${pages.busy} onClick=${pages.more}>${t('more')}<//></div>`}`;

/** Lines under the month that they belong to. */
function months(lines) {
  const found = new Map();
  for (const line of lines) {
    const at = new Date(line.created_at);
    const name = `${at.getFullYear()}-${at.getMonth() + 1}`;
    found.set(name, [...(found.get(name) || []), line]);
  }
  return [...found];
}

export function History() {
  const { balances } = seen.value;
  const [program, choose] = useState((balances.find((each) => each.here) || balances[0]).program.id);
  const pages = usePages('/me/history', { program_id: program, limit: 25 });
  const options = balances.map((each) => [each.program.id, each.program.name]);
  return html`<div class="my-page"><h1>${t('my.tab.history')}</h1>
    ${options.length > 3 ? html`<${SelectField} label=${t('my.program')} value=${program} onInput=${choose} options=${options} />` : options.length > 1 && html`<${Segmented} label=${t('my.program')} value=${program} onChange=${choose} options=${options} />`}
    <${Pages} pages=${pages} empty=${['history', t('my.none'), t('my.none.text')]}>${(rows) => months(rows).map(([name, lines]) => html`<section key=${name} class="stack tight" aria-label=${month(name)}><h2 class="small muted">${month(name)}</h2><div class="card"><${Lines} lines=${lines} /></div></section>`)}<//></div>`;
}
