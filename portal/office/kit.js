// What the office's pages are made of: a head, lists that load by page, tables that become cards on a phone, panels.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, problemText } from '../lib/api.js';
import { phone, short } from '../lib/format.js';
import { Button, Empty, Icon, Notice } from '../components/basics.js';
import { Dialog } from '../components/forms.js';

export { CopyField } from '../components/forms.js';

export function Page({ title, text, actions, children, narrow, back }) {
  return html`<div class=${`office ${narrow ? 'narrow' : ''}`}>${back}<header class="page-head"><div class="grow"><h1>${title}</h1>${text && html`<p class="muted">${text}</p>`}</div>${actions && html`<div class="row">${actions}</div>`}</header>${children}</div>`;
}

/** The way from one thing back to the list that it is in. */
export const Back = ({ href, children }) => html`<a class="back" href=${href}><${Icon} name="arrow-left" />${children}</a>`;

/** Reads something once, and again whenever `key` changes. Returns { data, problem, loading, reload }. */
export function useRead(read, key = '') {
  const [state, setState] = useState({ loading: true });
  const turn = useRef(0);
  const load = async () => {
    const mine = (turn.current += 1);
    setState((before) => ({ ...before, loading: true }));
    try {
      const data = await read();
      if (mine === turn.current) setState({ data });
    } catch (problem) {
      if (mine === turn.current) setState({ problem });
    }
  };
  useEffect(() => { load(); return () => { turn.current += 1; }; }, [key]);
  return { ...state, reload: load };
}

/** What stands below the first screen: drawn when the browser has time for it, each part by itself. `tall` keeps its place. */
export function After({ tall, children }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50)); // Safari has none
    const cancel = window.cancelIdleCallback || clearTimeout;
    const turn = idle(() => setDue(true), { timeout: 800 });
    return () => cancel(turn);
  }, []);
  return due ? children : html`<div class="skeleton" style=${{ minHeight: tall }}></div>`;
}

/** A list of the API with a cursor. `query` is an object; another one starts anew. */
export function useList(path, query = {}) {
  const [more, setMore] = useState(null);
  const key = JSON.stringify([path, query]);
  const first = useRead(async () => {
    setMore(null);
    const answer = await call('GET', path, { query, whole: true });
    return { rows: answer.data, next: answer.meta?.next_cursor };
  }, key);
  const next = more && more.key === key ? more.next : first.data?.next;
  const rows = first.data && [...first.data.rows, ...(more?.key === key ? more.rows : [])];
  const loadMore = useAction(async () => {
    const answer = await call('GET', path, { query: { ...query, cursor: next }, whole: true });
    setMore({ key, rows: [...(more?.key === key ? more.rows : []), ...answer.data], next: answer.meta?.next_cursor });
  });
  return { ...first, rows, next, loadMore };
}

/** Something that a button does: { busy, problem, run, clear }. `run` returns true where it went well. */
export function useAction(work) {
  const [state, setState] = useState({});
  const run = async (...given) => {
    setState({ busy: true });
    try {
      await work(...given);
      setState({});
      return true;
    } catch (problem) {
      setState({ problem });
      return false;
    }
  };
  return { ...state, run, clear: () => setState({}) };
}

export const Problem = ({ problem, retry }) => problem && html`<${Notice} tone="bad"><p>${problemText(problem)}</p>${retry && html`<div><${Button} size="small" onClick=${retry}>${t('retry')}<//></div>`}<//>`;

export const Loading = ({ rows = 5 }) => html`<div class="stack tight" aria-busy="true"><span class="sr" role="status">${t('loading')}</span>${Array.from({ length: rows }, (_, at) => html`<div key=${at} class="skeleton line"></div>`)}</div>`;

/**
 * `columns`: [{ key, title, show(row), end, main, lead }]. `main` begins the first line on a phone, the figure that is `lead`
 * ends it, and the others follow with their names; `end` aligns figures.
 * `onOpen(row)` makes the main cell a button.
 */
export function Table({ caption, columns, rows, rowKey, onOpen }) {
  // Where no figure leads, the state does: it is what a list is looked through for.
  const lead = columns.find((column) => column.lead) || columns.find((column) => STATES.includes(column.key));
  return html`<div class="table-wrap"><table role="table"><caption class="sr">${caption}</caption>
    <thead role="rowgroup"><tr role="row">${columns.map((column) => html`<th key=${column.key} role="columnheader" scope="col" class=${column.end ? 'end' : ''}>${column.title}</th>`)}</tr></thead>
    <tbody role="rowgroup">${rows.map((row) => html`<tr key=${rowKey(row)} role="row" class=${onOpen ? 'opens' : ''} onClick=${onOpen && ((event) => { if (!event.target.closest('a, button, input')) onOpen(row); })}>
      ${columns.map((column) => html`<${Cell} key=${column.key} column=${column} lead=${column === lead} row=${row} onOpen=${onOpen} />`)}</tr>`)}</tbody></table></div>`;
}

