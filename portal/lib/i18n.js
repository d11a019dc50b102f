// Messages in catalogues: messages/<language>/<area>.js, one area per part of the product, loaded when it is opened.
import { signal } from './ui.js';

export const LANGUAGES = { en: 'English', hi: 'हिन्दी' };

/** The language that is shown: 'en' or 'hi'. */
export const language = signal(document.documentElement.lang === 'hi' ? 'hi' : 'en');

/** The tag for numbers and dates: both languages count in lakhs and crores. */
export const locale = () => `${language.value}-IN`;

const areas = new Set();
// No signal: an area is loaded before the component that reads it is shown, so the rest of the page need not render
// again. What changes under a component is the language, which `t` reads.
let words = {};
let plurals = new Intl.PluralRules(locale());

/** What pages open with, joined in one file (bundles.json): its name -> the areas in it. */
const JOINED = { till: ['base', 'app', 'counter'], portal: ['base', 'app', 'views', 'office'] };
const coming = new Map();

async function fetchMessages(name) {
  areas.add(name);
  try {
    Object.assign(words, (await import(`../messages/${language.value}/${name}.js`)).default);
  } catch (error) {
    for (const each of [name, ...(JOINED[name] || [])]) coming.delete(each);
    throw error;
  }
}

/** Loads the catalogues of these areas once, and remembers them for a change of language. */
export function loadMessages(...names) {
  return Promise.all(names.map((name) => {
    if (!coming.has(name)) {
      const words = fetchMessages(name);
      for (const each of [name, ...(JOINED[name] || [])]) coming.set(each, words);
    }
    return coming.get(name);
  }));
}

export async function setLanguage(next) {
  if (!(next in LANGUAGES)) return;
  localStorage.setItem('batua.language', next);
  const loaded = await Promise.all([...areas].map((name) => import(`../messages/${next}/${name}.js`)));
  words = Object.assign({}, ...loaded.map((module) => module.default));
  plurals = new Intl.PluralRules(`${next}-IN`);
  document.documentElement.lang = next;
  language.value = next;
}

/** The message of a key, with {name} replaced; of its plural forms, the one that `count` needs. */
export function t(key, values = {}) {
  let message = language.value && words[key];
  if (message === undefined) {
    console.warn('no message', key);
    return key;
  }
  if (typeof message === 'object') message = message[plurals.select(Number(values.count))] ?? message.other;
  return message.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Whether there is such a message: for codes of the API, whose own text is the fallback. */
export const has = (key) => key in words;
