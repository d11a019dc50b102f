// Questions to the merchant: asked, answered, gone on with. The link of a text message opens one of them.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey, problemText } from '../lib/api.js';
import { ago, date, dateTime } from '../lib/format.js';
import { go, path } from '../lib/router.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { Dialog, Segmented, SelectField, TextField } from '../components/forms.js';
import { Pages, usePages } from './history.js';
import { seen, slug } from './state.js';

const CATEGORIES = ['transaction', 'wallet', 'account', 'other'];
const TONES = { new: 'info', open: 'info', pending: 'warn', on_hold: 'info', resolved: 'good', closed: '' };
const list = () => `/my/${slug}/tickets`;
const Status = ({ of }) => html`<${Badge} tone=${TONES[of]}>${t(`my.ask.is.${of}`)}<//>`;

export function Tickets() {
  const id = path.value.slice(list().length + 1);
  return id ? html`<${Ticket} key=${id} id=${id} />` : html`<${All} />`;
}

function All() {
  const [asking, ask] = useState(false);
  const pages = usePages('/me/tickets', { limit: 20 });
  const { profile } = seen.value;
  return html`<div class="my-page"><h1>${t('my.tab.tickets')}</h1>
    ${profile.tickets && html`<${Button} kind="primary" icon="plus" wide onClick=${() => ask(true)}>${t('my.ask.new')}<//>`}
    <${Pages} pages=${pages} empty=${['message-square', t('my.ask.none'), t('my.ask.none.text', { name: profile.merchant.name })]}>${(rows) => html`<nav class="card my-list" aria-label=${t('my.tab.tickets')}>${rows.map((row) => html`<a key=${row.id} href=${`${list()}/${row.id}`}><span class="grow"><span class="strong">${row.subject}</span><br /><span class="small muted">${date(row.updated_at)}</span></span><${Status} of=${row.status} /></a>`)}</nav>`}<//>
    ${asking && html`<${Asking} onClose=${() => ask(false)} />`}</div>`;
}

function Asking({ onClose }) {
  const [form, setForm] = useState({ subject: '', description: '', category: 'transaction' });
  const [state, setState] = useState({ key: newKey() });
  const set = (name) => (value) => { setForm({ ...form, [name]: value }); setState({ key: newKey() }); };
  const submit = async (event) => {
    event.preventDefault();
    setState({ ...state, busy: true, problem: null });
    try {
      const made = await call('POST', '/me/tickets', { key: state.key, body: { ...form, subject: form.subject.trim(), description: form.description.trim() } });
      toast(t('my.ask.sent'));
      go(`${list()}/${made.id}`);
    } catch (problem) { setState({ key: state.key, problem }); }
  };
  const fields = state.problem?.fields || {};
  return html`<${Dialog} title=${t('my.ask.new')} sheet onClose=${onClose}><form class="stack" onSubmit=${submit}>
    <${SelectField} label=${t('my.ask.about')} value=${form.category} onInput=${set('category')} options=${CATEGORIES.map((each) => [each, t(`my.ask.about.${each}`)])} />
    <${TextField} label=${t('my.ask.subject')} value=${form.subject} onInput=${set('subject')} required maxlength="120" error=${fields.subject?.join(' ')} />
    <${TextField} label=${t('my.ask.description')} rows="4" value=${form.description} onInput=${set('description')} required maxlength="4000" error=${fields.description?.join(' ')} />
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    <${Button} type="submit" kind="primary" size="big" wide icon="send" busy=${state.busy} disabled=${!form.subject.trim() || !form.description.trim()}>${t('my.ask.send')}<//></form><//>`;
}

