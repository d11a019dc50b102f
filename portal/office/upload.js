// A file on its way: registered, sent to the signed link, and read back once it has been checked.
import { call, Unreachable } from '../lib/api.js';

export async function upload(file, kind) {
  const document = await call('POST', '/tenant/documents', { body: { name: file.name.slice(0, 128), kind, media_type: file.type, size: file.size } });
  let answer;
  try {
    answer = await fetch(document.upload.url, { method: document.upload.method || 'PUT', headers: document.upload.headers, body: file, credentials: 'omit' });
  } catch (error) {
    throw new Unreachable(error);
  }
  if (!answer.ok) throw new Unreachable(new Error(`upload: HTTP ${answer.status}`));
  return call('GET', `/tenant/documents/${document.id}`);
}
