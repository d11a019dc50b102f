// Moving out: everything that the tenant owns, as files to download for a week.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, newKey } from '../lib/api.js';
import { dateTime, number } from '../lib/format.js';
import { go, path } from '../lib/router.js';
import { Badge, Button, Icon, Notice, toast } from '../components/basics.js';
import { Back, Confirm, List, Loading, Page, Problem, Table, useList, useRead } from './kit.js';

const TONES = { running: 'info', finished: 'good', failed: 'bad' };

const Status = ({ of }) => html`<${Badge} tone=${TONES[of]}>${t(`export.status.${of}`)}<//>`;
const kilobytes = (size) => number(Math.ceil(size / 1024), { style: 'unit', unit: 'kilobyte' });
const rows = (one) => one.collections.reduce((sum, each) => sum + each.rows, 0);

export default function Exports() {
  const id = path.value.split('/')[2];
  return id ? html`<${One} key=${id} id=${id} />` : html`<${All} />`;
}

function All() {
  const list = useList('/tenant/exports', { limit: 20 });
  const [asking, setAsking] = useState(false);
  const button = html`<${Button} kind="primary" icon="download" onClick=${() => setAsking(true)}>${t('export.new')}<//>`;
  const start = async () => {
    const one = await call('POST', '/tenant/exports', { body: {}, key: newKey() });
    toast(t('export.started'));
    go(`/exports/${one.id}`);
  };
  return html`<${Page} narrow title=${t('view.exports')} text=${t('export.text')} actions=${button}>
    <${List} list=${list} caption=${t('view.exports')} rowKey=${(row) => row.id} onOpen=${(row) => go(`/exports/${row.id}`)} empty=${{ icon: 'download', title: t('export.none'), text: t('export.none.text') }} columns=${[
      { key: 'at', title: t('export.at'), main: true, show: (row) => dateTime(row.created_at) },
      { key: 'rows', title: t('export.rows'), end: true, show: (row) => number(rows(row)) },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Status} of=${row.status} />` },
    ]} />
    ${asking && html`<${Confirm} title=${t('export.new')} text=${t('export.new.text')} action=${t('export.start')} onConfirm=${start} onClose=${() => setAsking(false)} />`}<//>`;
}

function One({ id }) {
  const found = useRead(() => call('GET', `/tenant/exports/${id}`), id);
  const one = found.data;
  useEffect(() => {
    if (one?.status !== 'running') return undefined;
    const timer = setTimeout(found.reload, 1500);
    return () => clearTimeout(timer);
  }, [one]);
  return html`<${Page} narrow title=${t('export.one')} text=${one && dateTime(one.created_at)} actions=${one && html`<${Status} of=${one.status} />`} back=${html`<${Back} href="/exports">${t('view.exports')}<//>`}>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!one && !found.problem && html`<${Loading} rows="4" />`}
    ${one?.status === 'failed' && html`<${Notice} tone="bad">${one.reason}<//>`}
    ${one?.status === 'running' && html`<${Notice}>${t('export.running')}<//>`}
    ${one?.status === 'finished' && html`<${Notice} tone=${one.files.length ? 'good' : 'warn'}>${t(one.files.length ? 'export.kept' : 'export.gone', { when: dateTime(one.kept_until) })}<//>`}
    ${one && html`<div class="card"><${Table} caption=${t('export.one')} rows=${one.collections} rowKey=${(row) => row.name} columns=${[
      { key: 'name', title: t('export.collection'), main: true, show: (row) => t(`export.of.${row.name}`) },
      { key: 'rows', title: t('export.rows'), end: true, show: (row) => (row.status === 'waiting' ? '—' : number(row.rows)) },
      { key: 'files', title: t('export.files'), show: (row) => html`<span class="row">${one.files.filter((file) => file.collection === row.name).map((file) => html`<a key=${file.name} class="button small" href=${file.url} download=${file.name}><${Icon} name="download" />${kilobytes(file.size)}<span class="sr"> ${file.name}</span></a>`)}${row.status === 'running' && html`<${Badge} tone="info">${t('export.status.running')}<//>`}</span>` },
    ]} /></div>`}<//>`;
}
