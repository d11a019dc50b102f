// How fast tickets are to be answered, how fast they were, and when the office is open.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { date, number } from '../lib/format.js';
import { can } from '../lib/session.js';
import { Button, Icon, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Facts, Loading, Panel, Problem, Table, useAction, useRead } from './kit.js';

const CLOCKS = ['first_response', 'next_response', 'resolution'];
const PRIORITIES = ['urgent', 'high', 'normal', 'low'];

const duration = (minutes) => (minutes < 60 || minutes % 30 ? t('support.minutes', { count: minutes }) : t('support.hours', { count: minutes / 60, hours: number(minutes / 60) }));

export function ServiceLevels() {
  const found = useRead(async () => {
    const [settings, report] = await Promise.all([call('GET', '/tickets/sla-settings'), call('GET', '/tickets/sla-metrics')]);
    return { settings, report };
  });
  const [open, setOpen] = useState(null);
  if (!found.data) return html`<${Problem} problem=${found.problem} retry=${found.reload} />${!found.problem && html`<${Loading} />`}`;
  const { settings, report } = found.data;
  const done = () => { setOpen(null); found.reload(); };
  const admin = can('platform:admin');
  const line = (priority, clock) => report.lines.find((each) => each.priority === priority && each.clock === clock);
  const met = (each) => (each.count ? `${number(each.met_percent)} % · ${t('support.of', { met: number(each.met), count: number(each.count) })}` : '—');
  return html`<section class="stack tight" aria-labelledby="kept"><h2 id="kept" class="section">${t('support.kept')}</h2><p class="small muted">${t('support.kept.text', { from: date(report.from), to: date(report.to) })}</p>
      <div class="card"><${Table} caption=${t('support.kept')} rows=${PRIORITIES} rowKey=${(row) => row} columns=${[{ key: 'priority', title: t('ticket.priority'), main: true, show: (row) => t(`ticket.priority.${row}`) }, ...CLOCKS.map((clock) => ({ key: clock, title: t(`ticket.sla.${clock}`), show: (row) => met(line(row, clock)) }))]} /></div></section>
    <section class="stack tight" aria-labelledby="targets"><div class="row apart"><h2 id="targets" class="section">${t('support.targets')}</h2>${admin && html`<${Button} size="small" icon="pencil" onClick=${() => setOpen('targets')}>${t('support.targets.change')}<//>`}</div>
      <div class="card"><${Table} caption=${t('support.targets')} rows=${PRIORITIES} rowKey=${(row) => row} columns=${[{ key: 'priority', title: t('ticket.priority'), main: true, show: (row) => t(`ticket.priority.${row}`) }, ...CLOCKS.map((clock) => ({ key: clock, title: t(`ticket.sla.${clock}`), show: (row) => duration(settings.targets[row][clock]) }))]} /></div></section>
    <section class="stack tight" aria-labelledby="hours"><div class="row apart"><h2 id="hours" class="section">${t('support.calendars')}</h2>${admin && html`<${Button} size="small" icon="calendar" onClick=${() => setOpen('holidays')}>${t('support.holidays.import')}<//>`}</div>
      <ul class="cards">${Object.entries(settings.calendars).map(([name, calendar]) => html`<li key=${name} class="card item"><h3>${name}</h3><${Facts} entries=${[[t('support.zone'), calendar.time_zone], ...Object.entries(calendar.week).filter(([, spans]) => spans.length).map(([day, spans]) => [t(`support.day.${day}`), spans.join(', ')]), [t('support.days'), number(Object.keys(calendar.days).length)]]} /></li>`)}</ul></section>
    ${open === 'targets' && html`<${Targets} settings=${settings} onClose=${() => setOpen(null)} onDone=${done} />`}
    ${open === 'holidays' && html`<${Holidays} settings=${settings} onClose=${() => setOpen(null)} onDone=${done} />`}`;
}

function Targets({ settings, onClose, onDone }) {
  const [targets, setTargets] = useState(settings.targets);
  const set = (priority, clock) => (value) => setTargets({ ...targets, [priority]: { ...targets[priority], [clock]: value } });
  const save = useAction(async () => {
    const wanted = Object.fromEntries(Object.entries(targets).map(([priority, each]) => [priority, { ...each, ...Object.fromEntries(CLOCKS.map((clock) => [clock, Number(each[clock])])) }]));
    await call('PUT', '/tickets/sla-settings', { body: { calendars: settings.calendars, targets: wanted, version: settings.version } });
    toast(t('support.targets.saved'));
    onDone();
  });
  const fields = save.problem?.fields || {};
  return html`<${Panel} title=${t('support.targets')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><p class="muted">${t('support.targets.text')}</p>
    ${PRIORITIES.map((priority) => html`<fieldset key=${priority}><legend>${t(`ticket.priority.${priority}`)}</legend><div class="two">${CLOCKS.map((clock) => html`<${TextField} key=${clock} label=${t(`ticket.sla.${clock}`)} type="number" min="1" max="60000" step="1" value=${targets[priority][clock]} onInput=${set(priority, clock)} required error=${fields[`targets.${priority}.${clock}`]?.join(' ')} />`)}
      ${Object.keys(settings.calendars).length > 1 && html`<${SelectField} label=${t('support.calendar')} value=${targets[priority].calendar} onInput=${set(priority, 'calendar')} options=${Object.keys(settings.calendars).map((each) => [each, each])} />`}</div></fieldset>`)}
    <${Problem} problem=${save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div></form><//>`;
}

/** Takes the holidays of an iCalendar file, as most calendars export one. */
function Holidays({ settings, onClose, onDone }) {
  const names = Object.keys(settings.calendars);
  const [calendar, setCalendar] = useState(names[0]);
  const [file, setFile] = useState(null);
  const [made, setMade] = useState(null);
  const send = useAction(async () => setMade(await call('POST', '/tickets/sla-settings/holidays', { body: { calendar, ics: await file.text(), version: settings.version } })));
  if (made) {
    return html`<${Panel} title=${t('support.holidays.import')} onClose=${onDone}><p class="strong">${t('support.holidays.added', { count: made.added.length })}</p>
      ${made.added.length > 0 && html`<${Facts} entries=${made.added.map((each) => [date(each.day), each.name])} />`}<p class="small muted">${t('support.holidays.kept', { count: made.kept })} ${t('support.holidays.out', { count: made.left_out })}</p><div class="foot"><${Button} kind="primary" onClick=${onDone}>${t('close')}<//></div><//>`;
  }
  return html`<${Panel} title=${t('support.holidays.import')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}><p class="muted">${t('support.holidays.text')}</p>
    <${SelectField} label=${t('support.calendar')} value=${calendar} onInput=${setCalendar} options=${names.map((each) => [each, each])} />
    <div class="field"><label class="button"><input class="sr" type="file" accept=".ics,text/calendar" onChange=${(event) => setFile(event.target.files[0] || null)} /><${Icon} name="upload" />${file ? file.name : t('support.holidays.file')}</label></div>
    <${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${send.busy} disabled=${!file}>${t('support.holidays.do')}<//></div></form><//>`;
}
