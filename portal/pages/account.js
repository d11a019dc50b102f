// The pages around an account: signing in, accepting an invitation, a new password, a verified address.
import { html, render, useEffect, useState } from '../lib/ui.js';
import { language, loadMessages, t } from '../lib/i18n.js';
import { call, problemText, Problem } from '../lib/api.js';
import { applyBrand } from '../lib/brand.js';
import { me, readMe, signOut } from '../lib/session.js';
import { showTypeface } from '../lib/style.js';
import { Button, Icon, Logo, Notice, Toasts } from '../components/basics.js';
import { Segmented, TextField } from '../components/forms.js';
import { SignInAgain } from '../components/lazy.js';
import { CodeField, Enrolment, PasswordField, useSignIn } from '../components/signin.js';
import { LanguageChoice, ThemeChoice } from '../components/preferences.js';

const query = new URLSearchParams(location.search);
const fragment = new URLSearchParams(location.hash.slice(1));
const token = fragment.get('token');

/** Where to go on: a path of this site, whatever the link says. */
function next() {
  const wanted = query.get('next') || '/';
  return /^\/(?![/\\])[^\\]*$/.test(wanted) ? wanted : '/';
}

function Page({ children }) {
  return html`<div class="account"><header><${Logo} /></header><main id="main">${children}</main>
    <footer><${LanguageChoice} ofUser /><${ThemeChoice} /></footer></div>`;
}

const Card = ({ title, text, children }) => html`<div class="card"><div class="head"><h1>${title}</h1>${text && html`<p class="muted">${text}</p>`}</div>${children}</div>`;

function Result({ icon, tone = '', title, text, children }) {
  return html`<div class="card"><div class="stack" role="status"><${Icon} name=${icon} class=${`icon big-icon ${tone}`} /><div class="stack tight"><h1>${title}</h1><p class="muted">${text}</p></div>${children}</div></div>`;
}

/** To the page that was wanted. Who is signed in is kept on the device, so that it needs not ask before it shows. */
async function goOn() {
  await readMe().catch(() => {});
  location.assign(next());
}

