/** A relay or an agent that dies by `kill -9` and is started again at once on its folder, as a supervisor does it. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { temporaryFolder } from '../../../tests/harness/world.ts';
import { startChild, type Child } from '../process/child.ts';
import type { SealcamReady, SealcamSetup } from '../process/sealcam.ts';

export class MortalSealcam {
  #setup: SealcamSetup;
  #child: Child;

  static async start(setup: Omit<SealcamSetup, 'folder'>): Promise<MortalSealcam> {
    const whole = { ...setup, folder: await temporaryFolder('bench') };
    return new MortalSealcam(whole, await startChild('sealcam.ts', whole));
  }

  private constructor(setup: SealcamSetup, child: Child) {
    this.#setup = setup;
    this.#child = child;
  }

  get ready(): SealcamReady {
    return this.#child.ready as SealcamReady;
  }

  /** A relay's next process listens where this one does. */
  keepPort(port: number): void {
    this.#setup = { ...this.#setup, relay: { ...this.#setup.relay, port } };
  }

  /** Resolves when the next process has said that it is ready: a relay listens then, an agent has loaded its state. */
  async killAndStart(): Promise<void> {
    const ended = once(this.#child.process, 'exit');
    this.#child.process.kill('SIGKILL');
    await ended;
    this.#child = await startChild('sealcam.ts', this.#setup);
  }

  /** Its data folder goes with it. */
  async close(): Promise<void> {
    await this.#child.close();
    await rm(this.#setup.folder, { recursive: true, force: true });
  }
}
