/** IndexedDB with promises: as much of it as the outbox and the store of segments need. */

/** Version 1 of a database; `build` makes its stores where there is none yet. */
export function openDatabase(name: string, build: (database: IDBDatabase) => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => build(request.result);
  return answer(request);
}

export function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** All that the transaction did is kept, as durably as it was begun. */
export function kept(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () =>
      reject(transaction.error ?? new DOMException("Nothing was written.", "AbortError"));
  });
}
