/**
 * One tab of a device is at work at a time: two would count the same replies and sound twice. The newest one a person asked for
 * wins; the other says where it went. Web Locks make the decision, so that a crashed tab holds nothing.
 */

export type TabState = 'asking' | 'mine' | 'elsewhere';

/**
 * @param changed called with `mine` once this tab holds the device, with `elsewhere` when another does or took it
 * @returns takes it over from the other tab
 */
export function holdTab(name: string, changed: (state: TabState) => void): () => void {
  if (!('locks' in navigator)) {
    // Before Chrome 69, Safari 15.4: one transaction a change still keeps the numbers right.
    changed('mine');
    return () => undefined;
  }
  const ask = (options: LockOptions): void => {
    navigator.locks
      .request(name, { mode: 'exclusive', ...options }, async (lock) => {
        changed(lock === null ? 'elsewhere' : 'mine');
        if (lock !== null) await new Promise<never>(() => undefined);
      })
      .catch(() => {
        changed('elsewhere'); // another tab stole it
      });
  };
  changed('asking');
  ask({ ifAvailable: true });
  return () => {
    ask({ steal: true });
  };
}
