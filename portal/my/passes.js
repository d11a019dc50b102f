// Adding the coins to the wallet of the phone, where the deployment has an account with Apple or Google.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call, problemText } from '../lib/api.js';
import { Button, Notice } from '../components/basics.js';
import { seen } from './state.js';

/** Phones have one of the two; on a computer, either can be sent on. */
function fitting(offered) {
  const agent = navigator.userAgent;
  const own = /iPhone|iPad|iPod/.test(agent) ? 'apple' : /Android/.test(agent) ? 'google' : null;
  return own ? offered.filter((wallet) => wallet === own) : offered;
}

export function Passes() {
  const [state, setState] = useState({});
  const add = async (wallet) => {
    setState({ busy: wallet });
    try {
      const links = await call('GET', '/me/passes');
      location.assign(links[wallet].url);
      setState({});
    } catch (problem) { setState({ problem }); }
  };
  const wallets = fitting(seen.value.profile.passes || []);
  return wallets.length > 0 && html`<div class="my-passes">${wallets.map((wallet) => html`<${Button} key=${wallet} icon="wallet" busy=${state.busy === wallet} onClick=${() => add(wallet)}>${t(`my.pass.${wallet}`)}<//>`)}
    ${state.problem && html`<${Notice} tone="bad">${problemText(state.problem)}<//>`}</div>`;
}
