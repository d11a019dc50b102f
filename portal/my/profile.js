// Who is signed in, which messages they want, their codes and devices, and the way out.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, problemText } from '../lib/api.js';
import { date, phone } from '../lib/format.js';
import { Button, Icon, Notice, toast } from '../components/basics.js';
import { Dialog } from '../components/forms.js';
import { LanguageChoice, ThemeChoice } from '../components/preferences.js';
import { dropKeptCode, ended, seen, setProfile, shop } from './state.js';

const MESSAGES = ['receipts', 'expiry_reminders', 'offers'];
let offered = null;
addEventListener('beforeinstallprompt', (event) => { event.preventDefault(); offered = event; });

function Messages() {
  const { preferences } = seen.value.profile;
  const [state, setState] = useState({});
  const save = async (changes) => {
    const wanted = { ...seen.value.profile.preferences, ...changes };
    setProfile({ preferences: wanted });
    setState({});
    try {
      setProfile({ preferences: await call('PUT', '/me/preferences', { body: wanted }) });
    } catch (problem) {
      setProfile({ preferences });
      setState({ problem });
    }
  };
  return html`<section class="card pad stack" aria-labelledby="messages"><h2 id="messages">${t('my.messages')}</h2>
    ${MESSAGES.map((name) => html`<label key=${name} class="check"><input type="checkbox" checked=${preferences[name]} onChange=${(event) => save({ [name]: event.target.checked })} /><span><span class="strong">${t(`my.messages.${name}`)}</span><br /><span class="small muted">${t(`my.messages.${name}.text`)}</span></span></label>`)}
    <label class="field"><span class="small strong">${t('my.messages.language')}</span><select class="input" value=${preferences.language} onInput=${(event) => save({ language: event.target.value })}><option value="en" lang="en" selected=${preferences.language === 'en'}>English</option><option value="hi" lang="hi" selected=${preferences.language === 'hi'}>हिन्दी</option></select></label>
    <p class="small muted">${t('my.messages.codes')}</p>
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}</section>`;
}

/** Something to confirm: its title, its consequence, and what it does. */
function Ask({ name, danger, work, onClose }) {
  const [state, setState] = useState({});
  const run = async () => {
    setState({ busy: true });
    try {
      await work();
      onClose();
    } catch (problem) { setState({ problem }); }
  };
  return html`<${Dialog} title=${t(`my.${name}`)} sheet onClose=${onClose}><p class="muted">${t(`my.${name}.text`)}</p>
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} kind=${danger ? 'primary danger' : 'primary'} busy=${state.busy} onClick=${run}>${t(`my.${name}`)}<//></div><//>`;
}

async function leave(everywhere) {
  await call('POST', '/me/logout', { body: { everywhere }, quiet: true });
  ended();
}

const ACTS = {
  renew: { work: async () => { await call('POST', '/me/qr/renew'); dropKeptCode(); toast(t('my.renewed')); } },
  logout: { work: () => leave(false) },
  everywhere: { work: () => leave(true), danger: true },
};

export function Profile() {
  const [asked, ask] = useState(null);
  const { profile } = seen.value;
  const support = shop.value?.branding;
  const install = async () => { await offered.prompt(); offered = null; };
  const row = (name, icon) => html`<button type="button" onClick=${() => ask(name)}><${Icon} name=${icon} /><span class="grow">${t(`my.${name}`)}</span><${Icon} name="chevron-right" /></button>`;
  return html`<div class="my-page"><h1 class="sr">${t('my.tab.me')}</h1>
    <section class="my-person"><span class="my-mark big" aria-hidden="true"><${Icon} name="user-round" /></span><div><p class="strong figures">${phone(profile.phone)}</p><p class="small muted">${t('my.since', { when: date(profile.since), name: profile.merchant.name })}</p></div></section>
    <${Messages} />
    <section class="card pad stack" aria-labelledby="look"><h2 id="look">${t('my.look')}</h2><div class="row apart"><${LanguageChoice} /><${ThemeChoice} /></div>
      ${offered && html`<${Button} icon="download" wide onClick=${install}>${t('my.install')}<//>`}</section>
    <section class="stack tight" aria-labelledby="safety"><h2 id="safety">${t('my.safety')}</h2><div class="card my-list">${row('renew', 'qr-code')}${row('logout', 'log-out')}${row('everywhere', 'shield-check')}</div></section>
    ${(support?.support_email || support?.support_url) && html`<p class="small muted center">${t('my.help', { name: profile.merchant.name })} <a href=${support.support_email ? `mailto:${support.support_email}` : support.support_url}>${support.support_email || support.support_url}</a></p>`}
    ${asked && html`<${Ask} name=${asked} ...${ACTS[asked]} onClose=${() => ask(null)} />`}</div>`;
}
