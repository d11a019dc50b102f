// The inbox of a person: what happened, what the operator announces, and which of it reaches them where.
import { html, useState } from '../lib/ui.js';
import { LANGUAGES, language, t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { ago, dateTime, number } from '../lib/format.js';
import { go, search, setQuery } from '../lib/router.js';
import { can, me } from '../lib/session.js';
import { Badge, Button, Empty, Icon, toast } from '../components/basics.js';
import { Segmented, SelectField, TextField } from '../components/forms.js';
import { countUnread, unread } from '../app/bell.js';
import { owns } from '../app/views.js';
import { Loading, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';

const ICONS = { security: 'shield-check', money: 'wallet', support: 'life-buoy', operations: 'list-checks', info: 'megaphone', warning: 'triangle-alert', critical: 'circle-alert' };
const PACES = ['', 'hourly', 'daily'];
const TONES = { warning: 'warn', critical: 'bad' };

export default function Notifications() {
  const which = search.value.get('show') || 'all';
  const messages = which === 'messages';
  const inbox = messages ? 'admin-messages' : 'notifications';
  const list = useList(`/${inbox}`, { limit: 30, ...(!messages && { language: language.value }), ...(which === 'unread' && { unread: 'true' }) });
  const [settings, setSettings] = useState(null);
  const [own, announced] = unread.value;
  const tab = (name, count) => (count ? t(`inbox.${name}.count`, { count: number(count) }) : t(`inbox.${name}`));
  const all = useAction(async () => {
    await call('POST', `/${inbox}/read-all`, { body: list.rows?.length ? { newest_id: list.rows[0].id } : {} });
    toast(t('inbox.readall.done'));
    list.reload();
    countUnread();
  });
  const open = async (row) => {
    if (!row.read) {
      // What was opened counts as read at once; should the word get lost, it is only shown as unread again.
      call('POST', `/${inbox}/${row.id}/read`, { quiet: true }).then(countUnread, () => {});
      row.read = true;
    }
    if (row.link && owns(row.link.split(/[?#]/)[0])) go(row.link);
    else list.reload();
  };
  return html`<${Page} title=${t('view.notifications')} text=${t('inbox.text')} narrow actions=${html`${can('tenant:admin') && html`<${Button} icon="users" onClick=${() => setSettings('team')}>${t('inbox.defaults')}<//>`}<${Button} icon="settings" onClick=${() => setSettings('own')}>${t('inbox.preferences')}<//>`}>
    <div class="row apart"><${Segmented} label=${t('inbox.which')} value=${which} onChange=${(value) => setQuery({ show: value === 'all' ? '' : value })} options=${[['all', t('inbox.all')], ['unread', tab('unread', own)], ['messages', tab('messages', announced)]]} />
      ${list.rows?.some((row) => !row.read) && html`<${Button} size="small" icon="check" busy=${all.busy} onClick=${() => all.run()}>${t('inbox.readall')}<//>`}</div>
    <${Problem} problem=${list.problem || all.problem} retry=${list.problem && list.reload} />
    ${!list.rows && !list.problem && html`<${Loading} />`}
    ${list.rows?.length === 0 && !messages && announced > 0 && html`<div class="card"><${Empty} icon="megaphone" title=${t('inbox.announced', { count: announced })}><p>${t('inbox.announced.text')}</p><${Button} kind="primary" onClick=${() => setQuery({ show: 'messages' })}>${t('inbox.announced.show')}<//><//></div>`}
    ${list.rows?.length === 0 && (messages || !announced) && html`<div class="card"><${Empty} icon="bell" title=${t(messages ? 'inbox.messages.none' : 'inbox.none')}><p>${t(messages ? 'inbox.messages.none.text' : 'inbox.none.text')}</p><//></div>`}
    ${list.rows?.length > 0 && html`<ul class="card inbox">${list.rows.map((row) => html`<${Entry} key=${row.id} row=${row} onOpen=${() => open(row)} />`)}</ul>`}
    ${list.next && html`<div class="center"><${Button} busy=${list.loadMore.busy} onClick=${() => list.loadMore.run()}>${t('more')}<//></div>`}
    ${settings === 'own' && html`<${Preferences} onClose=${() => setSettings(null)} />`}${settings === 'team' && html`<${Defaults} onClose=${() => setSettings(null)} />`}<//>`;
}

/** Instants in texts are in UTC; whoever reads has a clock of their own. */
const local = (text) => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (instant) => dateTime(instant));

function Entry({ row, onOpen }) {
  const kind = row.category || row.severity;
  const at = row.created_at || row.published_at;
  return html`<li class=${row.read ? '' : 'unread'}><button type="button" onClick=${onOpen}>
    <span class=${`disc ${TONES[kind] || ''}`}><${Icon} name=${ICONS[kind] || 'bell'} /></span>
    <span class="grow stack tight"><span class="row nowrap apart"><span class="strong">${row.title}${row.count > 1 && html` <span class="muted small">${t('inbox.times', { count: row.count })}</span>`}</span>
        <span class="row nowrap"><time class="small muted" datetime=${at} title=${dateTime(at)}>${ago(at)}</time>${!row.read && html`<span class="dot"><span class="sr">${t('inbox.new')}</span></span>`}</span></span>
      <span class="small muted said">${local(row.body)}</span>
      ${row.severity && row.severity !== 'info' && html`<span><${Badge} tone=${TONES[kind]}>${t(`inbox.severity.${row.severity}`)}<//></span>`}</span></button></li>`;
}

function Preferences({ onClose }) {
  const found = useRead(() => call('GET', '/notifications/preferences'));
  return html`<${Panel} title=${t('inbox.preferences')} onClose=${onClose}><${Problem} problem=${found.problem} retry=${found.reload} />
    ${found.data ? html`<${Editor} found=${found.data} onClose=${onClose} />` : html`<${Loading} rows="4" />`}<//>`;
}

/** The browsers that show notifications, and this one to be added. */
function Devices() {
  const found = useRead(() => call('GET', '/notifications/push'));
  const add = useAction(async () => {
    const worker = await navigator.serviceWorker.ready;
    const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: found.data.public_key });
    await call('POST', '/notifications/push', { body: { ...subscription.toJSON(), name: navigator.userAgentData?.platform || navigator.platform || undefined } });
    toast(t('inbox.push.added'));
    found.reload();
  });
  const remove = useAction(async (id) => { await call('DELETE', `/notifications/push/${id}`); found.reload(); });
  if (!('PushManager' in window)) return html`<p class="small muted">${t('inbox.push.none')}</p>`;
  return html`<div class="stack tight"><h3>${t('inbox.push')}</h3><p class="small muted">${t('inbox.push.text')}</p>
    <${Problem} problem=${add.problem || remove.problem || found.problem} />
    ${(found.data?.devices || []).map((device) => html`<div class="row" key=${device.id}><span>${device.name || t('inbox.channel.web_push')}</span><${Button} kind="quiet" onClick=${() => remove.run(device.id)}>${t('inbox.push.remove')}<//></div>`)}
    <${Button} busy=${add.busy} onClick=${() => add.run()}>${t('inbox.push.add')}<//></div>`;
}

/** Category -> channel -> on or off, of the cells that `wanted` picks. */
function chosen(cells, wanted) {
  const categories = {};
  for (const [category, row] of Object.entries(cells)) {
    for (const [channel, cell] of Object.entries(row)) if (wanted(cell, category, channel)) (categories[category] ??= {})[channel] = cell.enabled;
  }
  return categories;
}

/** What reaches whom where: categories down, channels across. */
function Matrix({ cells, onChange }) {
  const channels = Object.keys(Object.values(cells)[0] || {});
  const toggle = (category, channel) => onChange({ ...cells, [category]: { ...cells[category], [channel]: { ...cells[category][channel], enabled: !cells[category][channel].enabled } } });
  return html`<div class="table-wrap flat matrix"><table><thead><tr><td></td>${channels.map((channel) => html`<th key=${channel} scope="col">${t(`inbox.channel.${channel}`)}</th>`)}</tr></thead>
    <tbody>${Object.entries(cells).map(([category, row]) => html`<tr key=${category}><th scope="row">${t(`inbox.category.${category}`)}</th>${channels.map((channel) => html`<td key=${channel}>
      <label class="check"><input type="checkbox" checked=${row[channel].enabled} disabled=${row[channel].locked} onChange=${() => toggle(category, channel)} /><span class="sr">${t(`inbox.category.${category}`)}, ${t(`inbox.channel.${channel}`)}</span></label></td>`)}</tr>`)}</tbody></table></div>`;
}

/** What the tenant's people get who have not chosen themselves. */
function Defaults({ onClose }) {
  const found = useRead(() => call('GET', '/notifications/defaults'));
  return html`<${Panel} title=${t('inbox.defaults')} onClose=${onClose}><${Problem} problem=${found.problem} retry=${found.reload} />
    ${found.data ? html`<${DefaultsEditor} found=${found.data} onClose=${onClose} />` : !found.problem && html`<${Loading} rows="4" />`}<//>`;
}

function DefaultsEditor({ found, onClose }) {
  const [cells, setCells] = useState(found.categories);
  const save = useAction(async () => {
    await call('PUT', '/notifications/defaults', { body: { categories: chosen(cells, (cell) => !cell.locked), version: found.version } });
    toast(t('inbox.defaults.saved'));
    onClose();
  });
  return html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><p class="small muted">${t('inbox.defaults.text')}</p>
    <${Matrix} cells=${cells} onChange=${setCells} /><${Problem} problem=${save.problem} />
    <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form>`;
}

function Editor({ found, onClose }) {
  const [cells, setCells] = useState(found.categories);
  const [quiet, setQuiet] = useState(found.quiet_hours);
  const [tongue, setTongue] = useState(found.language);
  const [digests, setDigests] = useState(found.digests);
  const save = useAction(async () => {
    const categories = chosen(cells, (cell, category, channel) => cell.enabled !== found.categories[category][channel].enabled);
    await call('PATCH', '/notifications/preferences', { body: { ...(Object.keys(categories).length && { categories }), digests, quiet_hours: quiet, language: tongue, version: found.version } });
    toast(t('inbox.saved'));
    onClose();
  });
  const set = (name) => (value) => setQuiet({ ...quiet, [name]: value });
  return html`<form class="stack loose" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    <div class="stack tight"><h3>${t('inbox.channels')}</h3><p class="small muted">${t('inbox.preferences.text')}</p>
      <${Matrix} cells=${cells} onChange=${setCells} /></div>
    <div class="stack tight"><h3>${t('inbox.digests')}</h3><p class="small muted">${t('inbox.digests.text')}</p>
      <div class="two">${Object.keys(digests).map((category) => html`<${SelectField} key=${category} label=${t(`inbox.category.${category}`)} value=${digests[category] || ''} onInput=${(pace) => setDigests({ ...digests, [category]: pace || null })} options=${PACES.map((each) => [each, t(`inbox.digest.${each || 'none'}`)])} />`)}</div></div>
    <div class="stack tight"><h3>${t('inbox.quiet')}</h3><p class="small muted">${t('inbox.quiet.text')}</p>
      <label class="check"><input type="checkbox" checked=${Boolean(quiet)} onChange=${() => setQuiet(quiet ? null : { begin: '22:00', end: '07:00', time_zone: me.value.tenant.time_zone })} /><span>${t('inbox.quiet.on')}</span></label>
      ${quiet && html`<div class="two"><${TextField} label=${t('inbox.quiet.begin')} type="time" value=${quiet.begin} onInput=${set('begin')} required /><${TextField} label=${t('inbox.quiet.end')} type="time" value=${quiet.end} onInput=${set('end')} required /></div>`}</div>
    <${Devices} />
    <${SelectField} label=${t('inbox.language')} value=${tongue || language.value} onInput=${setTongue} options=${Object.entries(LANGUAGES)} />
    <${Problem} problem=${save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form>`;
}
