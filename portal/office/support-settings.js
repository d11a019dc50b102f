// How the operator's staff work on tickets: teams, saved answers, and how fast answers were.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Button, Empty, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { Back, Confirm, List, Loading, Page, Panel, Problem, Table, useAction, useRead } from './kit.js';
import { ServiceLevels } from './service-levels.js';
import { CATEGORIES } from './tickets.js';

const PARTS = ['teams', 'answers', 'levels'];
/** What a saved answer may hold, besides its own words. */
const VARIABLES = ['customer_name', 'tenant_name', 'ticket_id', 'ticket_subject', 'ticket_status', 'agent_name'];

export default function SupportSettings() {
  const part = PARTS.includes(search.value.get('part')) ? search.value.get('part') : 'teams';
  return html`<${Page} title=${t('view.support-settings')} text=${t('support.text')} back=${html`<${Back} href="/tickets">${t('ticket.back')}<//>`}>
    <${Segmented} label=${t('support.parts')} value=${part} onChange=${(value) => setQuery({ part: value === 'teams' ? '' : value })} options=${PARTS.map((each) => [each, t(`support.part.${each}`)])} />
    ${part === 'teams' ? html`<${Teams} />` : part === 'answers' ? html`<${Answers} />` : html`<${ServiceLevels} />`}<//>`;
}

function Teams() {
  const found = useRead(async () => {
    // Only an administrator may list colleagues; others see how many there are.
    const [teams, people] = await Promise.all([call('GET', '/tickets/teams'), can('tenant:admin') ? call('GET', '/tenant/users', { query: { limit: 100 } }) : []]);
    return { ...teams, people: people.filter((each) => each.status === 'active' && each.roles.some((role) => ['staff', 'super_admin'].includes(role))) };
  });
  const [open, setOpen] = useState(null);
  const save = async (teams) => {
    await call('PUT', '/tickets/teams', { body: { teams, version: found.data.version } });
    toast(t('support.team.saved'));
    setOpen(null);
    found.reload();
  };
  if (!found.data) return html`<${Problem} problem=${found.problem} retry=${found.reload} />${!found.problem && html`<${Loading} rows="3" />`}`;
  const { teams, people } = found.data;
  const admin = can('platform:admin');
  const add = admin && html`<${Button} icon="plus" onClick=${() => setOpen({ id: '', name: '', members: [], categories: [] })}>${t('support.team.new')}<//>`;
  const named = (id) => people.find((each) => each.id === id)?.name;
  return html`${teams.length === 0 ? html`<div class="card"><${Empty} icon="users" title=${t('support.team.none')}><p>${t('support.team.none.text')}</p>${add}<//></div>` : html`<div class="stack"><div class="card"><${Table} caption=${t('support.part.teams')} rows=${teams} rowKey=${(row) => row.id} onOpen=${admin ? setOpen : undefined} columns=${[
      { key: 'name', title: t('support.team.name'), main: true, show: (row) => row.name },
      { key: 'members', title: t('support.team.members'), show: (row) => row.members.map(named).filter(Boolean).join(', ') || t('support.team.count', { count: row.members.length }) },
      { key: 'categories', title: t('support.team.categories'), show: (row) => row.categories.map((each) => t(`ticket.category.${each}`)).join(', ') || '—' },
    ]} /></div><div>${add}</div></div>`}
    ${open && html`<${TeamPanel} team=${open} teams=${teams} people=${people} store=${save} onClose=${() => setOpen(null)} />`}`;
}

/** An id out of the name: it is in the history of tickets, so it stays when the name changes. */
const idOf = (name, taken) => {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 24) || 'team';
  let id = plain;
  for (let at = 2; taken.includes(id); at += 1) id = `${plain}-${at}`;
  return id;
};

