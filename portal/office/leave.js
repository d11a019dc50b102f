// One's own account deleted, or kept after all: asked for with the password or a code by mail, done after a week.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { me } from '../lib/session.js';
import { Button, Notice, toast } from '../components/basics.js';
import { PasswordField } from '../components/signin.js';
import { TextField } from '../components/forms.js';
import { Panel, Problem, useAction } from './kit.js';

export function DeleteAccount() {
  const [open, setOpen] = useState(false);
  const planned = me.value.deletion;
  const finish = (state) => { setOpen(false); me.value = { ...me.value, deletion: state.state === 'scheduled' ? state : null }; toast(t(`leave.${state.state}`)); };
  const keep = useAction(async () => finish(await call('POST', '/auth/account/delete', { body: { cancel: true } })));
  return html`<section class="card pad stack" aria-labelledby="leave"><h2 id="leave">${t('leave.title')}</h2>
    ${planned ? html`<${Notice} tone="warn">${t('leave.until', { when: dateTime(planned.erase_at) })}<//>` : html`<p class="muted">${t('leave.text')}</p>`}
    <div class="row">${planned ? html`<${Button} kind="primary" busy=${keep.busy} onClick=${() => keep.run()}>${t('leave.keep')}<//>` : html`<${Button} kind="danger" icon="trash-2" onClick=${() => setOpen(true)}>${t('leave.title')}<//>`}</div><${Problem} problem=${keep.problem} />
    ${open && html`<${Ask} onClose=${() => setOpen(false)} onDone=${finish} />`}</section>`;
}

function Ask({ onClose, onDone }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [sent, setSent] = useState(null);
  const mail = useAction(async () => setSent(await call('POST', '/auth/otp/request', { body: { purpose: 'account_deletion' } })));
  const ask = useAction(async () => {
    const proof = sent ? { otp_id: sent.otp_id, otp_code: code.trim() } : { password };
    onDone(await call('POST', '/auth/account/delete', { body: proof }));
  });
  return html`<${Panel} title=${t('leave.title')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); ask.run(); }}><p class="muted">${t('leave.ask')}</p>
    ${sent ? html`<${Notice}>${t('leave.sent', { to: sent.sent_to })}<//><${TextField} label=${t('signin.code')} value=${code} onInput=${setCode} class="input code" inputmode="numeric" autocomplete="one-time-code" maxlength="8" required autofocus />`
      : html`<${PasswordField} label=${t('signin.password')} value=${password} onInput=${setPassword} autocomplete="current-password" required /><div><${Button} kind="quiet" icon="mail" busy=${mail.busy} onClick=${() => mail.run()}>${t('leave.mail')}<//></div>`}
    <${Problem} problem=${ask.problem || mail.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary danger" busy=${ask.busy}>${t('leave.do')}<//></div></form><//>`;
}
