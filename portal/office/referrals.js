// Who named whose referral code in a program, and what came of it.
import { html, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { coins, date, dateTime } from '../lib/format.js';
import { search, setQuery } from '../lib/router.js';
import { Badge } from '../components/basics.js';
import { Segmented } from '../components/forms.js';
import { Facts, List, Panel, useList, Whose } from './kit.js';

const TONES = { waiting: 'info', decided: 'warn', rewarded: 'good', void: '' };
const REASONS = ['no_bill', 'not_new', 'same_customer', 'program_ended'];
const OUTCOMES = [
  ...['given', 'limit_reached', 'budget_spent', 'no_coins', 'no_wallet', 'merchant_left', 'merchant_suspended'],
  ...['program_paused', 'program_not_started', 'insufficient_float', 'wallet_not_active', 'balance_limit_exceeded'],
];
const reason = (code) => (REASONS.includes(code) ? t(`referral.reason.${code}`) : code);
const outcome = (side) => (side.outcome === null ? t('referral.outcome.none') : OUTCOMES.includes(side.outcome) ? t(`referral.outcome.${side.outcome}`) : side.outcome);

export function Referrals({ program }) {
  const status = ['waiting', 'decided', 'rewarded', 'void'].includes(search.value.get('status')) ? search.value.get('status') : '';
  const list = useList(`/rewards/programs/${program.id}/referrals`, { status, limit: 30 });
  const [open, setOpen] = useState(null);
  return html`<p class="muted">${t('referral.text')}</p>
    <${Segmented} label=${t('keys.status')} value=${status} onChange=${(value) => setQuery({ status: value })} options=${['', 'waiting', 'decided', 'rewarded', 'void'].map((each) => [each, t(`referral.status.${each || 'all'}`)])} />
    <${List} list=${list} caption=${t('program.tab.referrals')} rowKey=${(row) => row.friend.customer_id} onOpen=${setOpen} empty=${{ icon: 'user-plus', title: t('referral.none'), text: t('referral.none.text') }} columns=${[
      { key: 'named', title: t('referral.named'), main: true, show: (row) => date(row.named_at) },
      { key: 'friend', title: t('referral.friend'), show: (row) => html`<${Whose} of=${row.friend} />` },
      { key: 'referrer', title: t('referral.referrer'), show: (row) => html`<${Whose} of=${row.referrer} />` },
      { key: 'coins', title: t('referral.coins'), end: true, show: (row) => `${coins(row.friend.coins)} + ${coins(row.referrer.coins)}` },
      { key: 'status', title: t('keys.status'), show: (row) => html`<${Badge} tone=${TONES[row.status]}>${t(`referral.status.${row.status}`)}<//>` },
    ]} />
    ${open && html`<${Panel} title=${t('referral.of', { when: date(open.named_at) })} onClose=${() => setOpen(null)}><div><${Badge} tone=${TONES[open.status]}>${t(`referral.status.${open.status}`)}<//></div>
      <${Facts} entries=${[open.reason && [t('referral.reason'), reason(open.reason)], [t('referral.friend'), html`<${Whose} of=${open.friend} />`], [t('referral.friend.coins'), `${coins(open.friend.coins)} · ${outcome(open.friend)}`], [t('referral.referrer'), html`<${Whose} of=${open.referrer} />`], [t('referral.referrer.coins'), `${coins(open.referrer.coins)} · ${outcome(open.referrer)}`], [t('referral.named'), dateTime(open.named_at)], open.next_check_at && [t('referral.check'), dateTime(open.next_check_at)], open.transaction_id && [t('referral.bill'), html`<code>${open.transaction_id}</code>`]]} /><//>`}`;
}
