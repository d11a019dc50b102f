// What the tenant is for GST, and what its documents still lack.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { can } from '../lib/session.js';
import { Button, Notice, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Facts, Loading, Problem, useAction, useRead } from './kit.js';

const REGISTRATIONS = ['regular', 'composition', 'unregistered', 'sez'];
const TEXTS = ['legal_name', 'trade_name', 'gstin', 'pan', 'city', 'pin_code', 'state', 'email', 'phone', 'upi', 'default_hsn_or_sac', 'terms'];

export function TaxProfile() {
  const found = useRead(() => call('GET', '/billing/tax-profile'));
  const profile = found.data;
  return html`<${Problem} problem=${found.problem} retry=${found.reload} />${!profile && !found.problem && html`<${Loading} />`}
    ${profile && (profile.missing.length > 0 ? html`<${Notice} tone="warn">${t('tax.missing', { fields: profile.missing.map((name) => t(`tax.${name}`)).join(', ') })}<//>` : html`<${Notice} tone="good">${t('tax.complete', { documents: profile.documents })}<//>`)}
    ${profile && (can('tenant:admin') ? html`<${Editor} key=${profile.version} profile=${profile} onSaved=${found.reload} />` : html`<section class="card item"><${Facts} entries=${TEXTS.filter((name) => profile[name]).map((name) => [t(`tax.${name}`), profile[name]])} /></section>`)}`;
}

const BUYER = ['legal_name', 'trade_name', 'gstin', 'pan', 'city', 'pin_code', 'state', 'email', 'phone'];

/** A customer's own profile, which its next invoices take: found by the id that the customer has in the tenant's software. */
export function BuyerProfile() {
  const [typed, setTyped] = useState('');
  const [found, setFound] = useState(null);
  const find = useAction(async () => {
    const id = typed.trim();
    const kept = await call('GET', `/billing/customers/${encodeURIComponent(id)}/tax-profile`).catch((problem) => { if (problem.status === 404) return null; throw problem; });
    setFound({ id, profile: kept });
  });
  return html`<section class="stack" aria-labelledby="buyers"><h2 id="buyers" class="section">${t('tax.buyers')}</h2><p class="muted">${t('tax.buyers.text')}</p>
    <form class="search-row" role="search" onSubmit=${(event) => { event.preventDefault(); find.run(); }}><${TextField} label=${t('tax.buyer')} value=${typed} onInput=${setTyped} required maxlength="128" /><${Button} type="submit" icon="search" busy=${find.busy}>${t('tax.buyer.find')}<//></form><${Problem} problem=${find.problem} />
    ${found && html`<${Buyer} key=${`${found.id} ${found.profile?.version}`} id=${found.id} profile=${found.profile} onSaved=${(profile) => setFound({ id: found.id, profile })} />`}</section>`;
}

function Buyer({ id, profile, onSaved }) {
  const [form, setForm] = useState({ ...Object.fromEntries(BUYER.map((name) => [name, profile?.[name] || ''])), address: (profile?.address || []).join('\n') });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = useAction(async () => {
    const body = { ...Object.fromEntries(BUYER.map((name) => [name, form[name].trim() || null])), address: form.address.split('\n').map((each) => each.trim()).filter(Boolean), country: profile?.country || 'IN', ...(profile && { version: profile.version }) };
    const saved = await call('PUT', `/billing/customers/${encodeURIComponent(id)}/tax-profile`, { body });
    toast(t('tax.saved'));
    onSaved(saved);
  });
  const field = (name, more = {}) => html`<${TextField} label=${t(`tax.${name}`)} value=${form[name]} onInput=${set(name)} error=${save.problem?.fields?.[name]?.join(' ')} ...${more} />`;
  return html`<form class="card pad stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>${!profile && html`<${Notice}>${t('tax.buyer.new', { id })}<//>`}
    <div class="two">${field('legal_name', { required: true, maxlength: 128 })}${field('trade_name', { maxlength: 128 })}</div><div class="two">${field('gstin', { maxlength: 15, autocapitalize: 'characters' })}${field('pan', { maxlength: 10, autocapitalize: 'characters' })}</div>
    <${TextField} label=${t('tax.address')} rows="2" value=${form.address} onInput=${set('address')} error=${save.problem?.fields?.address?.join(' ')} /><div class="two">${field('city')}${field('pin_code', { inputmode: 'numeric', maxlength: 6 })}${field('state', { hint: t('tax.state.hint'), maxlength: 2, inputmode: 'numeric' })}</div>
    <div class="two">${field('email', { type: 'email' })}${field('phone', { type: 'tel' })}</div><${Problem} problem=${save.problem} /><div><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form>`;
}

function Editor({ profile, onSaved }) {
  const [form, setForm] = useState({ ...Object.fromEntries(TEXTS.map((name) => [name, profile[name] || ''])), registration: profile.registration, address: profile.address.join('\n') });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = useAction(async () => {
    const body = { registration: form.registration, address: form.address.split('\n').map((each) => each.trim()).filter(Boolean), country: profile.country, annual_turnover: profile.annual_turnover || null, bank: profile.bank, colour: profile.colour, version: profile.version };
    for (const name of TEXTS) body[name] = form[name].trim() || null;
    await call('PUT', '/billing/tax-profile', { body });
    toast(t('tax.saved'));
    onSaved();
  });
  const field = (name, more = {}) => html`<${TextField} label=${t(`tax.${name}`)} value=${form[name]} onInput=${set(name)} error=${save.problem?.fields?.[name]?.join(' ')} ...${more} />`;
  return html`<form class="card pad stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    <div class="two">${field('legal_name', { required: true, maxlength: 128 })}${field('trade_name', { maxlength: 128 })}</div>
    <${SelectField} label=${t('tax.registration')} value=${form.registration} onInput=${set('registration')} options=${REGISTRATIONS.map((each) => [each, t(`tax.registration.${each}`)])} />
    <div class="two">${field('gstin', { maxlength: 15, autocapitalize: 'characters' })}${field('pan', { maxlength: 10, autocapitalize: 'characters' })}</div>
    <${TextField} label=${t('tax.address')} rows="2" value=${form.address} onInput=${set('address')} error=${save.problem?.fields?.address?.join(' ')} />
    <div class="two">${field('city')}${field('pin_code', { inputmode: 'numeric', maxlength: 6 })}${field('state', { hint: t('tax.state.hint'), maxlength: 2, inputmode: 'numeric' })}</div>
    <div class="two">${field('email', { type: 'email' })}${field('phone', { type: 'tel' })}</div>
    <div class="two">${field('upi', { placeholder: 'shop@bank' })}${field('default_hsn_or_sac', { inputmode: 'numeric', maxlength: 8 })}</div>
    ${field('terms', { rows: 2, maxlength: 512 })}
    <${Problem} problem=${save.problem} /><div><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form>`;
}
