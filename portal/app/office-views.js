// The views beside the counter: the office of a shop or a parent tenant, and the operator's console.
import { can, me } from '../lib/session.js';
import { office, program } from './views.js';

const operator = () => me.value.tenant.kind === 'operator';
const admin = () => can('tenant:admin');
const tenant = () => !operator();

const reviewer = () => can('platform:review');

/** In the order of the menu, by group; `hidden` views are opened from elsewhere. */
export const VIEWS = [
  { path: '/start', icon: 'house', name: 'start', may: () => tenant() && !program() && can('ledger:read'), tab: true, load: office('start', 'console') },
  { path: '/console', icon: 'house', name: 'console', may: reviewer, tab: true, load: office('console', 'console') },
  { path: '/queue', icon: 'wallet', name: 'queue', group: 'queues', may: reviewer, tab: true, load: office('queue', 'console') },
  { path: '/disputes', icon: 'scale', name: 'disputes', group: 'queues', may: reviewer, tab: true, load: office('disputes', 'console') },
  { path: '/checks', icon: 'badge-check', name: 'checks', group: 'queues', may: reviewer, load: office('checks', 'identity') },
  { path: '/tenants', icon: 'building-2', name: 'tenants', group: 'business', may: reviewer, load: office('tenants', 'console', 'operator') },
  { path: '/plans', icon: 'tag', name: 'plans', group: 'business', may: reviewer, load: office('plans', 'console', 'operator') },
  { path: '/rules', icon: 'percent', name: 'rules', group: 'shop', may: () => program() && can('rules:write'), load: office('rules') },
  { path: '/programs', icon: 'coins', name: 'programs', get tab() { return tenant() && !program() && me.value.tenant.kind === 'merchant'; }, get group() { return operator() ? 'business' : 'shop'; }, may: admin, load: office('programs', 'loyalty') },
  { path: '/rewards', icon: 'gift', name: 'rewards', group: 'shop', may: () => tenant() && (admin() || can('rules:write')), load: office('rewards', 'loyalty') },
  { path: '/marketplace', icon: 'shopping-bag', name: 'marketplace', group: 'shop', may: () => program() && can('coins:redeem'), load: office('marketplace', 'console', 'market') },
  { path: '/redemptions', icon: 'ticket-check', name: 'redemptions', group: 'shop', may: () => tenant() && admin(), load: office('redemptions', 'loyalty') },
  { path: '/imports', icon: 'file-up', name: 'imports', group: 'shop', may: () => tenant() && program() && admin(), load: office('imports', 'imports') },
  { path: '/flags', icon: 'flag', name: 'flags', get group() { return operator() ? 'queues' : 'insight'; }, may: () => can('flags:review'), load: office('flags') },
  { path: '/audit', icon: 'shield-check', name: 'audit', group: 'insight', may: () => program() && can('audit:read'), load: office('audit') },
  { path: '/funds', icon: 'wallet', name: 'funds', group: 'money', get tab() { return !program(); }, may: () => tenant() && can('ledger:read'), load: office('funds', 'wallets') },
  { path: '/prefund', icon: 'upload', name: 'prefund', group: 'money', may: () => can('prefund:request'), load: office('prefund', 'funds') },
  { path: '/requests', icon: 'building-2', name: 'requests', group: 'money', get tab() { return !program() && me.value.tenant.kind === 'parent'; }, may: () => can('gateway:write') && (me.value.tenant.kind === 'parent' || Boolean(me.value.tenant.parent_id)), load: office('requests') },
  { path: '/reports', icon: 'trending-up', name: 'reports', group: 'money', may: () => tenant() && can('gateway:read') && can('ledger:read') && (me.value.tenant.kind !== 'merchant' || Boolean(me.value.tenant.parent_id)), load: office('reports', 'reports') },
  { path: '/invoices', icon: 'file-text', name: 'invoices', get group() { return operator() ? 'business' : 'money'; }, may: () => can('ledger:read'), load: office('invoices', 'billing', 'loyalty') },
  { path: '/tickets', icon: 'life-buoy', name: 'tickets', tab: true, get group() { return operator() ? 'queues' : 'help'; }, may: () => can('tickets:read') || can('platform:review'), load: office('tickets', 'inbox') },
  { path: '/support-settings', icon: 'settings', name: 'support-settings', group: 'platform', may: reviewer, load: office('support-settings', 'inbox', 'support') },
  { path: '/requirements', icon: 'badge-check', name: 'requirements', group: 'platform', may: () => can('platform:admin'), load: office('requirements', 'identity') },
  { path: '/announcements', icon: 'megaphone', name: 'announcements', group: 'business', may: () => can('platform:admin'), load: office('announcements', 'console', 'inbox') },
  { path: '/status', icon: 'activity', name: 'status', group: 'platform', may: reviewer, load: office('status', 'operator') },
  { path: '/content', icon: 'message-square', name: 'content', group: 'platform', may: () => can('platform:admin'), load: office('content', 'operator') },
  { path: '/team', icon: 'user-plus', name: 'team', group: 'settings', may: admin, load: office('team', 'settings') },
  { path: '/keys', icon: 'key-round', name: 'keys', group: 'settings', may: admin, load: office('keys') },
  { path: '/endpoints', icon: 'webhook', name: 'endpoints', group: 'settings', may: admin, load: office('endpoints') },
  { path: '/connections', icon: 'plug', name: 'connections', group: 'settings', may: () => can('integrations:write'), load: office('connections') },
  { path: '/networks', icon: 'network', name: 'networks', group: 'settings', may: admin, load: office('networks', 'identity') },
  { path: '/verification', icon: 'badge-check', name: 'verification', group: 'settings', may: () => tenant() && admin(), load: office('verification', 'identity') },
  { path: '/accounts', icon: 'plug', name: 'accounts', get group() { return operator() ? 'platform' : 'settings'; }, may: admin, load: office('accounts', 'settings') },
  { path: '/sites', icon: 'store', name: 'sites', group: 'settings', may: () => tenant() && admin(), load: office('sites', 'settings') },
  { path: '/documents', icon: 'file-text', name: 'documents', group: 'settings', may: () => tenant() && admin(), load: office('documents', 'settings') },
  { path: '/branding', icon: 'palette', name: 'branding', group: 'settings', may: admin, load: office('branding') },
  { path: '/exports', icon: 'download', name: 'exports', group: 'settings', may: () => tenant() && admin(), load: office('exports', 'exports') },
  { path: '/profile', icon: 'user-round', name: 'profile', group: 'settings', may: () => true, hidden: true, load: office('profile', 'settings') },
  { path: '/support', icon: 'life-buoy', name: 'support', may: () => true, hidden: true, load: office('tickets', 'inbox') },
  { path: '/notifications', icon: 'bell', name: 'notifications', may: () => true, hidden: true, load: office('notifications', 'inbox') },
];
