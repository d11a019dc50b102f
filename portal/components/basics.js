// The small components: each is a function of its properties, documented with its variants on /design.
import { html, signal } from '../lib/ui.js';

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

/** `tone`: good, warn, bad, info, coin. */
export const Badge = ({ tone = '', icon, children }) => html`<span class=${`badge ${tone}`}>${icon && html`<${Icon} name=${icon} />`}${children}</span>`;

const NOTICES = { info: 'info', warn: 'triangle-alert', bad: 'circle-alert', good: 'circle-check' };
export const Notice = ({ tone = 'info', icon, children, ...rest }) => html`<div class=${`notice ${tone}`} role=${tone === 'bad' ? 'alert' : undefined} ...${rest}>
  <${Icon} name=${icon || NOTICES[tone]} /><div class="grow stack tight">${children}</div></div>`;

export const Empty = ({ icon, title, children }) => html`<div class="empty"><${Icon} name=${icon} /><h2>${title}</h2>${children}</div>`;

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
