// The customer's own code. A page can't turn up the screen's brightness, so the whole screen is white, whatever the theme,
// which is the brightest that it gets, and it is kept awake.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, problemText, Unreachable } from '../lib/api.js';
import { coins, phone, time } from '../lib/format.js';
import { Button, Notice } from '../components/basics.js';
import { keptCode, seen } from './state.js';

export function Code({ own, onClose }) {
  const dialog = useRef();
  const [state, setState] = useState({});
  const load = async () => {
    try {
      setState({ code: await call('GET', '/me/qr') });
    } catch (problem) {
      const code = problem instanceof Unreachable ? keptCode() : null;
      setState(code ? { code, kept: true } : { problem });
    }
  };
  useEffect(() => { load(); }, []);
  useEffect(() => {
    if (!state.code) return undefined;
    const left = Date.parse(state.code.expires_at) - Date.now();
    const timer = setTimeout(load, Math.max(5_000, Math.min(left - 15_000, 3_600_000)));
    return () => clearTimeout(timer);
  }, [state.code]);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    return () => before?.focus?.();
  }, []);
  useEffect(() => {
    let lock = null;
    navigator.wakeLock?.request('screen').then((held) => { lock = held; }, () => {});
    return () => lock?.release().catch(() => {});
  }, []);
  return html`<dialog ref=${dialog} class="my-qr" aria-labelledby="my-qr-title" onCancel=${(event) => { event.preventDefault(); onClose(); }}><div class="my-qr-inside">
    <header><h2 id="my-qr-title">${own.program.name}</h2><${Button} kind="quiet" icon="x" label=${t('close')} onClick=${onClose} /></header>
    <div class="my-qr-body">${state.code && html`<img src=${state.code.image} alt=${t('my.qr.alt')} width="260" height="260" /><p class="my-qr-number figures">${phone(seen.value?.profile.phone)}</p>
      <p class="my-qr-coins figures"><span class="coin-dot" aria-hidden="true"></span>${t('my.coins', { count: own.available, coins: coins(own.available) })}</p>
      <p class="small">${t(state.kept ? 'my.qr.kept' : 'my.qr.text', { time: time(state.code.expires_at) })}</p>`}
    ${state.problem && html`<${Notice} tone="bad"><p>${problemText(state.problem)}</p><div><${Button} size="small" onClick=${load}>${t('retry')}<//></div><//>`}
    ${!state.code && !state.problem && html`<div class="my-wait"><span class="spinner"></span><span class="sr" role="status">${t('loading')}</span></div>`}</div></div></dialog>`;
}
