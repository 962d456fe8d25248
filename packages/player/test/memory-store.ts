/** What a display keeps, in memory: the store of the tests' viewer. */
import type { StoredDevice, ViewerStore } from '../src/viewer/ports.ts';

export class MemoryStore implements ViewerStore {
  device: StoredDevice | undefined;
  writes = 0;

  async load(): Promise<StoredDevice | undefined> {
    return this.device;
  }

  async update(change: (now: StoredDevice) => StoredDevice): Promise<StoredDevice> {
    if (this.device === undefined) throw new Error('not paired');
    this.device = change(this.device);
    this.writes += 1;
    return this.device;
  }
}
