// One ticket: the conversation, where it stands, and the answer.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { ago, dateTime } from '../lib/format.js';
import { go } from '../lib/router.js';
import { me } from '../lib/session.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Back, Facts, Loading, Page, Problem, useAction, useList, useRead } from './kit.js';
import { Merge, Sorting, Steps, TeamChoice } from './ticket-staff.js';
import { answers, Attach, fromCustomer, Priority, staff, Status, statusText, useAttachment } from './tickets.js';

export function Ticket({ id, base }) {
  const found = useRead(() => call('GET', `/tickets/${id}`));
  const comments = useList(`/tickets/${id}/comments-list`, { limit: 50 });
  const ticket = found.data;
  const again = () => { found.reload(); comments.reload(); };
  return html`<${Page} title=${ticket?.subject || t('view.tickets')} back=${html`<${Back} href=${base}>${t('ticket.back')}<//>`}>
    <${Problem} problem=${found.problem || comments.problem} retry=${again} />
    ${!ticket && !found.problem && html`<${Loading} />`}
    ${ticket?.merged_into && html`<${Notice}>${t('ticket.merged.into')} <a href=${`${base}/${ticket.merged_into}`}>${t('ticket.merged.open')}</a><//>`}
    ${ticket && html`<div class="two uneven"><section class="stack" aria-label=${t('ticket.thread')}>
        <ol class="thread"><${Said} by=${ticket.requester_name} at=${ticket.created_at} text=${ticket.description} attachments=${ticket.attachments} side="customer" own=${ticket.requester_id === me.value.id} />
          ${(comments.rows || []).map((each) => html`<${Said} key=${each.id} by=${each.author_type === 'staff' && !answers(ticket) ? `${each.author_name} · ${t('ticket.staff')}` : each.author_name} at=${each.created_at} text=${each.body} attachments=${each.attachments} side=${each.author_type} internal=${each.visibility === 'internal'} own=${each.author_id === me.value.id} />`)}</ol>
        ${comments.next && html`<div class="center"><${Button} busy=${comments.loadMore.busy} onClick=${() => comments.loadMore.run()}>${t('more')}<//></div>`}
        <${Rating} ticket=${ticket} onDone=${found.reload} />
        ${ticket.status !== 'closed' && html`<${Reply} ticket=${ticket} onDone=${again} />`}</section>
      <${Aside} ticket=${ticket} stale=${found.loading} onDone=${again} /></div>`}<//>`;
}

function Said({ by, at, text, attachments = [], side, internal, own }) {
  return html`<li class=${`said-by ${own ? 'own' : ''} ${internal ? 'internal' : ''} ${side}`}><div class="row apart small"><span class="strong">${by}</span><span class="row">${internal && html`<${Badge} tone="warn" icon="lock">${t('ticket.internal')}<//>`}<time class="muted" datetime=${at} title=${dateTime(at)}>${ago(at)}</time></span></div>
    <p class="text">${text}</p>${attachments.length > 0 && html`<div class="row">${attachments.map((each) => (each.download_url
      ? html`<a key=${each.document_id} class="button small" href=${each.download_url} target="_blank" rel="noopener"><${Icon} name="file-text" />${each.name}</a>` : html`<span key=${each.document_id} class="small muted">${each.name}</span>`))}</div>`}</li>`;
}

function Reply({ ticket, onDone }) {
  const [text, setText] = useState('');
  const [internal, setInternal] = useState(false);
  const [key, setKey] = useState(newKey);
  const attachment = useAttachment();
  const answering = answers(ticket);
  const canned = useRead(async () => (staff() ? call('GET', '/tickets/canned-responses') : []));
  const send = useAction(async () => {
    const attachments = await attachment.ids();
    await call('POST', `/tickets/${ticket.id}/comments`, { key, body: { body: text.trim(), visibility: internal ? 'internal' : 'public', attachments } });
    setText('');
    setKey(newKey());
    attachment.setFile(null);
    toast(t(internal ? 'ticket.noted' : 'ticket.replied'));
    onDone();
  });
  const insert = (id) => {
    const chosen = canned.data.find((each) => each.id === id);
    if (chosen) setText(text ? `${text}\n\n${chosen.body}` : chosen.body);
  };
  return html`<form class="card item" onSubmit=${(event) => { event.preventDefault(); send.run(); }}>
    ${canned.data?.length > 0 && html`<${SelectField} label=${t('ticket.canned')} value="" onInput=${insert} options=${[['', t('ticket.canned.none')], ...canned.data.map((each) => [each.id, each.title])]} />`}
    <${TextField} label=${t(internal ? 'ticket.internal' : 'ticket.reply')} hint=${internal ? t(fromCustomer(ticket) ? 'ticket.internal.hint.customer' : 'ticket.internal.hint') : undefined} rows="4" value=${text} onInput=${setText} required maxlength="8000" />
    <div class="row apart"><div class="row">${!fromCustomer(ticket) && html`<${Attach} file=${attachment.file} onChange=${attachment.setFile} />`}${answering && html`<label class="check"><input type="checkbox" checked=${internal} onChange=${() => setInternal(!internal)} /><span>${t('ticket.internal')}</span></label>`}</div>
      <${Button} type="submit" kind="primary" icon="send" busy=${send.busy} disabled=${!text.trim()}>${t(internal ? 'save' : 'ticket.reply.send')}<//></div>
    <${Problem} problem=${send.problem} /></form>`;
}

/** `stale`: the ticket is being read again, after a reply for instance. What is changed then would name a version that has passed. */
function Aside({ ticket, stale, onDone }) {
  const [status, setStatus] = useState('');
  const [merging, setMerging] = useState(false);
  const change = useAction(async (to) => {
    await call('POST', `/tickets/${ticket.id}/change-status`, { body: { status: to, version: ticket.version } });
    setStatus('');
    toast(t('ticket.changed'));
    onDone();
  });
  const take = useAction(async () => {
    await call('POST', `/tickets/${ticket.id}/assign`, { body: { user_id: me.value.id } });
    toast(t('ticket.taken'));
    onDone();
  });
  const due = (clock) => (clock.state === 'breached' ? html`<span class="bad-text">${t('ticket.sla.breached', { when: dateTime(clock.due_at) })}</span>` : clock.state === 'paused' ? t('ticket.sla.paused') : t('ticket.sla.by', { when: dateTime(clock.due_at) }));
  const team = staff();
  const answering = answers(ticket);
  const running = ticket.status !== 'closed';
  return html`<aside class="stack"><fieldset class="card item" disabled=${stale} aria-busy=${stale ? 'true' : undefined}><div class="row"><${Status} ticket=${ticket} /><${Priority} of=${ticket.priority} /></div>
    <${Facts} entries=${[team && [t('ticket.tenant'), ticket.tenant_name], [t('ticket.requester'), ticket.requester_name], [t('ticket.category'), t(`ticket.category.${ticket.category}`)], [t('ticket.assigned'), ticket.assigned_name || t('ticket.nobody')], [t('ticket.opened'), dateTime(ticket.created_at)],
      ticket.related && [t('ticket.related'), html`<code class="small">${ticket.related.id}</code>`], ...(ticket.sla || []).map((clock) => [t(`ticket.sla.${clock.clock}`), due(clock)])]} />
    <${Problem} problem=${change.problem || take.problem} />
    ${team && running && html`<${Sorting} key=${ticket.version} ticket=${ticket} onDone=${onDone} />`}
    ${team && running && html`<${TeamChoice} ticket=${ticket} onDone=${onDone} />`}
    ${team && running && ticket.assigned_to !== me.value.id && html`<${Button} icon="user-round" busy=${take.busy} onClick=${() => take.run()}>${t('ticket.take')}<//>`}
    ${answering && ticket.allowed_statuses.length > 0 && html`<${SelectField} label=${t('ticket.change')} value=${status} onInput=${(to) => to && change.run(to)} options=${[['', statusText(ticket.status, ticket)], ...ticket.allowed_statuses.map((each) => [each, statusText(each, ticket)])]} />`}
    ${team && running && !fromCustomer(ticket) && html`<${Button} icon="link" onClick=${() => setMerging(true)}>${t('ticket.merge')}<//>`}
    ${!answering && ticket.allowed_statuses.includes('resolved') && html`<${Button} icon="check" busy=${change.busy} onClick=${() => change.run('resolved')}>${t('ticket.resolve')}<//>`}
    ${!answering && ticket.allowed_statuses.includes('open') && ticket.status === 'resolved' && html`<${Button} icon="rotate-ccw" busy=${change.busy} onClick=${() => change.run('open')}>${t('ticket.reopen')}<//>`}</fieldset>
    <${Steps} ticket=${ticket} />${merging && html`<${Merge} ticket=${ticket} onClose=${() => setMerging(false)} onDone=${(into) => { setMerging(false); go(`/tickets/${into}`); }} />`}</aside>`;
}

const STARS = [1, 2, 3, 4, 5];

/** Stars for a resolved ticket, from whoever opened it; the rating can be changed for a week. */
function Rating({ ticket, onDone }) {
  const [score, setScore] = useState(ticket.rating?.score || 0);
  const [note, setNote] = useState(ticket.rating?.note || '');
  const rate = useAction(async () => {
    await call('POST', `/tickets/${ticket.id}/rate`, { body: { score, ...(note.trim() && { note: note.trim() }) } });
    toast(t('ticket.rated'));
    onDone();
  });
  if (!['resolved', 'closed'].includes(ticket.status)) return null;
  if (ticket.requester_id !== me.value.id) return ticket.rating && html`<p class="small muted">${t('ticket.rated.is', { score: ticket.rating.score })}${ticket.rating.note && html`<br />“${ticket.rating.note}”`}</p>`;
  return html`<form class="card item" onSubmit=${(event) => { event.preventDefault(); rate.run(); }}><fieldset><legend>${t('ticket.rate')}</legend><div class="stars">${STARS.map((each) => html`<label key=${each} class=${each <= score ? 'on' : ''}><input class="sr" type="radio" name="score" value=${each} checked=${score === each} onChange=${() => setScore(each)} /><${Icon} name="star" /><span class="sr">${t('ticket.rate.star', { count: each })}</span></label>`)}</div></fieldset>
    ${score > 0 && html`<${TextField} label=${t('ticket.rate.note')} rows="2" value=${note} onInput=${setNote} maxlength="256" /><div><${Button} type="submit" icon="send" busy=${rate.busy}>${t('ticket.rate.send')}<//></div>`}<${Problem} problem=${rate.problem} /></form>`;
}
