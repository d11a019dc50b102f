// Days of the tenant's own time zone, which a browser elsewhere has not.
import { me } from '../lib/session.js';

const clocks = new Map();
/** Hours, minutes and seconds of a zone. Such a formatter takes long to make, so each is made once. */
function clock(zone) {
  if (!clocks.has(zone)) clocks.set(zone, new Intl.DateTimeFormat('en-IN', { timeZone: zone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit' }));
  return clocks.get(zone);
}

/** The midnight that a day of the zone began with. */
export function midnight(zone, now = new Date()) {
  const [hour, minute, second] = clock(zone).format(now).split(':').map(Number);
  return new Date(now.getTime() - ((hour * 60 + minute) * 60 + second) * 1000 - now.getMilliseconds());
}

/** Today's date in the tenant's zone, as a field for a date has it. UTC is still at yesterday while a night in India is over. */
export const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: me.value.tenant.time_zone }).format(new Date());

/** A day of the tenant's zone as the instant that it begins at, or ends with. */
export function edge(day, end) {
  if (!day) return '';
  const noon = new Date(`${day}T12:00:00Z`);
  const start = midnight(me.value.tenant.time_zone, noon);
  return new Date(start.getTime() + (end ? 86_399_999 : 0)).toISOString();
}
