// Password, second factor and recovery code: in the page of sign-in, and in the dialog that asks again.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { Problem, problemText } from '../lib/api.js';
import { confirmIdentity, me, recall, signIn } from '../lib/session.js';
import { loadStyle } from '../lib/style.js';
import { Button, Notice } from './basics.js';
import { Dialog, Field, TextField } from './forms.js';
import { Lazy } from './lazy.js';
import { saveLanguage } from './preferences.js';

export function PasswordField({ label, hint, error, value, onInput, ...rest }) {
  const [shown, show] = useState(false);
  return html`<${Field} label=${label} hint=${hint} error=${error}>${(tied) => html`<div class="input-with">
    <input class="input" type=${shown ? 'text' : 'password'} value=${value} spellcheck="false" autocapitalize="none"
      onInput=${(event) => onInput(event.target.value)} ...${tied} ...${rest} />
    <${Button} kind="quiet" icon=${shown ? 'eye-off' : 'eye'} label=${t(shown ? 'password.hide' : 'password.show')} onClick=${() => show(!shown)} />
  </div>`}<//>`;
}

export function CodeField({ recovery, setRecovery, value, onInput, error }) {
  const place = useRef();
  // In a page or dialog that is open already, `autofocus` moves nothing.
  useEffect(() => { place.current.querySelector('input').focus(); }, [recovery]);
  return html`<div class="stack tight" ref=${place}>
    ${recovery
      ? html`<${TextField} key="recovery" label=${t('signin.recovery.label')} hint=${t('signin.recovery.hint')} error=${error} value=${value} onInput=${onInput}
          autocomplete="off" autocapitalize="characters" spellcheck="false" autofocus required />`
      : html`<${TextField} key="code" label=${t('signin.code')} hint=${t('signin.code.hint')} error=${error} value=${value} onInput=${onInput} class="input code"
          inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" maxlength="7" autofocus required />`}
    <div><button type="button" class="link small" onClick=${() => { onInput(''); setRecovery(!recovery); }}>${t(recovery ? 'signin.recovery.back' : 'signin.recovery')}</button></div>
  </div>`;
}

const loadEnrolment = async () => (await Promise.all([import('./second-factor.js'), loadMessages('factor'), loadStyle('/style/office.css')]))[0];

/** For who has just signed in and may do nothing else before two-step sign-in is set up. */
export const Enrolment = ({ onDone }) => html`<${Lazy} load=${loadEnrolment} pick=${(module) => module.SecondFactorSetup} onDone=${onDone} />`;

/** What both forms share: the state of a sign-in under way. Its last step is `factor` where the set-up comes first. */
export function useSignIn(done) {
  const [step, setStep] = useState('password');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [recovery, setRecovery] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const submit = async (username, mode) => {
    setBusy(true);
    setProblem(null);
    try {
      const begun = await signIn({ username: username.trim(), password, code: step === 'code' ? code.trim() : undefined, mode });
      await saveLanguage();
      if (!begun.mfa_enrolment_required) return await done();
      // The password was given a moment ago: the set-up need not ask for it again.
      await confirmIdentity(password);
      setStep('factor');
      setBusy(false);
    } catch (error) {
      if (error instanceof Problem && error.code === 'mfa_required') setStep('code');
      else setProblem(error);
      setBusy(false);
    }
    return undefined;
  };
  const confirm = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await confirmIdentity(password);
      await done();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return { confirm, step, setStep, password, setPassword, code, setCode, recovery, setRecovery, busy, problem, submit };
}

/** The dialog over a page whose session has ended, or is too old for what was asked. What stands in the page stays. */
export function Again({ reason, answer }) {
  const user = me.value || recall();
  const flow = useSignIn(() => answer(true));
  const submit = (event) => {
    event.preventDefault();
    if (reason === 'stepup') flow.confirm();
    else flow.submit(user.email, user.mode);
  };
  if (flow.step === 'factor') return html`<${Dialog} title=${t('again.factor')} onClose=${() => answer(false)} fixed=${false}><p class="muted">${t('again.factor.text')}</p><${Enrolment} onDone=${() => answer(true)} /><//>`;
  return html`<${Dialog} title=${t(`again.${reason}`)} onClose=${() => answer(false)} fixed=${false}>
    <form class="stack" onSubmit=${submit}>
      <p class="muted">${t(`again.${reason}.text`, { email: user?.email })}</p>
      ${flow.problem && html`<${Notice} tone="bad">${problemText(flow.problem)}<//>`}
      <input class="sr" type="email" autocomplete="username" value=${user?.email} tabindex="-1" aria-hidden="true" readonly />
      ${flow.step === 'password'
        ? html`<${PasswordField} label=${t('signin.password')} value=${flow.password} onInput=${flow.setPassword} autocomplete="current-password" autofocus required />`
        : html`<${CodeField} recovery=${flow.recovery} setRecovery=${flow.setRecovery} value=${flow.code} onInput=${flow.setCode} />`}
      <div class="foot">
        ${reason === 'expired' && html`<${Button} href=${`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`} kind="quiet">${t('again.leave')}<//>`}
        <${Button} type="submit" kind="primary" busy=${flow.busy}>${t(reason === 'expired' ? 'signin.submit' : 'again.confirm')}<//>
      </div>
    </form>
  <//>`;
}
