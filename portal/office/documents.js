// Files that the tenant has uploaded: what each is, whether it was found clean, and deleting it.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { date, dateTime, number } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { Confirm, Facts, List, Loading, Page, Panel, Problem, useAction, useList, useRead } from './kit.js';
import { upload } from './upload.js';

const KINDS = ['agreement', 'registration', 'tax', 'identity', 'invoice', 'logo', 'other'];
const TONES = { ready: 'good', awaiting_upload: 'info', rejected: 'bad', upload_expired: '' };
const size = (bytes) => (bytes < 1_000_000 ? t('document.kb', { size: number(Math.ceil(bytes / 1000)) }) : t('document.mb', { size: number(bytes / 1_000_000, { maximumFractionDigits: 1 }) }));

export default function Documents() {
  const kind = search.value.get('kind') || '';
  const list = useList('/tenant/documents', { kind, limit: 30 });
  const [open, setOpen] = useState(null);
  const done = () => { setOpen(null); list.reload(); };
  return html`<${Page} title=${t('view.documents')} text=${t('document.text')} actions=${html`<${Button} kind="primary" icon="upload" onClick=${() => setOpen('new')}>${t('document.new')}<//>`}>
    <div class="filters"><${SelectField} label=${t('document.kind')} value=${kind} onInput=${(value) => setQuery({ kind: value })} options=${[['', t('document.kind.all')], ...KINDS.map((each) => [each, t(`document.kind.${each}`)])]} /></div>
    <${List} list=${list} caption=${t('view.documents')} rowKey=${(row) => row.id} onOpen=${setOpen} empty=${{ icon: 'file-text', title: t('document.none'), text: t('document.none.text') }} columns=${[
      { key: 'name', title: t('document.name'), main: true, show: (row) => html`<span class="ellipsis limit wide">${row.name}</span>` },
      { key: 'kind', title: t('document.kind'), show: (row) => t(`document.kind.${row.kind}`) },
      { key: 'size', title: t('document.size'), end: true, show: (row) => (row.content ? size(row.content.size) : '—') },
      { key: 'at', title: t('document.at'), show: (row) => date(row.created_at) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`document.status.${row.status}`)}<//>` },
    ]} />
    ${open === 'new' && html`<${Upload} onClose=${() => setOpen(null)} onDone=${done} />`}${open && open !== 'new' && html`<${Document} id=${open.id} onClose=${() => setOpen(null)} onDone=${done} />`}<//>`;
}

function Upload({ onClose, onDone }) {
  const [kind, setKind] = useState('other');
  const [file, setFile] = useState(null);
  const send = useAction(async () => {
    await upload(file, kind);
    toast(t('document.sent'));
    onDone();
  });
  return html`<${Panel} title=${t('document.new')} onClose=${onClose}><form class="stack" onSubmit=${(event) => { event.preventDefault(); send.run(); }}><p class="muted">${t('document.new.text')}</p>
    <${SelectField} label=${t('document.kind')} value=${kind} onInput=${setKind} options=${KINDS.filter((each) => each !== 'logo').map((each) => [each, t(`document.kind.${each}`)])} />
    <label class="button"><input class="sr" type="file" accept="application/pdf,image/png,image/jpeg,image/webp" onChange=${(event) => setFile(event.target.files[0] || null)} /><${Icon} name="upload" />${file ? file.name : t('prefund.proof.choose')}</label>
    <${Problem} problem=${send.problem} /><div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary" busy=${send.busy} disabled=${!file}>${t('document.send')}<//></div></form><//>`;
}

function Document({ id, onClose, onDone }) {
  const found = useRead(() => call('GET', `/tenant/documents/${id}`));
  const [removing, setRemoving] = useState(false);
  const remove = async () => {
    await call('DELETE', `/tenant/documents/${id}`);
    toast(t('document.removed'));
    onDone();
  };
  const row = found.data;
  if (removing) return html`<${Confirm} title=${t('document.remove')} text=${t('document.remove.text')} action=${t('document.remove')} danger onConfirm=${remove} onClose=${() => setRemoving(false)} />`;
  return html`<${Panel} title=${row?.name || t('view.documents')} onClose=${onClose}><${Problem} problem=${found.problem} retry=${found.reload} />${!row && !found.problem && html`<${Loading} rows="3" />`}
    ${row && html`<div><${Badge} tone=${TONES[row.status]}>${t(`document.status.${row.status}`)}<//></div>${row.rejected && html`<${Notice} tone="bad">${t(`document.rejected.${row.rejected.reason}`)}<//>`}
      <${Facts} entries=${[[t('document.kind'), t(`document.kind.${row.kind}`)], [t('document.at'), dateTime(row.created_at)], row.content && [t('document.size'), size(row.content.size)], row.content && [t('document.scan'), t(`document.scan.${row.content.scan}`)], [t('ledger.id'), html`<code>${row.id}</code>`]]} />
      <${Rename} row=${row} onDone=${onDone} /><div class="foot">${row.download && html`<a class="button" href=${row.download.url} target="_blank" rel="noopener"><${Icon} name="arrow-up-right" />${t('document.open')}</a>`}<${Button} kind="danger" icon="trash-2" onClick=${() => setRemoving(true)}>${t('document.remove')}<//></div>`}<//>`;
}

function Rename({ row, onDone }) {
  const [form, setForm] = useState({ name: row.name, note: row.note || '' });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = useAction(async () => {
    await call('PATCH', `/tenant/documents/${row.id}`, { body: { name: form.name.trim(), note: form.note.trim() || null, version: row.version } });
    onDone();
  });
  const fields = save.problem?.fields || {};
  return html`<form class="stack" onSubmit=${(event) => { event.preventDefault(); save.run(); }}><${TextField} label=${t('document.name')} value=${form.name} onInput=${set('name')} required maxlength="128" error=${fields.name?.join(' ')} /><${TextField} label=${t('document.note')} value=${form.note} onInput=${set('note')} maxlength="256" error=${fields.note?.join(' ')} />
    <${Problem} problem=${save.problem} /><div><${Button} type="submit" busy=${save.busy} disabled=${form.name.trim() === row.name && form.note.trim() === (row.note || '')}>${t('save')}<//></div></form>`;
}