function Ticket({ id }) {
  const [state, setState] = useState({});
  const read = async () => {
    try {
      setState({ ticket: await call('GET', `/me/tickets/${id}`) });
    } catch (problem) { setState((before) => ({ ...before, problem })); }
  };
  useEffect(() => { read(); }, []);
  const { ticket } = state;
  const { name } = seen.value.profile.merchant;
  return html`<div class="my-page"><div class="row"><a class="row nowrap tight small" href=${list()}><${Icon} name="arrow-left" />${t('my.ask.back')}</a></div>
    ${state.problem && html`<${Notice} tone="bad">${state.problem.status === 404 ? t('my.ask.gone') : problemText(state.problem)}<//>`}
    ${!ticket && !state.problem && html`<div class="my-wait"><span class="spinner"></span><span class="sr">${t('loading')}</span></div>`}
    ${ticket && html`<h1>${ticket.subject}</h1><p><${Status} of=${ticket.status} /></p>
      <ol class="my-thread" aria-label=${t('my.ask.thread')}><${Said} by=${t('my.ask.you')} at=${ticket.created_at} text=${ticket.description} own />
        ${ticket.comments.map((each) => html`<${Said} key=${each.id} by=${each.author === 'you' ? t('my.ask.you') : name} at=${each.created_at} text=${each.body} own=${each.author === 'you'} />`)}</ol>
      ${['resolved', 'closed'].includes(ticket.status) && html`<${Rating} ticket=${ticket} onDone=${(after) => setState({ ticket: after })} />`}
      ${ticket.status === 'closed' ? html`<p class="small muted">${t('my.ask.closed.text')}</p>` : html`<${Reply} ticket=${ticket} onDone=${(after) => setState({ ticket: after })} />`}`}</div>`;
}

const Said = ({ by, at, text, own }) => html`<li class=${`card pad ${own ? 'own' : ''}`}><p class="row apart small"><span class="strong">${by}</span><time class="muted" datetime=${at} title=${dateTime(at)}>${ago(at)}</time></p><p class="my-said">${text}</p></li>`;

/** How it was handled, from 1 to 5; what was given can be changed for a week. */
function Rating({ ticket, onDone }) {
  const given = ticket.rating;
  const [score, setScore] = useState(given ? String(given.score) : '');
  const [note, setNote] = useState(given?.note || '');
  const [state, setState] = useState({});
  const send = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      const after = await call('POST', `/me/tickets/${ticket.id}/rating`, { body: { score: Number(score), ...(note.trim() && { note: note.trim() }) } });
      toast(t('my.ask.rated'));
      setState({});
      onDone(after);
    } catch (problem) { setState({ problem }); }
  };
  if (given && Date.parse(given.changeable_until) < Date.now()) return html`<p class="small muted">${t('my.ask.rated.is', { score: given.score })}</p>`;
  return html`<form class="card pad stack" onSubmit=${send}><p class="strong">${t('my.ask.rate')}</p><${Segmented} label=${t('my.ask.rate')} value=${score} onChange=${setScore} options=${['1', '2', '3', '4', '5'].map((each) => [each, each])} />
    <p class="small muted">${t('my.ask.rate.scale')}</p>
    ${score && html`<${TextField} label=${t('my.ask.rate.note')} value=${note} onInput=${setNote} maxlength="256" />`}
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    ${score && html`<${Button} type="submit" wide busy=${state.busy}>${t(given ? 'my.ask.rate.change' : 'my.ask.rate.send')}<//>`}</form>`;
}

function Reply({ ticket, onDone }) {
  const [text, setText] = useState('');
  const [state, setState] = useState({ key: newKey() });
  const send = async (event) => {
    event.preventDefault();
    setState({ ...state, busy: true, problem: null });
    try {
      const after = await call('POST', `/me/tickets/${ticket.id}/comments`, { key: state.key, body: { body: text.trim() } });
      setText('');
      setState({ key: newKey() });
      toast(t('my.ask.replied'));
      onDone(after);
    } catch (problem) { setState({ key: state.key, problem }); }
  };
  return html`<form class="card pad stack" onSubmit=${send}><${TextField} label=${t('my.ask.reply')} rows="3" value=${text} onInput=${(value) => { setText(value); setState({ key: newKey() }); }} required maxlength="4000" />
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}
    <${Button} type="submit" kind="primary" wide icon="send" busy=${state.busy} disabled=${!text.trim()}>${t('my.ask.send')}<//></form>`;
}
