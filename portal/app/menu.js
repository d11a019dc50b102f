// The menu of the person: the other views, language and appearance, the sandbox, signing out.
import { html, useState } from '../lib/ui.js';
import { loadMessages, t } from '../lib/i18n.js';
import { problemText } from '../lib/api.js';
import { clear } from '../lib/db.js';
import { waiting } from '../lib/queue.js';
import { me, sandbox, signIn, signOut } from '../lib/session.js';
import { Button, Icon, Notice } from '../components/basics.js';
import { Dialog } from '../components/forms.js';
import { LanguageChoice, ThemeChoice } from '../components/preferences.js';
import { CodeField, PasswordField } from '../components/signin.js';

await loadMessages('menu', 'views');

export function MenuSheet({ views, current, onClose }) {
  const [step, setStep] = useState('menu');
  if (step === 'mode') return html`<${SwitchMode} onClose=${onClose} />`;
  if (step === 'leave') return html`<${Leave} onClose=${onClose} />`;
  const user = me.value;
  return html`<${Dialog} title=${user.name} onClose=${onClose} sheet>
    <p class="muted small">${user.email}<br />${user.tenant.name} · ${user.roles.map((role) => t(`role.${role}`)).join(', ')}</p>
    ${views.length > 1 && html`<nav class="menu-list phone-only" aria-label=${t('app.navigation')}>${views.filter((view) => !view.tab || views.length > 5).map((view) => html`
      <a key=${view.path} href=${view.path} aria-current=${view === current ? 'page' : undefined} onClick=${onClose}><${Icon} name=${view.icon} />${t(`view.${view.name}`)}</a>`)}</nav>`}
    <div class="row apart"><${LanguageChoice} ofUser signedIn /><${ThemeChoice} /></div>
    <div class="menu-list">
      <a href="/profile" onClick=${onClose}><${Icon} name="user-round" />${t('view.profile')}</a>
      <a href="/support" onClick=${onClose}><${Icon} name="life-buoy" />${t('app.help')}</a>
      <button type="button" onClick=${() => setStep('mode')}><${Icon} name="flask-conical" />${t(sandbox.value ? 'app.to.live' : 'app.to.sandbox')}</button>
      <button type="button" onClick=${() => setStep('leave')}><${Icon} name="log-out" />${t('app.signout')}</button>
    </div>
  <//>`;
}

/** A session belongs to one mode, so the other one is signed in to: a forgotten till cannot be switched by a passer-by. */
function SwitchMode({ onClose }) {
  const to = sandbox.value ? 'live' : 'test';
  const [state, setState] = useState({ password: '', code: '' });
  const [recovery, setRecovery] = useState(false);
  const set = (more) => setState((before) => ({ ...before, ...more }));
  const submit = async (event) => {
    event.preventDefault();
    set({ busy: true, problem: null });
    try {
      await signIn({ username: me.value.email, password: state.password, code: state.coded ? state.code.trim() : undefined, mode: to });
      location.assign('/');
    } catch (problem) {
      set(problem.code === 'mfa_required' ? { busy: false, coded: true } : { busy: false, problem });
    }
  };
  return html`<${Dialog} title=${t(`app.to.${to === 'test' ? 'sandbox' : 'live'}`)} onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <p class="muted">${t(`app.to.${to === 'test' ? 'sandbox' : 'live'}.text`)}</p>
      ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
      ${state.coded
        ? html`<${CodeField} recovery=${recovery} setRecovery=${setRecovery} value=${state.code} onInput=${(code) => set({ code })} />`
        : html`<${PasswordField} label=${t('signin.password')} value=${state.password} onInput=${(password) => set({ password })} autocomplete="current-password" autofocus required />`}
      <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} kind="primary" type="submit" busy=${state.busy}>${t('continue')}<//></div>
    </form><//>`;
}

function Leave({ onClose }) {
  const [state, setState] = useState({});
  const leave = async () => {
    setState({ busy: true });
    try {
      await signOut();
      // What was seen of customers leaves the device; what waits to be sent stays until its owner is back.
      await clear('seen');
      for (const key of Object.keys(localStorage)) if (key.startsWith('batua.recent.')) localStorage.removeItem(key);
      location.assign('/sign-in');
    } catch (problem) { setState({ problem }); }
  };
  return html`<${Dialog} title=${t('app.signout')} onClose=${onClose}><div class="stack">
    ${waiting.value > 0 ? html`<${Notice} tone="warn">${t('app.signout.waiting', { count: waiting.value })}<//>` : html`<p class="muted">${t('app.signout.text')}</p>`}
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} kind="primary" busy=${state.busy} onClick=${leave}>${t('app.signout')}<//></div></div><//>`;
}
