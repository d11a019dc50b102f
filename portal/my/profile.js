// Who is signed in, which messages they want, their codes and devices, and the way out.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { language, t } from '../lib/i18n.js';
import { call, problemText } from '../lib/api.js';
import { coins, date, phone } from '../lib/format.js';
import { save } from '../lib/save.js';
import { Button, Icon, Notice, toast } from '../components/basics.js';
import { Dialog, TextField } from '../components/forms.js';
import { LanguageChoice, ThemeChoice } from '../components/preferences.js';
import { Birthday, Friends } from './gifts.js';
import { dropKeptCode, ended, seen, setProfile, shop, slug } from './state.js';

const MESSAGES = ['receipts', 'expiry_reminders', 'ticket_replies', 'offers'];
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
  // Who turns this page to another language wants messages in it as well.
  const page = useRef(language.value);
  useEffect(() => {
    if (page.current === language.value) return;
    page.current = language.value;
    save({ language: language.value });
  }, [language.value]);
  return html`<section class="card pad stack" aria-labelledby="messages"><h2 id="messages">${t('my.messages')}</h2>
    ${MESSAGES.map((name) => html`<label key=${name} class="check"><input type="checkbox" checked=${preferences[name]} onChange=${(event) => save({ [name]: event.target.checked })} /><span><span class="strong">${t(`my.messages.${name}`)}</span><br /><span class="small muted">${t(`my.messages.${name}.text`)}</span></span></label>`)}
    <label class="field"><span class="small strong">${t('my.messages.language')}</span><select class="input" value=${preferences.language} onInput=${(event) => save({ language: event.target.value })}><option value="en" lang="en" selected=${preferences.language === 'en'}>English</option><option value="hi" lang="hi" selected=${preferences.language === 'hi'}>हिन्दी</option></select></label>
    <label class="field"><span class="small strong">${t('my.messages.channel')}</span><select class="input" value=${preferences.channel} onInput=${(event) => save({ channel: event.target.value })}>${['sms', 'whatsapp'].map((each) => html`<option key=${each} value=${each} selected=${preferences.channel === each}>${t(`my.messages.channel.${each}`)}</option>`)}</select></label>
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

/** Everything that is kept, as a file. The proof that it needs may be asked for in between. */
function Copy() {
  const [state, setState] = useState({});
  const run = async () => {
    setState({ busy: true });
    try {
      const kept = await call('GET', '/me/export');
      save([JSON.stringify(kept, null, 2)], `${slug}-${t('my.export.file')}-${kept.exported_at.slice(0, 10)}.json`, 'application/json');
      toast(t('my.exported'));
      setState({});
    } catch (problem) { setState({ problem }); }
  };
  return html`<button type="button" onClick=${state.busy ? undefined : run} aria-disabled=${state.busy ? 'true' : undefined}>${state.busy ? html`<span class="spinner"></span>` : html`<${Icon} name="download" />`}<span class="grow">${t('my.export')}<br /><span class="small muted">${state.problem ? problemText(state.problem) : t('my.export.text')}</span></span></button>`;
}

/** Asks twice: in words, and by typing the last digits of the number, as this can't be undone. */
function Deletion({ onClose }) {
  const [typed, type] = useState('');
  const [state, setState] = useState({});
  const { profile, balances } = seen.value;
  const own = balances.find((each) => each.here) || balances[0];
  const last = profile.phone.slice(-4);
  const submit = async (event) => {
    event.preventDefault();
    if (typed.trim() !== last) return setState({ wrong: true });
    setState({ busy: true });
    try {
      await call('DELETE', '/me/profile');
      toast(t('my.deleted'));
      ended();
    } catch (problem) { setState({ problem }); }
    return undefined;
  };
  return html`<${Dialog} title=${t('my.delete')} sheet onClose=${onClose}><form class="stack" onSubmit=${submit}>
    <p>${t(own.kind === 'network' ? 'my.delete.network' : 'my.delete.text', { name: profile.merchant.name, program: own.program.name })}</p>
    <ul class="my-facts small"><li><${Icon} name="x" /><span>${t('my.delete.gone')}</span></li><li><${Icon} name="file-text" /><span>${t('my.delete.books')}</span></li>
      ${Number(own.available) > 0 && html`<li><${Icon} name="coins" /><span>${t('my.delete.coins', { count: own.available, coins: coins(own.available) })}</span></li>`}</ul>
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    <${TextField} label=${t('my.delete.type', { digits: last })} error=${state.wrong && t('my.delete.wrong', { digits: last })} value=${typed} onInput=${type} inputmode="numeric" autocomplete="off" maxlength="4" required />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary danger" busy=${state.busy}>${t('my.delete')}<//></div></form><//>`;
}

export function Profile() {
  const [asked, ask] = useState(null);
  const { profile } = seen.value;
  const support = shop.value?.branding;
  const install = async () => { await offered.prompt(); offered = null; };
  const row = (name, icon) => html`<button type="button" onClick=${() => ask(name)}><${Icon} name=${icon} /><span class="grow">${t(`my.${name}`)}</span><${Icon} name="chevron-right" /></button>`;
  return html`<div class="my-page"><h1 class="sr">${t('my.tab.me')}</h1>
    <section class="my-person"><span class="my-mark big" aria-hidden="true"><${Icon} name="user-round" /></span><div><p class="strong figures">${phone(profile.phone)}</p><p class="small muted">${t('my.since', { when: date(profile.since), name: profile.merchant.name })}</p></div></section>
    <${Friends} /><${Birthday} />
    <${Messages} />
    ${profile.tickets && html`<section class="stack tight" aria-labelledby="ask"><h2 id="ask">${t('my.ask')}</h2><nav class="card my-list" aria-label=${t('my.ask')}><a href=${`/my/${slug}/tickets`}><${Icon} name="message-square" /><span class="grow">${t('my.ask.text', { name: profile.merchant.name })}</span><${Icon} name="chevron-right" /></a></nav></section>`}
    <section class="card pad stack" aria-labelledby="look"><h2 id="look">${t('my.look')}</h2><div class="row apart"><${LanguageChoice} /><${ThemeChoice} /></div>
      ${offered && html`<${Button} icon="download" wide onClick=${install}>${t('my.install')}<//>`}</section>
    <section class="stack tight" aria-labelledby="safety"><h2 id="safety">${t('my.safety')}</h2><div class="card my-list">${row('renew', 'qr-code')}${row('logout', 'log-out')}${row('everywhere', 'shield-check')}</div></section>
    <section class="stack tight" aria-labelledby="data"><h2 id="data">${t('my.data')}</h2><div class="card my-list"><${Copy} /><button type="button" class="danger" onClick=${() => ask('delete')}><${Icon} name="trash-2" /><span class="grow">${t('my.delete')}</span><${Icon} name="chevron-right" /></button></div></section>
    ${(support?.support_email || support?.support_url) && html`<p class="small muted center">${t('my.help', { name: profile.merchant.name })} <a href=${support.support_email ? `mailto:${support.support_email}` : support.support_url}>${support.support_email || support.support_url}</a></p>`}
    ${asked === 'delete' && html`<${Deletion} onClose=${() => ask(null)} />`}
    ${ACTS[asked] && html`<${Ask} name=${asked} ...${ACTS[asked]} onClose=${() => ask(null)} />`}</div>`;
}
