// The operator's tenants as a tree: what each is, what waits for approval there, and the way to stop one.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { date, dateTime } from '../lib/format.js';
import { path, search } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Badge, Button, Empty, Icon, Notice, toast } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { Back, CopyField, Facts, Loading, Page, Panel, Problem, useAction, useList } from './kit.js';
import { forgetTenants, useTenantsNamed } from './tenant-names.js';
import { Administrator, MoveTenant, NewTenant } from './tenant-forms.js';

const ICONS = { operator: 'house', parent: 'building-2', merchant: 'store', application: 'plug' };
const TONES = { active: 'good', suspended: 'bad', closed: '' };

export default function Tenants() {
  const [open, setOpen] = useState(null);
  const [changed, setChanged] = useState(0);
  const [text, setText] = useState(search.value.get('find') || '');
  const done = (tenant) => { setOpen(tenant); setChanged(changed + 1); forgetTenants(); };
  // Somebody who was sent here with an id finds that tenant's own children as the first level.
  const top = path.value.split('/')[2] || '';
  return html`<${Page} title=${t('view.tenants')} text=${top ? t('tenants.below', { tenant: top }) : t('tenants.text')} back=${top && html`<${Back} href="/tenants">${t('tenants.all')}<//>`} actions=${can('platform:admin') && html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>${t('tenants.new')}<//>`}>
    <div class="input-with"><${Icon} name="search" /><input class="input" type="search" aria-label=${t('tenants.search')} placeholder=${t('tenants.search')} value=${text} onInput=${(event) => setText(event.target.value)} autocomplete="off" spellcheck="false" maxlength="128" /></div>
    ${text.trim() ? html`<${Named} text=${text} onOpen=${setOpen} />` : html`<div class="card tree"><${Branch} key=${top} parent=${top} depth=${1} label=${t('view.tenants')} changed=${changed} onOpen=${setOpen} /></div>`}
    ${open === 'new' && html`<${NewTenant} onClose=${() => setOpen(null)} onDone=${done} />`}${open && open !== 'new' && html`<${Tenant} key=${open.id} tenant=${open} onClose=${() => setOpen(null)} onDone=${done} />`}<//>`;
}

/** Those of all levels that are called so. */
function Named({ text, onOpen }) {
  const { rows, ended, more } = useTenantsNamed(text);
  return html`<div class="card tree">${rows.length > 0 && html`<ul aria-label=${t('view.tenants')}>${rows.slice(0, 50).map((tenant) => html`<${Row} key=${tenant.id} tenant=${tenant} onOpen=${onOpen} />`)}</ul>`}
    ${!ended && html`<div class="tree-note"><${Loading} rows="1" /></div>`}
    ${ended && !rows.length && html`<div role="status"><${Empty} icon="search" title=${t('tenants.search.none')}><p>${t('tenants.search.none.text', { text: text.trim() })}</p><//></div>`}
    ${ended && (more || rows.length > 50) && html`<p class="tree-note small muted">${t('tenants.search.more')}</p>`}</div>`;
}

const Row = ({ tenant, onOpen, children, fold }) => html`<li><div class="tree-row">${fold || html`<span class="fold"></span>`}
      <button type="button" class="grow tree-open" onClick=${() => onOpen(tenant)}><span class="disc"><${Icon} name=${ICONS[tenant.kind]} /></span>
        <span class="tree-name"><span class="strong ellipsis">${tenant.name}</span><span class="small muted ellipsis">${[t(`tenants.kind.${tenant.kind}`), tenant.program_name].filter(Boolean).join(' · ')}</span></span></button>
      <span class="row tree-badges">${tenant.proposed_networks && html`<${Badge} tone="info" icon="network">${t('tenants.networks.wait')}<//>`}<${Status} of=${tenant} /></span></div>
    ${children}</li>`;

/** The tenants right below one, thirty at a time. */
function Branch({ parent, depth, label, changed, onOpen }) {
  const list = useList('/tenant/tree', { parent, limit: 30 });
  useEffect(() => { if (changed) list.reload(); }, [changed]);
  if (list.problem) return html`<div class="tree-note"><${Problem} problem=${list.problem} retry=${list.reload} /></div>`;
  if (!list.rows) return html`<div class="tree-note"><${Loading} rows=${depth > 1 ? 1 : 4} /></div>`;
  if (!list.rows.length) return depth > 1 ? html`<p class="tree-note small muted">${t('tenants.leaf')}</p>` : html`<${Empty} icon="building-2" title=${t('tenants.none')}><p>${t('tenants.none.text')}</p><//>`;
  return html`<ul aria-label=${label}>${list.rows.map((tenant) => html`<${Node} key=${tenant.id} tenant=${tenant} depth=${depth} changed=${changed} onOpen=${onOpen} />`)}</ul>
    ${list.next && html`<div class="tree-note"><${Button} size="small" busy=${list.loadMore.busy} onClick=${() => list.loadMore.run()}>${t('more')}<//></div>`}
    <${Problem} problem=${list.loadMore.problem} />`;
}

function Node({ tenant, depth, changed, onOpen }) {
  const [unfolded, setUnfolded] = useState(false);
  const folds = tenant.kind !== 'application';
  const fold = folds && html`<button type="button" class="fold" aria-expanded=${String(unfolded)} aria-label=${t(unfolded ? 'tenants.fold' : 'tenants.unfold', { name: tenant.name })} onClick=${() => setUnfolded(!unfolded)}><${Icon} name="chevron-right" /></button>`;
  return html`<${Row} tenant=${tenant} onOpen=${onOpen} fold=${fold}>${unfolded && html`<${Branch} parent=${tenant.id} depth=${depth + 1} label=${tenant.name} changed=${changed} onOpen=${onOpen} />`}<//>`;
}

