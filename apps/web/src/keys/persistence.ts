/** Asks the browser to keep the keys when it runs out of room; a browser that will not is said so, in Settings. */

export type Persistence = 'kept' | 'may-be-cleared' | 'unknown';

/** @param ask whether to ask, not only to look: some browsers show a question */
export async function persistence(ask: boolean): Promise<Persistence> {
  if (!('storage' in navigator) || !('persisted' in navigator.storage)) return 'unknown';
  try {
    if (await navigator.storage.persisted()) return 'kept';
    return ask && (await navigator.storage.persist()) ? 'kept' : 'may-be-cleared';
  } catch {
    return 'unknown';
  }
}
