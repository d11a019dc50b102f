// The device's own store: what waits to be sent, and what was seen of customers. One change is one transaction.
const STORES = { queue: 'id', seen: 'ref' };
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('batua', 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, { keyPath });
    };
    request.onsuccess = () => {
      // Another tab of a later version waits for this one to let go.
      request.result.onversionchange = () => { request.result.close(); opened = null; };
      resolve(request.result);
    };
    request.onerror = () => { opened = null; reject(request.error); };
  });
  return opened;
}

/** Runs `work(store)` in one transaction; its return value, once everything is on the disk. */
async function transact(name, mode, work) {
  const transaction = (await open()).transaction(name, mode, { durability: 'strict' });
  return new Promise((resolve, reject) => {
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
    work(transaction.objectStore(name), (value) => { result = value; });
  });
}

export const all = (name) => transact(name, 'readonly', (store, give) => {
  store.getAll().onsuccess = (event) => give(event.target.result);
});

export const get = (name, key) => transact(name, 'readonly', (store, give) => {
  store.get(key).onsuccess = (event) => give(event.target.result);
});

export const put = (name, value) => transact(name, 'readwrite', (store) => { store.put(value); });

export const clear = (name) => transact(name, 'readwrite', (store) => { store.clear(); });

/**
 * Changes one entry by `change(entry)`: what it returns is stored, `null` deletes it, `undefined` leaves it as it is.
 * Returns the entry as it is afterwards, or undefined where it is gone. No other tab comes in between.
 */
export const change = (name, key, work) => transact(name, 'readwrite', (store, give) => {
  store.get(key).onsuccess = (event) => {
    const before = event.target.result;
    const after = before === undefined ? undefined : work(before);
    if (after === null) store.delete(key);
    else if (after !== undefined) store.put(after);
    give(after === null ? undefined : after ?? before);
  };
});
