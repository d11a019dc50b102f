// Components that most visits never need, loaded when they are.
import { html, useEffect, useState } from '../lib/ui.js';
import { question } from '../lib/session.js';

/** Shows `pick(module)` of `load()` with the properties given, as soon as it is there. */
export function Lazy({ load, pick, ...rest }) {
  const [Part, show] = useState(null);
  useEffect(() => { load().then((module) => show(() => pick(module)), () => {}); }, []);
  return Part && html`<${Part} ...${rest} />`;
}

export const SignInAgain = () => question.value && html`<${Lazy} load=${() => import('./signin.js')} pick=${(module) => module.Again} ...${question.value} />`;
