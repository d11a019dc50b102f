// The platform's health as the public reads it, the stores behind it, and incidents: reported, updated, resolved.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { ago, date, dateTime, number } from '../lib/format.js';
import { Badge, Button, Empty, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { DeadLetters } from './dead-letters.js';
import { Loading, Page, Panel, Problem, Stat, useAction, useRead } from './kit.js';

const TONES = { operational: 'good', maintenance: 'info', degraded: 'warn', outage: 'bad', unknown: '' };
const IMPACT_TONES = { maintenance: 'info', minor: 'warn', major: 'bad', critical: 'bad' };
const COMPONENTS = ['counter', 'prefund', 'rewards', 'integrations', 'accounts', 'support'];
const STATES = ['investigating', 'identified', 'monitoring', 'resolved'];
const DAYS = 90;

async function read() {
  const [status, ready, version] = await Promise.all([
    call('GET', '/landing/status-check'),
    // Not ready is an answer as well: it names the store that doesn't answer.
    call('GET', '/health/ready').catch((problem) => ({ problem: problem.message })),
    call('GET', '/health/version'),
  ]);
  return { status, ready, version };
}

export default function Status() {
  const found = useRead(read);
  const [open, setOpen] = useState(null);
  const { status, ready, version } = found.data || {};
  const done = () => { setOpen(null); found.reload(); };
  return html`<${Page} title=${t('view.status')} text=${t('status.text')} actions=${html`<${Button} icon="refresh-cw" busy=${found.loading && Boolean(found.data)} onClick=${found.reload}>${t('status.refresh')}<//><${Button} kind="primary" icon="siren" onClick=${() => setOpen('new')}>${t('status.report')}<//>`}>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!found.data && !found.problem && html`<${Loading} />`}
    ${found.data && html`<div class="stats"><${Stat} label=${t('status.now')} icon="trending-up" value=${html`<span class=${`tone ${TONES[status.status]}`}>${t(`status.is.${status.status}`)}</span>`} note=${status.checked_at && t('status.checked', { when: ago(status.checked_at) })} />
        <${Stat} label=${t('status.stores')} icon="shield-check" value=${html`<span class=${`tone ${ready.problem ? 'bad' : 'good'}`}>${t(ready.problem ? 'status.stores.bad' : 'status.stores.good')}</span>`} note=${ready.problem || t('status.stores.text')} />
        <${Stat} label=${t('status.version')} icon="tag" value=${version.version} note=${`${version.stage} · ${version.build}`} /></div>
      <section class="card pad stack" aria-labelledby="components"><h2 id="components">${t('status.components')}</h2><ul class="components">${status.components.map((each) => html`<${Component} key=${each.name} component=${each} />`)}</ul></section>
      <section aria-labelledby="incidents"><h2 id="incidents" class="section">${t('status.incidents')}</h2>${status.incidents.length ? html`<ul class="cards">${status.incidents.map((each) => html`<li key=${each.id} class="card item"><div class="row apart nowrap"><h3>${each.title}</h3><${Badge} tone=${each.resolved_at ? 'good' : IMPACT_TONES[each.impact]}>${t(`status.state.${each.state}`)}<//></div>
        <p class="small muted">${dateTime(each.started_at)} · ${each.components.map((name) => t(`status.component.${name}`)).join(', ')}</p>
        <ol class="timeline">${each.updates.map((update) => html`<li key=${update.at}><span class="strong">${t(`status.state.${update.state}`)}</span><span class="small muted">${dateTime(update.at)}</span><span class="small said">${update.message}</span></li>`)}</ol>
        ${!each.resolved_at && html`<div><${Button} size="small" icon="message-square" onClick=${() => setOpen(each)}>${t('status.update')}<//></div>`}</li>`)}</ul>` : html`<div class="card"><${Empty} icon="circle-check" title=${t('status.none')}><p>${t('status.none.text')}</p><//></div>`}</section>`}
    <${DeadLetters} />
    ${open && html`<${Tell} incident=${open === 'new' ? null : open} onClose=${() => setOpen(null)} onDone=${done} />`}<//>`;
}

/** Ninety days as ninety bars, the newest at the right; days that nobody watched are grey. Today's is what the badge says: an
 * incident counts although the checks find nothing. */
function Component({ component }) {
  const known = new Map(component.days.map((each) => [each.day, each]));
  const days = Array.from({ length: DAYS }, (_, at) => new Date(Date.now() - (DAYS - 1 - at) * 86_400_000).toISOString().slice(0, 10));
  const bad = component.days.reduce((sum, each) => sum + each.minutes, 0);
  const said = t('status.days', { count: component.days.length, minutes: number(bad) });
  return html`<li><div class="row apart nowrap"><span class="strong">${t(`status.component.${component.name}`)}</span><${Badge} tone=${TONES[component.status]}>${t(`status.is.${component.status}`)}<//></div>
    <svg class="days" viewBox="0 0 360 20" preserveAspectRatio="none" role="img" aria-label=${said}>${days.map((day, at) => html`<rect key=${day} x=${at * 4} y="0" width="3" height="20" rx="1" class=${at === DAYS - 1 && component.status !== 'unknown' ? component.status : known.get(day)?.status || 'unknown'}><title>${date(day)}</title></rect>`)}</svg><p class="small muted">${said}</p></li>`;
}

function Tell({ incident, onClose, onDone }) {
  const [form, setForm] = useState({ title: '', message: '', impact: incident?.impact || 'minor', components: incident?.components || [], state: incident ? incident.state : 'investigating' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const toggle = (name) => set('components')(form.components.includes(name) ? form.components.filter((each) => each !== name) : [...form.components, name]);
  const send = useAction(async () => {
    const body = { state: form.state, message: form.message.trim(), impact: form.impact, components: form.components };
    if (incident) await call('POST', `/landing-content/incidents/${incident.id}/updates`, { body: { ...body, version: incident.version } });
    else await call('POST', '/landing-content/incidents', { body: { ...body, title: form.title.trim() } });
    toast(t('status.published'));
    onDone();
  });
  const fields = send.problem?.fields || {};
  return html`<${Panel} title=${incident ? incident.title : t('status.report')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}><p class="muted">${t('status.public')}</p>
    ${!incident && html`<${TextField} label=${t('status.title')} value=${form.title} onInput=${set('title')} required maxlength="120" autofocus error=${fields.title?.join(' ')} />`}
    <div class="two"><${SelectField} label=${t('status.state')} value=${form.state} onInput=${set('state')} options=${(incident ? STATES : ['scheduled', ...STATES.slice(0, 3)]).map((each) => [each, t(`status.state.${each}`)])} /><${SelectField} label=${t('status.impact')} value=${form.impact} onInput=${set('impact')} options=${Object.keys(IMPACT_TONES).map((each) => [each, t(`status.impact.${each}`)])} /></div>
    <fieldset><legend>${t('status.affected')}</legend><div class="choices">${COMPONENTS.map((name) => html`<label key=${name} class="check"><input type="checkbox" checked=${form.components.includes(name)} onChange=${() => toggle(name)} /><span>${t(`status.component.${name}`)}</span></label>`)}</div></fieldset>
    <${TextField} label=${t('status.message')} rows="4" value=${form.message} onInput=${set('message')} required maxlength="2000" error=${fields.message?.join(' ')} />
    <${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="send" busy=${send.busy} disabled=${!form.components.length || !form.message.trim()}>${t('status.publish')}<//></div></form><//>`;
}