const Status = ({ of }) => html`<${Badge} tone=${of.stopped_by && of.status === 'active' ? 'warn' : TONES[of.status]}>${t(of.stopped_by && of.stopped_by !== of.id && of.status === 'active' ? 'tenants.stopped' : `tenants.status.${of.status}`)}<//>`;

function Tenant({ tenant, onClose, onDone }) {
  const stopped = tenant.stopped_by && tenant.stopped_by !== tenant.id;
  const [step, setStep] = useState(null);
  const back = () => setStep(null);
  if (step === 'admin') return html`<${Administrator} tenant=${tenant} onClose=${back} onDone=${back} />`;
  if (step === 'move') return html`<${MoveTenant} tenant=${tenant} onClose=${back} onDone=${onDone} />`;
  const admin = can('platform:admin') && tenant.status !== 'closed' && tenant.kind !== 'operator';
  return html`<${Panel} title=${tenant.name} onClose=${onClose}><div class="row"><${Status} of=${tenant} /><${Badge}>${t(`tenants.kind.${tenant.kind}`)}<//></div>
    ${stopped && html`<${Notice} tone="warn">${t('tenants.stopped.text')}<//>`}
    <${CopyField} label=${t('ledger.id')} value=${tenant.id} />
    <${Facts} entries=${[[t('tenants.slug'), html`<code>${tenant.slug}</code>`], tenant.program_name && [t('tenants.program'), tenant.program_name], [t('tenants.joined'), date(tenant.joined_at)], [t('tenants.products'), tenant.products.map((each) => t(`tenants.product.${each}`)).join(', ') || '—']]} />
    ${tenant.proposed_networks && html`<${Networks} tenant=${tenant} onDone=${onDone} />`}
    ${admin && html`<div class="row"><${Button} icon="user-plus" onClick=${() => setStep('admin')}>${t('tenants.admin')}<//><${Button} icon="network" onClick=${() => setStep('move')}>${t('tenants.move')}<//></div>`}
    ${can('platform:admin') && tenant.status !== 'closed' && html`<${Change} key=${tenant.status} tenant=${tenant} onDone=${onDone} />`}<//>`;
}

function Networks({ tenant, onDone }) {
  const { networks, note, version, at } = tenant.proposed_networks;
  const approve = useAction(async () => {
    await call('POST', '/tenant/network-allowlist/approve', { body: { tenant_id: tenant.id, version } });
    toast(t('tenants.networks.approved'));
    onDone({ ...tenant, proposed_networks: null });
  });
  return html`<section class="card item"><h3>${t('tenants.networks')}</h3><p class="small muted">${t('tenants.networks.text', { when: dateTime(at) })}</p>
    <ul class="row">${networks.map((each) => html`<li key=${each}><code>${each}</code></li>`)}</ul>${note && html`<p class="small">${note}</p>`}<${Problem} problem=${approve.problem} />
    ${can('platform:admin') && html`<div><${Button} kind="primary" icon="check" busy=${approve.busy} onClick=${() => approve.run()}>${t('tenants.networks.approve')}<//></div>`}</section>`;
}

/** A suspension needs a reason and the tenant's name typed: it stops a business. */
function Change({ tenant, onDone }) {
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const active = tenant.status === 'active';
  const change = useAction(async () => {
    const now = await call('PATCH', `/tenant/tree/${tenant.id}`, { body: active ? { status: 'suspended', reason: reason.trim() } : { status: 'active' } });
    toast(t(active ? 'tenants.suspended' : 'tenants.resumed', { name: tenant.name }));
    onDone(now);
  });
  if (!active) return html`<section class="card item"><p class="small muted">${t('tenants.resume.text')}</p><${Problem} problem=${change.problem} /><div><${Button} kind="primary" icon="play" busy=${change.busy} onClick=${() => change.run()}>${t('tenants.resume')}<//></div></section>`;
  if (!asking) return html`<div class="foot"><${Button} kind="danger" icon="ban" onClick=${() => setAsking(true)}>${t('tenants.suspend')}<//></div>`;
  return html`<form class="card item" onSubmit=${(event) => { event.preventDefault(); change.run(); }}><h3>${t('tenants.suspend')}</h3><p class="small muted">${t('tenants.suspend.text')}</p>
    <${TextField} label=${t('tenants.reason')} hint=${t('tenants.reason.hint')} value=${reason} onInput=${setReason} required maxlength="256" autofocus error=${change.problem?.fields?.reason?.join(' ')} />
    <${TextField} label=${t('confirm.type', { phrase: tenant.name })} value=${typed} onInput=${setTyped} autocomplete="off" /><${Problem} problem=${change.problem} />
    <div class="row"><${Button} onClick=${() => setAsking(false)}>${t('cancel')}<//><${Button} type="submit" kind="primary danger" icon="ban" busy=${change.busy} disabled=${!reason.trim() || typed.trim() !== tenant.name.trim()}>${t('tenants.suspend')}<//></div></form>`;
}
