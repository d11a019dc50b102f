// Accounts with providers: who takes payments, registers e-invoices, checks identities, issues passes. Secrets go in and
// are never shown again, so a change asks for all of them.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { date } from '../lib/format.js';
import { can } from '../lib/session.js';
import { Badge, Button, Notice, toast } from '../components/basics.js';
import { Check, SelectField, TextField } from '../components/forms.js';
import { Confirm, CopyField, Facts, Loading, Page, Panel, Problem, useAction, useRead } from './kit.js';

const operator = () => can('platform:admin');
const PEM = { rows: 4, spellcheck: 'false', class: 'input mono' };
const SECRET = { type: 'password', autocomplete: 'new-password' };

/** `fields`: [name, attributes]; `choices` are selects; `facts` are what may be shown of what is kept. */
const ACCOUNTS = [
  {
    name: 'payment', path: '/billing/payment-account', may: () => can('tenant:admin'), on: (found) => found.provider,
    facts: ['provider', 'key_id'], choices: { provider: ['razorpay', 'cashfree'] },
    fields: () => [['key_id', { required: true }], ['key_secret', { ...SECRET, required: true }], ['webhook_secret', SECRET]],
  },
  {
    name: 'irp', path: '/billing/irp-account', may: () => can('tenant:admin'), on: (found) => found.portal && found.enabled,
    facts: ['gstin', 'user_name', 'client_id'], choices: {}, flag: 'enabled',
    fields: () => [['user_name', { required: true }], ['password', { ...SECRET, required: true }], ['client_id', { required: true }], ['client_secret', { ...SECRET, required: true }], ['public_key', { ...PEM, required: true }]],
  },
  {
    name: 'identity', path: '/tenant/cashfree/provider', may: operator, on: (found) => found.provider !== 'local',
    facts: ['provider', 'environment', 'client_id'], choices: { provider: ['local', 'cashfree'], environment: ['production', 'sandbox'] },
    fields: (form) => (form.provider === 'local' ? [] : [['client_id', { required: true }], ['client_secret', { ...SECRET, required: true }], ['public_key', PEM]]),
  },
];
const SECRETS = ['key_secret', 'webhook_secret', 'password', 'client_secret', 'public_key'];
const PLAIN = ['key_id', 'user_name', 'client_id'];

export default function Accounts() {
  return html`<${Page} narrow title=${t('view.accounts')} text=${t('account.text')}>${ACCOUNTS.filter((each) => each.may()).map((each) => html`<${Account} key=${each.name} account=${each} />`)}${operator() && html`<${Passes} />`}<//>`;
}