const STATES = ['state', 'status', 'outcome'];

/** A cell; one without anything in it has no place on a phone. */
function Cell({ column, lead, row, onOpen }) {
  const shown = column.show(row);
  return html`<td role="cell" data-label=${column.title} class=${[column.end && 'end figures', column.main && 'main', lead && 'lead', shown === '—' && 'nothing'].filter(Boolean).join(' ')}>
    ${column.main && onOpen ? html`<button type="button" class="row-button" onClick=${() => onOpen(row)}>${shown}</button>` : shown}</td>`;
}

/** A whole list: loading, problem, empty, rows, more. */
export function List({ list, empty, ...table }) {
  if (list.problem) return html`<${Problem} problem=${list.problem} retry=${list.reload} />`;
  if (!list.rows) return html`<${Loading} />`;
  if (!list.rows.length) return html`<div class="card"><${Empty} icon=${empty.icon} title=${empty.title}>${empty.text && html`<p>${empty.text}</p>`}${empty.action}<//></div>`;
  return html`<div class=${list.loading ? 'stack fading' : 'stack'}><div class="card"><${Table} ...${table} rows=${list.rows} /></div>
    ${list.next && html`<div class="center"><${Button} busy=${list.loadMore.busy} onClick=${() => list.loadMore.run()}>${t('more')}<//></div>`}
    <${Problem} problem=${list.loadMore?.problem} /></div>`;
}

/** The filters of a list: above it on a desk, behind a button on a phone unless some are set. */
export function FilterBox({ label, any, onSubmit, children }) {
  const [open, setOpen] = useState(any);
  return html`<div class="filter-box ${open ? 'open' : ''}"><${Button} size="small" icon=${open ? 'chevron-up' : 'chevron-down'} class="button small filter-toggle" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>${t('filters')}<//>
    <form class="filters" onSubmit=${onSubmit} role="search" aria-label=${label}>${children}<button class="sr" type="submit">${label}</button></form></div>`;
}

/** A panel at the side of a desk, from below on a phone. */
export const Panel = ({ title, onClose, children }) => html`<${Dialog} title=${title} onClose=${onClose} sheet wide>${children}<//>`;

/** Names and values. */
export const Facts = ({ entries }) => html`<dl class="facts">${entries.filter(Boolean).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value ?? '—'}</dd></div>`)}</dl>`;

/** The customer of a row as people at a counter know them: by name or number, else by the end of the id. */
export const whose = (row) => (row.customer_phone || row.customer_name
  ? html`<span>${row.customer_name && html`${row.customer_name} `}${row.customer_phone && html`<span class=${row.customer_name ? 'figures small muted' : 'figures'}>${phone(row.customer_phone)}</span>`}</span>`
  : html`<span class="mono small">${short(row.customer_id)}</span>`);
export const Whose = ({ of: row, onClick }) => html`<a href=${`/customers?customer=${row.customer_id}`} onClick=${onClick}>${whose(row)}</a>`;

/** A question before something that can't be undone; with `phrase`, only who types it may go on. */
export function Confirm({ title, text, action, phrase, danger, onConfirm, onClose }) {
  const [typed, setTyped] = useState('');
  const confirm = useAction(onConfirm);
  const submit = async (event) => { event.preventDefault(); if (await confirm.run()) onClose(); };
  return html`<${Dialog} title=${title} onClose=${onClose}><form class="stack" onSubmit=${submit}>
    <p class="muted">${text}</p>
    ${phrase && html`<label class="field"><span class="small">${t('confirm.type', { phrase })}</span><input class="input" value=${typed} onInput=${(event) => setTyped(event.target.value)} autocomplete="off" autofocus /></label>`}
    <${Problem} problem=${confirm.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind=${danger ? 'primary danger' : 'primary'} busy=${confirm.busy} disabled=${Boolean(phrase) && typed.trim() !== phrase}>${action}<//></div></form><//>`;
}

/** A figure with what it means; `tone` colours the note. */
export const Stat = ({ label, value, note, icon, children }) => html`<div class="card stat"><p class="small muted row nowrap">${icon && html`<${Icon} name=${icon} />`}${label}</p><p class="value figures">${value}</p>${note && html`<p class="small muted">${note}</p>`}${children}</div>`;
