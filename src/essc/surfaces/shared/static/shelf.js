// A shelf of this browser: one store of one IndexedDB database, that holds keys which cannot be read out, and names.
function open(name, store) {
  return new Promise((done, failed) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(store);
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

export function shelf(name, store) {
  async function act(mode, work) {
    const database = await open(name, store);
    return new Promise((done, failed) => {
      const change = database.transaction(store, mode), request = work(change.objectStore(store));
      change.oncomplete = () => { database.close(); done(request.result); };
      change.onerror = () => { database.close(); failed(change.error); };
    });
  }
  return {
    get: (key) => act("readonly", (kept) => kept.get(key)),
    put: (key, value) => act("readwrite", (kept) => kept.put(value, key)),
    drop: (key) => act("readwrite", (kept) => kept.delete(key)),
  };
}
