// Signing in with a code sent to the phone, and proving the phone once more before coins are spent.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { language, t } from '../lib/i18n.js';
import { call, problemText, setToken } from '../lib/api.js';
import { Button, Icon, Notice } from '../components/basics.js';
import { Dialog, TextField } from '../components/forms.js';
import { LanguageChoice, ThemeChoice } from '../components/preferences.js';
import { keepProof, mode, proving, refresh, seen, shop, slug } from './state.js';

const PAUSE = 30;

/** The six digits. Where the browser can, it takes them from the text message. */
function CodeEntry({ sent, busy, problem, help, onCode, onAgain }) {
  const [code, setCode] = useState('');
  const [left, setLeft] = useState(PAUSE);
  const tried = useRef('');
  const form = useRef();
  const change = (text) => {
    setCode(text);
    const digits = text.replaceAll(/\D/g, '');
    if (digits.length === 6 && tried.current !== digits) {
      tried.current = digits;
      onCode(digits);
    }
  };
  useEffect(() => { form.current.querySelector('input').focus(); }, []);
  useEffect(() => {
    setLeft(PAUSE);
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1000);
    const stop = new AbortController();
    if ('OTPCredential' in window) navigator.credentials.get({ otp: { transport: ['sms'] }, signal: stop.signal }).then((found) => found && change(found.code), () => {});
    return () => { clearInterval(timer); stop.abort(); };
  }, [sent.otp_id]);
  const submit = (event) => { event.preventDefault(); onCode(code.replaceAll(/\D/g, '')); };
  return html`<form class="stack" ref=${form} onSubmit=${submit}>
    ${problem && html`<${Notice} tone="bad">${problemText(problem)}<//>`}
    <${TextField} label=${t('my.code')} hint=${t('my.code.hint', { phone: sent.sent_to })} value=${code} onInput=${change} class="input my-code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" maxlength="7" required />
    <${Button} type="submit" kind="primary" size="big" wide busy=${busy}>${t('continue')}<//>
    <div class="center">${left > 0 ? html`<span class="small muted">${t('my.again.in', { count: left })}</span>` : html`<button type="button" class="link small" onClick=${onAgain}>${t('my.again')}</button>`}</div>
    ${left === 0 && help && html`<p class="small muted" role="status">${help}</p>`}
  </form>`;
}

export function SignIn() {
  const [number, setNumber] = useState('');
  const [sent, setSent] = useState(null);
  const [state, setState] = useState({});
  const name = shop.value?.branding.display_name || shop.value?.name || '';
  const run = async (work) => {
    setState({ busy: true });
    try {
      await work();
      setState({});
    } catch (problem) { setState({ problem }); }
  };
  const ask = () => run(async () => {
    setSent(await call('POST', '/me/codes', { body: { merchant: slug, phone: number, mode, language: language.value }, open: true }));
  });
  const enter = (code) => run(async () => {
    const opened = await call('POST', '/me/session', { body: { merchant: slug, phone: number, mode, otp_id: sent.otp_id, code, language: language.value }, open: true });
    setToken(opened.csrf_token);
    keepProof(opened.proof, 15 * 60);
    await refresh();
  });
  return html`<div class="my-door"><header><span class="my-mark big" aria-hidden="true">${name.slice(0, 1)}</span><strong>${name}</strong>${mode === 'test' && html`<span class="badge sandbox">${t('sandbox')}</span>`}</header>
    <main id="main" class="card"><div class="stack tight"><h1>${sent ? t('my.code.title') : t('my.welcome')}</h1><p class="muted">${sent ? t('my.code.text') : t('my.welcome.text', { name })}</p></div>
      ${sent ? html`<${CodeEntry} sent=${sent} ...${state} help=${t('my.none.came')} onCode=${enter} onAgain=${ask} /><${Button} kind="quiet" wide onClick=${() => { setSent(null); setState({}); }}>${t('my.other.number')}<//>`
      : html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); ask(); }}>
        ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
        <${TextField} label=${t('my.phone')} hint=${t('my.phone.hint')} type="tel" inputmode="tel" autocomplete="tel" value=${number} onInput=${setNumber} placeholder="98765 43210" class="input my-number" required autofocus />
        <${Button} type="submit" kind="primary" size="big" wide busy=${state.busy}>${t('my.send')}<//></form>`}
      <p class="my-safe small muted"><${Icon} name="lock" /><span>${t('my.safe')}</span></p></main>
    <footer><${LanguageChoice} /><${ThemeChoice} /></footer></div>`;
}

/** Asks for a fresh code over whatever is being done; it goes on afterwards. */
export function Proof({ answer }) {
  const [sent, setSent] = useState(null);
  const [state, setState] = useState({ busy: true });
  const ask = async () => {
    setState({ busy: true });
    try {
      setSent(await call('POST', '/me/proof-codes', { quiet: true }));
      setState({});
    } catch (problem) { setState({ problem }); }
  };
  const enter = async (code) => {
    setState({ busy: true });
    try {
      const made = await call('POST', '/me/proofs', { body: { otp_id: sent.otp_id, code }, quiet: true });
      keepProof(made.proof, made.expires_in);
      answer(true);
    } catch (problem) { setState({ problem }); }
  };
  useEffect(() => { ask(); }, []);
  if (!proving.value) return null;
  return html`<${Dialog} title=${t('my.prove')} sheet onClose=${() => answer(false)}><p class="muted">${t('my.prove.text', { phone: seen.value?.profile.phone })}</p>
    ${sent ? html`<${CodeEntry} sent=${sent} ...${state} onCode=${enter} onAgain=${ask} />` : state.problem ? html`<${Notice} tone="bad">${problemText(state.problem)}<//>` : html`<div class="my-wait"><span class="spinner"></span></div>`}<//>`;
}
