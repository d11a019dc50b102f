// The names of tenants, for the operator's lists: an id alone tells a reviewer nothing.
import { html, signal, useEffect } from '../lib/ui.js';
import { call } from '../lib/api.js';
import { short } from '../lib/format.js';

const MOST_CALLS = 40;
const names = signal({});
let walking = null;

/** Walks the tree from the top; where it is very large, what lies beyond keeps its id. */
async function walk() {
  const levels = [{}];
  for (let calls = 0; levels.length && calls < MOST_CALLS; calls += 1) {
    const query = levels.shift();
    const answer = await call('GET', '/tenant/tree', { query: { ...query, limit: 30 }, quiet: true, whole: true });
    names.value = { ...names.value, ...Object.fromEntries(answer.data.map((each) => [each.id, each.name])) };
    if (answer.meta?.next_cursor) levels.unshift({ ...query, cursor: answer.meta.next_cursor });
    levels.push(...answer.data.filter((each) => each.kind !== 'application').map((each) => ({ parent: each.id })));
  }
}

/** A tenant's name, or the end of its id until that is known; nothing for no id. */
export function useTenantName(id) {
  useEffect(() => { walking ??= walk().catch(() => { walking = null; }); }, []);
  return id && (names.value[id] || short(id));
}

export const TenantName = ({ id }) => html`<span title=${id}>${useTenantName(id)}</span>`;
