// The views beside the counter: the office of a shop or a parent tenant, and the operator's console.
import { can, me } from '../lib/session.js';
import { office, program } from './views.js';

const operator = () => me.value.tenant.kind === 'operator';
const admin = () => can('tenant:admin');
const tenant = () => !operator();

/** Every page but the dashboard needs the words of the others too. */
const page = (name, ...areas) => office(name, 'shop', ...areas);
const reviewer = () => can('platform:review');

/** In the order of the menu, by group; `hidden` views are opened from elsewhere. */
export const VIEWS = [
  { path: '/start', icon: 'house', name: 'start', may: () => tenant() && !program() && can('ledger:read'), tab: true, load: page('start', 'console') },
  { path: '/console', icon: 'house', name: 'console', may: reviewer, tab: true, load: page('console', 'console') },
  { path: '/lookup', icon: 'search', name: 'lookup', may: () => operator() && reviewer(), load: page('lookup', 'desk', 'operator') },
  { path: '/queue', icon: 'wallet', name: 'queue', group: 'queues', may: reviewer, tab: true, load: page('queue', 'console') },
  { path: '/disputes', icon: 'scale', name: 'disputes', group: 'queues', may: reviewer, tab: true, load: page('disputes', 'console', 'wallets') },
  { path: '/checks', icon: 'badge-check', name: 'checks', group: 'queues', may: reviewer, load: page('checks', 'identity') },
  { path: '/tenants', icon: 'building-2', name: 'tenants', group: 'business', may: reviewer, load: page('tenants', 'console', 'operator') },
  { path: '/plans', icon: 'tag', name: 'plans', group: 'business', may: reviewer, load: page('plans', 'console', 'operator') },
  { path: '/rules', icon: 'percent', name: 'rules', group: 'shop', may: () => program() && can('rules:write'), load: page('rules') },
  { path: '/programs', icon: 'coins', name: 'programs', get tab() { return tenant() && !program() && me.value.tenant.kind === 'merchant'; }, get group() { return operator() ? 'business' : 'shop'; }, may: admin, load: page('programs', 'loyalty') },
  { path: '/rewards', icon: 'gift', name: 'rewards', group: 'shop', may: () => tenant() && program() && (admin() || can('rules:write')), load: page('rewards', 'loyalty') },
  { path: '/marketplace', icon: 'shopping-bag', name: 'marketplace', group: 'shop', may: () => program() && can('coins:redeem'), load: page('marketplace', 'console', 'market') },
  { path: '/redemptions', icon: 'ticket-check', name: 'redemptions', group: 'shop', may: () => tenant() && program() && admin(), load: page('redemptions', 'loyalty') },
  { path: '/imports', icon: 'file-up', name: 'imports', group: 'shop', may: () => tenant() && program() && admin(), load: page('imports', 'imports') },
  { path: '/flags', icon: 'flag', name: 'flags', get group() { return operator() ? 'queues' : 'insight'; }, may: () => can('flags:review'), load: page('flags') },
  { path: '/audit', icon: 'shield-check', name: 'audit', group: 'insight', may: () => program() && can('audit:read'), load: page('audit', 'audit') },
  { path: '/funds', icon: 'wallet', name: 'funds', group: 'money', get tab() { return !program(); }, may: () => tenant() && can('ledger:read'), load: page('funds', 'wallets') },
  { path: '/prefund', icon: 'upload', name: 'prefund', group: 'money', may: () => can('prefund:request'), load: page('prefund', 'funds') },
  { path: '/children', icon: 'network', name: 'children', group: 'money', may: () => tenant() && me.value.tenant.kind === 'parent' && can('ledger:read'), load: page('children', 'wallets') },
  { path: '/requests', icon: 'building-2', name: 'requests', short: 'requests.short', group: 'money', get tab() { return !program() && me.value.tenant.kind === 'parent'; }, may: () => can('gateway:write') && (me.value.tenant.kind === 'parent' || me.value.tenant.asks_parent), load: page('requests') },
  { path: '/reports', icon: 'trending-up', name: 'reports', group: 'money', may: () => tenant() && can('gateway:read') && can('ledger:read') && (me.value.tenant.kind !== 'merchant' || Boolean(me.value.tenant.parent_id)), load: page('reports', 'reports') },
  { path: '/invoices', icon: 'file-text', name: 'invoices', get group() { return operator() ? 'business' : 'money'; }, may: () => can('ledger:read'), load: page('invoices', 'billing', 'loyalty') },
  { path: '/tickets', icon: 'life-buoy', name: 'tickets', tab: true, get group() { return operator() ? 'queues' : 'help'; }, may: () => can('tickets:read') || can('platform:review'), load: page('tickets', 'inbox') },
  { path: '/support-settings', icon: 'settings', name: 'support-settings', group: 'platform', may: reviewer, load: page('support-settings', 'inbox', 'support') },
  { path: '/receivers', icon: 'landmark', name: 'receivers', group: 'platform', may: () => operator() && reviewer(), load: page('receivers', 'console', 'desk') },
  { path: '/requirements', icon: 'badge-check', name: 'requirements', group: 'platform', may: () => can('platform:admin'), load: page('requirements', 'identity') },
  { path: '/announcements', icon: 'megaphone', name: 'announcements', group: 'business', may: () => can('platform:admin'), load: page('announcements', 'console', 'inbox') },
  { path: '/status', icon: 'activity', name: 'status', group: 'platform', may: reviewer, load: page('status', 'operator') },
  { path: '/content', icon: 'message-square', name: 'content', group: 'platform', may: () => can('platform:admin'), load: page('content', 'operator') },
  { path: '/team', icon: 'user-plus', name: 'team', group: 'settings', may: admin, load: page('team', 'settings') },
  { path: '/keys', icon: 'key-round', name: 'keys', group: 'settings', may: admin, load: page('keys') },
  { path: '/endpoints', icon: 'webhook', name: 'endpoints', group: 'settings', may: admin, load: page('endpoints') },
  { path: '/connections', icon: 'plug', name: 'connections', group: 'settings', may: () => can('integrations:write'), load: page('connections') },
  { path: '/networks', icon: 'network', name: 'networks', group: 'settings', may: admin, load: page('networks', 'identity') },
  { path: '/verification', icon: 'badge-check', name: 'verification', group: 'settings', may: () => tenant() && admin(), load: page('verification', 'identity') },
  { path: '/accounts', icon: 'plug', name: 'accounts', get group() { return operator() ? 'platform' : 'settings'; }, may: admin, load: page('accounts', 'settings') },
  { path: '/sites', icon: 'store', name: 'sites', group: 'settings', may: () => tenant() && admin(), load: page('sites', 'settings') },
  { path: '/documents', icon: 'file-text', name: 'documents', group: 'settings', may: () => tenant() && admin(), load: page('documents', 'settings') },
  { path: '/branding', icon: 'palette', name: 'branding', group: 'settings', may: admin, load: page('branding') },
  { path: '/exports', icon: 'download', name: 'exports', group: 'settings', may: () => tenant() && admin(), load: page('exports', 'exports') },
  { path: '/profile', icon: 'user-round', name: 'profile', group: 'settings', may: () => true, hidden: true, load: page('profile', 'settings', 'factor') },
  { path: '/support', icon: 'life-buoy', name: 'support', may: () => true, hidden: true, load: page('tickets', 'inbox') },
  { path: '/notifications', icon: 'bell', name: 'notifications', may: () => true, hidden: true, load: page('notifications', 'inbox') },
];
