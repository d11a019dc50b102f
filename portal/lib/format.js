// Numbers, money, dates and phone numbers as people here write them.
import { locale, t } from './i18n.js';

const made = new Map();
function formatter(kind, options) {
  const key = `${kind}${locale()}${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Intl[kind](locale(), options));
  return made.get(key);
}

/** With a minus of the figures' own width, as everywhere here. */
export const number = (value, options = {}) => formatter('NumberFormat', options).format(value).replace('-', '−');

/** Coins: at most two decimals, none that are not needed. */
export const coins = (value) => number(value, { maximumFractionDigits: 2 });

/** Rupees: whole ones bare, others with both decimals. */
export const rupees = (value) => number(value, {
  style: 'currency', currency: 'INR', minimumFractionDigits: Number.isInteger(Number(value)) ? 0 : 2, maximumFractionDigits: 2,
});

export const percent = (value) => number(Number(value) / 100, { style: 'percent', maximumFractionDigits: 1 });

export const date = (iso) => formatter('DateTimeFormat', { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(iso));
export const time = (iso) => formatter('DateTimeFormat', { hour: 'numeric', minute: '2-digit' }).format(new Date(iso));
export const dateTime = (iso) => formatter('DateTimeFormat', {
  day: 'numeric', month: 'short', year: 'numeric', hour: 'numeric', minute: '2-digit',
}).format(new Date(iso));
export const day = (iso) => formatter('DateTimeFormat', { day: 'numeric', month: 'short' }).format(new Date(iso));

/** A month given as YYYY-MM. */
export const month = (text, length = 'long') => {
  const [year, number] = text.split('-').map(Number);
  return formatter('DateTimeFormat', { month: length, year: 'numeric' }).format(new Date(year, number - 1, 15));
};

/** How long ago, in the largest fitting unit; a clock that was set back counts as now. */
export function ago(iso, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 60) return t('time.now');
  const relative = formatter('RelativeTimeFormat', { numeric: 'auto' });
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86400) return relative.format(-Math.floor(seconds / 3600), 'hour');
  const days = Math.floor(seconds / 86400);
  return days < 60 ? relative.format(-days, 'day') : relative.format(-Math.floor(days / 30), 'month');
}

/** +919876543210 as +91 98765 43210; masked and foreign numbers as they are. */
export function phone(text) {
  if (!text) return '';
  const indian = /^\+91(\S{5})(\S{5})$/.exec(text);
  if (indian) return `+91 ${indian[1]} ${indian[2]}`;
  return /^\d{10}$/.test(text) ? `${text.slice(0, 5)} ${text.slice(5)}` : text;
}

/** An amount as it was typed: digits with at most two decimals and more than zero, else null. */
export function amount(text) {
  const plain = String(text).replaceAll(',', '').trim();
  return /^\d{1,9}(\.\d{0,2})?$/.test(plain) && Number(plain) > 0 ? plain.replace(/\.$/, '') : null;
}

/** The end of an id, which people compare; a name such as `market_order` whole. */
export const short = (id) => (/_[0-9A-Z]{20,26}$/.test(id) ? `…${id.slice(-6)}` : id.replaceAll('_', ' '));

const GAINS = ['issue', 'import', 'reverse_redeem', 'void', 'transfer_in'];
/** Whether an entry of this type gives coins to the customer. */
export const gains = (type) => GAINS.includes(type);
export const signed = (type, count) => `${gains(type) ? '+' : '−'}${coins(count)}`;
