// The tenant's own web sites: whose pages may call the API, and the tag that shows coins there.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { Button, Notice, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { CopyField, Loading, Page, Problem, useAction, useRead } from './kit.js';

export default function Sites() {
  const found = useRead(() => call('GET', '/tenant/origins'));
  const context = useRead(() => call('GET', '/tenant/context'));
  const slug = context.data?.slug;
  const tag = `<script async src="${location.origin}/widget.js"\n  data-merchant="${slug}" data-bill="1499"></script>`;
  return html`<${Page} narrow title=${t('view.sites')} text=${t('site.text')}><${Problem} problem=${found.problem} retry=${found.reload} />${!found.data && !found.problem && html`<${Loading} rows="2" />`}
    ${found.data && html`<${Editor} key=${found.data.version} found=${found.data} onSaved=${found.reload} />`}
    ${slug && context.data.program && html`<section class="card pad stack" aria-labelledby="customers-page"><h2 id="customers-page">${t('site.page')}</h2><p class="muted">${t('site.page.text')}</p><${CopyField} label=${t('site.page.link')} value=${`${location.origin}/my/${slug}`} /></section>
      <section class="card pad stack" aria-labelledby="widget"><h2 id="widget">${t('site.widget')}</h2><p class="muted">${t('site.widget.text')}</p><pre class="code" tabindex="0" aria-label=${t('site.widget')}>${tag}</pre>
        <div class="row"><${Button} icon="copy" onClick=${async () => { await navigator.clipboard.writeText(tag); toast(t('copied')); }}>${t('copy')}<//></div></section>`}<//>`;
}

function Editor({ found, onSaved }) {
  const [typed, setTyped] = useState(found.origins.join('\n'));
  const origins = typed.split(/[\s,]+/).filter(Boolean);
  const save = useAction(async () => {
    await call('PUT', '/tenant/origins', { body: { origins, version: found.version } });
    toast(t('site.saved'));
    onSaved();
  });
  const said = Object.entries(save.problem?.fields || {}).filter(([name]) => name.startsWith('origins')).map(([, each]) => each.join(' ')).join(' ');
  return html`<form class="card pad stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><h2>${t('site.origins')}</h2>${!found.origins.length && html`<${Notice}>${t('site.none')}<//>`}
    <${TextField} label=${t('site.list')} hint=${t('site.list.hint')} rows="3" class="input mono" placeholder="https://shop.example.com" value=${typed} onInput=${setTyped} spellcheck="false" error=${said || undefined} />
    <${Problem} problem=${save.problem} /><div><${Button} type="submit" kind="primary" busy=${save.busy} disabled=${origins.join() === found.origins.join()}>${t('save')}<//></div></form>`;
}
