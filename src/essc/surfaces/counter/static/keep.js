// What a terminal keeps in this browser: its key pair and its session key, both non-extractable, and its own name. Never anything of a holder.
const NAME = "essc-terminal", STORE = "terminal";

function open() {
  return new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function act(mode, work) {
  const database = await open();
  return new Promise((done, failed) => {
    const change = database.transaction(STORE, mode), request = work(change.objectStore(STORE));
    change.oncomplete = () => { database.close(); done(request.result); };
    change.onerror = () => { database.close(); failed(change.error); };
  });
}

export const kept = (name) => act("readonly", (store) => store.get(name));
export const keep = (name, value) => act("readwrite", (store) => store.put(value, name));
export const drop = (name) => act("readwrite", (store) => store.delete(name));
