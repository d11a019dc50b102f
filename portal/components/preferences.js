// Language and appearance, for the foot of a page or a menu.
import { html, useState } from '../lib/ui.js';
import { LANGUAGES, language, setLanguage, t } from '../lib/i18n.js';
import { Icon } from './basics.js';

export function LanguageChoice() {
  return html`<label class="row nowrap small"><span class="sr">${t('language')}</span><${Icon} name="languages" />
    <select class="input compact" value=${language.value} onInput=${(event) => setLanguage(event.target.value)}>
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
