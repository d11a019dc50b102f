// Setting two-step sign-in up: the authenticator app's code, then the recovery codes. In the own account, and in the page
// that leads those through it whose tenant demands it.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, problemText } from '../lib/api.js';
import { Button, Notice, toast } from './basics.js';
import { CopyField, TextField } from './forms.js';

/** `onDone` is called once the recovery codes are kept; `onClose`, where there is one, by who would rather not. */
export function SecondFactorSetup({ onDone, onClose }) {
  const [state, setState] = useState({ code: '' });
  const set = (more) => setState((before) => ({ ...before, ...more }));
  const begin = () => {
    set({ problem: null });
    call('GET', '/auth/mfa/setup').then((setup) => set({ setup }), (problem) => set({ problem }));
  };
  useEffect(begin, []);
  const verify = async (event) => {
    event.preventDefault();
    set({ busy: true, problem: null });
    try {
      const { recovery_codes: codes } = await call('POST', '/auth/mfa/setup/verify', { body: { code: state.code.trim() } });
      set({ busy: false, codes });
    } catch (problem) { set({ busy: false, problem }); }
  };
  const { setup, codes, problem } = state;
  const said = problem && html`<${Notice} tone="bad"><p>${problemText(problem)}</p>${!setup && html`<div><${Button} size="small" onClick=${begin}>${t('retry')}<//></div>`}<//>`;
  if (codes) return html`<${RecoveryCodes} codes=${codes} onDone=${onDone} />`;
  if (!setup) return said || html`<div class="stack tight" aria-busy="true"><span class="sr" role="status">${t('loading')}</span><div class="skeleton line"></div><div class="skeleton line"></div></div>`;
  return html`<form class="stack" onSubmit=${verify}><ol class="steps"><li><p>${t('factor.1')}</p></li>
    <li><div class="stack"><p>${t('factor.2')}</p><div class="qr-card"><img src=${setup.qr_svg} alt=${t('factor.qr')} /></div><${CopyField} label=${t('factor.secret')} value=${setup.secret} /></div></li>
    <li><${TextField} label=${t('factor.3')} value=${state.code} onInput=${(code) => set({ code })} class="input code" inputmode="numeric" autocomplete="one-time-code" maxlength="7" required /></li></ol>
    ${said}<div class="foot">${onClose && html`<${Button} onClick=${onClose}>${t('cancel')}<//>`}<${Button} type="submit" kind="primary" busy=${state.busy} wide=${!onClose}>${t('factor.confirm')}<//></div></form>`;
}

function RecoveryCodes({ codes, onDone }) {
  const copy = async () => {
    await navigator.clipboard.writeText(codes.join('\n'));
    toast(t('copied'));
  };
  return html`<div class="stack"><h2 class="small">${t('factor.codes')}</h2><${Notice} tone="warn">${t('factor.codes.text')}<//>
    <ul class="codes mono">${codes.map((each) => html`<li key=${each}>${each}</li>`)}</ul>
    <div class="foot"><${Button} icon="copy" onClick=${copy}>${t('copy')}<//><${Button} icon="printer" onClick=${() => print()}>${t('factor.print')}<//><${Button} kind="primary" onClick=${onDone}>${t('factor.kept')}<//></div></div>`;
}
