// Amounts of an asset: rupees, or coins.
import { t } from '../lib/i18n.js';
import { coins, rupees } from '../lib/format.js';

/** `named` where nothing else on the page says that they are coins. */
export function money(asset, value, { named } = {}) {
  if (asset === 'INR') return rupees(value);
  return named ? t('money.coins', { count: value, coins: coins(value) }) : coins(value);
}
