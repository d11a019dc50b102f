// Coins on a shop's own pages: what a purchase earns, the customer's balance, and using coins at checkout.
//
//   <script async src="https://batua.example/widget.js" data-merchant="kaveri-stores" data-bill="1499"></script>
//
// shows the widget in place of the script. Anywhere else, or more than once: <batua-coins bill="1499"></batua-coins>.
// Its shadow root keeps the shop's styles out and its own in. Nothing is sent but to the host that the script comes
// from, which answers the origins that the shop has listed (PUT /api/v1/tenant/origins) and no others.
(() => {
  const script = document.currentScript;
  const API = new URL('/api/v1/me', script.src).href;
  const CODE_PAUSE = 30;
  const EARLY = 60_000; // a code for the checkout is renewed so long before it ends

  const WORDS = {
    en: {
      earn: 'You earn {coins} with this purchase', worth: 'Worth {value}', none: 'Pay with {plural}',
      use: 'Use your coins', phone: 'Mobile number', send: 'Text me a code', code: 'Code from the text message', sent: 'Sent to {phone}.',
      again: 'Send a new code', wait: 'New code in {seconds} s', back: 'Back', go: 'Continue', have: 'You have {coins}', out: 'Sign out', howmany: 'Coins to use',
      apply: 'Use them', applied: '{coins} used: {value} off', change: 'Don’t use them', pay: 'Left to pay: {value}', empty: 'You have no coins here yet. This purchase earns your first.',
      frozen: 'Your coins are locked for now. Ask the shop why.', most: 'Between {least} and {most}.', safe: 'Nobody from a shop ever needs your code.',
      otp_invalid: 'That code is wrong, used or expired.', too_many_attempts: 'Too many attempts. Wait a few minutes.', rate_limited: 'Too many attempts. Wait a minute.',
      validation_error: 'Check the number: ten digits, or with the country code.', offline: 'No connection. Try again.', other: 'That didn’t work. Try again in a moment.', working: 'One moment…',
    },
    hi: {
      earn: 'इस ख़रीद पर {coins} मिलेंगे', worth: 'क़ीमत {value}', none: '{plural} से भुगतान करें',
      use: 'अपने सिक्के इस्तेमाल करें', phone: 'मोबाइल नंबर', send: 'कोड भेजें', code: 'संदेश में आया कोड', sent: '{phone} पर भेजा।',
      again: 'नया कोड भेजें', wait: '{seconds} सेकंड में नया कोड', back: 'वापस', go: 'आगे बढ़ें', have: 'आपके पास {coins} हैं', out: 'साइन आउट', howmany: 'कितने सिक्के',
      apply: 'इस्तेमाल करें', applied: '{coins} लगे: {value} की छूट', change: 'न लगाएँ', pay: 'बाकी भुगतान: {value}', empty: 'यहाँ अभी आपके सिक्के नहीं हैं। इस ख़रीद से पहले सिक्के मिलेंगे।',
      frozen: 'आपके सिक्के अभी बंद हैं। वजह दुकान से पूछें।', most: '{least} से {most} के बीच।', safe: 'दुकान को आपका कोड कभी नहीं चाहिए।',
      otp_invalid: 'कोड ग़लत है, इस्तेमाल हो चुका है या पुराना है।', too_many_attempts: 'बहुत बार कोशिश हुई। कुछ मिनट रुकें।', rate_limited: 'बहुत बार कोशिश हुई। एक मिनट रुकें।',
      validation_error: 'नंबर जाँचें: दस अंक, या देश के कोड के साथ।', offline: 'कनेक्शन नहीं है। फिर कोशिश करें।', other: 'यह नहीं हुआ। थोड़ी देर में फिर कोशिश करें।', working: 'एक पल…',
    },
  };

  const STYLE = `
:host { display: block; font: inherit; color: inherit; text-align: start; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; margin: 0; }
section:focus-visible { outline: none; }
.box { border: 1px solid color-mix(in srgb, currentColor 18%, transparent); border-radius: 14px; padding: 14px 16px; display: grid; gap: 12px; line-height: 1.45; }
.line { display: flex; gap: 12px; align-items: center; flex-wrap: wrap; } .grow { flex: 1 1 10em; min-width: 0; } b { font-weight: 600; }
.small { font-size: .86em; opacity: .82; }
.coin { width: 26px; height: 26px; flex: none; border-radius: 50%; background: #e0a52c; box-shadow: inset 0 0 0 4px #b97f12; }
form { display: grid; gap: 10px; } label { font-size: .86em; font-weight: 600; display: grid; gap: 5px; }
input { font: inherit; font-size: max(16px, 1em); color: inherit; width: 100%; min-height: 46px; padding: 8px 12px; border-radius: 10px; background: transparent; border: 1px solid color-mix(in srgb, currentColor 52%, transparent); }
input.code { letter-spacing: .3em; font-variant-numeric: tabular-nums; }
button { font: inherit; font-weight: 600; cursor: pointer; min-height: 46px; padding: 8px 16px; border-radius: 10px; border: 1px solid transparent; background: var(--brand); color: var(--on-brand); }
button.plain:disabled { text-decoration: none; opacity: .7; cursor: default; }
button.plain { background: none; color: inherit; min-height: 32px; padding: 4px 2px; text-decoration: underline; text-underline-offset: .2em; font-weight: 500; font-size: .86em; }
button[aria-disabled=true] { opacity: .6; cursor: default; }
:focus-visible { outline: 3px solid var(--brand); outline-offset: 2px; }
.bad { font-size: .9em; padding: 8px 12px; border-radius: 10px; background: #fcebe9; color: #7d130c; }
.used { padding: 10px 12px; border-radius: 10px; background: color-mix(in srgb, var(--brand) 12%, transparent); }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: no-preference) { .box { animation: show .2s ease-out; } @keyframes show { from { opacity: 0; } } }`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);

  /** An element; text is always text, so nothing that the API or the shop says can become markup. */
  function h(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
      else if (value === true) made.setAttribute(key, '');
      else if (value !== undefined && value !== false && value !== null) made.setAttribute(key, value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return made;
  }

  class Refused extends Error {
    constructor(status, code) { super(code); this.status = status; this.code = code; }
  }

  /** White or black on the merchant's colour, whichever can be read. */
  function readable(color) {
    const light = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179 ? '#000' : '#fff';
  }

  const hundredths = (value) => Math.round(Number(value) * 100);

  class BatuaCoins extends HTMLElement {
    static formAssociated = true;

    static observedAttributes = ['bill', 'lang', 'view'];

    #root = this.attachShadow({ mode: 'open', delegatesFocus: true });

    #internals = this.attachInternals();

    #view = { name: 'start' };

    #preview = null;

    #balance = null;

    #used = null;

    #asked = 0;

    #timers = [];

    #steps = { start: () => this.#startStep(), phone: () => this.#phoneStep(), code: () => this.#codeStep(), balance: () => this.#balanceStep() };

    connectedCallback() {
      this.#root.adoptedStyleSheets = [sheet];
      this.#load();
    }

    disconnectedCallback() { this.#rest(); }

    attributeChangedCallback(name, before, after) {
      if (!this.isConnected || before === after) return;
      if (name === 'bill') this.#load();
      else this.#draw();
    }

    /** What the form around it is sent with: { coins, value, token, expires_at }, or null while no coins are used. */
    get used() { return this.#used; }

    get #merchant() { return this.getAttribute('merchant') || script.dataset.merchant || ''; }

    get #mode() { return this.getAttribute('mode') || script.dataset.mode || 'live'; }

    get #bill() { return this.getAttribute('bill') || '0'; }

    get #language() {
      const named = this.getAttribute('lang') || script.dataset.lang || document.documentElement.lang || 'en';
      return named.toLowerCase().startsWith('hi') ? 'hi' : 'en';
    }

    #word(key, values = {}) { return (WORDS[this.#language][key] || WORDS[this.#language].other).replace(/\{(\w+)\}/g, (_, name) => values[name]); }

    #number(value, options) { return new Intl.NumberFormat(`${this.#language}-IN`, { maximumFractionDigits: 2, ...options }).format(value); }

    #rupees(value) { return this.#number(value, { style: 'currency', currency: 'INR', minimumFractionDigits: Number.isInteger(Number(value)) ? 0 : 2 }); }

    #coins(value) {
      const { singular, plural } = this.#preview.program;
      return `${this.#number(value)} ${Number(value) === 1 ? singular : plural}`;
    }

    // --- The session: of this tab alone, and of nothing but this merchant ------------------------------------------

    get #place() { return `batua:${this.#merchant}:${this.#mode}`; }

    #session() {
      try { return JSON.parse(sessionStorage.getItem(this.#place)); } catch { return null; }
    }

    #keep(session) {
      try {
        if (session) sessionStorage.setItem(this.#place, JSON.stringify(session));
        else sessionStorage.removeItem(this.#place);
      } catch { /* storage is blocked: signed in until the page is left */ }
      this.session = session;
    }

    async #call(method, path, { body, own } = {}) {
      const session = own ? this.session || this.#session() : null;
      const headers = { accept: 'application/json' };
      if (body) headers['content-type'] = 'application/json';
      if (session) headers.authorization = `Bearer ${session.access}`;
      let response;
      let answer;
      try {
        response = await fetch(API + path, { method, headers, body: body && JSON.stringify(body), credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(20_000) });
        answer = await response.json();
      } catch { throw new Refused(0, 'offline'); }
      if (response.ok) return answer.data;
      if (response.status === 401 && session && await this.#refresh(session)) return this.#call(method, path, { body, own });
      throw new Refused(response.status, answer.code);
    }

    /** The next tokens. Two widgets of one page share a session: whoever finds it renewed uses that. */
    async #refresh(session) {
      const renew = async () => {
        const now = this.#session();
        if (now && now.access !== session.access) { this.session = now; return true; }
        try {
          const next = await this.#call('POST', '/session/refresh', { body: { refresh_token: session.refresh } });
          this.#keep({ access: next.access_token, refresh: next.refresh_token });
          return true;
        } catch (refusal) {
          if (refusal.status === 401) this.#keep(null);
          return false;
        }
      };
      return navigator.locks ? navigator.locks.request(this.#place, renew) : renew();
    }

    // --- What is known ---------------------------------------------------------------------------------------------

    async #load() {
      const asked = this.#asked += 1;
      if (this.#used) this.#take(null);
      if (Number(this.#bill) === 0) { // an empty cart
        this.hidden = true;
        return;
      }
      const query = new URLSearchParams({ merchant: this.#merchant, bill_amount: this.#bill, ...(this.#mode === 'live' ? {} : { mode: this.#mode }) });
      try {
        const found = await this.#call('GET', `/earning-preview?${query}`);
        if (asked !== this.#asked) return;
        this.#preview = found;
        this.hidden = false;
      } catch (refusal) {
        if (asked !== this.#asked) return;
        // A shop works without its coins: nothing is shown, and the developer is told why.
        this.hidden = true;
        console.error(`batua: the widget is hidden (${refusal.code}). Is ${location.origin} among the allowed origins of ${this.#merchant || 'data-merchant'}, and is bill an amount in rupees?`);
        return;
      }
      this.style.setProperty('--brand', this.#preview.color);
      this.style.setProperty('--on-brand', readable(this.#preview.color));
      if (this.#earnsOnly || !(this.session || this.#session())) this.#draw();
      else await this.#readBalance(false);
    }

    get #earnsOnly() { return (this.getAttribute('view') || script.dataset.view) === 'earn'; }

    async #readBalance(focus = true) {
      try {
        this.#balance = (await this.#call('GET', '/balances', { own: true })).find((each) => each.here);
        this.#show({ name: 'balance' }, focus);
      } catch (refusal) {
        if (refusal.status === 401) this.#keep(null);
        this.#show({ name: 'start', problem: refusal.status === 401 ? null : refusal.code }, focus);
      }
    }

    /** The most coins that may be used: those that are there, and no more than the bill is worth. */
    get #most() {
      const unit = hundredths(this.#preview.coin_value);
      const covered = unit ? Math.floor((hundredths(this.#bill) * 100) / unit) / 100 : 0;
      const most = Math.min(Number(this.#balance.available), covered);
      return Number.isInteger(Number(this.#balance.available)) ? Math.floor(most) : most;
    }

    async #use(coins) {
      const code = await this.#call('GET', '/qr', { own: true });
      const value = Math.floor((hundredths(coins) * hundredths(this.#preview.coin_value)) / 100) / 100;
      this.#take({ coins, value, token: code.token, expires_at: code.expires_at });
      // A code is good for minutes: it is renewed as long as the page is open, so that the form never holds an old one.
      const left = Math.max(5_000, Date.parse(code.expires_at) - Date.now() - EARLY);
      this.#timers.push(setTimeout(() => this.#use(coins).catch(() => { this.#take(null); this.#show({ name: 'balance', problem: 'other' }, false); }), left));
    }

    #take(used) {
      this.#used = used;
      if (used) {
        const fields = new FormData();
        fields.set('batua_coins', String(used.coins));
        fields.set('batua_value', String(used.value));
        fields.set('batua_token', used.token);
        this.#internals.setFormValue(fields);
      } else {
        this.#rest();
        this.#internals.setFormValue(null);
      }
      this.dispatchEvent(new CustomEvent('batua:change', { detail: used, bubbles: true, composed: true }));
    }

    #rest() {
      for (const timer of this.#timers) { clearTimeout(timer); clearInterval(timer); }
      this.#timers = [];
    }

    // --- What is shown ---------------------------------------------------------------------------------------------

    /** What had the focus is gone after a step: the next control gets it, unless nobody pressed anything. */
    #show(view, focus = true) {
      this.#view = view;
      this.#draw();
      if (focus) (this.#root.querySelector('[data-first]') || this.#root.querySelector('section'))?.focus();
    }

    /** Runs what a press asks for: one at a time, and a refusal shows above the form. */
    #work(event, work) {
      event.preventDefault();
      if (this.#view.busy) return;
      this.#view = { ...this.#view, busy: true, problem: null };
      for (const each of this.#root.querySelectorAll('button')) each.setAttribute('aria-disabled', 'true');
      this.#root.querySelector('[role=status]').textContent = this.#word('working');
      work().catch((refusal) => this.#show({ ...this.#view, busy: false, problem: refusal.code || 'other' }));
    }

    #draw() {
      if (!this.#preview) return;
      const { coins, value, program } = this.#preview;
      const earns = Number(coins) > 0;
      this.hidden = this.#earnsOnly && !earns;
      const head = h('div', { class: 'line' }, h('span', { class: 'coin', 'aria-hidden': 'true' }), h('div', { class: 'grow' },
        h('b', {}, earns ? this.#word('earn', { coins: this.#coins(coins) }) : this.#word('none', { plural: program.name })),
        earns && h('div', { class: 'small' }, `${this.#word('worth', { value: this.#rupees(value) })} · ${program.name}`)));
      const step = this.#earnsOnly ? [] : this.#steps[this.#view.name]();
      const problem = this.#view.problem && h('div', { class: 'bad', role: 'alert' }, this.#word(this.#view.problem));
      this.#root.replaceChildren(h('section', { class: 'box', part: 'box', lang: this.#language, 'aria-label': program.name, tabindex: '-1' }, head, problem || null, step, h('span', { class: 'sr', role: 'status' })));
    }

    #startStep() {
      return [h('button', { type: 'button', part: 'button', onclick: () => this.#show({ name: 'phone' }) }, this.#word('use'))];
    }

    #phoneStep() {
      const ask = (event) => this.#work(event, async () => {
        const phone = this.#root.querySelector('input').value;
        const sent = await this.#call('POST', '/codes', { body: { merchant: this.#merchant, phone, mode: this.#mode, language: this.#language } });
        this.#show({ name: 'code', phone, sent });
      });
      return [h('form', { onsubmit: ask },
        h('label', {}, this.#word('phone'), h('input', { type: 'tel', inputmode: 'tel', autocomplete: 'tel', required: true, placeholder: '98765 43210', 'data-first': true })),
        h('button', { part: 'button' }, this.#word('send')))];
    }

    #codeStep() {
      const { phone, sent } = this.#view;
      const enter = (event) => this.#work(event, async () => {
        const code = this.#root.querySelector('input').value.replace(/\D/g, '');
        const opened = await this.#call('POST', '/session', { body: { merchant: this.#merchant, phone, mode: this.#mode, otp_id: sent.otp_id, code, kind: 'token' } });
        this.#keep({ access: opened.access_token, refresh: opened.refresh_token });
        await this.#readBalance();
      });
      const again = h('button', { type: 'button', class: 'plain', onclick: (event) => this.#work(event, async () => {
        const next = await this.#call('POST', '/codes', { body: { merchant: this.#merchant, phone, mode: this.#mode, language: this.#language } });
        this.#show({ name: 'code', phone, sent: next });
      }) });
      let left = CODE_PAUSE;
      const count = () => {
        again.textContent = left > 0 ? this.#word('wait', { seconds: this.#number(left) }) : this.#word('again');
        again.disabled = left > 0;
        left -= 1;
      };
      this.#rest();
      count();
      this.#timers.push(setInterval(count, 1000));
      return [h('form', { onsubmit: enter },
        h('label', {}, this.#word('code'), h('input', { class: 'code', inputmode: 'numeric', autocomplete: 'one-time-code', pattern: '[0-9 ]{6,7}', maxlength: '7', required: true, 'data-first': true })),
        h('p', { class: 'small' }, `${this.#word('sent', { phone: sent.sent_to })} ${this.#word('safe')}`),
        h('button', { part: 'button' }, this.#word('go')),
        h('div', { class: 'line' }, h('button', { type: 'button', class: 'plain', onclick: () => { this.#rest(); this.#show({ name: 'phone' }); } }, this.#word('back')), again))];
    }

    #balanceStep() {
      const { available, value, active } = this.#balance;
      const most = this.#most;
      const out = h('button', { type: 'button', class: 'plain', onclick: (event) => this.#work(event, async () => {
        if (this.#used) this.#take(null);
        await this.#call('POST', '/logout', { body: {}, own: true }).catch(() => {});
        this.#keep(null);
        this.#show({ name: 'start' });
      }) }, this.#word('out'));
      const owned = h('div', { class: 'line' }, h('div', { class: 'grow' }, h('b', {}, this.#word('have', { coins: this.#coins(available) })), h('div', { class: 'small' }, this.#word('worth', { value: this.#rupees(value) }))), out);
      if (!active) return [owned, h('p', { class: 'small' }, this.#word('frozen'))];
      if (Number(available) <= 0) return [owned, h('p', { class: 'small' }, this.#word('empty'))];
      if (this.#used) {
        const rest = (hundredths(this.#bill) - hundredths(this.#used.value)) / 100;
        return [owned, h('div', { class: 'line used', role: 'group' }, h('div', { class: 'grow' }, h('b', {}, this.#word('applied', { coins: this.#coins(this.#used.coins), value: this.#rupees(this.#used.value) })),
          h('div', { class: 'small' }, this.#word('pay', { value: this.#rupees(rest) }))),
        h('button', { type: 'button', class: 'plain', 'data-first': true, onclick: () => { this.#take(null); this.#show({ name: 'balance' }); } }, this.#word('change')))];
      }
      if (most <= 0) return [owned];
      const step = Number.isInteger(Number(available)) ? '1' : '0.01';
      const use = (event) => this.#work(event, async () => {
        await this.#use(Number(this.#root.querySelector('input').value));
        this.#show({ name: 'balance' });
      });
      return [owned, h('form', { onsubmit: use },
        h('label', {}, this.#word('howmany'), h('input', { type: 'number', inputmode: step === '1' ? 'numeric' : 'decimal', min: step, max: String(most), step, value: String(most), required: true, 'data-first': true })),
        h('p', { class: 'small' }, this.#word('most', { least: this.#number(Number(step)), most: this.#number(most) })),
        h('button', { part: 'button' }, this.#word('apply')))];
    }
  }

  if (!customElements.get('batua-coins')) customElements.define('batua-coins', BatuaCoins);
  if (script.dataset.bill) {
    const placed = document.createElement('batua-coins');
    placed.setAttribute('bill', script.dataset.bill);
    script.after(placed);
  }
})();
