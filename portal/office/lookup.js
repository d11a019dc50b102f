// What an id names, and whose it is, in all tenants: for the operator's staff, who are quoted ids in mails and logs.
import { html, useState } from '../lib/ui.js';
import { has, t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime, number } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { Badge, Button, Empty, Icon } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { money } from './money.js';
import { TenantName, useTenantsNamed } from './tenant-names.js';
import { Facts, Page, Problem, useRead } from './kit.js';

/** What the console has a page for. */
const PAGES = { tenant: (id) => `/tenants/${id}`, ticket: (id) => `/tickets/${id}`, prefund_request: (id) => `/queue/${id}` };
const ICONS = { tenant: 'building-2', user: 'user-round', api_key: 'key-round', document: 'file-text', program: 'coins', webhook_endpoint: 'webhook', connection: 'plug', transaction: 'receipt-text', hold: 'clock', wallet: 'wallet', customer: 'users', invoice: 'file-text', gateway_invoice: 'file-text', reward: 'gift', redemption: 'ticket-check', marketplace_order: 'shopping-bag', verification: 'badge-check', export: 'download', import: 'file-up', ticket: 'life-buoy' };

/** What has no words of its own is at least written as words. */
const plain = (text) => text.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
const stateText = (status) => { const name = status.toLowerCase(); return has(`lookup.is.${name}`) ? t(`lookup.is.${name}`) : plain(name); };
const typeText = (type) => (has(`type.${type}`) ? t(`type.${type}`) : plain(type));

const isId = (text) => /^[a-z]+_[0-9A-Z]{20,26}$/.test(text);
const quoted = (text) => (isId(text) ? { id: text } : { number: text });

export default function Lookup() {
  const id = search.value.get('id') || '';
  const tenant = search.value.get('tenant') || '';
  return html`<${Page} narrow title=${t('view.lookup')} text=${t('lookup.text')}><${Ask} key=${`${id} ${tenant}`} id=${id} tenant=${tenant} />
    ${id ? html`<${Answer} key=${`${id} ${tenant}`} id=${id} tenant=${tenant} />` : html`<div class="card"><${Empty} icon="search" title=${t('lookup.empty')}><p>${t('lookup.empty.text')}</p><//></div>`}<//>`;
}

function Ask({ id, tenant }) {
  const [form, setForm] = useState({ id, tenant });
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value }));
  const submit = (event) => {
    event.preventDefault();
    setQuery({ id: form.id.trim(), tenant: form.tenant.trim() });
  };
  return html`<form class="card pad stack" role="search" onSubmit=${submit}><div class="two"><${TextField} label=${t('lookup.quoted')} hint=${t('lookup.id.hint')} value=${form.id} onInput=${set('id')} class="input mono" required maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" autofocus=${!id} />
    <${TextField} label=${t('lookup.tenant')} hint=${t('lookup.tenant.hint')} value=${form.tenant} onInput=${set('tenant')} class="input mono" maxlength="30" autocomplete="off" autocapitalize="none" spellcheck="false" pattern="ten_[0-9A-Z]{26}" /></div>
    <div><${Button} type="submit" kind="primary" icon="search">${t('lookup.go')}<//></div></form>`;
}

function Answer({ id, tenant }) {
  const [pages, setPages] = useState(0);
  const named = useTenantsNamed(isId(id) ? '' : id);
  const found = useRead(async () => {
    // A few hundred tenants are looked through in a request; the cursor goes on from there.
    for (let cursor; ;) {
      const answer = await call('GET', '/tenant/lookup', { query: { ...quoted(id), tenant_id: tenant, cursor }, whole: true });
      cursor = answer.meta?.next_cursor;
      if (answer.data.length || !cursor) return answer.data;
      setPages((before) => before + 1);
    }
  });
  if (found.problem) return html`<${Problem} problem=${found.problem} retry=${found.problem.status === 400 ? undefined : found.reload} />`;
  if (!found.data) return html`<div class="stack tight" aria-busy="true"><p class="small muted" role="status">${pages ? t('lookup.looking', { count: number(pages) }) : t('loading')}</p><div class="skeleton line"></div></div>`;
  if (!found.data.length && named.rows.length) return html`<${Named} ...${named} />`;
  if (!found.data.length && !isId(id) && !named.ended) return html`<div class="stack tight" aria-busy="true"><p class="small muted" role="status">${t('lookup.naming')}</p><div class="skeleton line"></div></div>`;
  if (!found.data.length) return html`<div class="card" role="status"><${Empty} icon="search" title=${t('lookup.none')}><p>${t(tenant ? 'lookup.none.tenant' : 'lookup.none.text', { id })}</p><//></div>`;
  return html`<ul class="stack">${found.data.map((each) => html`<${Found} key=${`${each.books_of} ${each.mode} ${each.id}`} found=${each} />`)}</ul>`;
}

/** Tenants that are called so, where nothing has it as its number. */
const Named = ({ rows, more }) => html`<ul class="stack">${rows.slice(0, 20).map((tenant) => html`<li key=${tenant.id}><a class="card pad row nowrap tile finding" href=${`/tenants?find=${encodeURIComponent(tenant.slug)}`}><span class="disc"><${Icon} name=${ICONS.tenant} /></span><span class="grow stack tight"><span class="strong ellipsis">${tenant.name}</span><span class="small muted">${[t(`tenants.kind.${tenant.kind}`), stateText(tenant.status)].join(' · ')}</span></span></a></li>`)}</ul>${(more || rows.length > 20) && html`<p class="small muted">${t('lookup.named.more')}</p>`}`;

function Found({ found }) {
  const page = PAGES[found.kind]?.(found.id);
  const shown = found.amount === null ? null : money(found.asset, found.amount);
  return html`<li class="card pad stack finding"><div class="row apart nowrap"><div class="row nowrap grow"><span class="disc"><${Icon} name=${ICONS[found.kind] || 'receipt-text'} /></span><div class="grow"><h2 class="ellipsis">${found.name || t(`lookup.kind.${found.kind}`)}</h2>${(found.name || found.type) && html`<p class="small muted">${found.name ? t(`lookup.kind.${found.kind}`) : typeText(found.type)}</p>`}</div></div>
      ${found.mode && html`<${Badge} tone=${found.mode === 'live' ? 'good' : 'warn'} icon=${found.mode === 'test' ? 'flask-conical' : undefined}>${t(`lookup.mode.${found.mode}`)}<//>`}</div>
    <${Facts} entries=${[[t('lookup.id'), html`<code>${found.id}</code>`], found.kind !== 'tenant' && [t('lookup.whose'), html`<a href=${`/tenants/${found.tenant_id}`}>${found.tenant_name || found.tenant_id}</a>`], found.books_of !== found.tenant_id && [t('lookup.books'), html`<a href=${`/tenants/${found.books_of}`}><${TenantName} id=${found.books_of} /></a>`],
      found.status && [t('lookup.status'), stateText(found.status)], shown !== null && [t('lookup.amount'), html`<span class="figures">${shown}</span>`], found.reference && [t('lookup.reference'), html`<code>${found.reference}</code>`], found.created_at && [t('lookup.created'), dateTime(found.created_at)]]} />
    ${page && html`<div><${Button} href=${page} icon="arrow-up-right">${t('lookup.open')}<//></div>`}</li>`;
}
