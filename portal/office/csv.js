// A list of the API as one CSV file, however many pages it has.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { save } from '../lib/save.js';
import { Button } from '../components/basics.js';
import { Problem, useAction } from './kit.js';

export async function downloadCsv(path, query, name) {
  let cursor;
  const parts = [];
  do {
    const page = await call('GET', path, { query: { ...query, format: 'csv', cursor }, text: true, headers: { accept: 'text/csv' }, whole: true });
    parts.push(parts.length ? page.data.slice(page.data.indexOf('\r\n') + 2) : page.data);
    cursor = page.headers.get('x-next-cursor');
  } while (cursor);
  // The mark at the front tells Excel that it is UTF-8.
  save(['\uFEFF', ...parts], `${name}.csv`, 'text/csv');
}

export function CsvButton({ path, query, name }) {
  const download = useAction(() => downloadCsv(path, query, name));
  return html`<${Problem} problem=${download.problem} /><${Button} icon="download" busy=${download.busy} onClick=${() => download.run()}>${t('ledger.csv')}<//>`;
}
