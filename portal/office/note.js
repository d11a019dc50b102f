// A credit or debit note against an invoice: the whole of what is left, or some of its lines.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { rupees } from '../lib/format.js';
import { go } from '../lib/router.js';
import { Button, toast } from '../components/basics.js';
import { Segmented, TextField } from '../components/forms.js';
import { Panel, Problem, useAction } from './kit.js';

export function NotePanel({ invoice, onClose }) {
  const [kind, setKind] = useState('credit');
  const [whole, setWhole] = useState('whole');
  const [lines, setLines] = useState({});
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(newKey);
  const change = (set) => (value) => { set(value); setKey(newKey()); };
  const byLine = kind === 'debit' || whole === 'lines';
  const chosen = Object.entries(lines).filter(([, value]) => value.trim());
  const issue = useAction(async () => {
    const body = { reason: reason.trim(), ...(byLine && { lines: chosen.map(([line, value]) => ({ line: Number(line), taxable_value: value.replaceAll(',', '').trim() })) }) };
    const made = await call('POST', `/invoices/${invoice.id}/${kind}-notes`, { key, body });
    toast(t(`note.done.${kind}`));
    onClose();
    go(`/invoices/${made.id}`);
  });
  const fields = issue.problem?.fields || {};
  return html`<${Panel} title=${t('note.title')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); issue.run(); }}>
    <${Segmented} label=${t('note.kind')} value=${kind} onChange=${change(setKind)} options=${['credit', 'debit'].map((each) => [each, t(`note.kind.${each}`)])} /><p class="muted">${t(`note.kind.${kind}.text`)}</p>
    ${kind === 'credit' && html`<${Segmented} label=${t('note.over')} value=${whole} onChange=${change(setWhole)} options=${['whole', 'lines'].map((each) => [each, t(`note.over.${each}`)])} />`}
    ${byLine && invoice.lines.map((line, at) => html`<${TextField} key=${at} label=${line.description} hint=${t('note.line.of', { amount: rupees(line.taxable_value) })} value=${lines[at + 1] || ''} onInput=${change((value) => setLines({ ...lines, [at + 1]: value }))} inputmode="decimal" placeholder="0" error=${fields[`lines.${chosen.findIndex(([number]) => Number(number) === at + 1)}.taxable_value`]?.join(' ')} />`)}
    <${TextField} label=${t('note.reason')} hint=${t('note.reason.hint')} value=${reason} onInput=${change(setReason)} required maxlength="256" error=${fields.reason?.join(' ')} />
    <${Problem} problem=${issue.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${issue.busy} disabled=${!reason.trim() || (byLine && !chosen.length)}>${t('note.issue')}<//></div></form><//>`;
}
