// Webhook endpoints: where events go, what was delivered, what was not, and sending it once more.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime, number } from '../lib/format.js';
import { sandbox } from '../lib/session.js';
import { Badge, Button, Notice, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { Confirm, CopyField, Facts, List, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';

const TONES = { active: 'good', paused: 'warn', disabled: 'bad' };
const DELIVERY_TONES = { delivered: 'good', pending: 'info', failed: 'bad', held: 'warn' };

export default function Endpoints() {
  const found = useRead(() => call('GET', '/webhook-endpoints'));
  const [open, setOpen] = useState(null);
  const [secret, setSecret] = useState(null);
  const refresh = (made) => { setOpen(null); if (made?.secret) setSecret(made.secret); found.reload(); };
  return html`<${Page} title=${t('view.endpoints')} text=${t('endpoints.text')} actions=${html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>${t('endpoints.new')}<//>`}>
    <${List} list=${{ ...found, rows: found.data }} caption=${t('view.endpoints')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'webhook', title: t('endpoints.none'), text: t('endpoints.none.text') }} columns=${[
      { key: 'url', title: t('endpoints.url'), main: true, show: (row) => html`<span class="ellipsis limit">${row.url}</span>` },
      { key: 'events', title: t('endpoints.events'), show: (row) => (row.events.length && !row.events.includes('*') ? row.events.join(', ') : t('endpoints.events.all')) },
      { key: 'mode', title: t('keys.mode'), show: (row) => (row.mode === 'test' ? html`<span class="badge sandbox">${t('sandbox')}</span>` : html`<${Badge} tone="good">${t('keys.live')}<//>`) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`endpoints.status.${row.status}`)}<//>` },
    ]} />
    ${open === 'new' && html`<${NewEndpoint} onClose=${() => setOpen(null)} onDone=${refresh} />`}
    ${open && open !== 'new' && html`<${Endpoint} endpoint=${open} onClose=${() => setOpen(null)} onDone=${refresh} />`}
    ${secret && html`<${Panel} title=${t('endpoints.secret')} onClose=${() => setSecret(null)}><${Notice} tone="warn">${t('endpoints.secret.once')}<//><${CopyField} label=${t('endpoints.secret')} value=${secret} /><div class="foot"><${Button} kind="primary" onClick=${() => setSecret(null)}>${t('keys.kept')}<//></div><//>`}<//>`;
}

