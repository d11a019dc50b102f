// Whether the tenant's administrators need two-step sign-in.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { me } from '../lib/session.js';
import { Badge, Button, toast } from '../components/basics.js';
import { Confirm, Problem, useRead } from './kit.js';

export function SignInPolicy() {
  const found = useRead(() => call('GET', '/tenant/sign-in-policy'));
  const [asking, setAsking] = useState(false);
  const on = found.data?.admin_mfa;
  // The API refuses it to whoever would lock themselves out; saying so before is kinder.
  const first = !on && !me.value.mfa_enabled;
  const change = async () => {
    await call('PUT', '/tenant/sign-in-policy', { body: { admin_mfa: !on, version: found.data.version } });
    toast(t(on ? 'policy.off.done' : 'policy.on.done'));
    found.reload();
  };
  return html`<section class="card item" aria-labelledby="policy"><div class="row apart nowrap"><h2 id="policy">${t('policy.title')}</h2>${found.data && html`<${Badge} tone=${on ? 'good' : ''} icon=${on ? 'shield-check' : undefined}>${t(on ? 'policy.on' : 'policy.off')}<//>`}</div>
    <p class="small muted">${t(first ? 'policy.first' : 'policy.text')}</p><${Problem} problem=${found.problem} retry=${found.reload} />
    ${found.data && html`<div>${first ? html`<${Button} icon="shield-check" href="/profile">${t('profile.mfa.enable')}<//>` : html`<${Button} kind=${on ? 'danger' : ''} icon="shield-check" onClick=${() => setAsking(true)}>${t(on ? 'policy.stop' : 'policy.start')}<//>`}</div>`}
    ${asking && html`<${Confirm} title=${t(on ? 'policy.stop' : 'policy.start')} text=${t(on ? 'policy.stop.text' : 'policy.start.text')} action=${t(on ? 'policy.stop' : 'policy.start')} danger=${on} onConfirm=${change} onClose=${() => setAsking(false)} />`}</section>`;
}
