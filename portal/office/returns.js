// GSTR-1 of a month: what is in it, and the two files: JSON for the GST portal's offline tool, CSV for a spreadsheet.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { month as monthText, number } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { Button, Empty, Notice } from '../components/basics.js';
import { TextField } from '../components/forms.js';
import { save } from '../lib/save.js';
import { downloadCsv } from './csv.js';
import { Loading, Problem, Table, useAction, useRead } from './kit.js';

/** The sections of the return, in the order of the form. */
const SECTIONS = ['b2b', 'b2cl', 'b2cs', 'exp', 'cdnr', 'cdnur', 'nil', 'hsn', 'doc_issue'];

/** The month before this one: it is due by the 11th. */
function lastMonth() {
  const now = new Date();
  const at = new Date(now.getFullYear(), now.getMonth() - 1, 15);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}`;
}

/** Entries of a section: lists of documents by recipient, or sums by rate or code. */
function entries(part) {
  if (!part) return 0;
  const rows = Array.isArray(part) ? part : part.data || part.hsn_b2b?.concat(part.hsn_b2c || []) || part.inv || part.doc_det || [];
  return rows.reduce((sum, row) => sum + (row.inv || row.nt || row.docs || [row]).length, 0);
}

export function Returns() {
  const month = search.value.get('month') || lastMonth();
  const [typed, setTyped] = useState(month);
  const found = useRead(() => call('GET', '/billing/gstr1', { query: { month }, whole: true }), month);
  const csv = useAction(() => downloadCsv('/billing/gstr1', { month }, `gstr1-${month}`));
  const change = (value) => { setTyped(value); if (/^\d{4}-(0[1-9]|1[0-2])$/.test(value)) setQuery({ month: value }); };
  const rows = found.data ? SECTIONS.filter((name) => entries(found.data[name])).map((name) => ({ name, count: entries(found.data[name]) })) : [];
  return html`<div class="row apart"><${TextField} label=${t('gstr.month')} type="month" value=${typed} onInput=${change} placeholder="2026-11" pattern="[0-9]{4}-[0-9]{2}" required />
      <div class="row"><${Button} icon="download" disabled=${!found.data} onClick=${() => save([JSON.stringify(found.data, null, 1)], `gstr1-${month}.json`, 'application/json')}>${t('gstr.json')}<//><${Button} icon="download" busy=${csv.busy} disabled=${!found.data} onClick=${() => csv.run()}>${t('ledger.csv')}<//></div></div>
    <p class="small muted">${t('gstr.text')}</p><${Problem} problem=${csv.problem} />
    ${found.problem?.code === 'no_gstin' ? html`<${Notice} tone="warn"><p>${t('gstr.no_gstin')}</p><div><${Button} size="small" onClick=${() => setQuery({ tab: 'profile' })}>${t('invoice.tab.profile')}<//></div><//>` : html`<${Problem} problem=${found.problem} retry=${found.reload} />`}
    ${found.loading && html`<${Loading} rows="3" />`}
    ${found.data && !found.loading && (rows.length ? html`<div class="card"><${Table} caption=${t('gstr.caption', { month: monthText(month) })} rows=${rows} rowKey=${(row) => row.name} columns=${[{ key: 'section', title: t('gstr.section'), main: true, show: (row) => t(`gstr.section.${row.name}`) }, { key: 'count', title: t('gstr.entries'), end: true, show: (row) => number(row.count) }]} /></div>` : html`<div class="card"><${Empty} icon="file-text" title=${t('gstr.none')}><p>${t('gstr.none.text', { month: monthText(month) })}</p><//></div>`)}`;
}
