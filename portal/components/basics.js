// The small components: each is a function of its properties, documented with its variants on /design.
import { html, useEffect, useId, useRef, signal } from '../lib/ui.js';
import { t } from '../lib/i18n.js';

export const Icon = ({ name, ...rest }) => html`<svg class="icon" aria-hidden="true" ...${rest}><use href=${`/vendor/icons.svg#${name}`} /></svg>`;

export const Spinner = () => html`<span class="spinner" aria-hidden="true"></span>`;

/** `kind`: primary, quiet, danger; `size`: big, small; `busy` keeps the width and ignores clicks. */
export function Button({ kind = '', size = '', icon, busy, wide, children, label, onClick, disabled, type = 'button', ...rest }) {
  const classes = ['button', kind, size, wide && 'wide', !children && 'icon-only'].filter(Boolean).join(' ');
  const inside = html`${busy ? html`<${Spinner} />` : icon && html`<${Icon} name=${icon} />`}${children}`;
  if (rest.href) return html`<a class=${classes} aria-label=${label} ...${rest}>${inside}</a>`;
  return html`<button class=${classes} type=${type} aria-label=${label} title=${children ? undefined : label} disabled=${disabled} aria-disabled=${busy ? 'true' : undefined}
    onClick=${busy ? (event) => event.preventDefault() : onClick} ...${rest}>${inside}</button>`;
}

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
  return html`<div class="segmented" role="radiogroup" aria-label=${label} onKeyDown=${move}>
    ${options.map(([key, text]) => html`<button key=${key} type="button" role="radio" aria-checked=${String(key === value)} tabindex=${key === value ? 0 : -1}
      onClick=${() => onChange(key)}>${text}</button>`)}
  </div>`;
}

/** `tone`: good, warn, bad, info, coin. */
export const Badge = ({ tone = '', icon, children }) => html`<span class=${`badge ${tone}`}>${icon && html`<${Icon} name=${icon} />`}${children}</span>`;

const NOTICES = { info: 'info', warn: 'triangle-alert', bad: 'circle-alert', good: 'circle-check' };
export const Notice = ({ tone = 'info', icon, children, ...rest }) => html`<div class=${`notice ${tone}`} role=${tone === 'bad' ? 'alert' : undefined} ...${rest}>
  <${Icon} name=${icon || NOTICES[tone]} /><div class="grow stack tight">${children}</div></div>`;

export const Empty = ({ icon, title, children }) => html`<div class="empty"><${Icon} name=${icon} /><h2>${title}</h2>${children}</div>`;

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

const toasts = signal([]);
/** A short message that goes by itself; `action` is [text, function]. */
export function toast(text, action) {
  const entry = { text, action, id: Math.random() };
  toasts.value = [...toasts.value.slice(-2), entry];
  setTimeout(() => { toasts.value = toasts.value.filter((each) => each !== entry); }, action ? 9000 : 5000);
}
export const Toasts = () => html`<div class="toasts" role="status" aria-live="polite">${toasts.value.map((entry) => html`<div class="toast" key=${entry.id}><span class="grow">${entry.text}</span>
  ${entry.action && html`<${Button} size="small" onClick=${entry.action[1]}>${entry.action[0]}<//>`}</div>`)}</div>`;

/** The mark: a purse, and the name. */
export const Logo = ({ small }) => html`<span class="logo"><svg viewBox="0 0 32 32" aria-hidden="true"><rect class="purse" x="2" y="2" width="28" height="28" rx="9" />
  <path class="flap" d="M8 13.5h16v7.2a3.3 3.3 0 0 1-3.3 3.3h-9.4A3.3 3.3 0 0 1 8 20.7z" /><circle class="coin" cx="16" cy="11" r="4.4" /><path class="clasp" d="M8 13.5h16" /></svg>${!small && html`<span>Batua</span>`}</span>`;
