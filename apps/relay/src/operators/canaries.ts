/**
 * Canary homes, as far as a relay knows of them: the operator's switch, kept in the store; which homes they are, so that counts and
 * reports leave them out; and the way in for a new one. The host process runs them (apps/sealcam/src/canary). No message from outside
 * makes a home a canary: its code is made in this process, kept in its memory alone, and good once.
 */
import { randomBytes } from 'node:crypto';
import type { HomeId, Track } from '@sealcam/protocol';
import type { HomeStore } from '../store/home-store.ts';

export interface CanaryCounts {
  /** Homes that run, viewers in them, and the routes that those watch on, sorted. */
  readonly homes: number;
  readonly viewers: number;
  readonly routes: readonly string[];
  /** Pictures that were opened and whose watermark was right, or was not. */
  readonly framesRight: number;
  readonly framesForeign: number;
  /** Unix ms of the last one looked at; 0 before the first. */
  readonly lastMs: number;
  /** Viewers that have got no picture for 10 s, and how many of them because they are suspended: what they would see is not known. */
  readonly silent: number;
  readonly suspended: number;
  /** Error code of why they do not run though they should. */
  readonly problem?: string;
}

/** `framesRefused`: frames of a stranger, or old ones, that their viewers refused, by their own signed word. */
export type CanaryStatus = CanaryCounts & { readonly framesRefused: number };

export interface CanariesParts {
  readonly store: HomeStore;
  /** The track that a key id was announced for, where one home alone did and it is at hand. @param kid 16 hex digits */
  readonly ownerOf: (kid: string) => Track | undefined;
  /** Forgets a home and tells all who are connected to it. */
  readonly end: (home: HomeId) => Promise<void>;
}

const NONE: CanaryCounts = {
  ...{ homes: 0, viewers: 0, routes: [], framesRight: 0, framesForeign: 0 },
  ...{ lastMs: 0, silent: 0, suspended: 0 },
};
const SETTING = 'canaries';

export class Canaries {
  readonly #parts: CanariesParts;
  readonly #listeners = new Set<(on: boolean) => void>();
  readonly #codes = new Set<string>();
  readonly #homes: Set<HomeId>;
  #on: boolean;
  #refused = 0;
  #count: () => CanaryCounts = () => NONE;

  static async open(parts: CanariesParts): Promise<Canaries> {
    const [on, homes] = await Promise.all([parts.store.setting(SETTING), parts.store.canaries()]);
    return new Canaries(parts, on === true, homes);
  }

  private constructor(parts: CanariesParts, on: boolean, homes: readonly HomeId[]) {
    this.#parts = parts;
    this.#on = on;
    this.#homes = new Set(homes);
  }

  get on(): boolean {
    return this.#on;
  }

  async set(on: boolean): Promise<void> {
    await this.#parts.store.putSetting(SETTING, on);
    if (on === this.#on) return;
    this.#on = on;
    for (const listen of this.#listeners) listen(on);
  }

  /** Hears of each change; read `on` for what it is now. @returns stops listening */
  onChange(listen: (on: boolean) => void): () => void {
    this.#listeners.add(listen);
    return () => void this.#listeners.delete(listen);
  }

  /** Whoever runs them says how they are counted, from nothing; undefined: nobody runs them any more. */
  countBy(count: (() => CanaryCounts) | undefined): void {
    this.#count = count ?? (() => NONE);
    this.#refused = 0;
  }

  status(): CanaryStatus {
    return { ...this.#count(), framesRefused: this.#refused };
  }

  /** @returns a code with which one agent brings one canary home in, also where only the invited may join; forgotten with this relay */
  invite(): string {
    const code = randomBytes(16).toString('base64url');
    this.#codes.add(code);
    return code;
  }

  /** Whether a home that comes with this is a canary. */
  invites(code: string | undefined): boolean {
    return code !== undefined && this.#codes.has(code);
  }

  /** It came, and the store says so. */
  joined(home: HomeId, code: string): void {
    this.#codes.delete(code);
    this.#homes.add(home);
  }

  has(home: HomeId): boolean {
    return this.#homes.has(home);
  }

  /** Their viewers signed that they refused so many frames. */
  refused(frames: number): void {
    this.#refused += frames;
  }

  ownerOf(kid: string): Track | undefined {
    return this.#parts.ownerOf(kid);
  }

  /** The routes that members of real homes have, sorted. @throws {SealcamError} the store's faults */
  async routes(): Promise<string[]> {
    return await this.#parts.store.routes();
  }

  /** Erases every canary home that is here, those of a process that was killed too; the ledger stays. @throws {SealcamError} the store's faults */
  async sweep(): Promise<void> {
    for (const home of await this.#parts.store.canaries()) await this.#parts.end(home);
  }
}
