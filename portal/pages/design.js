// The design on a page of its own: the tokens, and every component with its variants.
import { html, render, useState } from '../lib/ui.js';
import { loadMessages } from '../lib/i18n.js';
import { applyBrand } from '../lib/brand.js';
import { showTypeface } from '../lib/style.js';
import { Badge, Button, Empty, Icon, Logo, Notice, toast, Toasts } from '../components/basics.js';
import { Dialog, Segmented, SelectField, TextField } from '../components/forms.js';
import { LanguageChoice, ThemeChoice } from '../components/preferences.js';
import { Keypad } from '../counter/keypad.js';
import { BarChart, Meter } from '../office/chart.js';
import { CopyField, Facts, Stat, Table } from '../office/kit.js';

const COLOURS = ['bg', 'surface', 'sunken', 'line', 'control', 'text', 'muted', 'faint', 'brand', 'brand-strong', 'brand-soft', 'coin', 'coin-soft', 'coin-ink', 'danger', 'danger-soft', 'warn', 'warn-soft', 'info', 'info-soft', 'sandbox', 'sandbox-soft'];
const SIZES = ['xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl'];
const ICONS = ['hand-coins', 'coins', 'scan-line', 'users', 'receipt-text', 'percent', 'wallet', 'key-round', 'webhook', 'plug', 'palette', 'flag', 'shield-check', 'cloud-off', 'undo-2', 'flask-conical'];

const Part = ({ title, text, children }) => html`<section aria-labelledby=${title}><h2 id=${title}>${title}</h2>${text && html`<p class="muted">${text}</p>`}${children}</section>`;

