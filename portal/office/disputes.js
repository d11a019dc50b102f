// The operator's queue of disputes: the one that is due first leads.
import { html, useState } from '../lib/ui.js';
import { has, t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { ago, amount, dateTime } from '../lib/format.js';
import { Badge, Button, toast } from '../components/basics.js';
import { Segmented, TextField } from '../components/forms.js';
import { money } from './money.js';
import { Facts, List, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';
import { TenantName } from './tenant-names.js';

const moved = (type) => (has(`type.${type}`) ? t(`type.${type}`) : has(`move.${type}`) ? t(`move.${type}`) : type);


export default function Disputes() {
  const list = useList('/transactions/disputes', { limit: 30 });
  const [open, setOpen] = useState(null);
  return html`<${Page} title=${t('view.disputes')} text=${t('disputes.text')}>
    <${List} list=${list} caption=${t('view.disputes')} rowKey=${(row) => row.dispute_id} onOpen=${setOpen} empty=${{ icon: 'scale', title: t('disputes.none'), text: t('disputes.none.text') }} columns=${[
      { key: 'reason', title: t('dispute.reason'), main: true, show: (row) => t(`dispute.reason.${row.reason}`) },
      { key: 'tenant', title: t('console.tenant'), show: (row) => html`<${TenantName} id=${row.tenant_id} />` },
      { key: 'amount', title: t('disputes.amount'), end: true, show: (row) => money(row.asset, row.amount, { named: true }) },
      { key: 'raised', title: t('disputes.raised'), show: (row) => ago(row.raised_at) },
      { key: 'due', title: t('disputes.due'), show: (row) => (row.overdue ? html`<${Badge} tone="bad" icon="clock">${t('disputes.overdue')}<//>` : dateTime(row.due_at)) },
    ]} />
    ${open && html`<${Dispute} dispute=${open} onClose=${() => setOpen(null)} onDone=${() => { setOpen(null); list.reload(); }} />`}<//>`;
}

function Dispute({ dispute, onClose, onDone }) {
  const [decision, setDecision] = useState('accept');
  const [reason, setReason] = useState('');
  const [part, setPart] = useState(String(dispute.amount));
  const [key] = useState(newKey);
  const decide = useAction(async () => {
    await call('POST', `/transactions/${dispute.transaction_id}/disputes/${dispute.dispute_id}/decide`, { key: `${decision}-${key}`, body: { decision, reason: reason.trim(), ...(decision === 'accept' && { amount: amount(part) }) } });
    toast(t(`disputes.done.${decision}`));
    onDone();
  });
  // What the transaction was: a dispute itself has its own amount alone.
  const of = useRead(async () => (await call('GET', '/tenant/lookup', { query: { id: dispute.transaction_id, tenant_id: dispute.tenant_id }, quiet: true }))[0]).data;
  const fields = decide.problem?.fields || {};
  return html`<${Panel} title=${t(`dispute.reason.${dispute.reason}`)} onClose=${onClose}><p class="said">${dispute.description}</p>
    <${Facts} entries=${[[t('disputes.amount'), html`<span class="figures">${money(dispute.asset, dispute.amount, { named: true })}</span>`], of && of.amount !== null && [t('disputes.of'), html`<span class="figures">${money(of.asset, of.amount, { named: true })}</span>${of.type && ` · ${moved(of.type)}`}`], of?.reference && [t('ledger.reference'), html`<code>${of.reference}</code>`], [t('console.tenant'), html`<${TenantName} id=${dispute.tenant_id} />`], [t('ledger.id'), html`<code>${dispute.transaction_id}</code>`], [t('disputes.raised'), dateTime(dispute.raised_at)], [t('disputes.due'), dateTime(dispute.due_at)], dispute.evidence.length > 0 && [t('disputes.evidence'), dispute.evidence.join(', ')]]} />
    <form class="stack" onSubmit=${(event) => { event.preventDefault(); decide.run(); }}><${Segmented} label=${t('disputes.decision')} value=${decision} onChange=${setDecision} options=${['accept', 'reject'].map((each) => [each, t(`disputes.${each}`)])} />
      ${decision === 'accept' && html`<${TextField} label=${t('disputes.refund')} hint=${t(dispute.asset === 'INR' ? 'disputes.in.rupees' : 'disputes.in.coins')} value=${part} onInput=${setPart} inputmode="decimal" required error=${fields.amount?.join(' ')} />`}
      <${TextField} label=${t('disputes.why')} hint=${t('disputes.why.hint')} rows="3" value=${reason} onInput=${setReason} required maxlength="256" error=${fields.reason?.join(' ')} /><${Problem} problem=${decide.problem} />
      <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind=${decision === 'reject' ? 'primary danger' : 'primary'} busy=${decide.busy} disabled=${decision === 'accept' && !amount(part)}>${t(`disputes.do.${decision}`)}<//></div></form><//>`;
}
