// The operator's tenants by name: for lists, where an id alone tells a reviewer nothing, and to be searched through.
import { html, signal, useEffect } from '../lib/ui.js';
import { call } from '../lib/api.js';
import { short } from '../lib/format.js';

const MOST_CALLS = 40;
/** Id -> tenant, of those that have come so far. */
const known = signal({});
/** Whether the walk has ended, and whether tenants lie beyond it. */
const state = signal({ ended: false, more: false });
let walking = null;

/** Walks the tree from the top; where it is very large, what lies beyond keeps its id. */
async function walk() {
  const levels = [{}];
  let calls = 0;
  for (; levels.length && calls < MOST_CALLS; calls += 1) {
    const query = levels.shift();
    const answer = await call('GET', '/tenant/tree', { query: { ...query, limit: 30 }, quiet: true, whole: true });
    known.value = { ...known.value, ...Object.fromEntries(answer.data.map((each) => [each.id, each])) };
    if (answer.meta?.next_cursor) levels.unshift({ ...query, cursor: answer.meta.next_cursor });
    levels.push(...answer.data.filter((each) => each.kind !== 'application').map((each) => ({ parent: each.id })));
  }
  state.value = { ended: true, more: levels.length > 0 };
}

const begin = () => { walking ??= walk().catch(() => { walking = null; }); };

/** A tenant's name, or the end of its id until that is known; nothing for no id. */
export function useTenantName(id) {
  useEffect(begin, []);
  return id && (known.value[id]?.name || short(id));
}

export const TenantName = ({ id }) => html`<span title=${id}>${useTenantName(id)}</span>`;

/** After a change of tenants: what is known of them is read anew. */
export function forgetTenants() {
  known.value = {};
  state.value = { ended: false, more: false };
  walking = null;
  begin();
}

/**
 * Tenants whose name, short name or program has the text in it: { rows, ended, more }. Without a text nothing is read;
 * `more` says that there are tenants which were not looked through.
 */
export function useTenantsNamed(text) {
  const wanted = text.trim().toLocaleLowerCase();
  useEffect(() => { if (wanted) begin(); }, [Boolean(wanted)]);
  const has = (tenant) => [tenant.name, tenant.slug, tenant.program_name].some((each) => each?.toLocaleLowerCase().includes(wanted));
  const rows = wanted ? Object.values(known.value).filter(has).sort((one, other) => one.name.localeCompare(other.name)) : [];
  return { rows, ...state.value };
}
