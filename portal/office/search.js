// One field for whatever somebody quotes: an id says by itself what it names; a number or a reference is looked up.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, Problem as Refusal } from '../lib/api.js';
import { go } from '../lib/router.js';
import { can, me } from '../lib/session.js';
import { Button, Icon, Notice } from '../components/basics.js';
import { Problem, useAction } from './kit.js';

/** Prefix of an id -> where it is shown, and what tells whether it is there at all. */
const PLACES = {
  tkt: { read: (id) => `/tickets/${id}`, show: (id) => `/tickets/${id}` },
  pfr: { read: (id) => `/prefund/requests/${id}`, show: (id) => (can('platform:review') ? `/queue/${id}` : '/prefund') },
  inv: { read: (id) => `/invoices/${id}`, show: (id) => `/invoices/${id}` },
  prg: { read: (id) => `/rewards/programs/${id}`, show: (id) => `/programs/${id}` },
  rdm: { read: (id) => `/rewards/redemptions/${id}`, show: () => '/redemptions?state=all' },
  ten: { read: (id) => `/tenant/tree?parent=${id}`, show: (id) => `/tenants/${id}` },
  cust: { read: () => null, show: (id) => `/customers?customer=${id}` },
};

/** Ids whose own page the console has; the operator's staff are quoted all others too, of any tenant. */
const HERE = ['tkt', 'pfr', 'ten'];

async function find(text) {
  const prefix = /^([a-z]+)_[0-9A-Z]{20,26}$/.exec(text)?.[1];
  if (me.value.tenant.kind === 'operator' && can('platform:review') && !HERE.includes(prefix)) return `/lookup?id=${encodeURIComponent(text)}`;
  const place = PLACES[prefix];
  if (place) {
    const path = place.read(text);
    if (path) await call('GET', path);
    return place.show(text);
  }
  if (me.value.tenant.program_id && can('ledger:read')) {
    if (/^\+?\d[\d ]{8,14}$/.test(text)) return `/customers?customer=${encodeURIComponent(text.replaceAll(' ', ''))}`;
    const rows = await call('GET', '/merchant/ledger', { query: { reference: text, limit: 1 } });
    if (rows.length) return `/ledger?reference=${encodeURIComponent(text)}`;
  }
  if (can('ledger:read')) {
    const rows = await call('GET', '/invoices', { query: { number: text, limit: 1 } });
    if (rows.length) return `/invoices/${rows[0].id}`;
  }
  return null;
}

export function Search() {
  const [typed, setTyped] = useState('');
  const [missing, setMissing] = useState('');
  const look = useAction(async () => {
    const text = typed.trim();
    setMissing('');
    try {
      const to = await find(text);
      if (to) go(to);
      else setMissing(text);
    } catch (problem) {
      if (!(problem instanceof Refusal) || ![400, 403, 404].includes(problem.status)) throw problem;
      setMissing(text);
    }
  });
  return html`<form class="stack tight" role="search" onSubmit=${(event) => { event.preventDefault(); if (typed.trim()) look.run(); }}>
    <div class="search-row"><div class="input-with grow"><${Icon} name="search" /><input class="input" type="search" aria-label=${t('search.label')} placeholder=${t('search.placeholder')} value=${typed} onInput=${(event) => setTyped(event.target.value)} autocomplete="off" spellcheck="false" maxlength="128" /></div><${Button} type="submit" busy=${look.busy}>${t('search.find')}<//></div>
    ${missing && html`<${Notice}>${t('search.none', { text: missing })}<//>`}<${Problem} problem=${look.problem} /></form>`;
}
