// The customer's own code, large on white whatever the theme, with the screen kept awake.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, problemText, Unreachable } from '../lib/api.js';
import { time } from '../lib/format.js';
import { Button, Notice } from '../components/basics.js';
import { Dialog } from '../components/forms.js';
import { keptCode, seen } from './state.js';

export function Code({ onClose }) {
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
    let lock = null;
    navigator.wakeLock?.request('screen').then((held) => { lock = held; }, () => {});
    return () => lock?.release().catch(() => {});
  }, []);
  return html`<${Dialog} title=${t('my.show')} sheet onClose=${onClose}><div class="my-qr">
    ${state.code && html`<div class="my-qr-paper"><img src=${state.code.image} alt=${t('my.qr.alt')} width="260" height="260" /><p class="figures">${seen.value?.profile.phone}</p></div>
      <p class="small muted">${t(state.kept ? 'my.qr.kept' : 'my.qr.text', { time: time(state.code.expires_at) })}</p>`}
    ${state.problem && html`<${Notice} tone="bad"><p>${problemText(state.problem)}</p><div><${Button} size="small" onClick=${load}>${t('retry')}<//></div><//>`}
    ${!state.code && !state.problem && html`<div class="my-wait"><span class="spinner"></span></div>`}</div><//>`;
}
