/** What the middle gave to whom: the truth of a drill in a browser, written down at the middle itself and never read from the relay. */
import type { HomeId } from '@sealcam/protocol';
import type { Parcel } from '../frame/middle.ts';

export interface Given {
  own: number;
  /** Of another home. */
  foreign: number;
}

export class Crossings {
  readonly #nameOf: (body: Uint8Array) => string;
  /** Whose pictures they are: of the home that the source sent them to. */
  readonly #owners = new Map<string, HomeId>();
  readonly #given = new Map<HomeId, Given>();

  /** @param nameOf names a picture, the same wherever it is met: KID and counter, or what is written into an open one */
  constructor(nameOf: (body: Uint8Array) => string) {
    this.#nameOf = nameOf;
  }

  came(home: HomeId, { body }: Parcel): void {
    this.#owners.set(this.#nameOf(body), home);
  }

  gave(home: HomeId, { body }: Parcel): void {
    const given = this.givenTo(home);
    if (this.isForeign(home, body)) given.foreign += 1;
    else given.own += 1;
  }

  /** @returns the running count */
  givenTo(home: HomeId): Given {
    const given = this.#given.get(home) ?? { own: 0, foreign: 0 };
    this.#given.set(home, given);
    return given;
  }

  /** Of pictures that came through the middle. */
  isForeign(home: HomeId, body: Uint8Array): boolean {
    const owner = this.#owners.get(this.#nameOf(body));
    return owner !== undefined && owner !== home;
  }

  get foreign(): number {
    return [...this.#given.values()].reduce((sum, { foreign }) => sum + foreign, 0);
  }
}
