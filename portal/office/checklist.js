// The first steps of a new tenant or operator, each ticked by what is there; it goes by itself when all is done.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { can, me, sandbox } from '../lib/session.js';
import { Button, Icon } from '../components/basics.js';
import { useRead } from './kit.js';

const any = async (path) => (await call('GET', path, { quiet: true })).length > 0;
const more = async (path, count) => (await call('GET', path, { query: { limit: count }, quiet: true })).length >= count;

/** [name, where it is done, whether it is done] for whoever looks; only what their role may do. */
function steps() {
  const { kind } = me.value.tenant;
  if (kind === 'operator') {
    return [
      ['mfa', '/profile', async () => me.value.mfa_enabled],
      ['network', '/programs', () => any('/rewards/programs')],
      ['tenant', '/tenants', () => any('/tenant/tree')],
      ['account', '/receivers', () => any('/prefund/accounts')],
      ['staff', '/team', () => more('/tenant/users', 2)],
      ['tell', '/announcements', () => any('/admin-messages/sent')],
    ];
  }
  // A parent gives balance to those below it; an application calls with a key. Neither has a counter.
  if (kind === 'parent' && !me.value.tenant.program_id) {
    return [
      ['mfa', '/profile', async () => me.value.mfa_enabled],
      ['funds', '/prefund', async () => (await call('GET', '/wallets', { quiet: true })).some((wallet) => wallet.balance > 0)],
      ['brand', '/branding', async () => (await call('GET', '/tenant/branding', { quiet: true })).version > 0],
      ['colleague', '/team', () => more('/tenant/users', 2)],
    ];
  }
  if (kind === 'application') {
    return [
      ['mfa', '/profile', async () => me.value.mfa_enabled],
      ['key', '/keys', () => any('/tenant/self-api-keys')],
      ['endpoint', '/endpoints', () => any('/webhook-endpoints')],
      ['colleague', '/team', () => more('/tenant/users', 2)],
    ];
  }
  return [
    ['program', '/programs', async () => Boolean(me.value.tenant.program_id)],
    ['coin', me.value.tenant.program_id ? '/counter' : '/programs', async () => Boolean(me.value.tenant.program_id) && any('/merchant/ledger')],
    ['mfa', '/profile', async () => me.value.mfa_enabled],
    ['brand', '/branding', async () => (await call('GET', '/tenant/branding', { quiet: true })).version > 0],
    ['team', '/team', () => more('/tenant/users', 2)],
  ];
}

export function Checklist() {
  const key = `batua.checklist.${me.value.tenant.id}`;
  const [hidden, setHidden] = useState(localStorage.getItem(key) === 'hidden');
  const shown = !hidden && can('tenant:admin') && !sandbox.value;
  const found = useRead(async () => (shown ? Promise.all(steps().map(async ([name, href, done]) => ({ name, href, done: await done().catch(() => false) }))) : []));
  const finished = found.data?.length > 0 && found.data.every((row) => row.done);
  useEffect(() => { if (finished) localStorage.setItem(key, 'hidden'); }, [finished]);
  if (!shown || finished) return null;
  // Before it is known what is done, the steps keep their place, so that nothing moves under a finger.
  const rows = found.data || steps().map(([name]) => ({ name, unknown: true }));
  if (!rows.length) return null;
  const hide = () => {
    localStorage.setItem(key, 'hidden');
    setHidden(true);
  };
  const next = found.data && rows.find((row) => !row.done);
  return html`<section class="card item checklist" aria-labelledby="checklist"><div class="row apart nowrap"><div><h2 id="checklist">${t('checklist.title')}</h2><p class="small muted">${found.data ? t('checklist.done', { count: rows.filter((row) => row.done).length, all: rows.length }) : '\u00a0'}</p></div><${Button} kind="quiet" size="small" icon="x" label=${t('checklist.hide')} onClick=${hide} /></div>
    <ol>${rows.map((row) => html`<li key=${row.name} class=${row.done ? 'done' : ''}><${Icon} name=${row.done ? 'circle-check' : 'circle'} /><span class="grow">${row.done ? html`<span class="sr">${t('checklist.ready')}: </span>` : ''}${t(`checklist.${row.name}`)}</span>${!row.done && !row.unknown && html`<${Button} size="small" kind=${row === next ? 'primary' : ''} href=${row.href} label=${t('checklist.do', { step: t(`checklist.${row.name}`) })}>${t('checklist.go')}<//>`}</li>`)}</ol></section>`;
}