function SignInPage() {
  const [email, setEmail] = useState(query.get('email') || '');
  const [mode, setMode] = useState(query.get('mode') === 'test' ? 'test' : 'live');
  const [tenant, setTenant] = useState(null);
  const flow = useSignIn(goOn);
  useEffect(() => {
    const slug = query.get('tenant');
    if (!slug) return;
    call('GET', '/tenant/public-context', { query: { slug }, open: true }).then((found) => { setTenant(found); applyBrand(found.branding?.primary_color); }, () => {});
  }, []);
  const submit = (event) => { event.preventDefault(); flow.submit(email, mode); };
  const coded = flow.step === 'code';
  const open = useOpenRegistration();
  if (flow.step === 'factor') return html`<${EnrolmentCard} />`;
  return html`<${Card} title=${coded ? t('account.code.title') : t('account.signin.title')} text=${coded ? t('account.code.text') : tenant ? t('account.signin.to', { name: tenant.branding?.display_name || tenant.name }) : query.get('done') ? null : t('account.signin.text')}>
    <form class="stack" onSubmit=${submit}>
      ${query.get('done') && !flow.problem && html`<${Notice} tone="good">${t(`account.done.${query.get('done') === 'invitation' ? 'invitation' : 'reset'}`)}<//>`}
      ${flow.problem && html`<${Notice} tone="bad">${problemText(flow.problem)}<//>`}
      ${!coded && html`
        <${TextField} label=${t('account.email')} type="email" value=${email} onInput=${setEmail} autocomplete="username" inputmode="email" autofocus=${!email} required spellcheck="false" />
        <${PasswordField} label=${t('signin.password')} value=${flow.password} onInput=${flow.setPassword} autocomplete="current-password" autofocus=${Boolean(email)} required />
        <${Segmented} label=${t('account.mode')} value=${mode} onChange=${setMode} options=${[['live', t('account.mode.live')], ['test', t('sandbox')]]} />
        ${mode === 'test' && html`<p class="small muted">${t('account.mode.test')}</p>`}`}
      ${coded && html`<${CodeField} recovery=${flow.recovery} setRecovery=${flow.setRecovery} value=${flow.code} onInput=${flow.setCode} />`}
      <${Button} type="submit" kind="primary" wide busy=${flow.busy}>${t('signin.submit')}<//>
      ${coded && html`<${Button} kind="quiet" wide onClick=${() => flow.setStep('password')}>${t('back')}<//>`}
    </form>
  <//>
  ${!coded && html`<p class="under"><a href="/reset-password">${t('account.forgot')}</a></p>${open && html`<p class="under">${t('account.new')} <a href="/sign-up">${t('account.signup.title')}</a></p>`}`}`;
}

const EnrolmentCard = () => html`<${Card} title=${t('account.factor.title')} text=${t('account.factor.text')}><${Enrolment} onDone=${goOn} /><//>`;

/** Where the portal sends those who are signed in and have to set two-step sign-in up before anything else. */
function TwoStepPage() {
  const [state, setState] = useState({});
  const look = async () => {
    setState({});
    try {
      if (!(await readMe())) return location.replace(`/sign-in?next=${encodeURIComponent(next())}`);
      if (!me.value.permissions.includes('account:enrol')) return location.replace(next());
      setState({ ready: true });
    } catch (problem) { setState({ problem }); }
    return undefined;
  };
  const leave = async () => {
    await signOut().catch(() => {});
    location.replace('/sign-in');
  };
  useEffect(() => { look(); }, []);
  if (state.problem) return html`<${Card} title=${t('account.factor.title')}><div class="stack"><${Notice} tone="bad">${problemText(state.problem)}<//><${Button} wide onClick=${look}>${t('retry')}<//></div><//>`;
  if (!state.ready) return html`<div class="page-wait" aria-busy="true"><h1 class="sr">${t('account.factor.title')}</h1><span class="spinner"></span></div>`;
  return html`<${EnrolmentCard} /><p class="under"><button type="button" class="link" onClick=${leave}>${t('account.factor.leave')}</button></p>`;
}

/** Whether people may open an account without an invitation here; null until that is known. */
function useOpenRegistration() {
  const [open, setOpen] = useState(null);
  useEffect(() => { call('GET', '/auth/register', { open: true }).then((found) => setOpen(found.enabled), () => setOpen(false)); }, []);
  return open;
}

/** A shop of one's own, where the deployment allows it. It opens with the link in the mail. */
function SignUpPage() {
  const open = useOpenRegistration();
  const [form, setForm] = useState({ organisation: '', name: '', email: query.get('email') || '', password: '' });
  const [state, setState] = useState({});
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value }));
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      await call('POST', '/auth/register', { body: { ...form, organisation: form.organisation.trim(), name: form.name.trim(), email: form.email.trim(), language: language.value }, open: true });
      setState({ sent: true });
    } catch (problem) { setState({ problem }); }
  };
  if (open === false) return html`<${Result} icon="lock" title=${t('account.signup.closed')} text=${t('account.signup.closed.text')}><${Button} href="/sign-in" wide>${t('account.to.signin')}<//><//>`;
  if (state.sent) return html`<${Result} icon="mail" title=${t('account.forgot.sent')} text=${t('account.signup.sent', { email: form.email.trim() })}><${Button} href="/sign-in" wide>${t('account.to.signin')}<//><//>`;
  const said = state.problem?.fields || {};
  return html`<${Card} title=${t('account.signup.title')} text=${t('account.signup.text')}>
    <form class="stack" onSubmit=${submit}>
      ${state.problem && !Object.keys(said).length && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
      <${TextField} label=${t('account.signup.shop')} value=${form.organisation} onInput=${set('organisation')} autocomplete="organization" maxlength="128" autofocus required error=${said.organisation?.join(' ')} />
      <${TextField} label=${t('account.signup.name')} value=${form.name} onInput=${set('name')} autocomplete="name" maxlength="128" required error=${said.name?.join(' ')} />
      <${TextField} label=${t('account.email')} type="email" hint=${t('account.signup.email')} value=${form.email} onInput=${set('email')} autocomplete="username" inputmode="email" required spellcheck="false" error=${said.email?.join(' ')} />
      <${PasswordField} label=${t('account.password.new')} hint=${t('account.password.hint')} value=${form.password} onInput=${set('password')} autocomplete="new-password" minlength="10" required error=${said.password?.join(' ')} />
      <${Button} type="submit" kind="primary" wide busy=${state.busy} disabled=${open === null}>${t('account.signup.submit')}<//>
    </form><//>
    <p class="under"><a href="/sign-in">${t('account.to.signin')}</a></p>`;
}

function ForgotPage() {
  const [email, setEmail] = useState('');
  const [state, setState] = useState({});
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      await call('POST', '/auth/password/reset', { body: { email: email.trim() }, open: true });
      setState({ sent: true });
    } catch (problem) { setState({ problem }); }
  };
  if (state.sent) {
    return html`<${Result} icon="mail" title=${t('account.forgot.sent')} text=${t('account.forgot.sent.text', { email: email.trim() })}>
      <${Button} href="/sign-in" wide>${t('account.to.signin')}<//><//>`;
  }
  return html`<${Card} title=${t('account.forgot.title')} text=${t('account.forgot.text')}>
    <form class="stack" onSubmit=${submit}>
      ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
      <${TextField} label=${t('account.email')} type="email" value=${email} onInput=${setEmail} autocomplete="username" inputmode="email" autofocus required spellcheck="false" />
      <${Button} type="submit" kind="primary" wide busy=${state.busy}>${t('account.forgot.submit')}<//>
    </form><//>
    <p class="under"><a href="/sign-in">${t('account.to.signin')}</a></p>`;
}

