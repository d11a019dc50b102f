// One invoice: its lines and totals, its PDF, and what may be done with it as it stands.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { amount, date, dateTime, number, rupees } from '../lib/format.js';
import { go } from '../lib/router.js';
import { can } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { today } from './days.js';
import { NewInvoice, TONES } from './invoices.js';
import { EInvoice } from './e-invoice.js';
import { NotePanel } from './note.js';
import { Back, Confirm, CopyField, Facts, Loading, Page, Panel, Problem, Table, useAction, useRead } from './kit.js';

const METHODS = ['bank_transfer', 'upi', 'cash', 'cheque', 'card', 'other'];

export function Invoice({ id }) {
  const found = useRead(() => call('GET', `/invoices/${id}`));
  const invoice = found.data;
  return html`<${Page} title=${invoice ? invoice.number || t('invoice.status.draft') : t('view.invoices')} text=${invoice && `${t(`invoice.legal.${invoice.kind}`)} · ${invoice.customer_name}`} back=${html`<${Back} href="/invoices">${t('view.invoices')}<//>`}
      actions=${invoice && html`<${Badge} tone=${TONES[invoice.status]}>${t(`invoice.status.${invoice.status}`)}<//>${invoice.overdue && html`<${Badge} tone="bad" icon="clock">${t('invoice.overdue')}<//>`}`}>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!invoice && !found.problem && html`<${Loading} />`}
    ${invoice && html`<${Actions} invoice=${invoice} onDone=${found.reload} />
      <div class="two uneven"><div class="stack"><div class="card"><${Table} caption=${t('invoice.lines')} rows=${invoice.lines} rowKey=${(row) => `${row.description} ${row.total}`} columns=${[
        { key: 'what', title: t('invoice.description'), main: true, show: (row) => html`<span class="ellipsis limit">${row.description}</span>` }, { key: 'count', title: t('invoice.quantity'), end: true, show: (row) => number(row.quantity) }, { key: 'price', title: t('invoice.price.each'), end: true, show: (row) => rupees(row.unit_price) }, { key: 'rate', title: t('invoice.rate'), end: true, show: (row) => number(row.gst_rate / 100, { style: 'percent', maximumFractionDigits: 2 }) }, { key: 'total', title: t('invoice.total'), end: true, show: (row) => rupees(row.total) }]} /></div>
        ${invoice.payments.length > 0 && html`<div class="card"><${Table} caption=${t('invoice.payments')} rows=${invoice.payments} rowKey=${(row) => row.payment_id} columns=${[
          { key: 'on', title: t('invoice.paid.on'), main: true, show: (row) => date(row.paid_on) }, { key: 'method', title: t('invoice.method'), show: (row) => t(`invoice.method.${row.method}`) }, { key: 'reference', title: t('ledger.reference'), show: (row) => row.reference }, { key: 'amount', title: t('invoice.paid'), end: true, show: (row) => rupees(row.amount) }, { key: 'receipt', title: t('invoice.receipt'), show: (row) => row.amount > 0 && html`<${Receipt} invoice=${invoice} payment=${row.payment_id} />` }]} /></div>`}</div>
      <aside class="card item"><p class="big-figure figures">${rupees(invoice.status === 'draft' ? invoice.total : invoice.outstanding)} <span class="muted">${t(invoice.status === 'draft' ? 'invoice.total' : 'invoice.outstanding')}</span></p>
        <${Facts} entries=${[[t('invoice.taxable'), rupees(invoice.totals.taxable_value)], ...['cgst', 'sgst', 'utgst', 'igst', 'cess'].filter((tax) => invoice.totals[tax]).map((tax) => [tax.toUpperCase(), rupees(invoice.totals[tax])]), invoice.totals.round_off !== 0 && [t('invoice.round'), rupees(invoice.totals.round_off)], [t('invoice.total'), rupees(invoice.total)], invoice.paid > 0 && [t('invoice.paid'), rupees(invoice.paid)], invoice.credited > 0 && [t('invoice.credited'), rupees(invoice.credited)],
          [t('invoice.place'), invoice.place_of_supply.name], invoice.issued_on && [t('invoice.on'), date(invoice.issued_on)], invoice.due_date && [t('invoice.due'), date(invoice.due_date)], invoice.note_numbers?.length > 0 && [t('note.numbers'), invoice.note_numbers.join(', ')], invoice.recipient.gstin && ['GSTIN', html`<code>${invoice.recipient.gstin}</code>`], ...invoice.sent.map((mail) => [t('invoice.sent'), `${mail.to}, ${dateTime(mail.at)}`]), invoice.reason && [t('redemption.reason'), invoice.reason], [t('ledger.id'), html`<code>${invoice.id}</code>`]]} /><${EInvoice} invoice=${invoice} onDone=${found.reload} /></aside></div>`}<//>`;
}

function Receipt({ invoice, payment }) {
  const open = useAction(async () => save(await call('GET', `/invoices/${invoice.id}/payments/${payment}/receipt`)));
  return html`<${Button} icon="download" busy=${open.busy} onClick=${() => open.run()}>${t('invoice.receipt')}<//><${Problem} problem=${open.problem} />`;
}

function save(link) {
  Object.assign(document.createElement('a'), { href: link.url, download: link.file_name, rel: 'noopener' }).click();
}

function Actions({ invoice, onDone }) {
  const [step, setStep] = useState(null);
  const close = () => setStep(null);
  const act = useAction(async (what, body) => {
    await call('POST', `/invoices/${invoice.id}/${what}`, { body });
    toast(t(`invoice.done.${what}`));
    onDone();
  });
  const download = useAction(async () => save(await call('GET', `/invoices/${invoice.id}/download`)));
  const pay = useAction(async (method) => setStep({ pay: await call('POST', `/invoices/${invoice.id}/pay`, { body: { method } }) }));
  const { status } = invoice;
  const remove = async () => {
    await call('DELETE', `/invoices/${invoice.id}`);
    toast(t('invoice.done.delete'));
    go('/invoices');
  };
  const write = can('billing:write');
  return html`<div class="row">
    ${status !== 'draft' && html`<${Button} icon="download" busy=${download.busy} onClick=${() => download.run()}>PDF<//>`}
    ${write && status === 'draft' && html`<${Button} kind="primary" icon="check" busy=${act.busy} onClick=${() => act.run('finalize')}>${t('invoice.finalize')}<//>`}
    ${write && ['draft', 'open', 'paid'].includes(status) && html`<${Button} icon="send" onClick=${() => setStep('send')}>${t('invoice.send')}<//>`}
    ${can('billing:settle') && status === 'open' && html`<${Button} kind="primary" icon="check" onClick=${() => setStep('paid')}>${t('invoice.markpaid')}<//>`}
    ${write && status === 'open' && html`<${Button} icon="link" busy=${pay.busy} onClick=${() => pay.run('link')}>${t('invoice.pay')}<//>`}
    ${write && status === 'open' && html`<${Button} icon="qr-code" busy=${pay.busy} onClick=${() => pay.run('order')}>${t('invoice.pay.page')}<//>`}
    ${write && ['open', 'paid'].includes(status) && html`<${Button} icon="pencil" onClick=${() => setStep('note')}>${t('note.title')}<//>`}
    ${write && status === 'open' && invoice.outstanding > 0 && html`<${Button} icon="ban" onClick=${() => setStep('write-off')}>${t('invoice.writeoff')}<//>`}
    ${write && status === 'draft' && html`<${Button} icon="pencil" onClick=${() => setStep('edit')}>${t('invoice.edit')}<//>`}
    ${write && status === 'draft' && html`<${Button} kind="danger" icon="trash-2" onClick=${() => setStep('delete')}>${t('invoice.delete')}<//>`}
    ${write && status === 'open' && !invoice.paid && html`<${Button} kind="danger" icon="ban" onClick=${() => setStep('void')}>${t('invoice.void')}<//>`}
  </div><${Problem} problem=${act.problem || download.problem || pay.problem} />
  ${step === 'send' && html`<${Send} invoice=${invoice} onClose=${close} onDone=${() => { close(); onDone(); }} />`}${step === 'paid' && html`<${Paid} invoice=${invoice} onClose=${close} onDone=${() => { close(); onDone(); }} />`}
  ${step === 'note' && html`<${NotePanel} invoice=${invoice} onClose=${close} />`}${step === 'edit' && html`<${NewInvoice} draft=${invoice} onClose=${close} onDone=${() => { close(); onDone(); }} />`}${step === 'delete' && html`<${Confirm} title=${t('invoice.delete')} text=${t('invoice.delete.text')} action=${t('invoice.delete')} danger onConfirm=${remove} onClose=${close} />`}${step === 'write-off' && html`<${WriteOff} invoice=${invoice} onClose=${close} onDone=${() => { close(); onDone(); }} />`}${step === 'void' && html`<${Void} invoice=${invoice} onClose=${close} onDone=${onDone} />`}
  ${step?.pay && html`<${Panel} title=${t('invoice.pay')} onClose=${close}>${step.pay.method === 'order' && html`<p class="muted">${t('invoice.pay.page.text')}</p>`}${step.pay.qr.startsWith('data:') && html`<div class="qr-card"><img src=${step.pay.qr} alt=${t('invoice.pay.qr')} /><strong class="figures">${rupees(step.pay.amount)}</strong></div>`}<${CopyField} label=${t('invoice.pay.link')} value=${step.pay.url} hint=${step.pay.expires_at && t('invoice.pay.until', { when: dateTime(step.pay.expires_at) })} />${step.pay.method === 'order' && html`<div class="foot"><${Button} kind="primary" icon="link" wide href=${step.pay.url} target="_blank" rel="noopener">${t('invoice.pay.open')}<//></div>`}<//>`}`;
}

function Send({ invoice, onClose, onDone }) {
  const [to, setTo] = useState(invoice.recipient.email || '');
  const send = useAction(async () => {
    await call('POST', `/invoices/${invoice.id}/send`, { body: { ...(to.trim() && { to: to.trim() }), ...(invoice.sent.length > 0 && { again: true }) } });
    toast(t('invoice.done.send'));
    onDone();
  });
  return html`<${Panel} title=${t('invoice.send')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}><p class="muted">${t(invoice.status === 'draft' ? 'invoice.send.draft' : 'invoice.send.text')}</p>
    <${TextField} label=${t('team.email')} type="email" value=${to} onInput=${setTo} required autofocus error=${send.problem?.fields?.to?.join(' ')} /><${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" icon="send" busy=${send.busy}>${t('invoice.send')}<//></div></form><//>`;
}

function Paid({ invoice, onClose, onDone }) {
  const [form, setForm] = useState({ amount: String(invoice.outstanding), method: 'bank_transfer', reference: '', paid_on: today() });
  const [key] = useState(newKey);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = useAction(async () => {
    await call('POST', `/invoices/${invoice.id}/mark-paid`, { key, body: { ...form, amount: amount(form.amount), reference: form.reference.trim() } });
    toast(t('invoice.done.mark-paid'));
    onDone();
  });
  const fields = save.problem?.fields || {};
  return html`<${Panel} title=${t('invoice.markpaid')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><p class="muted">${t('invoice.markpaid.text')}</p>
    <div class="two"><${TextField} label=${t('prefund.amount')} value=${form.amount} onInput=${set('amount')} inputmode="decimal" required error=${fields.amount?.join(' ')} /><${TextField} label=${t('invoice.paid.on')} type="date" max=${today()} value=${form.paid_on} onInput=${set('paid_on')} required error=${fields.paid_on?.join(' ')} /></div>
    <${SelectField} label=${t('invoice.method')} value=${form.method} onInput=${set('method')} options=${METHODS.map((each) => [each, t(`invoice.method.${each}`)])} /><${TextField} label=${t('invoice.reference')} hint=${t('invoice.reference.hint')} value=${form.reference} onInput=${set('reference')} required maxlength="128" error=${fields.reference?.join(' ')} />
    <${Problem} problem=${save.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${save.busy} disabled=${!amount(form.amount)}>${t('invoice.markpaid')}<//></div></form><//>`;
}

/** The money is not expected any more: the invoice stays, and a payment that comes late is still taken. */
function WriteOff({ invoice, onClose, onDone }) {
  const [reason, setReason] = useState('');
  const send = useAction(async () => {
    await call('POST', `/invoices/${invoice.id}/write-off`, { body: { reason: reason.trim() } });
    toast(t('invoice.done.write-off'));
    onDone();
  });
  return html`<${Panel} title=${t('invoice.writeoff')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}><p class="muted">${t('invoice.writeoff.text', { amount: rupees(invoice.outstanding) })}</p>
    <${TextField} label=${t('redemption.reason')} value=${reason} onInput=${setReason} required maxlength="256" autofocus error=${send.problem?.fields?.reason?.join(' ')} /><${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary danger" busy=${send.busy} disabled=${!reason.trim()}>${t('invoice.writeoff')}<//></div></form><//>`;
}

function Void({ invoice, onClose, onDone }) {
  const confirm = async () => {
    await call('POST', `/invoices/${invoice.id}/void`, { body: { reason: t('invoice.void.reason') } });
    toast(t('invoice.done.void'));
    onDone();
  };
  return html`<${Confirm} title=${t('invoice.void')} text=${t('invoice.void.text')} action=${t('invoice.void')} danger onConfirm=${confirm} onClose=${onClose} />`;
}
