// Step one: whose coins. A number looks itself up when it is whole; a code is scanned; a recent customer is tapped.
import { html, useLayoutEffect, useRef, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { problemText } from '../lib/api.js';
import { Button, Notice, Spinner } from '../components/basics.js';
import { canLookUp, looking, lookUp, problem, type, typed } from './state.js';
import { inputMode, Keypad } from './keypad.js';

const spaced = (text) => (text.length > 5 && !text.startsWith('+') ? `${text.slice(0, 5)} ${text.slice(5)}` : text);

export function Who() {
  const input = useRef();
  const [scanner, setScanner] = useState(null);
  // What a scanner types, which is no number: the field keeps it while the page changes around it.
  const [code, setCode] = useState('');
  useLayoutEffect(() => { input.current.focus({ preventScroll: true }); }, []);
  const submit = (event) => {
    event.preventDefault();
    // A scanner that types: what stands in a customer's code, and Enter.
    if (canLookUp(typed.value)) lookUp({ phone: typed.value }, typed.value);
  };
  const read = (event) => {
    const text = event.target.value;
    if (text && 'BATUA.'.startsWith(text.slice(0, 6).toUpperCase())) {
      setCode(text);
      if (/^BATUA\.[0-9A-Z]{26}\.\d+\.[0-9A-Z]{16}$/i.test(text.trim())) lookUp({ qr: text.trim() }, '');
      return;
    }
    setCode('');
    type(text);
    event.target.value = spaced(typed.value);
  };
  const scan = async () => setScanner(await import('../lib/scan.js'));
  return html`<form class="who" onSubmit=${submit}>
    <div class="screen">
      <label for="number">${t('counter.number')}</label>
      <div class="number-row">
        <input id="number" ref=${input} class="number figures" type="tel" inputmode=${inputMode('tel')} autocomplete="off" placeholder="00000 00000" maxlength="64"
          value=${code || spaced(typed.value)} onInput=${read} aria-describedby="number-note" aria-busy=${looking.value ? 'true' : undefined} />
        ${looking.value && html`<${Spinner} />`}
      </div>
      <div id="number-note" aria-live="polite" class="note">${problem.value ? html`<${Notice} tone="bad">${problemText(problem.value)}<//>` : html`<span class="muted small">${t('counter.number.hint')}</span>`}</div>
    </div>
    <div class="who-actions">
      <${Button} icon="scan-line" wide onClick=${scan}>${t('counter.scan')}<//>
      <${Button} type="submit" kind="primary" wide disabled=${!canLookUp(typed.value)} busy=${looking.value}>${t('counter.find')}<//>
    </div>
    <${Keypad} value=${typed.value} onChange=${type} extra="+" waiting=${looking.value && !typed.value} />
    ${scanner && html`<${scanner.Scanner} onRead=${(qr) => { setScanner(null); lookUp({ qr }, ''); }} onClose=${() => setScanner(null)} />`}
  </form>`;
}

