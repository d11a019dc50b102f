// The views of the portal: where each is, who may see it, and what loads it. A new page is a line here, one in
// routes.json, and `make docs` for the front door.
import { loadMessages } from '../lib/i18n.js';
import { can, me } from '../lib/session.js';

const office = (name) => async () => {
  const [module] = await Promise.all([import(`../office/${name}.js`), loadMessages('office')]);
  return module;
};
const program = () => Boolean(me.value.tenant.program_id);
const merchant = () => program() && can('ledger:read');

/** In the order of the menu; `tab` puts a view into the bar at the foot of a phone. */
export const VIEWS = [
  { path: '/counter', icon: 'hand-coins', name: 'counter', may: () => program() && can('coins:issue'), tab: true, load: () => import('../counter/counter.js') },
  { path: '/dashboard', icon: 'layout-dashboard', name: 'dashboard', may: merchant, tab: true, load: office('dashboard') },
  { path: '/ledger', icon: 'receipt-text', name: 'ledger', may: merchant, tab: true, load: office('ledger') },
  { path: '/customers', icon: 'users', name: 'customers', may: () => program() && can('customers:read'), tab: true, load: office('customers') },
  { path: '/rules', icon: 'percent', name: 'rules', group: 'shop', may: () => program() && can('rules:write'), load: office('rules') },
  { path: '/flags', icon: 'flag', name: 'flags', group: 'insight', may: () => can('flags:review'), load: office('flags') },
  { path: '/audit', icon: 'shield-check', name: 'audit', group: 'insight', may: () => program() && can('audit:read'), load: office('audit') },
  { path: '/prefund', icon: 'wallet', name: 'prefund', group: 'money', may: () => can('prefund:request'), load: office('prefund') },
  { path: '/requests', icon: 'building-2', name: 'requests', group: 'money', may: () => can('gateway:write') && (me.value.tenant.kind === 'parent' || Boolean(me.value.tenant.parent_id)), load: office('requests') },
  { path: '/team', icon: 'user-plus', name: 'team', group: 'settings', may: () => can('tenant:admin'), load: office('team') },
  { path: '/keys', icon: 'key-round', name: 'keys', group: 'settings', may: () => can('tenant:admin'), load: office('keys') },
  { path: '/endpoints', icon: 'webhook', name: 'endpoints', group: 'settings', may: () => can('tenant:admin'), load: office('endpoints') },
  { path: '/connections', icon: 'plug', name: 'connections', group: 'settings', may: () => can('integrations:write'), load: office('connections') },
  { path: '/branding', icon: 'palette', name: 'branding', group: 'settings', may: () => can('tenant:admin'), load: office('branding') },
  { path: '/profile', icon: 'user-round', name: 'profile', group: 'settings', may: () => true, hidden: true, load: office('profile') },
];

export const allowed = () => VIEWS.filter((view) => !view.hidden && view.may());
export const viewOf = (path) => VIEWS.find((view) => path === view.path || path.startsWith(`${view.path}/`));
export const owns = (path) => path === '/' || Boolean(viewOf(path));
