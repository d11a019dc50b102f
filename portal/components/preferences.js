// Language and appearance, for the foot of a page or a menu.
import { html, useState } from '../lib/ui.js';
import { call } from '../lib/api.js';
import { LANGUAGES, language, setLanguage, t } from '../lib/i18n.js';
import { Icon } from './basics.js';

const UNSAVED = 'batua.language.unsaved';

/** Mails and text messages come in the language that a user chose here: at once, or once they have signed in. */
export async function saveLanguage() {
  const chosen = localStorage.getItem(UNSAVED);
  if (!chosen) return;
  try {
    await call('PATCH', '/notifications/preferences', { body: { language: chosen }, quiet: true });
    localStorage.removeItem(UNSAVED);
  } catch { /* the page has changed all the same; it is saved at the next sign-in */ }
}

/** `ofUser`: whether the page is for users of the portal, who have preferences; a customer's are their shop's. */
export function LanguageChoice({ ofUser, signedIn }) {
  const choose = (next) => {
    if (ofUser) localStorage.setItem(UNSAVED, next);
    setLanguage(next);
    if (signedIn) saveLanguage();
  };
  return html`<label class="row nowrap small"><span class="sr">${t('language')}</span><${Icon} name="languages" />
    <select class="input compact" value=${language.value} onInput=${(event) => choose(event.target.value)}>
      ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option key=${tag} value=${tag} lang=${tag} selected=${tag === language.value}>${name}</option>`)}
    </select></label>`;
}

export function setTheme(theme) {
  if (theme) {
    localStorage.setItem('batua.theme', theme);
    document.documentElement.dataset.theme = theme;
  } else {
    localStorage.removeItem('batua.theme');
    delete document.documentElement.dataset.theme;
  }
}

export function ThemeChoice() {
  const [theme, choose] = useState(document.documentElement.dataset.theme || '');
  const change = (event) => { choose(event.target.value); setTheme(event.target.value); };
  return html`<label class="row nowrap small"><span class="sr">${t('theme')}</span><${Icon} name="moon" />
    <select class="input compact" value=${theme} onInput=${change}>
      ${['', 'light', 'dark'].map((each) => html`<option key=${each} value=${each} selected=${each === theme}>${t(`theme.${each || 'system'}`)}</option>`)}
    </select></label>`;
}