function NewEndpoint({ onClose, onDone }) {
  const [form, setForm] = useState({ url: '', description: '', events: '', mode: sandbox.value ? 'test' : 'live' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const create = useAction(async () => {
    const events = form.events.split(/[\s,]+/).filter(Boolean);
    onDone(await call('POST', '/webhook-endpoints', { body: { url: form.url.trim(), mode: form.mode, ...(form.description.trim() && { description: form.description.trim() }), ...(events.length && { events }) } }));
  });
  const fields = create.problem?.fields || {};
  return html`<${Panel} title=${t('endpoints.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); create.run(); }}>
    <${TextField} label=${t('endpoints.url')} type="url" placeholder="https://" value=${form.url} onInput=${set('url')} required autofocus error=${fields.url?.join(' ')} />
    <${TextField} label=${t('endpoints.events')} hint=${t('endpoints.events.hint')} value=${form.events} onInput=${set('events')} error=${fields.events?.join(' ')} />
    <${TextField} label=${t('endpoints.description')} value=${form.description} onInput=${set('description')} maxlength="128" />
    <${Segmented} label=${t('keys.mode')} value=${form.mode} onChange=${set('mode')} options=${[['live', t('keys.live')], ['test', t('sandbox')]]} />
    <${Problem} problem=${create.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${create.busy}>${t('endpoints.create')}<//></div></form><//>`;
}

function Endpoint({ endpoint, onClose, onDone }) {
  const [status, setStatus] = useState('');
  const [delivery, setDelivery] = useState(null);
  const [removing, setRemoving] = useState(false);
  const list = useList(`/webhook-endpoints/${endpoint.id}/deliveries`, { status, limit: 20 });
  const change = useAction(async (body) => onDone(await call('PATCH', `/webhook-endpoints/${endpoint.id}`, { body })));
  const test = useAction(async () => {
    const { attempt, delivered } = await call('POST', `/webhook-endpoints/${endpoint.id}/test`);
    toast(delivered ? t('endpoints.test.ok', { status: attempt.status, ms: number(attempt.elapsed_ms) }) : t('endpoints.test.failed', { why: attempt.failure || attempt.status }));
    list.reload();
  });
  // The API sends what was given up or held since a time; deliveries are kept for 30 days.
  const again = useAction(async () => {
    let since = new Date(Date.now() - 30 * 86_400_000).toISOString();
    let count = 0;
    while (since) {
      const sent = await call('POST', `/webhook-endpoints/${endpoint.id}/replay`, { body: { since } });
      count += sent.queued;
      since = sent.next_since;
    }
    toast(t('endpoints.replayed.all', { count }));
    list.reload();
  });
  const remove = async () => { await call('DELETE', `/webhook-endpoints/${endpoint.id}`); toast(t('endpoints.removed')); onDone(); };
  if (removing) return html`<${Confirm} title=${t('endpoints.remove')} text=${t('endpoints.remove.text')} action=${t('endpoints.remove')} danger onConfirm=${remove} onClose=${() => setRemoving(false)} />`;
  if (delivery) return html`<${Delivery} endpoint=${endpoint} delivery=${delivery} onClose=${() => setDelivery(null)} onDone=${() => { setDelivery(null); list.reload(); }} />`;
  return html`<${Panel} title=${t('endpoints.one')} onClose=${onClose}><p class="mono small">${endpoint.url}</p>
    ${endpoint.status === 'disabled' && html`<${Notice} tone="bad">${t('endpoints.disabled')}<//>`}
    <div class="row"><${Button} size="small" icon="send" busy=${test.busy} onClick=${() => test.run()}>${t('endpoints.test')}<//><${Button} size="small" icon=${endpoint.status === 'active' ? 'pause' : 'play'} busy=${change.busy} onClick=${() => change.run({ status: endpoint.status === 'active' ? 'paused' : 'active' })}>${t(endpoint.status === 'active' ? 'endpoints.pause' : 'endpoints.resume')}<//>
      <${Button} size="small" icon="refresh-cw" onClick=${() => change.run({ rotate_secret: true })}>${t('endpoints.rotate')}<//><${Button} size="small" kind="danger" icon="trash-2" onClick=${() => setRemoving(true)}>${t('endpoints.remove')}<//></div>
    ${['failed', 'held'].includes(status) && list.rows?.length > 0 && html`<div><${Button} icon="rotate-ccw" busy=${again.busy} onClick=${() => again.run()}>${t('endpoints.replay.all')}<//></div>`}<${Problem} problem=${change.problem || test.problem || again.problem} />
    <${SelectField} label=${t('endpoints.deliveries')} value=${status} onInput=${setStatus} options=${['', 'delivered', 'pending', 'failed', 'held'].map((each) => [each, t(`endpoints.delivery.${each || 'all'}`)])} />
    <${List} list=${list} caption=${t('endpoints.deliveries')} rowKey=${(row) => row.event_id} onOpen=${setDelivery} empty=${{ icon: 'send', title: t('endpoints.deliveries.none') }} columns=${[
      { key: 'type', title: t('endpoints.type'), main: true, show: (row) => row.type },
      { key: 'at', title: t('ledger.when'), show: (row) => dateTime(row.created_at) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${DELIVERY_TONES[row.status]}>${t(`endpoints.delivery.${row.status}`)}<//>` },
    ]} /><//>`;
}

function Delivery({ endpoint, delivery, onClose, onDone }) {
  const replay = useAction(async () => {
    await call('POST', `/webhook-endpoints/${endpoint.id}/deliveries/${delivery.event_id}/replay`);
    toast(t('endpoints.replayed'));
    onDone();
  });
  return html`<${Panel} title=${delivery.type} onClose=${onClose}>
    <${Facts} entries=${[[t('keys.status'), t(`endpoints.delivery.${delivery.status}`)], [t('endpoints.attempts'), number(delivery.attempts)], delivery.next_attempt_at && [t('endpoints.next'), dateTime(delivery.next_attempt_at)], [t('ledger.id'), html`<code>${delivery.event_id}</code>`]]} />
    ${delivery.log.length > 0 && html`<ol class="timeline">${delivery.log.map((attempt, at) => html`<li key=${at}><span class="strong">${attempt.status || attempt.failure} · ${number(attempt.elapsed_ms)} ms</span><span class="small muted">${dateTime(attempt.at)}</span>${attempt.answer && html`<span class="small mono">${attempt.answer.slice(0, 300)}</span>`}</li>`)}</ol>`}
    <pre class="code" tabindex="0" aria-label=${t('endpoints.content')}>${JSON.stringify(delivery.event, null, 2)}</pre>
    <${Problem} problem=${replay.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('back')}<//><${Button} kind="primary" icon="rotate-ccw" busy=${replay.busy} onClick=${() => replay.run()}>${t('endpoints.replay')}<//></div><//>`;
}
