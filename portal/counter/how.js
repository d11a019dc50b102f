// How an earning rule counted, in the reader's language. The API says it in English, in few forms.
import { language, t } from '../lib/i18n.js';
import { number, rupees } from '../lib/format.js';

const FORMS = [
  [/^([\d.]+)% of the bill$/, (share) => t('counter.how.percentage', { percent: number(share / 100, { style: 'percent', maximumFractionDigits: 2 }) })],
  [/^slab from (\d+)$/, (bill) => t('counter.how.slab', { amount: rupees(bill) })],
  [/^flat$/, () => t('counter.how.flat')],
  [/^with the remainder of earlier bills$/, () => t('counter.how.remainder')],
  [/^capped per bill$/, () => t('counter.how.bill')],
  [/^capped per day$/, () => t('counter.how.day')],
];

/** In another language than English, nothing where the API says something new. */
export function howText(how) {
  const parts = how.split(', ').map((part) => {
    const [form, say] = FORMS.find(([each]) => each.test(part)) || [];
    return say && say(Number(form.exec(part)[1]));
  });
  return parts.every(Boolean) ? parts.join(', ') : language.value === 'en' ? how : '';
}
