// Who is signed in, what they may do, and what happens when the session ends while they work.
import { call, freshToken, handlers, setToken, Problem, Unreachable } from './api.js';
import { computed, signal } from './ui.js';

const KEPT = 'batua.me';

/** The signed-in user as GET /auth/me tells, or null. Kept on the device, so that the counter opens offline. */
export const me = signal(null);
/** Whether `me` is only what the device remembers. */
export const remembered = signal(false);
export const sandbox = computed(() => me.value?.mode === 'test');
/** A question for the dialog of SignInAgain: { reason, answer }. */
export const question = signal(null);
/** The sandbox's own time, an ISO text; empty where it is the real one. */
export const testClock = signal(sessionStorage.getItem('batua.clock') || '');

export const can = (permission) => Boolean(me.value?.permissions.includes(permission));
const identity = (user) => (user ? `${user.tenant.id} ${user.id} ${user.mode}` : '');

/** Reads who is signed in. Offline, it is who was; returns null where nobody is. */
export async function readMe() {
  try {
    accept(await begunByBoot() || await call('GET', '/auth/me', { quiet: true }));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      if (!remembered.value) me.value = null;
      return null;
    }
    const kept = recall();
    if (!kept || !(error instanceof Unreachable || error.status >= 500 || error.status === 429)) throw error;
    me.value = kept;
    remembered.value = true;
  }
  return me.value;
}

/** What boot.js has asked before the scripts were there; once, and null where it failed: then it is asked again. */
function begunByBoot() {
  const begun = window.batuaSession;
  delete window.batuaSession;
  return begun;
}

function accept(user) {
  // Both come in one answer: the token of a session that another tab has begun can't stand beside this user.
  setToken(user.csrf_token ?? null);
  me.value = user;
  remembered.value = false;
  if (user.mode !== 'test') setTestClock('');
  try { localStorage.setItem(KEPT, JSON.stringify({ ...user, csrf_token: undefined })); } catch { /* full or blocked: only the offline start needs it */ }
}

export function recall() {
  try { return JSON.parse(localStorage.getItem(KEPT)); } catch { return null; }
}

export function setTestClock(iso) {
  testClock.value = iso;
  if (iso) sessionStorage.setItem('batua.clock', iso);
  else sessionStorage.removeItem('batua.clock');
}

/** Signs in to a cookie session, and returns how it began. Throws Problem: mfa_required asks for a code. */
export async function signIn({ username, password, code, mode = 'live' }) {
  const body = { username, password, mode };
  if (code) body.mfa_code = code;
  setToken(null);
  await freshToken();
  const begun = await call('POST', '/auth/session/login', { body, open: true });
  setToken(begun.csrf_token);
  return begun;
}

let proof = null;

/** Confirms the password once more; for some minutes requests carry the proof. Throws Problem. */
export async function confirmIdentity(password) {
  const made = await call('POST', '/auth/reauthenticate', { body: { password }, quiet: true });
  // By the page's own clock, which nobody sets; a little less than the five minutes that it lasts.
  proof = { text: made.proof, ends: performance.now() + 270_000 };
}

export async function signOut() {
  proof = null;
  try {
    await call('POST', '/auth/session/logout', { quiet: true });
  } catch (error) {
    if (!(error instanceof Problem && error.status === 401)) throw error;
  }
  setToken(null);
  localStorage.removeItem(KEPT);
  me.value = null;
}

let asking = null;
handlers.signIn = (reason) => {
  // Several calls may fail at once; they wait for one answer.
  asking ??= new Promise((resolve) => {
    question.value = { reason, answer: resolve };
  }).finally(() => {
    asking = null;
    question.value = null;
  });
  return asking;
};

handlers.sessionChanged = async () => {
  const before = identity(me.value);
  const user = await call('GET', '/auth/me', { quiet: true });
  if (before && identity(user) !== before) {
    // Another tab signed in as somebody else: nothing of this page may go out under that name.
    location.reload();
    return false;
  }
  accept(user);
  return true;
};

handlers.headers = () => ({
  ...(me.value?.mode === 'test' && testClock.value ? { 'x-test-clock': testClock.value } : {}),
  ...(proof && performance.now() < proof.ends ? { 'x-reauthentication': proof.text } : {}),
});
