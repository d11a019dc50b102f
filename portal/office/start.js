// The first page of a tenant that has no counter of its own: a newcomer before the first program, a parent, an application.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { me } from '../lib/session.js';
import { allowed } from '../app/views.js';
import { Icon } from '../components/basics.js';
import { Checklist } from './checklist.js';
import { Page } from './kit.js';

/** What each kind of tenant comes for, in that order; what a role may not see is left out. */
const TILES = {
  merchant: ['programs', 'funds', 'requests', 'connections', 'team', 'tickets'],
  parent: ['requests', 'funds', 'prefund', 'reports', 'invoices', 'team'],
  application: ['funds', 'keys', 'endpoints', 'reports', 'invoices', 'team'],
};

export default function Start() {
  const { kind, name } = me.value.tenant;
  const tiles = (TILES[kind] || TILES.merchant).map((each) => allowed().find((view) => view.name === each)).filter(Boolean);
  return html`<${Page} title=${t('start.title', { name: me.value.name.split(' ')[0] })} text=${t(`start.${TILES[kind] ? kind : 'merchant'}`, { name })}>
    <${Checklist} />
    <section aria-labelledby="places"><h2 id="places" class="section">${t('start.places')}</h2><ul class="cards">${tiles.map((view) => html`<li key=${view.path}><a class="card item tile" href=${view.path}><span class="row nowrap"><span class="disc"><${Icon} name=${view.icon} /></span><span class="tree-name"><span class="strong">${t(`view.${view.name}`)}</span><span class="small muted">${t(`start.to.${view.name}`)}</span></span></span></a></li>`)}</ul></section><//>`;
}
