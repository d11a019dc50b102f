// A program's tiers: what customers get for the coins they earn in a period, edited as a whole.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { Button, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Problem, useAction } from './kit.js';

const MOST = 6;
const text = (value) => (value === null || value === undefined ? '' : String(value));
const toLevel = (level) => ({ id: level.id, name: level.name, earned: text(level.earned), multiplier: text(level.multiplier), benefits: level.benefits.join('\n') });
const blank = (earned) => ({ name: '', earned, multiplier: '1', benefits: '' });

const toApi = (form) => (form.levels.length === 0 ? null : {
  period: form.period === 'rolling' ? { type: 'rolling', months: Number(form.months) || 12 } : { type: 'calendar_year', starts_in: Number(form.starts_in) },
  grace_months: Number(form.grace) || 0,
  levels: form.levels.map((level) => ({ ...(level.id && { id: level.id }), name: level.name.trim(), ...(level.earned && { earned: level.earned }), multiplier: level.multiplier || '1', benefits: level.benefits.split('\n').map((line) => line.trim()).filter(Boolean) })),
});

export function TierEditor({ program, locked, onSaved }) {
  const given = program.tiers;
  const [form, setForm] = useState({ period: given?.period.type || 'rolling', months: text(given?.period.months ?? 12), starts_in: text(given?.period.starts_in ?? 4), grace: text(given?.grace_months ?? 0), levels: (given?.levels || []).map(toLevel) });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const change = (index, part) => set('levels')(form.levels.map((level, at) => (at === index ? { ...level, ...part } : level)));
  const save = useAction(async () => {
    await call('PATCH', `/rewards/programs/${program.id}`, { body: { tiers: toApi(form), version: program.version } });
    toast(t('program.saved'));
    onSaved();
  });
  const fields = save.problem?.fields || {};
  const error = (name) => fields[`tiers.${name}`]?.join(' ');
  return html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><p class="muted">${t('tiers.text')}</p>
    ${form.levels.map((level, index) => html`<section key=${level.id || index} class="card pad stack"><div class="row apart"><h2>${level.name || t('tiers.level', { count: index + 1 })}</h2>${!locked && html`<${Button} size="small" kind="quiet" icon="x" label=${t('tiers.remove')} onClick=${() => set('levels')(form.levels.filter((each, at) => at !== index))} />`}</div>
      <${TextField} label=${t('tiers.name')} value=${level.name} onInput=${(name) => change(index, { name })} required maxlength="40" disabled=${locked} error=${error(`levels.${index}.name`)} />
      <div class="two"><${TextField} label=${t('tiers.earned')} hint=${index === 0 ? t('tiers.earned.hint') : undefined} value=${level.earned} onInput=${(earned) => change(index, { earned })} inputmode="decimal" disabled=${locked} error=${error(`levels.${index}.earned`)} /><${TextField} label=${t('tiers.multiplier')} value=${level.multiplier} onInput=${(multiplier) => change(index, { multiplier })} inputmode="decimal" disabled=${locked} error=${error(`levels.${index}.multiplier`)} /></div>
      <${TextField} label=${t('tiers.benefits')} hint=${t('tiers.benefits.hint')} rows="2" value=${level.benefits} onInput=${(benefits) => change(index, { benefits })} disabled=${locked} error=${error(`levels.${index}.benefits`) || error(`levels.${index}.benefits.0`)} /></section>`)}
    ${!locked && form.levels.length < MOST && html`<div><${Button} icon="plus" onClick=${() => set('levels')([...form.levels, blank(form.levels.length ? '' : '100')])}>${t('tiers.add')}<//></div>`}
    ${form.levels.length > 0 && html`<section class="card pad stack"><h2>${t('tiers.period')}</h2><div class="two"><${SelectField} label=${t('tiers.period.type')} value=${form.period} onInput=${set('period')} options=${['rolling', 'calendar_year'].map((each) => [each, t(`tiers.period.${each}`)])} disabled=${locked} error=${error('period')} />
      ${form.period === 'rolling' ? html`<${TextField} label=${t('tiers.months')} type="number" min="1" max="12" value=${form.months} onInput=${set('months')} disabled=${locked} error=${error('period.months')} />` : html`<${TextField} label=${t('tiers.starts')} type="number" min="1" max="12" value=${form.starts_in} onInput=${set('starts_in')} disabled=${locked} error=${error('period.starts_in')} />`}</div>
      <${TextField} label=${t('tiers.grace')} hint=${t('tiers.grace.hint')} type="number" min="0" max="12" value=${form.grace} onInput=${set('grace')} disabled=${locked} error=${error('grace_months')} /></section>`}
    <${Problem} problem=${save.problem} />${!locked && html`<div class="foot"><${Button} type="submit" kind="primary" busy=${save.busy}>${t('save')}<//></div>`}</form>`;
}
