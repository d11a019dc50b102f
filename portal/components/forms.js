// Controls and dialogs.
import { html, useEffect, useId, useRef } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { Button, Icon, toast } from './basics.js';

/** A labelled control. `children` is a function of the attributes that tie the control to label, hint and error. */
export function Field({ label, hint, error, children, name }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children({ id, name, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined })}
    ${hint && html`<span class="hint" id=${`${id}-hint`}>${hint}</span>`}
    ${error && html`<span class="error" id=${`${id}-error`}><${Icon} name="circle-alert" />${error}</span>`}
  </div>`;
}

export function TextField({ label, hint, error, value, onInput, rows, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} error=${error}>${(tied) => (rows
    ? html`<textarea class="input" rows=${rows} value=${value} onInput=${(event) => onInput(event.target.value)} ...${tied} ...${rest}></textarea>`
    : html`<input class="input" value=${value} onInput=${(event) => onInput(event.target.value)} ...${tied} ...${rest} />`)}<//>`;
}

/** `options`: [value, text] pairs. */
export function SelectField({ label, hint, error, value, onInput, options, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} error=${error}>${(tied) => html`<select class="input" value=${value}
    onInput=${(event) => onInput(event.target.value)} ...${tied} ...${rest}>
    ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}</select>`}<//>`;
}

/** A box to tick, with a hint below. */
export function Check({ label, hint, checked, onChange }) {
  const id = useId();
  return html`<div class="field"><label class="check"><input type="checkbox" checked=${checked} aria-describedby=${hint ? id : undefined} onChange=${() => onChange(!checked)} /><span>${label}</span></label>
    ${hint && html`<span class="hint" id=${id}>${hint}</span>`}</div>`;
}

/** A value to copy. */
export function CopyField({ label, value, hint }) {
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    toast(t('copied'));
  };
  return html`<div class="field"><span class="legend">${label}</span><div class="copy"><code class="ellipsis">${value}</code><${Button} size="small" icon="copy" onClick=${copy}>${t('copy')}<//></div>${hint && html`<span class="hint">${hint}</span>`}</div>`;
}

/** One of a few: `options` are [value, text] pairs; arrow keys move, as in any radio group. */
export function Segmented({ label, options, value, onChange }) {
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (options.findIndex(([key]) => key === value) + step + options.length) % options.length;
    onChange(options[next][0]);
    event.currentTarget.children[next].focus();
  };
  const reached = options.some(([key]) => key === value) ? value : options[0][0];
  const row = useRef();
  // Where there are more than fit, what is chosen is not left beyond the edge; nor when the style sheet or the typeface
  // comes after the page.
  useEffect(() => {
    const all = row.current;
    const chosen = all.querySelector('[aria-checked=true]');
    if (!chosen) return undefined;
    const sizes = new ResizeObserver(() => { all.scrollLeft = chosen.offsetLeft - all.offsetLeft - (all.clientWidth - chosen.offsetWidth) / 2; });
    sizes.observe(chosen);
    return () => sizes.disconnect();
  }, [value, options.length]);
  return html`<div class="segmented" ref=${row} role="radiogroup" aria-label=${label} onKeyDown=${move}>
    ${options.map(([key, text]) => html`<button key=${key} type="button" role="radio" aria-checked=${String(key === value)} tabindex=${key === reached ? 0 : -1}
      onClick=${() => onChange(key)}>${text}</button>`)}
  </div>`;
}

/** A dialog that the browser makes modal; `sheet` rises from below on phones. `onClose` is asked for Escape too. */
export function Dialog({ title, onClose, children, sheet, wide, fixed }) {
  const dialog = useRef();
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    return () => before?.focus?.();
  }, []);
  const cancel = (event) => { event.preventDefault(); if (!fixed) onClose(); };
  return html`<dialog ref=${dialog} class=${[sheet && 'sheet', wide && 'wide'].filter(Boolean).join(' ')} aria-labelledby=${id} onCancel=${cancel}
    onPointerDown=${(event) => { if (event.target === dialog.current && !fixed) onClose(); }}>
    <div class="inside"><div class="head"><h2 id=${id}>${title}</h2>${!fixed && html`<${Button} kind="quiet" size="small" icon="x" label=${t('close')} onClick=${onClose} />`}</div>${children}</div>
  </dialog>`;
}
