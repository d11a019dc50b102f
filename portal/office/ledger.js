// The ledger with its filters in the address, and the same rows as CSV.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { search, setQuery } from '../lib/router.js';
import { Button } from '../components/basics.js';
import { SelectField, TextField } from '../components/forms.js';
import { CsvButton } from './csv.js';
import { edge } from './days.js';
import { FilterBox, Page, useList } from './kit.js';
import { LedgerTable, TYPES } from './ledger-table.js';

export default function Ledger() {
  const filters = Object.fromEntries(['from', 'to', 'type', 'customer', 'reference'].map((name) => [name, search.value.get(name) || '']));
  const query = { ...filters, from: edge(filters.from, false), to: edge(filters.to, true) };
  const list = useList('/merchant/ledger', { ...query, limit: 30 });
  const any = Object.values(filters).some(Boolean);
  return html`<${Page} title=${t('view.ledger')} text=${t('ledger.text')} actions=${html`<${CsvButton} path="/merchant/ledger" query=${query} name=${`ledger-${filters.from || 'all'}`} />`}>
    <${Filters} key=${any} any=${any} filters=${filters} />
    <${LedgerTable} list=${list} empty=${{ icon: 'receipt-text', title: t(any ? 'ledger.nomatch' : 'ledger.none'), text: !any && t('ledger.none.text'), action: any && html`<${Button} onClick=${() => setQuery({ from: '', to: '', type: '', customer: '', reference: '' })}>${t('ledger.clear')}<//>` }} />
  <//>`;
}

function Filters({ any, filters }) {
  const [typed, setTyped] = useState(filters);
  const set = (name, at = 'now') => (value) => {
    setTyped({ ...typed, [name]: value });
    if (at === 'now') setQuery({ [name]: value });
  };
  const submit = (event) => { event.preventDefault(); setQuery({ ...typed, customer: typed.customer.trim(), reference: typed.reference.trim() }); };
  return html`<${FilterBox} label=${t('ledger.filters')} any=${any} onSubmit=${submit}>
    <${TextField} label=${t('ledger.from')} type="date" value=${typed.from} onInput=${set('from')} max=${typed.to} />
    <${TextField} label=${t('ledger.to')} type="date" value=${typed.to} onInput=${set('to')} min=${typed.from} />
    <${SelectField} label=${t('ledger.type')} value=${typed.type} onInput=${set('type')} options=${[['', t('ledger.type.all')], ...TYPES.map((each) => [each, t(`type.${each}`)])]} />
    <${TextField} label=${t('ledger.customer')} placeholder=${t('ledger.customer.hint')} value=${typed.customer} onInput=${set('customer', 'later')} onBlur=${submit} />
    <${TextField} label=${t('ledger.reference')} value=${typed.reference} onInput=${set('reference', 'later')} onBlur=${submit} />
  <//>`;
}
