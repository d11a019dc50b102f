// The API, as the pages call it: one function, problems as one class, and the session's CSRF token kept here.
//
// A CSRF token belongs to one session. So it also tells when another tab has signed in as somebody else: the token is
// refused, and `sessionChanged` decides before anything is sent again. Reads carry no token; they change nothing.
import { has, language, loadMessages, t } from './i18n.js';
import { signal } from './ui.js';

const BASE = '/api/v1';
const TIMEOUT = 20_000;
const INVALID = 'validation_error';

/** A refusal of the API. `code` is stable; `fields` maps a field to what is wrong with it. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body?.message || `HTTP ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.code = body?.code || 'unknown';
    this.fields = body?.errors || {};
    this.figures = body?.meta || {};
    this.requestId = body?.request_id;
    this.retryAfter = Number(retryAfter) || 0;
  }
}

/** No answer came: there is no network, or it took too long. Whether the request arrived is unknown. */
export class Unreachable extends Error {
  constructor(cause) {
    super('unreachable', { cause });
    this.name = 'Unreachable';
  }
}

/** What the page does when the session is over or too old, and when it is another's. Set by session.js. */
export const handlers = {
  /** @type {null | ((reason: 'expired' | 'stepup') => Promise<boolean>)} Asks to sign in; true: try again. */
  signIn: null,
  /** @type {null | (() => Promise<boolean>)} Whether the new session is the same person's; true: go on. */
  sessionChanged: null,
  /** Where the session's CSRF token comes from. */
  token: async () => (await send('GET', '/auth/csrf')).data.csrf_token,
  /** Headers for every call, such as the sandbox's clock. */
  headers: () => ({}),
};

/** Whether the last call got through; the browser's own word counts at the start. */
export const online = signal(navigator.onLine);
addEventListener('online', () => { online.value = true; });
addEventListener('offline', () => { online.value = false; });

let token = null;
export function setToken(next) { token = next; }

export async function freshToken() {
  token = await handlers.token();
  return token;
}

/**
 * Calls the API. `query` leaves out what is empty; `key` is the idempotency key; `quiet` never asks anybody anything.
 * Returns `data`; with `whole`, the answer as it is. Throws Problem or Unreachable.
 */
export async function call(method, path, options = {}) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      if (method !== 'GET' && !options.open && token === null) {
        // The session may be another's by now: nothing is sent before that is known.
        await freshToken();
        if (handlers.sessionChanged && !(await handlers.sessionChanged())) throw new Unreachable();
      }
      const answer = await send(method, path, options);
      return options.whole ? answer : answer?.data;
    } catch (error) {
      if (!(error instanceof Problem) || attempt > 2 || !(await settled(error, options))) throw error;
    }
  }
}

async function settled(problem, options) {
  if (problem.code === 'csrf_failed') {
    await freshToken();
    return options.open || !handlers.sessionChanged ? true : handlers.sessionChanged();
  }
  if (options.quiet || options.open || !handlers.signIn) return false;
  if (problem.code === 'unauthenticated') return handlers.signIn('expired');
  if (problem.code === 'reauthentication_required') return handlers.signIn('stepup');
  return false;
}

async function send(method, path, { query, body, key, headers, text } = {}) {
  const url = (path.startsWith('/gateway') ? path : BASE + path) + queryText(query);
  const sent = { accept: 'application/json', ...handlers.headers(), ...headers };
  if (body !== undefined) sent['content-type'] = 'application/json';
  if (key) sent['idempotency-key'] = key;
  if (method !== 'GET' && token) sent['x-csrftoken'] = token;
  let response;
  let content;
  try {
    response = await fetch(url, {
      method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(TIMEOUT),
    });
    content = await response.text();
  } catch (error) {
    online.value = false;
    throw new Unreachable(error);
  }
  online.value = true;
  if (response.ok && text) return { data: content, headers: response.headers };
  let answer = null;
  try { answer = content ? JSON.parse(content) : null; } catch { /* a proxy's page: the status says enough */ }
  if (!response.ok) {
    const problem = new Problem(response.status, answer, response.headers.get('retry-after'));
    await readWords(problem).catch(() => {}); // then the API's own text says it
    throw problem;
  }
  if (answer === null && content) throw new Unreachable(new Error('not JSON: a sign-in page of the network?'));
  return answer;
}

/** Loads what only refusals need: what fields are called, and the API's sentences in Hindi. */
async function readWords(problem) {
  const named = Object.keys(problem.fields).length;
  if (named) await loadMessages('fields');
  if (language.value !== 'hi' || problem.code === 'unauthenticated' || (!named && has(`problem.${problem.code}`))) return;
  (await import('../messages/hi/refused/index.js')).putIntoHindi(problem);
}

export function queryText(query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return pairs.length ? `?${new URLSearchParams(pairs)}` : '';
}

/** A problem in the reader's language, where its code has a message there; else as the API put it. */
export function problemText(error) {
  if (error instanceof Unreachable) return t('problem.unreachable');
  if (!(error instanceof Problem)) return t('problem.unexpected');
  const key = `problem.${error.code}`;
  if (error.code === INVALID) {
    const [name, said] = Object.entries(error.fields)[0] || [];
    if (!name) return error.message;
    const label = name.split('.').reverse().map((part) => `field.${part}`).find(has);
    return label ? `${t(label)}: ${said.join(', ')}` : said.join(', ');
  }
  if (error.retryAfter && has(`${key}.wait`)) return t(`${key}.wait`, { count: Math.ceil(error.retryAfter / 60) });
  return has(key) ? t(key, error.figures) : error.message;
}

/** A new idempotency key. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
