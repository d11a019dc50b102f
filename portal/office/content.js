// What the public pages of the deployment say: questions with answers, and what merchants say of it.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { Button, Empty, toast } from '../components/basics.js';
import { Segmented, TextField } from '../components/forms.js';
import { Loading, Page, Problem, useAction, useRead } from './kit.js';

/** Part -> its fields; those with a question mark may stay empty. */
const PARTS = { faqs: ['question', 'answer', 'category?'], testimonials: ['quote', 'name', 'organization?'] };
const LONG = ['answer', 'quote'];

export default function Content() {
  const part = search.value.get('part') === 'testimonials' ? 'testimonials' : 'faqs';
  return html`<${Page} narrow title=${t('view.content')} text=${t('content.text')}>
    <${Segmented} label=${t('content.parts')} value=${part} onChange=${(value) => setQuery({ part: value === 'faqs' ? '' : value })} options=${Object.keys(PARTS).map((each) => [each, t(`content.part.${each}`)])} />
    <${Editor} key=${part} part=${part} /><//>`;
}

/** The whole list is replaced at once, under the version that was read: two editors never mix. */
function Editor({ part }) {
  const found = useRead(async () => {
    const answer = await call('GET', `/landing/${part}`, { whole: true });
    return { items: answer.data, version: answer.meta.version, at: answer.meta.updated_at };
  });
  const [items, setItems] = useState(null);
  useEffect(() => { if (found.data) setItems(found.data.items.map((each, at) => ({ ...each, id: at, consented: true }))); }, [found.data]);
  const names = PARTS[part].map((each) => each.replace('?', ''));
  const content = (each) => Object.fromEntries(names.filter((name) => each[name]?.trim()).map((name) => [name, each[name].trim()]));
  const save = useAction(async () => {
    const body = { version: found.data.version ?? 0, items: items.map((each) => ({ ...content(each), ...(part === 'testimonials' && { consented: each.consented })})) };
    await call('PUT', `/landing-content/${part}`, { body });
    toast(t('content.saved'));
    found.reload();
  });
  if (found.problem) return html`<${Problem} problem=${found.problem} retry=${found.reload} />`;
  if (!items) return html`<${Loading} />`;
  const changed = JSON.stringify(items.map(content)) !== JSON.stringify(found.data?.items.map(content));
  const change = (at, more) => setItems(items.map((each, index) => (index === at ? { ...each, ...more } : each)));
  const move = (at, by) => { const next = [...items]; [next[at], next[at + by]] = [next[at + by], next[at]]; setItems(next); };
  const add = () => setItems([...items, { id: Date.now(), consented: false }]);
  const fields = save.problem?.fields || {};
  return html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
    ${found.data?.at && html`<p class="small muted">${t('content.updated', { when: dateTime(found.data.at) })}</p>`}
    ${!items.length && html`<div class="card"><${Empty} icon="message-square" title=${t(`content.none.${part}`)}><p>${t('content.none.text')}</p><//></div>`}
    <ol class="stack">${items.map((each, at) => html`<li key=${each.id} class="card item"><div class="row apart nowrap"><span class="small muted">${at + 1}</span><div class="row nowrap">
        <${Button} size="small" kind="quiet" icon="chevron-up" label=${t('content.up', { number: at + 1 })} disabled=${!at} onClick=${() => move(at, -1)} /><${Button} size="small" kind="quiet" icon="chevron-down" label=${t('content.down', { number: at + 1 })} disabled=${at === items.length - 1} onClick=${() => move(at, 1)} />
        <${Button} size="small" kind="quiet" icon="trash-2" label=${t('content.remove', { number: at + 1 })} onClick=${() => setItems(items.filter((_, index) => index !== at))} /></div></div>
      ${PARTS[part].map((name) => { const plain = name.replace('?', ''); return html`<${TextField} key=${plain} label=${t(`content.${plain}`)} rows=${LONG.includes(plain) ? 3 : undefined} value=${each[plain] || ''} onInput=${(value) => change(at, { [plain]: value })} required=${!name.endsWith('?')} maxlength=${LONG.includes(plain) ? 2000 : 256} error=${fields[`items.${at}.${plain}`]?.join(' ')} />`; })}
      ${part === 'testimonials' && html`<label class="check"><input type="checkbox" checked=${each.consented} onChange=${() => change(at, { consented: !each.consented })} required /><span>${t('content.consent')}</span></label>`}</li>`)}</ol>
    <div><${Button} icon="plus" onClick=${add} disabled=${items.length >= 100}>${t(`content.add.${part}`)}<//></div><${Problem} problem=${save.problem} />
    <div class="row end">${changed && html`<${Button} onClick=${() => found.reload()}>${t('rules.discard')}<//>`}<${Button} type="submit" kind="primary" busy=${save.busy} disabled=${!changed}>${t('content.save')}<//></div></form>`;
}