function Account({ account }) {
  const found = useRead(() => call('GET', account.path));
  const [open, setOpen] = useState(false);
  const data = found.data;
  const on = data && account.on(data);
  const done = () => { setOpen(false); found.reload(); };
  return html`<section class="card pad stack" aria-labelledby=${account.name}><div class="row apart nowrap"><h2 id=${account.name}>${t(`account.${account.name}`)}</h2>${data && html`<${Badge} tone=${on ? 'good' : ''}>${t(on ? 'account.on' : 'account.off')}<//>`}</div>
    <p class="muted">${t(`account.${account.name}.text`)}</p><${Problem} problem=${found.problem} retry=${found.reload} />${!data && !found.problem && html`<${Loading} rows="1" />`}
    ${data && html`${data.version > 0 && html`<${Facts} entries=${account.facts.filter((name) => data[name]).map((name) => [t(`account.field.${name}`), account.choices[name] ? t(`account.${name}.${data[name]}`) : html`<code>${data[name]}</code>`])} />`}
      ${data.webhook_url && html`<${CopyField} label=${t('account.webhook')} value=${data.webhook_url} hint=${t('account.webhook.hint')} />`}
      <div><${Button} icon="key-round" kind=${data.version > 0 ? '' : 'primary'} onClick=${() => setOpen(true)}>${t(data.version > 0 ? 'account.change' : 'account.add')}<//></div>`}
    ${open && html`<${Edit} account=${account} found=${data} onClose=${() => setOpen(false)} onDone=${done} />`}</section>`;
}

function Edit({ account, found, onClose, onDone }) {
  const [form, setForm] = useState(() => ({ ...Object.fromEntries(Object.entries(account.choices).map(([name, options]) => [name, found[name] || options[0]])), ...(account.flag && { [account.flag]: found.version === 0 || found[account.flag] }), ...Object.fromEntries(SECRETS.map((name) => [name, ''])), ...Object.fromEntries(PLAIN.map((name) => [name, found[name] || ''])) }));
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value }));
  const fields = account.fields(form);
  const save = useAction(async () => {
    const chosen = Object.keys(account.choices).filter((name) => name === 'provider' || form.provider !== 'local');
    const body = { version: found.version, ...Object.fromEntries(chosen.map((name) => [name, form[name]])), ...(account.flag && { [account.flag]: form[account.flag] }), ...Object.fromEntries(fields.filter(([name]) => form[name].trim()).map(([name]) => [name, form[name].trim()])) };
    await call('PUT', account.path, { body });
    toast(t('account.saved'));
    onDone();
  });
  const said = save.problem?.fields || {};
  return html`<${Panel} title=${t(`account.${account.name}`)} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    ${found.version > 0 && html`<${Notice}>${t('account.again')}<//>`}
    ${Object.entries(account.choices).filter(([name]) => name === 'provider' || form.provider !== 'local').map(([name, options]) => html`<${SelectField} key=${name} label=${t(`account.field.${name}`)} value=${form[name]} onInput=${set(name)} options=${options.map((each) => [each, t(`account.${name}.${each}`)])} error=${said[name]?.join(' ')} />`)}
    ${fields.map(([name, more]) => html`<${TextField} key=${name} label=${t(`account.field.${name}`)} value=${form[name]} onInput=${set(name)} autocomplete="off" error=${said[name]?.join(' ')} ...${more} />`)}
    ${account.flag && html`<${Check} label=${t(`account.${account.name}.${account.flag}`)} hint=${t(`account.${account.name}.${account.flag}.hint`)} checked=${form[account.flag]} onChange=${() => set(account.flag)(!form[account.flag])} />`}
    <${Problem} problem=${save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="check" busy=${save.busy}>${t('save')}<//></div></form><//>`;
}

const ISSUERS = {
  apple: [['pass_type_id', { placeholder: 'pass.example.coins' }], ['team_id', { maxlength: 10 }], ['certificate', PEM], ['private_key', PEM], ['authority', PEM]],
  google: [['issuer_id', { inputmode: 'numeric' }], ['client_email', { type: 'email' }], ['private_key', PEM]],
};

/** One version covers both, and what is left out is removed: so the one that stays needs its keys entered too. */
function Passes() {
  const found = useRead(() => call('GET', '/tenant/pass-issuers'));
  const [open, setOpen] = useState(false);
  const [removing, setRemoving] = useState(false);
  const data = found.data;
  const any = data?.apple || data?.google;
  const remove = async () => {
    await call('PUT', '/tenant/pass-issuers', { body: { version: data.version } });
    toast(t('account.removed'));
    found.reload();
  };
  return html`<section class="card pad stack" aria-labelledby="passes"><div class="row apart nowrap"><h2 id="passes">${t('account.passes')}</h2>${data && html`<${Badge} tone=${any ? 'good' : ''}>${t(any ? 'account.on' : 'account.off')}<//>`}</div>
    <p class="muted">${t('account.passes.text')}</p><${Problem} problem=${found.problem} retry=${found.reload} />
    ${any && html`<${Facts} entries=${[data.apple && ['Apple Wallet', html`<code>${data.apple.pass_type_id}</code>, ${t('account.until', { when: date(data.apple.certificate_expires_at) })}`], data.google && ['Google Wallet', html`<code>${data.google.client_email}</code>`]]} />`}
    ${data && html`<div class="row"><${Button} icon="key-round" kind=${any ? '' : 'primary'} onClick=${() => setOpen(true)}>${t(any ? 'account.change' : 'account.add')}<//>${any && html`<${Button} kind="danger" icon="trash-2" onClick=${() => setRemoving(true)}>${t('account.remove')}<//>`}</div>`}
    ${open && html`<${Issuers} found=${data} onClose=${() => setOpen(false)} onDone=${() => { setOpen(false); found.reload(); }} />`}
    ${removing && html`<${Confirm} title=${t('account.remove')} text=${t('account.passes.remove')} action=${t('account.remove')} danger onConfirm=${remove} onClose=${() => setRemoving(false)} />`}</section>`;
}

function Issuers({ found, onClose, onDone }) {
  const [form, setForm] = useState({ apple: { on: Boolean(found.apple), pass_type_id: found.apple?.pass_type_id || '', team_id: found.apple?.team_id || '', certificate: '', private_key: '', authority: '' }, google: { on: Boolean(found.google), issuer_id: found.google?.issuer_id || '', client_email: found.google?.client_email || '', private_key: '' } });
  const set = (which, name) => (value) => setForm({ ...form, [which]: { ...form[which], [name]: value } });
  const save = useAction(async () => {
    const body = { version: found.version };
    for (const which of Object.keys(ISSUERS)) if (form[which].on) body[which] = Object.fromEntries(ISSUERS[which].map(([name]) => [name, form[which][name].trim()]));
    await call('PUT', '/tenant/pass-issuers', { body });
    toast(t('account.saved'));
    onDone();
  });
  const said = save.problem?.fields || {};
  return html`<${Panel} title=${t('account.passes')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>${(found.apple || found.google) && html`<${Notice}>${t('account.again')}<//>`}
    ${Object.entries(ISSUERS).map(([which, fields]) => html`<fieldset key=${which} class="card item"><legend class="sr">${t(`account.${which}`)}</legend><${Check} label=${t(`account.${which}`)} hint=${t(`account.${which}.hint`)} checked=${form[which].on} onChange=${() => set(which, 'on')(!form[which].on)} />
      ${form[which].on && fields.map(([name, more]) => html`<${TextField} key=${name} label=${t(`account.field.${name}`)} value=${form[which][name]} onInput=${set(which, name)} required autocomplete="off" error=${said[`${which}.${name}`]?.join(' ')} ...${more} />`)}</fieldset>`)}
    <${Problem} problem=${save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="check" busy=${save.busy} disabled=${!form.apple.on && !form.google.on}>${t('save')}<//></div></form><//>`;
}
