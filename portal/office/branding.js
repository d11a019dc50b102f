// How the tenant shows itself, seen while it is changed.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { applyBrand, brandTokens } from '../lib/brand.js';
import { me } from '../lib/session.js';
import { Button, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { Loading, Page, Problem, useAction, useRead } from './kit.js';
import { upload } from './upload.js';

export default function Branding() {
  const found = useRead(() => call('GET', '/tenant/branding'));
  return html`<${Page} title=${t('view.branding')} text=${t('branding.text')}><${Problem} problem=${found.problem} retry=${found.reload} />
    ${!found.data && !found.problem && html`<${Loading} />`}${found.data && html`<${Editor} key=${found.data.version} found=${found.data} onSaved=${found.reload} />`}<//>`;
}

function Editor({ found, onSaved }) {
  const [form, setForm] = useState({ display_name: found.display_name, primary_color: found.primary_color, accent_color: found.accent_color, email_footer: found.email_footer || '', support_email: found.support_email || '', support_url: found.support_url || '', logo_document_id: found.logo_document_id });
  const [logo, setLogo] = useState(found.logo_url);
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value }));
  const send = useAction(async (file) => {
    const document = await upload(file, 'logo');
    set('logo_document_id')(document.id);
    setLogo(URL.createObjectURL(file));
  });
  const save = useAction(async () => {
    const body = Object.fromEntries(Object.entries(form).filter(([, value]) => value));
    const saved = await call('POST', '/tenant/branding', { body: { ...body, version: found.version } });
    localStorage.setItem(`batua.brand.${me.value.tenant.id}`, saved.primary_color);
    applyBrand(saved.primary_color);
    toast(t('branding.saved'));
    onSaved();
  });
  const fields = save.problem?.fields || {};
  return html`<div class="two uneven"><form class="card pad stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}>
      <${TextField} label=${t('branding.name')} value=${form.display_name} onInput=${set('display_name')} maxlength="128" required error=${fields.display_name?.join(' ')} />
      <div class="two"><${TextField} label=${t('branding.primary')} type="color" value=${form.primary_color} onInput=${set('primary_color')} hint=${t('branding.primary.hint')} /><${TextField} label=${t('branding.accent')} type="color" value=${form.accent_color} onInput=${set('accent_color')} /></div>
      <div class="field"><span class="legend">${t('branding.logo')}</span><div class="row"><label class="button"><input class="sr" type="file" accept="image/png,image/jpeg,image/webp" onChange=${(event) => event.target.files[0] && send.run(event.target.files[0])} />${t('branding.logo.choose')}</label>
        ${form.logo_document_id && html`<${Button} kind="quiet" onClick=${() => { set('logo_document_id')(null); setLogo(null); }}>${t('branding.logo.remove')}<//>`}</div><span class="hint">${t('branding.logo.hint')}</span></div>
      <${Problem} problem=${send.problem} />
      <${TextField} label=${t('branding.email')} type="email" value=${form.support_email} onInput=${set('support_email')} error=${fields.support_email?.join(' ')} />
      <${TextField} label=${t('branding.url')} type="url" placeholder="https://" value=${form.support_url} onInput=${set('support_url')} error=${fields.support_url?.join(' ')} />
      <${TextField} label=${t('branding.footer')} rows="3" value=${form.email_footer} onInput=${set('email_footer')} error=${fields.email_footer?.join(' ')} />
      <${Problem} problem=${save.problem} /><div><${Button} type="submit" kind="primary" busy=${save.busy || send.busy}>${t('save')}<//></div></form>
    <section class="stack" aria-label=${t('branding.preview')}>${['light', 'dark'].map((scheme) => html`<div key=${scheme} class="card pad stack brand-sample" data-scheme=${scheme} style=${{ ...brandTokens(form.primary_color, scheme) }}>
      ${logo ? html`<img src=${logo} alt="" height="40" />` : html`<strong>${form.display_name}</strong>`}<p class="small">${t('branding.sample')}</p><span class="button primary" aria-hidden="true">${t('signin.submit')}</span></div>`)}</section></div>`;
}
