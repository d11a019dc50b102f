// What looked like fraud: the reason in words, the movements behind it, and a verdict.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { coins, dateTime, rupees } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { me } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { Segmented, TextField } from '../components/forms.js';
import { Facts, List, Page, Panel, Problem, Table, useAction, useList } from './kit.js';

const TONES = { fraud: 'bad', harmless: 'good', unclear: 'warn' };

export default function Flags() {
  const status = search.value.get('status') || 'open';
  const list = useList('/fraud-flags', { status, limit: 30 });
  const [open, setOpen] = useState(null);
  return html`<${Page} title=${t('view.flags')} text=${t('flags.text')}>
    <${Segmented} label=${t('flags.status')} value=${status} onChange=${(value) => setQuery({ status: value })} options=${['open', 'closed'].map((each) => [each, t(`flags.status.${each}`)])} />
    <${List} list=${list} caption=${t('view.flags')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'shield-check', title: t('flags.none'), text: t('flags.none.text') }} columns=${[
      { key: 'reason', title: t('flags.reason'), main: true, show: (row) => row.reason },
      { key: 'rule', title: t('flags.rule'), show: (row) => row.rule.replaceAll('_', ' ') },
      { key: 'raised', title: t('ledger.when'), show: (row) => dateTime(row.raised_at) },
      { key: 'verdict', title: t('flags.verdict'), show: (row) => (row.verdict ? html`<${Badge} tone=${TONES[row.verdict]}>${t(`flags.verdict.${row.verdict}`)}<//>` : html`<${Badge} tone="warn">${t('flags.status.open')}<//>`) },
    ]} />
    ${open && html`<${Flag} flag=${open} onClose=${() => setOpen(null)} onDone=${() => { setOpen(null); list.reload(); }} />`}<//>`;
}

function Flag({ flag, onClose, onDone }) {
  const [verdict, setVerdict] = useState('harmless');
  const [note, setNote] = useState('');
  const close = useAction(async () => {
    const body = { verdict, version: flag.version, ...(note.trim() && { note: note.trim() }), ...(flag.tenant_id !== me.value.tenant.id && { tenant_id: flag.tenant_id }) };
    await call('POST', `/fraud-flags/${flag.id}/review`, { body });
    toast(t('flags.closed'));
    onDone();
  });
  return html`<${Panel} title=${flag.rule.replaceAll('_', ' ')} onClose=${onClose}><p>${flag.reason}</p>
    <${Facts} entries=${[[t('ledger.when'), dateTime(flag.raised_at)], ...Object.entries(flag.figures).map(([name, value]) => [name.replaceAll('_', ' '), String(value)]), flag.verdict && [t('flags.verdict'), t(`flags.verdict.${flag.verdict}`)], flag.note && [t('ledger.note'), flag.note]]} />
    <h3>${t('flags.movements')}</h3><div class="card"><${Table} caption=${t('flags.movements')} rows=${flag.movements} rowKey=${(row) => row.transaction_id} columns=${[
      { key: 'at', title: t('ledger.when'), main: true, show: (row) => dateTime(row.at) }, { key: 'type', title: t('ledger.type'), show: (row) => t(`type.${row.type}`) },
      { key: 'bill', title: t('ledger.bill'), end: true, show: (row) => (row.bill_amount ? rupees(Number(row.bill_amount)) : '—') }, { key: 'coins', title: t('ledger.coins'), end: true, show: (row) => coins(Number(row.coins)) }]} /></div>
    ${flag.status === 'open' && html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); close.run(); }}>
      <${Segmented} label=${t('flags.verdict')} value=${verdict} onChange=${setVerdict} options=${['harmless', 'unclear', 'fraud'].map((each) => [each, t(`flags.verdict.${each}`)])} />
      <${TextField} label=${t('ledger.note')} rows="3" value=${note} onInput=${setNote} maxlength="256" /><${Problem} problem=${close.problem} />
      <div class="foot"><${Button} type="submit" kind="primary" busy=${close.busy}>${t('flags.close')}<//></div></form>`}<//>`;
}
