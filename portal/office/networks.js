// From where live keys work: what is in force, what is proposed, and the operator's approval.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { can } from '../lib/session.js';
import { Button, Icon, Notice, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { Loading, Page, Panel, Problem, useAction, useRead } from './kit.js';

const Networks = ({ of }) => html`<ul class="row networks">${of.map((network) => html`<li key=${network}><code>${network}</code></li>`)}</ul>`;

export default function AllowedNetworks() {
  const found = useRead(() => call('GET', '/tenant/network-allowlist'));
  const [proposing, setProposing] = useState(false);
  const { approved, proposed } = found.data || {};
  return html`<${Page} narrow title=${t('view.networks')} text=${t('network.text')} actions=${found.data && html`<${Button} kind="primary" icon="plus" onClick=${() => setProposing(true)}>${t('network.propose')}<//>`}>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!found.data && !found.problem && html`<${Loading} rows="2" />`}
    ${found.data && html`<p class="small muted row nowrap"><${Icon} name="network" />${t('network.here', { address: found.data.your_address })}</p>
      ${proposed && html`<section class="card item"><h2>${t('network.proposed')}</h2><p class="small muted">${t('network.proposed.text', { when: dateTime(proposed.at) })}</p><${Networks} of=${proposed.networks} />${proposed.note && html`<p class="small">${proposed.note}</p>`}</section>`}
      <section class="card item"><h2>${t('network.approved')}</h2>${approved?.networks.length ? html`<p class="small muted">${dateTime(approved.at)}</p><${Networks} of=${approved.networks} />` : html`<${Notice} tone="warn">${t('network.none')}<//>`}</section>`}
    ${can('platform:admin') && html`<${Review} />`}
    ${proposing && html`<${Propose} found=${found.data} onClose=${() => setProposing(false)} onDone=${() => { setProposing(false); found.reload(); }} />`}<//>`;
}

function Propose({ found, onClose, onDone }) {
  const [typed, setTyped] = useState((found.proposed || found.approved)?.networks.join('\n') || '');
  const [note, setNote] = useState('');
  const send = useAction(async () => {
    await call('PUT', '/tenant/network-allowlist', { body: { networks: typed.split(/[\s,]+/).filter(Boolean), version: found.version, ...(note.trim() && { note: note.trim() }) } });
    toast(t('network.sent'));
    onDone();
  });
  const said = Object.entries(send.problem?.fields || {}).filter(([name]) => name.startsWith('networks')).map(([, each]) => each.join(' ')).join(' ');
  return html`<${Panel} title=${t('network.propose')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}>
    <${TextField} label=${t('network.list')} hint=${t('network.list.hint')} rows="6" class="input mono" value=${typed} onInput=${setTyped} spellcheck="false" error=${said || undefined} /><${TextField} label=${t('network.note')} value=${note} onInput=${setNote} maxlength="256" />
    <${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="send" busy=${send.busy}>${t('network.send')}<//></div></form><//>`;
}

function Review() {
  const [form, setForm] = useState({ tenant_id: '', version: '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const approve = useAction(async () => {
    await call('POST', '/tenant/network-allowlist/approve', { body: { tenant_id: form.tenant_id.trim(), version: Number(form.version) } });
    setForm({ tenant_id: '', version: '' });
    toast(t('network.approve.done'));
  });
  const fields = approve.problem?.fields || {};
  return html`<form class="card item" onSubmit=${(event) => { event.preventDefault(); approve.run(); }}><h2>${t('network.review')}</h2><p class="small muted">${t('network.review.text')}</p>
    <div class="two"><${TextField} label=${t('network.tenant')} value=${form.tenant_id} onInput=${set('tenant_id')} required pattern="ten_[0-9A-Z]{26}" autocomplete="off" error=${fields.tenant_id?.join(' ')} /><${TextField} label=${t('network.version')} value=${form.version} onInput=${set('version')} required inputmode="numeric" pattern="[0-9]+" error=${fields.version?.join(' ')} /></div>
    <${Problem} problem=${approve.problem} /><div><${Button} type="submit" icon="check" busy=${approve.busy}>${t('network.approve')}<//></div></form>`;
}
