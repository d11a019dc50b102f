// The shop's own earning rules, in the place of its program's.
import { html } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { call } from '../lib/api.js';
import { sandbox } from '../lib/session.js';
import { Notice } from '../components/basics.js';
import { Loading, Page, Problem, useRead } from './kit.js';
import { RuleEditor } from './rule-editor.js';

export default function Rules() {
  const found = useRead(() => call('GET', '/merchant/earning-rules'));
  const { rules, version, source } = found.data || {};
  return html`<${Page} title=${t('view.rules')} text=${t('rules.text')}>
    <${Problem} problem=${found.problem} retry=${found.reload} />${!rules && !found.problem && html`<${Loading} />`}
    ${sandbox.value && html`<${Notice} tone="warn">${t('rules.sandbox')}<//>`}
    ${rules && html`<${RuleEditor} key=${version} rules=${rules} store=${(next) => call('PUT', '/merchant/earning-rules', { body: { rules: next, version } })} onSaved=${found.reload} locked=${sandbox.value}>
      ${source === 'program' && html`<${Notice}>${t('rules.program')}<//>`}<//>`}<//>`;
}
