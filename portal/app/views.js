// The views of the portal: where each is, who may see it, and what loads it. A new page is a line here.
import { can } from '../lib/session.js';

/** In the order of the menu; `tab` puts a view into the bar at the foot of a phone. */
export const VIEWS = [
  { path: '/counter', icon: 'hand-coins', name: 'counter', may: () => can('coins:issue'), tab: true, load: () => import('../counter/counter.js') },
];

export const allowed = () => VIEWS.filter((view) => view.may());
export const viewOf = (path) => VIEWS.find((view) => path === view.path || path.startsWith(`${view.path}/`));
export const owns = (path) => path === '/' || Boolean(viewOf(path));