function Design() {
  const [text, setText] = useState('');
  const [choice, setChoice] = useState('issue');
  const [open, setOpen] = useState(false);
  const [keys, setKeys] = useState('98765');
  return html`<main class="design"><header><${Logo} /><h1>Design</h1><p class="muted">What the pages are made of. Components live in portal/components and portal/office/kit.js; colours, sizes and shadows in portal/style/tokens.css alone.</p><div class="row"><${LanguageChoice} /><${ThemeChoice} /></div></header>
    <${Part} title="Colour" text="One brand colour, gold for coins, and tones that say something. A tenant’s own colour takes the place of the brand’s and is moved just far enough for 4.5 : 1.">
      <ul class="swatches">${COLOURS.map((name) => html`<li key=${name}><span class="chip-of" style=${{ background: `var(--${name})` }}></span><code>--${name}</code></li>`)}</ul>
      <div class="sample narrow-sample"><${TextField} label="Try a brand colour" type="color" value="#0a6847" onInput=${applyBrand} /></div><//>
    <${Part} title="Type" text="Inter, and Noto Sans Devanagari for Hindi, both from this host. Figures are tabular wherever they stand under each other.">
      <div>${SIZES.map((size) => html`<div key=${size} class="type-row"><code>--text-${size}</code><span class="ellipsis" style=${{ fontSize: `var(--text-${size})` }}>Issue 24 coins · 24 सिक्के दें</span></div>`)}</div><//>
    <${Part} title="Icons"><div class="row">${ICONS.map((name) => html`<${Icon} key=${name} name=${name} />`)}</div><//>
    <${Part} title="Buttons" text="One primary button a view. Whatever can’t be undone is red and asks first."><div class="sample"><div class="row"><${Button} kind="primary">Primary<//><${Button}>Secondary<//><${Button} kind="quiet">Quiet<//><${Button} kind="danger">Danger<//><${Button} kind="primary" busy>Busy<//><${Button} disabled>Disabled<//></div>
      <div class="row"><${Button} size="small" icon="copy">Small<//><${Button} icon="download">With an icon<//><${Button} icon="x" label="Close" /><${Button} kind="primary" size="big" icon="hand-coins">Big<//></div></div><//>
    <${Part} title="Fields" text="Label above, help below, errors in words where the mistake is."><div class="sample narrow-sample"><${TextField} label="Name" value=${text} onInput=${setText} hint="As customers know it." /><${TextField} label="Bill amount" value="abc" onInput=${() => {}} error="Enter an amount such as 499.50." />
      <${SelectField} label="Kind" value="flat" onInput=${() => {}} options=${[['percentage', 'Percentage'], ['flat', 'Flat']]} /><${Segmented} label="What to do" value=${choice} onChange=${setChoice} options=${[['issue', 'Issue coins'], ['redeem', 'Redeem']]} /><label class="check"><input type="checkbox" checked /> <span>A choice</span></label><${CopyField} label="A value to copy" value="whsec_5f0c1b9e" /></div><//>
    <${Part} title="Saying something"><div class="sample"><div class="row"><${Badge}>Neutral<//><${Badge} tone="good" icon="check">Active<//><${Badge} tone="warn">Waiting<//><${Badge} tone="bad">Refused<//><${Badge} tone="info">New<//><${Badge} tone="coin" icon="clock">12 expire 31 Mar<//><span class="badge sandbox">Sandbox</span></div>
      <${Notice}>Something worth knowing.<//><${Notice} tone="good">It is done.<//><${Notice} tone="warn">Mind this.<//><${Notice} tone="bad">Not enough coins: 5 available. Redeem fewer.<//><div class="row"><${Button} onClick=${() => toast('Copied')}>Show a toast<//><${Button} onClick=${() => setOpen(true)}>Open a dialog<//></div></div>
      <div class="sample"><${Empty} icon="users" title="No customers yet"><p>They appear with their first coins.</p><//></div><//>
    <${Part} title="Figures"><div class="stats"><${Stat} icon="coins" label="Coins issued" value="4,979" note="on bills of ₹98,211" /><${Stat} label="Left to redeem" value="14,417" note="of 14,937"><${Meter} share=${72} tone="warn" label="72 % used" /><//></div>
      <div class="sample"><${BarChart} title="Six months" series=${[{ name: 'Issued', tone: 'brand' }, { name: 'Redeemed', tone: 'coin' }]} points=${['Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov'].map((label, at) => ({ label, values: [420 + at * 160, 110 + at * at * 22] }))} /></div>
      <div class="sample"><${Facts} entries=${[['Balance before', '261'], ['Balance after', '427'], ['Reference', 'INV-1001']]} /></div>
      <div class="card"><${Table} caption="Transactions" rowKey=${(row) => row.id} rows=${[{ id: 1, when: '28 Nov, 11:09', type: 'Issued', coins: '+166' }, { id: 2, when: '27 Nov, 08:40', type: 'Redeemed', coins: '−40' }]} columns=${[{ key: 'when', title: 'When', main: true, show: (row) => row.when }, { key: 'type', title: 'Type', show: (row) => html`<${Badge} tone=${row.type === 'Issued' ? 'good' : 'coin'}>${row.type}<//>` }, { key: 'coins', title: 'Coins', end: true, show: (row) => html`<strong>${row.coins}</strong>` }]} /></div><//>
    <${Part} title="The counter’s keys"><div class="sample narrow-sample"><p class="big-figure figures">${keys || '0'}</p><${Keypad} value=${keys} onChange=${setKeys} extra="+" /></div><//>
    ${open && html`<${Dialog} title="Reverse" onClose=${() => setOpen(false)}><p class="muted">This takes back 166 coins, as a transaction of its own.</p><div class="foot"><${Button} onClick=${() => setOpen(false)}>Cancel<//><${Button} kind="primary danger" onClick=${() => setOpen(false)}>Reverse<//></div><//>`}<${Toasts} /></main>`;
}

await loadMessages('base', 'app', 'counter', 'counter-steps', 'menu', 'office', 'shop');
render(html`<${Design} />`, document.getElementById('page'));
showTypeface();