/** Both links that set a password: of an invitation, and of one that was forgotten. */
function SetPasswordPage({ invitation }) {
  const [password, setPassword] = useState('');
  const [state, setState] = useState({});
  const words = invitation ? 'account.invitation' : 'account.reset';
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      await call('POST', '/auth/password/reset/confirm', { body: { token, new_password: password }, open: true });
      history.replaceState(null, '', location.pathname);
      location.assign(`/sign-in?done=${invitation ? 'invitation' : 'reset'}`);
    } catch (problem) { setState({ problem }); }
  };
  const gone = !token || (state.problem instanceof Problem && state.problem.code === 'link_invalid');
  if (gone) {
    return html`<${Result} icon="link" tone="bad" title=${t('account.link.title')} text=${t(`${words}.gone`)}>
      <${Button} href=${invitation ? '/sign-in' : '/reset-password'} kind=${invitation ? '' : 'primary'} wide>${t(invitation ? 'account.to.signin' : 'account.forgot.again')}<//><//>`;
  }
  const weak = state.problem?.fields?.new_password?.join(' ');
  return html`<${Card} title=${t(`${words}.title`)} text=${t(`${words}.text`)}>
    <form class="stack" onSubmit=${submit}>
      ${state.problem && !weak && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
      <${PasswordField} label=${t('account.password.new')} hint=${t('account.password.hint')} error=${weak} value=${password} onInput=${setPassword} autocomplete="new-password" minlength="10" autofocus required />
      <${Button} type="submit" kind="primary" wide busy=${state.busy}>${t(`${words}.submit`)}<//>
    </form><//>`;
}

function VerifyPage() {
  const [state, setState] = useState({});
  const verify = async () => {
    setState({ busy: true });
    try {
      await call('POST', '/auth/email/verify', { body: { token }, open: true });
      history.replaceState(null, '', location.pathname);
      setState({ done: true });
    } catch (problem) { setState({ problem }); }
  };
  // Asked for by a click: programs that look into mails follow links, and must not use this one up.
  if (state.done) return html`<${Result} icon="badge-check" title=${t('account.verify.done')} text=${t('account.verify.done.text')}><${Button} href="/" kind="primary" wide>${t('continue')}<//><//>`;
  if (!token || state.problem?.code === 'link_invalid') return html`<${Result} icon="link" tone="bad" title=${t('account.link.title')} text=${t('account.verify.gone')}><${Button} href="/sign-in" wide>${t('account.to.signin')}<//><//>`;
  return html`<${Card} title=${t('account.verify.title')} text=${t('account.verify.text')}><div class="stack">
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    <${Button} kind="primary" wide busy=${state.busy} onClick=${verify}>${t('account.verify.submit')}<//></div><//>`;
}

/** Rating a resolved ticket by the link of a mail or text. Sent by a click, for the same reason. */
function RatePage() {
  const [score, setScore] = useState('5');
  const [note, setNote] = useState('');
  const [state, setState] = useState({});
  // A customer's link names the shop, on whose page they can reply.
  const shop = /^[a-z0-9-]+$/.exec(fragment.get('shop') || '');
  const reply = shop && token && html`<p class="under"><a href=${`/my/${shop[0]}/tickets/${token.split('.')[0]}`}>${t('account.rate.reply')}</a></p>`;
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      setState({ done: await call('POST', '/tickets/ratings', { body: { token, score: Number(score), ...(note.trim() && { note: note.trim() }) }, open: true }) });
    } catch (problem) { setState({ problem }); }
  };
  if (state.done) return html`<${Result} icon="badge-check" title=${t('account.rate.done')} text=${t('account.rate.done.text', { subject: state.done.subject })} />${reply}`;
  if (!token || state.problem?.code === 'link_invalid') return html`<${Result} icon="link" tone="bad" title=${t('account.link.title')} text=${t('account.rate.gone')} />${reply}`;
  return html`<${Card} title=${t('account.rate.title')} text=${t('account.rate.text')}>
    <form class="stack" onSubmit=${submit}>
      ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
      <${Segmented} label=${t('account.rate.score')} value=${score} onChange=${setScore} options=${['1', '2', '3', '4', '5'].map((each) => [each, each])} />
      <p class="small muted">${t('account.rate.scale')}</p>
      <${TextField} label=${t('account.rate.note')} value=${note} onInput=${setNote} maxlength="256" />
      <${Button} type="submit" kind="primary" wide busy=${state.busy}>${t('account.rate.submit')}<//>
    </form><//>${reply}`;
}

const PAGES = {
  '/accept-invitation': ['account.invitation.title', () => html`<${SetPasswordPage} invitation />`],
  '/reset-password': token ? ['account.reset.title', SetPasswordPage] : ['account.forgot.title', ForgotPage],
  '/sign-up': ['account.signup.title', SignUpPage],
  '/two-step': ['account.factor.title', TwoStepPage],
  '/verify-email': ['account.verify.title', VerifyPage],
  '/rate-ticket': ['account.rate.title', RatePage],
};

await loadMessages('base', 'account');
const [title, View] = PAGES[location.pathname] || ['account.signin.title', SignInPage];
function App() {
  useEffect(() => { document.title = `${t(title)} · Batua`; });
  return html`<${Page}><${View} /><//><${SignInAgain} /><${Toasts} />`;
}
render(html`<${App} />`, document.getElementById('page'));
showTypeface();
