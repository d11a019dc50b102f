// Client of a Batua merchant's counter: one file, nothing beyond Node.js (18 and later).
//
//   import { Batua } from './batua.mjs';
//   const counter = new Batua('https://wallet.example.com', key);
//   const issued = await counter.issue({ phone: '+919876543210', bill_amount: '499.50', reference: 'INV-1001' });
//
// Send amounts as strings: a JavaScript number is no exact decimal. Every change carries an idempotency key: yours, or
// the reference, or a new one per call; so what is sent again after a timeout is counted once.

import { createHmac, randomUUID } from 'node:crypto';

const TRANSIENT = new Set([408, 409, 425, 429, 500, 502, 503, 504]);

/** A refusal. `code` is stable; `figures` are amounts such as the balance; `fields` tells what to mend. */
export class BatuaError extends Error {
  constructor(status, answer) {
    super(`${answer.code ?? 'unknown'}: ${answer.message ?? 'no reason was given'}`);
    this.name = 'BatuaError';
    this.status = status;
    this.code = answer.code ?? 'unknown';
    this.figures = answer.meta ?? {};
    this.fields = answer.errors ?? {};
  }
}

/** No answer came, however often it was asked. A change may have been made: send it again with the same key. */
export class Unreachable extends Error {}

export class Batua {
  constructor(url, key, { timeout = 10_000, retries = 4 } = {}) {
    requireHttps(url);
    this.url = url.replace(/\/+$/, '');
    this.key = key;
    this.options = { timeout, retries };
  }

  /** Gives coins: one of `phone`, `wallet_id`, `qr`; `bill_amount`, or `coins`; `reference`. */
  issue(body, idempotencyKey) {
    return this.#change('/api/v1/merchant/coins/issue', body, idempotencyKey);
  }

  /** Takes coins: one of `phone`, `wallet_id`, `qr`; `coins`; `bill_amount`; `reference`. */
  redeem(body, idempotencyKey) {
    return this.#change('/api/v1/merchant/coins/redeem', body, idempotencyKey);
  }

  /** Undoes a transaction, wholly, or `coins` of it; `reason`. */
  reverse(transactionId, body = {}, idempotencyKey) {
    return this.#change(`/api/v1/merchant/coins/${encodeURIComponent(transactionId)}/reverse`, body, idempotencyKey);
  }

  /** What an issue would give now; nothing is written. */
  calculateIssue(body) {
    return this.#send('POST', '/api/v1/merchant/coins/issue/calculate', body);
  }

  /** The balance of one of `phone`, `wallet_id`, `qr`. */
  balance(who) {
    return this.#send('GET', `/api/v1/merchant/customers/balance?${new URLSearchParams(who)}`);
  }

  /** What a redemption would do now; nothing is written. */
  calculateRedeem(body) {
    return this.#send('POST', '/api/v1/merchant/coins/redeem/calculate', body);
  }

  /** A customer with its wallet, last visit and rewards: one of `phone`, `wallet_id`, `qr`. */
  lookup(who) {
    return this.#send('GET', `/api/v1/merchant/customers/lookup?${new URLSearchParams(who)}`);
  }

  /** What was issued and redeemed this month, and the last twelve months. */
  stats() {
    return this.#send('GET', '/api/v1/merchant/stats');
  }

  /** All transactions, newest first, page by page: `customer`, `from`, `to`, `type`, `reference`; `limit` of a page. */
  async *ledger(filters = {}) {
    for (let query = filters; ; ) {
      const answer = await this.#answer('GET', `/api/v1/merchant/ledger?${new URLSearchParams(query)}`);
      yield* answer.data;
      const cursor = answer.meta?.next_cursor;
      if (!cursor) return;
      query = { ...filters, cursor };
    }
  }

  #change(path, body, idempotencyKey) {
    // Where there is a reference it is the key: the same bill sent by two tills is one bill.
    const own = idempotencyKey ?? (body.reference ? undefined : randomUUID());
    return this.#send('POST', path, body, own ? { 'Idempotency-Key': own } : {});
  }

  async #send(method, path, body, headers) {
    return (await this.#answer(method, path, body, headers)).data;
  }

  async #answer(method, path, body, headers = {}) {
    const content = body === undefined ? undefined : encoded(body);
    const sent = { Authorization: `Bearer ${this.key}`, 'Content-Type': 'application/json', ...headers };
    const { status, answer } = await ask(method, this.url + path, content, sent, this.options);
    if (status >= 400) throw new BatuaError(status, answer);
    return answer;
  }
}

/** Sends the sales of a billing system to its connection: the webhook's address, and the secret that came with it. */
export class Till {
  constructor(webhookUrl, secret, { timeout = 10_000, retries = 4 } = {}) {
    requireHttps(webhookUrl);
    this.url = webhookUrl;
    this.secret = secret;
    this.options = { timeout, retries };
  }

  /** Tells how a sale stands now; again whenever it changes. With `dryRun`, what that would do. */
  async sell(sale, { dryRun = false } = {}) {
    const content = encoded(sale);
    const id = `msg_${randomUUID()}`;
    const headers = () => ({ 'Content-Type': 'application/json', ...signatureHeaders(this.secret, id, content) });
    const url = this.url + (dryRun ? '?dry_run=true' : '');
    const { status, answer } = await ask('POST', url, content, headers, this.options);
    if (status >= 400) throw new BatuaError(status, answer);
    return answer;
  }
}

/** The key goes in a header: without encryption only to this very machine. */
function requireHttps(url) {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname))) {
    throw new TypeError('the address must begin with https://');
  }
}

/** As JSON, without numbers that are no exact decimals. */
function encoded(body) {
  return JSON.stringify(body, (name, value) => {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new TypeError(`${name} is no exact decimal: send a string`);
    }
    return value;
  });
}

/** The headers of Standard Webhooks (standardwebhooks.com): good for five minutes, so each attempt has its own. */
export function signatureHeaders(secret, id, content, now = Date.now()) {
  const second = String(Math.floor(now / 1000));
  const encoded = secret.replace(/^whsec_/, '');
  const isBase64 = encoded.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(encoded);
  const key = isBase64 ? Buffer.from(encoded, 'base64') : Buffer.from(secret);
  const signature = createHmac('sha256', key).update(`${id}.${second}.${content}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': second, 'webhook-signature': `v1,${signature}` };
}

/** The answer; asked again after silence and passing trouble, with the same content and key. */
async function ask(method, url, body, headers, { timeout, retries }) {
  for (let attempt = 0; ; attempt += 1) {
    let wait = Math.random() * 250 * 2 ** attempt;
    try {
      const sent = typeof headers === 'function' ? headers() : headers;
      const response = await fetch(url, { method, body, headers: sent, signal: AbortSignal.timeout(timeout) });
      const answer = await response.json().catch(() => ({}));
      const passing = response.status !== 409 || answer.code === 'request_in_progress';
      if (!TRANSIENT.has(response.status) || !passing || attempt === retries) {
        return { status: response.status, answer };
      }
      const told = Number(response.headers.get('retry-after'));
      if (told > 0) wait = Math.max(wait, Math.min(60, told) * 1000);
    } catch (silence) {
      if (attempt === retries) throw new Unreachable(String(silence), { cause: silence });
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
