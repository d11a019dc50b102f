// A file on its way: registered, sent to the signed link, and read back once it has been checked.
import { call, Unreachable } from '../lib/api.js';

/** Sends a file to a signed link: { method, url, headers }. Throws Unreachable. */
export async function put(link, file) {
  let answer;
  try {
    answer = await fetch(link.url, { method: link.method || 'PUT', headers: link.headers, body: file, credentials: 'omit' });
  } catch (error) {
    throw new Unreachable(error);
  }
  if (!answer.ok) throw new Unreachable(new Error(`upload: HTTP ${answer.status}`));
}

export async function upload(file, kind) {
  const document = await call('POST', '/tenant/documents', { body: { name: file.name.slice(0, 128), kind, media_type: file.type, size: file.size } });
  await put(document.upload, file);
  return call('GET', `/tenant/documents/${document.id}`);
}
