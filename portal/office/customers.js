// Customers: all of them, latest visit first, found by the beginning of a name or the end of a number while typing.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { ago, coins, phone } from '../lib/format.js';
import { go, search, setQuery } from '../lib/router.js';
import { TextField } from '../components/forms.js';
import { Back, List, Page, useList } from './kit.js';
import { Customer } from './customer.js';

/** So long after the last key the list follows. */
const PAUSE = 250;

/** What names one customer by itself: an id of ours, a code, or a number with all its digits. */
const names = (text) => /^(wal_|cust_|BATUA\.)/i.test(text) || /^\+?\d{10,15}$/.test(text.replaceAll(/[\s-]/g, ''));

export default function Customers() {
  const query = search.value;
  const opened = query.get('customer');
  // A look-up by an id has the number masked: who came from the list goes on with what the list showed.
  const shown = useRef({});
  const open = (customer, number) => {
    shown.current = { [customer]: number };
    const wanted = new URLSearchParams({ customer, ...(query.get('q') && { q: query.get('q') }) });
    go(`/customers?${wanted}`);
    scrollTo(0, 0);
  };
  if (!opened) return html`<${Everyone} onOpen=${open} />`;
  const all = query.get('q') ? `/customers?q=${encodeURIComponent(query.get('q'))}` : '/customers';
  return html`<${Customer} key=${opened} wanted=${opened} number=${shown.current[opened]} back=${html`<${Back} href=${all}>${t('customers.all')}<//>`} />`;
}

function Everyone({ onOpen }) {
  const asked = search.value.get('q') || '';
  const [typed, setTyped] = useState(asked);
  useEffect(() => {
    if (typed.trim() === asked) return undefined;
    const due = setTimeout(() => setQuery({ q: typed.trim() }), PAUSE);
    return () => clearTimeout(due);
  }, [typed]);
  const list = useList('/merchant/customers', { ...(asked && { q: asked }), limit: 50 });
  usePagesWithoutRows(list, asked);
  const wrong = list.problem?.fields?.q;
  const submit = (event) => {
    event.preventDefault();
    const text = typed.trim();
    if (names(text)) onOpen(text);
    else if (text === asked && list.rows?.length === 1) openRow(list.rows[0]);
    else setQuery({ q: text });
  };
  const openRow = (row) => onOpen(row.wallet_id || (row.phone && !row.phone.includes('•') ? row.phone : row.customer_id), row.phone);
  const unknown = { icon: 'search', title: t('customers.missing'), text: t(/\p{L}/u.test(asked) ? 'customers.nobody' : 'customers.missing.text') };
  return html`<${Page} title=${t('view.customers')} text=${t('customers.text')}>
    <form class="customer-search" role="search" onSubmit=${submit}><${TextField} label=${t('customers.search')} hint=${t('customers.search.hint')} value=${typed} onInput=${setTyped} type="search" maxlength="80" autocomplete="off" autocapitalize="words" spellcheck="false" enterkeyhint="search" error=${wrong?.join(' ')} /></form>
    <section class="customer-list" aria-labelledby="everyone"><div class="row apart"><h2 id="everyone" class="section">${t(asked ? 'customers.found' : 'customers.latest')}</h2><p class="small muted" role="status">${list.rows && !list.loading ? t(list.next ? 'customers.count.more' : 'customers.count', { count: list.rows.length }) : ''}</p></div>
      ${!wrong && html`<${List} list=${list} caption=${t('view.customers')} rowKey=${(row) => row.customer_id} onOpen=${openRow} empty=${asked ? unknown : { icon: 'users', title: t('customers.none'), text: t('customers.none.text') }} columns=${[
      { key: 'who', title: t('customers.one'), main: true, show: (row) => html`<${Who} row=${row} />` },
      { key: 'visit', title: t('customers.visit'), show: (row) => (row.last_visit ? ago(row.last_visit) : t('customers.unseen')) },
      { key: 'balance', title: t('customers.balance'), end: true, lead: true, show: (row) => coins(row.balance) },
    ]} />`}</section><//>`;
}

/** The name, where there is one, over the number. A name is the shop's text: its direction stays its own. */
const Who = ({ row }) => (row.name
  ? html`<span class="named"><bdi class="ellipsis">${row.name}</bdi>${' '}<span class="figures small muted">${phone(row.phone)}</span></span>`
  : html`<span class="figures">${phone(row.phone) || t('customers.unnamed')}</span>`);

/** A page may lead on without a row: then the next one is read too. */
function usePagesWithoutRows(list, asked) {
  const before = useRef({});
  useEffect(() => {
    if (!list.rows || list.loading) return;
    const had = before.current.asked === asked ? before.current.count : 0;
    before.current = { asked, count: list.rows.length };
    if (list.next && list.rows.length === had) list.loadMore.run();
  }, [list.next, list.loading]);
}