function TeamPanel({ team, teams, people, store, onClose }) {
  const [form, setForm] = useState(team);
  const others = teams.filter((each) => each.id !== team.id);
  const toggle = (field, value) => setForm({ ...form, [field]: form[field].includes(value) ? form[field].filter((each) => each !== value) : [...form[field], value] });
  const save = useAction(() => store([...others, { ...form, id: team.id || idOf(form.name, others.map((each) => each.id)), name: form.name.trim() }]));
  const remove = useAction(() => store(others));
  const taken = (category) => others.find((each) => each.categories.includes(category));
  const unknown = team.members.filter((id) => !people.some((each) => each.id === id));
  return html`<${Panel} title=${team.id ? team.name : t('support.team.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    <${TextField} label=${t('support.team.name')} value=${form.name} onInput=${(name) => setForm({ ...form, name })} required maxlength="64" autofocus />
    <fieldset><legend>${t('support.team.members')}</legend><div class="choices">${people.map((each) => html`<label key=${each.id} class="check"><input type="checkbox" checked=${form.members.includes(each.id)} onChange=${() => toggle('members', each.id)} /><span>${each.name}</span></label>`)}
      ${unknown.map((id) => html`<label key=${id} class="check"><input type="checkbox" checked=${form.members.includes(id)} onChange=${() => toggle('members', id)} /><span>${t('support.team.gone')} <code class="small">${id.slice(-6)}</code></span></label>`)}</div></fieldset>
    <fieldset><legend>${t('support.team.categories')}</legend><p class="hint">${t('support.team.categories.hint')}</p><div class="choices">${CATEGORIES.map((each) => html`<label key=${each} class="check"><input type="checkbox" checked=${form.categories.includes(each)} disabled=${Boolean(taken(each))} onChange=${() => toggle('categories', each)} /><span>${t(`ticket.category.${each}`)}${taken(each) && html` <span class="small muted">${taken(each).name}</span>`}</span></label>`)}</div></fieldset>
    <${Problem} problem=${save.problem || remove.problem} />
    <div class="foot">${team.id && html`<${Button} kind="danger" icon="trash-2" busy=${remove.busy} onClick=${() => remove.run()}>${t('support.team.remove')}<//>`}<${Button} type="submit" kind="primary" busy=${save.busy} disabled=${!form.name.trim()}>${t('save')}<//></div></form><//>`;
}

function Answers() {
  const list = useRead(async () => ({ rows: await call('GET', '/tickets/canned-responses') }));
  const [open, setOpen] = useState(null);
  const [removing, setRemoving] = useState(null);
  const remove = async () => {
    await call('DELETE', `/tickets/canned-responses/${removing.id}`);
    toast(t('support.answer.removed'));
    setOpen(null);
    list.reload();
  };
  const add = html`<${Button} icon="plus" onClick=${() => setOpen('new')}>${t('support.answer.new')}<//>`;
  return html`<${List} list=${{ ...list, rows: list.data?.rows }} caption=${t('support.part.answers')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'message-square', title: t('support.answer.none'), text: t('support.answer.none.text'), action: add }} columns=${[
      { key: 'title', title: t('support.answer.title'), main: true, show: (row) => row.title },
      { key: 'body', title: t('support.answer.body'), show: (row) => html`<span class="ellipsis limit wide">${row.body}</span>` },
      { key: 'updated', title: t('ticket.updated'), show: (row) => dateTime(row.updated_at) },
    ]} />${list.data?.rows.length > 0 && html`<div>${add}</div>`}
    ${open === 'new' && html`<${NewAnswer} onClose=${() => setOpen(null)} onDone=${() => { setOpen(null); list.reload(); }} />`}
    ${open && open !== 'new' && !removing && html`<${Panel} title=${open.title} onClose=${() => setOpen(null)}><p class="said">${open.body}</p><div class="foot"><${Button} kind="danger" icon="trash-2" onClick=${() => setRemoving(open)}>${t('support.answer.remove')}<//></div><//>`}
    ${removing && html`<${Confirm} title=${t('support.answer.remove')} text=${t('support.answer.remove.text')} action=${t('support.answer.remove')} danger onConfirm=${remove} onClose=${() => setRemoving(null)} />`}`;
}

function NewAnswer({ onClose, onDone }) {
  const [form, setForm] = useState({ title: '', body: '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = useAction(async () => {
    await call('POST', '/tickets/canned-responses', { body: { title: form.title.trim(), body: form.body.trim() } });
    toast(t('support.answer.saved'));
    onDone();
  });
  const fields = save.problem?.fields || {};
  return html`<${Panel} title=${t('support.answer.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    <${TextField} label=${t('support.answer.title')} value=${form.title} onInput=${set('title')} required maxlength="128" autofocus error=${fields.title?.join(' ')} />
    <${TextField} label=${t('support.answer.body')} rows="7" value=${form.body} onInput=${set('body')} required maxlength="10000" error=${fields.body?.join(' ')} />
    <${SelectField} label=${t('support.answer.insert')} value="" onInput=${(name) => name && set('body')(`${form.body}{{${name}}}`)} options=${[['', t('support.answer.insert.none')], ...VARIABLES.map((each) => [each, t(`support.variable.${each}`)])]} />
    <${Problem} problem=${save.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy} disabled=${!form.title.trim() || !form.body.trim()}>${t('save')}<//></div></form><//>`;
}
