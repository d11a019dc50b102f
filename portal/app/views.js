// The views of the portal: where each is, who may see it, and what loads it. The counter opens with the few in this
// file; office-views.js has the others, and is loaded right after. A new page is a line there and one in routes.json.
import { loadMessages } from '../lib/i18n.js';
import { loadStyle } from '../lib/style.js';
import { can, me } from '../lib/session.js';
import { signal } from '../lib/ui.js';

/** Loads a view of the office with the catalogues and the style sheet that it needs. `name` may load it itself: from a bundle. */
export const office = (name, ...areas) => async () => {
  const [module] = await Promise.all([typeof name === 'function' ? name() : import(`../office/${name}.js`), loadMessages('office', ...areas), loadStyle('/style/office.css')]);
  return module;
};
export const program = () => Boolean(me.value.tenant.program_id);
const counter = async () => (await Promise.all([import('../counter/counter.js'), loadMessages('till')]))[0];
const merchant = () => program() && can('ledger:read');

/** In the order of the menu; `tab` puts a view into the bar at the foot of a phone. */
const FIRST = [
  { path: '/counter', icon: 'hand-coins', name: 'counter', may: () => program() && can('coins:issue'), tab: true, load: counter },
  { path: '/dashboard', icon: 'layout-dashboard', name: 'dashboard', may: merchant, tab: true, load: office(() => import('../office/dashboard.js'), 'console') },
  { path: '/ledger', icon: 'receipt-text', name: 'ledger', may: merchant, tab: true, load: office('ledger', 'shop') },
  { path: '/customers', icon: 'users', name: 'customers', may: () => program() && can('customers:read'), tab: true, load: office('customers', 'shop') },
];
const others = signal([]);
/** Whether all views are known: what else can wait for the counter waits for this too. */
export const complete = () => others.value.length > 0;

export async function loadViews() {
  if (complete()) return;
  const [module] = await Promise.all([import('./office-views.js'), loadMessages('views')]);
  others.value = module.VIEWS;
}

const all = () => [...FIRST, ...others.value];
export const allowed = () => all().filter((view) => !view.hidden && view.may());
export const viewOf = (path) => all().find((view) => path === view.path || path.startsWith(`${view.path}/`));
export const owns = (path) => path === '/' || Boolean(viewOf(path));
