// One's own account: name and number, password, second factor with its recovery codes.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { date } from '../lib/format.js';
import { me } from '../lib/session.js';
import { Badge, Button, Notice, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { SecondFactorSetup } from '../components/second-factor.js';
import { CodeField, PasswordField } from '../components/signin.js';
import { DeleteAccount } from './leave.js';
import { Page, Panel, Problem, useAction, useRead } from './kit.js';

export default function Profile() {
  return html`<${Page} title=${t('view.profile')} text=${me.value.email} narrow><${Person} /><${SecondFactor} /><${Password} /><${DeleteAccount} /><//>`;
}

function Person() {
  const user = me.value;
  const [form, setForm] = useState({ name: user.name, phone: user.phone || '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = useAction(async () => {
    const body = { ...(form.name.trim() !== user.name && { name: form.name.trim() }), ...(form.phone.trim() !== (user.phone || '') && { phone: form.phone.trim() }) };
    me.value = await call('PATCH', '/auth/profile', { body });
    toast(t('profile.saved'));
  });
  const verify = useAction(async () => {
    await call('POST', '/auth/email/resend');
    toast(t('profile.verify.sent', { email: user.email }));
  });
  const fields = save.problem?.fields || {};
  const same = form.name.trim() === user.name && form.phone.trim() === (user.phone || '');
  return html`<section class="card pad stack" aria-labelledby="person"><h2 id="person">${t('profile.person')}</h2>
    ${!user.email_verified && html`<${Notice} tone="warn"><p>${t('profile.verify')}</p><div><${Button} size="small" busy=${verify.busy} onClick=${() => verify.run()}>${t('profile.verify.send')}<//></div><${Problem} problem=${verify.problem} /><//>`}
    <form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><div class="two"><${TextField} label=${t('team.name')} value=${form.name} onInput=${set('name')} required maxlength="128" autocomplete="name" error=${fields.name?.join(' ')} />
      <${TextField} label=${t('profile.phone')} hint=${t('profile.phone.hint')} type="tel" value=${form.phone} onInput=${set('phone')} autocomplete="tel" error=${fields.phone?.join(' ')} /></div>
      <${Problem} problem=${save.problem} /><div><${Button} type="submit" kind="primary" busy=${save.busy} disabled=${same}>${t('save')}<//></div></form></section>`;
}

function SecondFactor() {
  const status = useRead(() => call('GET', '/auth/mfa/status'));
  const [step, setStep] = useState(null);
  const close = () => { setStep(null); status.reload(); };
  const on = status.data?.enabled;
  return html`<section class="card pad stack" aria-labelledby="mfa"><div class="row apart"><h2 id="mfa">${t('team.mfa')}</h2>${status.data && html`<${Badge} tone=${on ? 'good' : 'warn'} icon=${on ? 'shield-check' : 'triangle-alert'}>${t(on ? 'team.mfa.on' : 'team.mfa.off')}<//>`}</div>
    <p class="muted">${on ? t('profile.mfa.on', { when: date(status.data.since), count: status.data.recovery_codes_left }) : t('profile.mfa.off')}</p><${Problem} problem=${status.problem} retry=${status.reload} />
    ${status.data && html`<div>${on ? html`<${Button} onClick=${() => setStep('off')}>${t('profile.mfa.disable')}<//>` : html`<${Button} kind="primary" icon="shield-check" onClick=${() => setStep('on')}>${t('profile.mfa.enable')}<//>`}</div>`}
    ${step === 'on' && html`<${TurnOn} onClose=${close} />`}${step === 'off' && html`<${TurnOff} onClose=${close} />`}</section>`;
}

const TurnOn = ({ onClose }) => html`<${Panel} title=${t('profile.mfa.enable')} onClose=${onClose}><${SecondFactorSetup} onDone=${onClose} onClose=${onClose} /><//>`;

function TurnOff({ onClose }) {
  const [form, setForm] = useState({ password: '', code: '', recovery: false });
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value }));
  const off = useAction(async () => {
    await call('POST', '/auth/mfa/disable', { body: { password: form.password, code: form.code.trim() } });
    toast(t('profile.mfa.gone'));
    onClose();
  });
  return html`<${Panel} title=${t('profile.mfa.disable')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); off.run(); }}><p class="muted">${t('profile.mfa.disable.text')}</p>
    <${PasswordField} label=${t('signin.password')} value=${form.password} onInput=${set('password')} autocomplete="current-password" required />
    <${CodeField} recovery=${form.recovery} setRecovery=${set('recovery')} value=${form.code} onInput=${set('code')} /><${Problem} problem=${off.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary danger" busy=${off.busy}>${t('profile.mfa.disable')}<//></div></form><//>`;
}

function Password() {
  const [form, setForm] = useState({ current: '', next: '' });
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value }));
  const change = useAction(async () => {
    await call('POST', '/auth/password/change', { body: { current_password: form.current, new_password: form.next } });
    setForm({ current: '', next: '' });
    toast(t('profile.password.done'));
  });
  return html`<section class="card pad stack" aria-labelledby="password"><h2 id="password">${t('profile.password')}</h2><p class="muted">${t('profile.password.text')}</p>
    <form class="stack" onSubmit=${(event) => { event.preventDefault(); change.run(); }}><div class="two"><${PasswordField} label=${t('profile.password.now')} value=${form.current} onInput=${set('current')} autocomplete="current-password" required />
      <${PasswordField} label=${t('profile.password.new')} hint=${t('profile.password.hint')} value=${form.next} onInput=${set('next')} autocomplete="new-password" minlength="10" required error=${change.problem?.fields?.new_password?.join(' ')} /></div>
      <${Problem} problem=${change.problem} /><div><${Button} type="submit" busy=${change.busy}>${t('profile.password.change')}<//></div></form></section>`;
}
