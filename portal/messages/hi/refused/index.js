// What the API refused with, in Hindi. The API writes English alone; its sentences are found again by their fixed words,
// and what stands between them (amounts, dates, names) is carried over. Loaded when the first refusal is shown.
import codes from './codes.js';
import sentences from './sentences.js';
import fields from './fields.js';
import more from './more-fields.js';
import values from './values.js';

/** The sentences as patterns, those with the most fixed words first: `must be {choices}` would read all of them. */
const patterns = (texts) => Object.entries(texts).map(([english, hindi]) => {
  const [first, ...rest] = english.split(/\{(\w+)\}/).filter((_, at) => at % 2 === 0).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return { names: [...english.matchAll(/\{(\w+)\}/g)].map((match) => match[1]), shape: new RegExp(`^${[first, ...rest].join('(.+?)')}$`, 's'), fixed: english.replace(/\{\w+\}/g, '').length, hindi };
}).sort((one, other) => other.fixed - one.fixed);

const messages = patterns(sentences);
const faults = patterns({ ...fields, ...more });

/** The Hindi of an English sentence, or undefined. */
function found(known, english) {
  for (const { names, shape, hindi } of known) {
    const match = shape.exec(english);
    if (match) return hindi.replace(/\{(\w+)\}/g, (whole, name) => (names.includes(name) ? word(match[names.indexOf(name) + 1]) : whole));
  }
  return undefined;
}

const word = (text) => values[text] ?? text;

/** What is wrong with a field. */
export const faultInHindi = (english) => found(faults, english) ?? english;

/** What was refused: the sentence itself where it says more than its code does. */
export const messageInHindi = (code, english) => found(messages, english) ?? codes[code] ?? english;

/** Puts a problem of the API into Hindi, in place. */
export function putIntoHindi(problem) {
  problem.message = messageInHindi(problem.code, problem.message);
  for (const [name, said] of Object.entries(problem.fields)) problem.fields[name] = said.map(faultInHindi);
}
