// Who did what, when and from where, with filters in the address, and the same rows as CSV.
import { html, useState } from '../lib/ui.js';
import { has, t } from '../lib/i18n.js';
import { dateTime, short } from '../lib/format.js';
import { call } from '../lib/api.js';
import { search, setQuery } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Badge, Button } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { CsvButton } from './csv.js';
import { edge } from './days.js';
import { FilterBox, List, Page, useList, useRead } from './kit.js';

const NAMES = ['from', 'to', 'who', 'reference'];
const GOOD = ['ok', 'done', 'success'];
/** What the API calls `sign in` or `api_key created`, as a sentence begins; kinds of entries and outcomes in the reader's words. */
const shown = (area, text) => (has(`${area}.${text}`) ? t(`${area}.${text}`) : text.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase()));

/** People and keys by the names that the tenant's administrators gave them: id -> name. */
async function readNames() {
  if (!can('tenant:admin')) return {};
  const lists = await Promise.all(['/tenant/users', '/tenant/self-api-keys'].map((path) => call('GET', path, { query: { limit: 100 }, quiet: true })));
  return Object.fromEntries(lists.flat().map((each) => [each.id, each.name]));
}

export default function Audit() {
  const names = useRead(readNames).data || {};
  const who = (id) => names[id] || (id.startsWith('workflow:') ? t('audit.platform') : id.startsWith('cust_') ? t('audit.customer', { id: short(id) }) : null);
  const filters = Object.fromEntries(NAMES.map((name) => [name, search.value.get(name) || '']));
  const query = { ...filters, from: edge(filters.from, false), to: edge(filters.to, true) };
  const list = useList('/merchant/audit', { ...query, limit: 50 });
  const any = Object.values(filters).some(Boolean);
  const clear = () => setQuery(Object.fromEntries(NAMES.map((name) => [name, ''])));
  return html`<${Page} title=${t('view.audit')} text=${t('audit.text')} actions=${html`<${CsvButton} path="/merchant/audit" query=${query} name="audit" />`}><${Filters} key=${any} any=${any} filters=${filters} />
    <${List} list=${list} caption=${t('view.audit')} rowKey=${(row) => row.id} empty=${{ icon: 'shield-check', title: t(any ? 'audit.nomatch' : 'audit.none'), action: any && html`<${Button} onClick=${clear}>${t('ledger.clear')}<//>` }} columns=${[
    { key: 'at', title: t('ledger.when'), main: true, show: (row) => dateTime(row.at) },
    { key: 'what', title: t('audit.what'), show: (row) => shown(has(`type.${row.what}`) ? 'type' : 'act', row.what) },
    { key: 'who', title: t('audit.who'), show: (row) => html`<button type="button" class=${`link small ${who(row.who) ? '' : 'mono'}`} title=${row.who} onClick=${() => setQuery({ who: row.who })}>${who(row.who) || short(row.who)}</button>` },
    { key: 'address', title: t('audit.address'), show: (row) => html`<span class="figures">${row.address}</span>` },
    { key: 'reference', title: t('ledger.reference'), show: (row) => html`<${Reference} id=${row.reference} />` },
    { key: 'outcome', title: t('audit.outcome'), lead: true, show: (row) => html`<${Badge} tone=${GOOD.includes(row.outcome) ? 'good' : 'warn'}>${shown('audit.outcome', row.outcome)}<//>` },
  ]} /><//>`;
}

/** What an act was about: a customer by the way to them, anything else by its id. */
function Reference({ id }) {
  if (!id) return '—';
  if (!id.startsWith('cust_') || !can('customers:read')) return html`<span class="ellipsis limit small mono">${id}</span>`;
  return html`<a class="small" href=${`/customers?customer=${id}`}>${t('audit.customer', { id: short(id) })}</a>`;
}

function Filters({ any, filters }) {
  const [typed, setTyped] = useState(filters);
  const set = (name, now) => (value) => {
    setTyped({ ...typed, [name]: value });
    if (now) setQuery({ [name]: value });
  };
  const submit = (event) => { event.preventDefault(); setQuery({ ...typed, who: typed.who.trim(), reference: typed.reference.trim() }); };
  return html`<${FilterBox} label=${t('audit.filters')} any=${any} onSubmit=${submit}>
    <${TextField} label=${t('ledger.from')} type="date" value=${typed.from} onInput=${set('from', true)} max=${typed.to} /><${TextField} label=${t('ledger.to')} type="date" value=${typed.to} onInput=${set('to', true)} min=${typed.from} />
    <${TextField} label=${t('audit.who')} placeholder=${t('audit.who.hint')} value=${typed.who} onInput=${set('who')} onBlur=${submit} /><${TextField} label=${t('ledger.reference')} value=${typed.reference} onInput=${set('reference')} onBlur=${submit} /><//>`;
}
