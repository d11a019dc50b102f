// What the operator's staff do with a ticket besides answering it: pass it to a team, merge it; and its history.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { ago, dateTime } from '../lib/format.js';
import { Button, Empty, toast } from '../components/basics.js';
import { SelectField } from '../components/forms.js';
import { Loading, Panel, Problem, useAction, useList, useRead } from './kit.js';
import { Status, statusText } from './tickets.js';

/** Passes a ticket to a team; an assignee who is not in it loses the ticket. */
export function TeamChoice({ ticket, onDone }) {
  const found = useRead(async () => (await call('GET', '/tickets/teams')).teams);
  const pass = useAction(async (team) => {
    await call('POST', `/tickets/${ticket.id}/assign`, { body: { team: team || null } });
    toast(t('ticket.team.changed'));
    onDone();
  });
  if (!found.data?.length && !ticket.team) return html`<${Problem} problem=${found.problem} retry=${found.reload} />`;
  const known = (found.data || []).map((each) => [each.id, each.name]);
  // A ticket keeps a team that is no more.
  if (ticket.team && !known.some(([id]) => id === ticket.team)) known.push([ticket.team, ticket.team]);
  return html`<${SelectField} label=${t('ticket.team')} value=${ticket.team || ''} disabled=${pass.busy} onInput=${(team) => pass.run(team)} options=${[['', t('ticket.team.none')], ...known]} /><${Problem} problem=${pass.problem} />`;
}

const CATEGORIES = ['wallet', 'transaction', 'prefund', 'billing', 'integration', 'account', 'verification', 'other'];
const PRIORITIES = ['low', 'normal', 'high', 'urgent'];

/** What the ticket is about, and how urgent: another priority has other due times. */
export function Sorting({ ticket, onDone }) {
  const change = useAction(async (body) => {
    await call('PATCH', `/tickets/${ticket.id}`, { body: { ...body, version: ticket.version } });
    toast(t('ticket.sorted'));
    onDone();
  });
  return html`<div class="two"><${SelectField} label=${t('ticket.category')} value=${ticket.category} disabled=${change.busy} onInput=${(category) => change.run({ category })} options=${CATEGORIES.map((each) => [each, t(`ticket.category.${each}`)])} /><${SelectField} label=${t('ticket.priority')} value=${ticket.priority} disabled=${change.busy} onInput=${(priority) => change.run({ priority })} options=${PRIORITIES.map((each) => [each, t(`ticket.priority.${each}`)])} /></div><${Problem} problem=${change.problem} />`;
}

/** Chooses the ticket of the same tenant that goes on. This one is closed and names it. */
export function Merge({ ticket, onClose, onDone }) {
  const list = useList('/tickets', { tenant_id: ticket.tenant_id, active: 'true', limit: 50 });
  const [into, setInto] = useState('');
  const merge = useAction(async () => {
    await call('POST', `/tickets/${ticket.id}/merge`, { body: { into } });
    toast(t('ticket.merged'));
    onDone(into);
  });
  const others = (list.rows || []).filter((each) => each.id !== ticket.id);
  return html`<${Panel} title=${t('ticket.merge')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); merge.run(); }}>
    <p class="muted">${t('ticket.merge.text')}</p>
    <${Problem} problem=${list.problem} retry=${list.reload} />${!list.rows && !list.problem && html`<${Loading} rows="3" />`}
    ${list.rows && !others.length && html`<${Empty} icon="life-buoy" title=${t('ticket.merge.none')}><p>${t('ticket.merge.none.text')}</p><//>`}
    ${others.length > 0 && html`<fieldset><legend>${t('ticket.merge.into')}</legend><div class="choices">${others.map((each) => html`<label key=${each.id} class="check"><input type="radio" name="into" value=${each.id} checked=${into === each.id} onChange=${() => setInto(each.id)} />
      <span class="grow"><span class="strong">${each.subject}</span><br /><span class="small muted">${each.requester_name} · ${ago(each.updated_at)}</span></span><${Status} ticket=${each} /></label>`)}</div></fieldset>`}
    ${list.next && html`<div><${Button} size="small" busy=${list.loadMore.busy} onClick=${() => list.loadMore.run()}>${t('more')}<//></div>`}
    <${Problem} problem=${merge.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="link" busy=${merge.busy} disabled=${!into}>${t('ticket.merge.do')}<//></div></form><//>`;
}

const said = (step, ticket) => {
  if (step.what === 'status' || step.what === 'commented') return step.after ? statusText(step.after, ticket) : null;
  if (step.what === 'assigned') return step.after || t('ticket.nobody');
  return step.what === 'rated' ? `${step.after} / 5` : null;
};

/** What has been done to a ticket; opened when somebody wants to know. */
export function Steps({ ticket }) {
  const [open, setOpen] = useState(false);
  return html`<details class="card item" onToggle=${(event) => setOpen(event.currentTarget.open)}><summary class="strong">${t('ticket.history')}</summary>${open && html`<${Lines} ticket=${ticket} />`}</details>`;
}

function Lines({ ticket }) {
  const list = useList(`/tickets/${ticket.id}/history`, { limit: 50 });
  return html`<${Problem} problem=${list.problem} retry=${list.reload} />${!list.rows && !list.problem && html`<${Loading} rows="3" />`}
    <ol class="timeline">${(list.rows || []).map((step, at) => html`<li key=${at}><span class="strong">${t(`ticket.step.${step.what}`)}</span>${said(step, ticket) && html`<span class="small">${said(step, ticket)}</span>`}<span class="small muted">${step.by_name} · ${dateTime(step.at)}</span>${step.note && html`<span class="small said">${step.note}</span>`}</li>`)}</ol>
    ${list.next && html`<div><${Button} size="small" busy=${list.loadMore.busy} onClick=${() => list.loadMore.run()}>${t('more')}<//></div>`}`;
}
