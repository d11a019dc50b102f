// Accounts with vendors of gift cards: opened, given other credentials, paused, and whether the vendor answers.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime, number, rupees } from '../lib/format.js';
import { me } from '../lib/session.js';
import { Badge, Button, Notice, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { Confirm, CopyField, Facts, Loading, Panel, Problem, useAction, useRead } from './kit.js';

const CREDENTIALS = { runa: ['api_key'], woohoo: ['client_id', 'client_secret', 'username', 'password'] };
const SECRET = ['api_key', 'client_secret', 'password', 'webhook_secret'];
const BUYER = ['firstname', 'lastname', 'email', 'telephone', 'line1', 'city', 'region', 'postcode'];

export function Vendors() {
  const found = useRead(() => call('GET', '/marketplace/vendors'));
  const [open, setOpen] = useState(null);
  const done = () => { setOpen(null); found.reload(); };
  const account = found.data?.find((each) => each.vendor === open);
  return html`<p class="muted">${t('vendor.text')}</p><${Problem} problem=${found.problem} retry=${found.reload} />${!found.data && !found.problem && html`<${Loading} />`}
    ${found.data && html`<ul class="cards">${Object.keys(CREDENTIALS).map((vendor) => html`<li key=${vendor}><${Vendor} vendor=${vendor} account=${found.data.find((each) => each.vendor === vendor)} onOpen=${() => setOpen(vendor)} onDone=${found.reload} /></li>`)}</ul>`}
    ${open && html`<${Edit} vendor=${open} account=${account} onClose=${() => setOpen(null)} onDone=${done} />`}`;
}

function Vendor({ vendor, account, onOpen, onDone }) {
  const [pausing, setPausing] = useState(false);
  const turn = async (status) => {
    await call('PUT', `/marketplace/vendors/${vendor}`, { body: { ...kept(account), status } });
    toast(t(`vendor.now.${status}`));
    setPausing(false);
    onDone();
  };
  const start = useAction(() => turn('active'));
  const [answer, setAnswer] = useState(null);
  const test = useAction(async () => setAnswer(await call('POST', `/marketplace/vendors/${vendor}/test`)));
  return html`<section class="card item stack" aria-label=${t(`market.vendor.${vendor}`)}><div class="row apart"><h2>${t(`market.vendor.${vendor}`)}</h2>${account && html`<${Badge} tone=${account.status === 'active' ? 'good' : 'warn'}>${t(`vendor.status.${account.status}`)}<//>`}</div>
    ${!account && html`<p class="muted">${t('vendor.none')}</p><div><${Button} kind="primary" icon="plus" onClick=${onOpen}>${t('vendor.add')}<//></div>`}
    ${account && html`${account.fault && html`<${Notice} tone="bad">${t(`vendor.fault.${account.fault}`)}<//>`}${!account.fault && !account.refreshed_at && html`<${Notice} tone="info">${t('vendor.waiting')}<//>`}
      <${Facts} entries=${[[t('vendor.answered'), account.refreshed_at ? dateTime(account.refreshed_at) : '—'], [t('vendor.products'), number(account.products)], [t('vendor.rate'), number(account.rate)], [t('vendor.fee'), rupees(account.fee)], [t('vendor.who'), t(account.for_customers ? 'vendor.who.customers' : 'vendor.who.staff')], account.host && [t('vendor.host'), html`<code>${account.host}</code>`]]} />
      ${account.webhook_url && html`<${CopyField} label=${t('vendor.webhook')} value=${account.webhook_url} />`}<${Problem} problem=${start.problem || test.problem} />
      <div role="status">${answer && html`<${Notice} tone=${answer.connected ? 'good' : 'bad'}>${answer.connected ? `${t('vendor.connected')} ${answer.balance === null ? '' : t('vendor.balance', { amount: rupees(answer.balance) })}` : t(`vendor.tested.${answer.outcome}`)}<//>`}</div>
      <div class="row"><${Button} icon="activity" busy=${test.busy} onClick=${() => { setAnswer(null); test.run(); }}>${t('vendor.test')}<//><${Button} icon="key-round" onClick=${onOpen}>${t('vendor.change')}<//>${account.status === 'active' ? html`<${Button} kind="danger" icon="pause" onClick=${() => setPausing(true)}>${t('vendor.pause')}<//>` : html`<${Button} kind="primary" icon="play" busy=${start.busy} onClick=${() => start.run()}>${t('vendor.start')}<//>`}</div>`}
    ${pausing && html`<${Confirm} title=${t('vendor.pause')} text=${t('vendor.pause.text')} action=${t('vendor.pause')} danger onConfirm=${() => turn('paused')} onClose=${() => setPausing(false)} />`}</section>`;
}

/** What is sent back as it was read: saving replaces all but credentials. */
const kept = (account) => ({ status: account.status, rate: account.rate, fee: account.fee, for_members: account.for_members, for_customers: account.for_customers, version: account.version });

/** Credentials are never shown again: what is left empty stays as it is, and new ones are entered together. */
function Edit({ vendor, account, onClose, onDone }) {
  const [form, setForm] = useState({ rate: String(account?.rate ?? 1), fee: String(account?.fee ?? 0), for_members: account?.for_members ?? false, for_customers: account?.for_customers ?? false, host: account?.host || '', ...(account?.buyer || {}) });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = useAction(async () => {
    const body = { status: account?.status || 'active', rate: Number(form.rate), fee: Number(form.fee), for_members: form.for_members, for_customers: form.for_customers, version: account?.version || 0 };
    for (const name of [...CREDENTIALS[vendor], ...(vendor === 'runa' ? ['webhook_secret'] : [])]) if (form[name]) body[name] = form[name];
    if (vendor === 'woohoo') Object.assign(body, { host: form.host.trim(), buyer: Object.fromEntries(BUYER.map((name) => [name, (form[name] || '').trim()])) });
    await call('PUT', `/marketplace/vendors/${vendor}`, { body });
    toast(t('vendor.saved'));
    onDone();
  });
  const fields = save.problem?.fields || {};
  const field = (name, more = {}) => html`<${TextField} key=${name} label=${t(`vendor.field.${name}`)} type=${SECRET.includes(name) ? 'password' : 'text'} autocomplete="off" value=${form[name] || ''} onInput=${set(name)} error=${(fields[name] || fields[`buyer.${name}`])?.join(' ')} ...${more} />`;
  return html`<${Panel} title=${t(`market.vendor.${vendor}`)} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    ${account && html`<${Notice} tone="info">${t('vendor.rotate')}<//>`}
    ${CREDENTIALS[vendor].map((name) => field(name, { required: !account }))}
    ${vendor === 'runa' && field('webhook_secret', { hint: t('vendor.webhook.hint') })}
    ${vendor === 'woohoo' && html`${field('host', { required: true, placeholder: 'extapi12.woohoo.in' })}<h3>${t('vendor.buyer')}</h3><p class="small muted">${t('vendor.buyer.text')}</p><div class="two">${BUYER.map((name) => field(name, { required: true, ...(name === 'email' && { type: 'email' }) }))}</div>`}
    <div class="two">${field('rate', { inputmode: 'decimal', hint: t('vendor.rate.hint'), required: true })}${field('fee', { inputmode: 'decimal', hint: t('vendor.fee.hint'), required: true })}</div>
    <label class="check"><input type="checkbox" checked=${form.for_customers} onChange=${() => set('for_customers')(!form.for_customers)} /><span>${t('vendor.customers')}</span></label>
    ${me.value.tenant.kind === 'parent' && html`<label class="check"><input type="checkbox" checked=${form.for_members} onChange=${() => set('for_members')(!form.for_members)} /><span>${t('vendor.members')}</span></label>`}
    <${Problem} problem=${save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="check" busy=${save.busy}>${t('vendor.save')}<//></div></form><//>`;
}
