// What a customer gets apart from bills: for their birthday, and for a friend whom they bring.
import { html, useEffect, useState } from '../lib/ui.js';
import { language, t } from '../lib/i18n.js';
import { call, problemText } from '../lib/api.js';
import { coins, date, rupees } from '../lib/format.js';
import { Badge, Button, Notice, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';

const two = (count) => String(count).padStart(2, '0');
const numbers = (count) => Array.from({ length: count }, (_, index) => two(index + 1));
const monthName = (each) => new Date(Date.UTC(2024, Number(each) - 1, 1)).toLocaleDateString(language.value === 'hi' ? 'hi-IN' : 'en-IN', { month: 'long', timeZone: 'UTC' });
const dayName = (text) => `${Number(text.slice(3))} ${monthName(text.slice(0, 2))}`;

/** What is asked of the server once; nothing is shown while it is not known. */
function useOwn(path) {
  const [own, set] = useState(null);
  useEffect(() => { call('GET', path, { quiet: true }).then(set, () => {}); }, []);
  return [own, set];
}

export function Birthday() {
  const [own, set] = useOwn('/me/birthday');
  const [form, setForm] = useState({ month: '01', day: '01', consent: false });
  const [state, setState] = useState({});
  const save = async (birthday) => {
    setState({ busy: true });
    try {
      set(await call('PUT', '/me/birthday', { body: birthday ? { birthday, consent: form.consent } : { birthday: null } }));
      toast(t(birthday ? 'my.birthday.saved' : 'my.birthday.removed'));
      setState({});
    } catch (problem) { setState({ problem }); }
  };
  if (!own || (!own.birthday && own.coins === null)) return null;
  const locked = own.may_change_at && Date.parse(own.may_change_at) > Date.now();
  return html`<section class="card pad stack" aria-labelledby="birthday"><h2 id="birthday">${t('my.birthday')}</h2>
    ${own.coins !== null && html`<p class="muted small">${t('my.birthday.text', { count: own.coins, coins: coins(own.coins) })}</p>`}
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    ${own.birthday && html`<div class="row apart"><span class="strong">${dayName(own.birthday)}</span><${Button} size="small" busy=${state.busy} onClick=${() => save(null)}>${t('my.birthday.remove')}<//></div>`}
    ${!own.birthday && locked && html`<p class="small muted">${t('my.birthday.locked', { when: date(own.may_change_at) })}</p>`}
    ${!own.birthday && !locked && html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); save(`${form.month}-${form.day}`); }}><p class="small muted">${t('my.birthday.none')}</p>
      <div class="two"><${SelectField} label=${t('my.birthday.day')} value=${form.day} onInput=${(day) => setForm({ ...form, day })} options=${numbers(31).map((each) => [each, String(Number(each))])} />
      <${SelectField} label=${t('my.birthday.month')} value=${form.month} onInput=${(month) => setForm({ ...form, month })} options=${numbers(12).map((each) => [each, monthName(each)])} /></div>
      <label class="check"><input type="checkbox" required checked=${form.consent} onChange=${(event) => setForm({ ...form, consent: event.target.checked })} /><span class="small">${t('my.birthday.consent')}</span></label>
      <${Button} type="submit" kind="primary" busy=${state.busy}>${t('my.birthday.save')}<//></form>`}</section>`;
}

const TONES = { waiting: 'info', rewarded: 'good', not_rewarded: '' };
const Line = ({ row, own }) => html`<li class="row apart"><span>${t(own ? 'my.friends.named' : 'my.friends.joined')}<br /><span class="small muted">${date(row.named_at)}</span></span><${Badge} tone=${TONES[row.status]}>${t(`my.friends.${row.status}`, { count: row.coins, coins: coins(row.coins) })}<//></li>`;

export function Friends() {
  const [own, set] = useOwn('/me/referral');
  const [code, type] = useState('');
  const [state, setState] = useState({});
  const copy = async () => {
    await navigator.clipboard?.writeText(own.code);
    toast(t('my.friends.copied'));
  };
  const name = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      const named = await call('POST', '/me/referral', { body: { referral_code: code } });
      set({ ...own, named, may_name: false });
      toast(t('my.friends.name.done'));
      setState({});
    } catch (problem) { setState({ problem }); }
  };
  if (!own || (!own.offer && !own.named && !own.friends.length)) return null;
  const { offer } = own;
  return html`<section class="card pad stack" aria-labelledby="friends"><h2 id="friends">${t('my.friends')}</h2>
    ${offer && html`<p class="small muted">${t('my.friends.text', { mine: coins(offer.referrer_coins), theirs: coins(offer.friend_coins), days: offer.wait_days })}${offer.minimum_bill !== null && html` ${t('my.friends.minimum', { bill: rupees(offer.minimum_bill) })}`}</p>`}
    ${own.code ? html`<div class="row apart"><strong class="figures my-code-text">${own.code.slice(0, 4)} ${own.code.slice(4)}</strong><${Button} size="small" icon="copy" onClick=${copy}>${t('my.friends.copy')}<//></div>` : offer && html`<p class="small muted">${t('my.friends.none')}</p>`}
    ${own.may_name && html`<form class="stack" onSubmit=${name}><h3>${t('my.friends.name')}</h3>${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
      <${TextField} label=${t('my.friends.name.code')} value=${code} onInput=${type} maxlength="16" autocomplete="off" autocapitalize="characters" required /><${Button} type="submit" busy=${state.busy}>${t('my.friends.name.send')}<//></form>`}
    ${(own.named || own.friends.length > 0) && html`<ul class="my-lots">${own.named && html`<${Line} row=${own.named} own />`}${own.friends.map((row) => html`<${Line} key=${row.named_at} row=${row} />`)}</ul>`}</section>`;
}
