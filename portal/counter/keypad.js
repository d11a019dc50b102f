// Keys large enough for a thumb. A keyboard, a scanner and the phone's own keys work beside it.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { Icon } from '../components/basics.js';

/** `extra` is the key at the lower left: '.' or '+'. `waiting`: what is typed now would go into the field that is about to go. */
export function Keypad({ value, onChange, extra, waiting }) {
  const press = (key) => {
    navigator.vibrate?.(8);
    onChange(key === 'delete' ? value.slice(0, -1) : value + key);
  };
  const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', extra, '0', 'delete'];
  return html`<div class="keypad" role="group" aria-label=${t('counter.keypad')}>${keys.map((key) => html`
    <button key=${key} type="button" aria-label=${key === 'delete' ? t('counter.delete') : key === '.' ? t('counter.point') : key} disabled=${waiting} onPointerDown=${(event) => event.preventDefault()} onClick=${() => press(key)}>
      ${key === 'delete' ? html`<${Icon} name="delete" />` : key}</button>`)}</div>`;
}

/** On a touch screen our keys are there already: the system's would cover half the page. */
export const inputMode = (mode) => (matchMedia('(pointer: coarse)').matches ? 'none' : mode);
