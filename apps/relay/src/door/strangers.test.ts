import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Strangers, type Place } from './strangers.ts';

/** Comes in and notes who had to go. */
function hall(perNetwork: number, total: number) {
  const strangers = new Strangers({ perNetwork, total });
  const out: string[] = [];
  const come = (name: string, network = name): Place => strangers.enter(network, () => void out.push(name));
  return { strangers, out, come };
}

describe('places for strangers', () => {
  it('are refused to nobody: the silent of the network with the most go, the longest first', () => {
    const { strangers, out, come } = hall(10, 6);
    come('home', 'home');
    for (let n = 0; n < 5; n += 1) come(`flood ${n}`, 'flood');
    come('newcomer');
    come('another');
    expect(out).toEqual(['flood 0', 'flood 1']);
    expect(strangers.size).toBe(6);
  });

  it('of one network are bounded, and a newcomer there takes the place of the one that was silent longest', () => {
    const { out, come } = hall(3, 100);
    const [first] = ['a', 'b', 'c'].map((name) => come(name, 'nat'));
    first?.touch();
    come('d', 'nat');
    expect(out).toEqual(['b']);
  });

  it('turn over where each comes from somewhere else', () => {
    const { out, come } = hall(3, 3);
    const first = come('a');
    come('b');
    come('c');
    first.touch();
    come('d');
    come('e');
    expect(out).toEqual(['b', 'c']);
  });

  it('of a network that was gone meanwhile are the newest', () => {
    const { out, come } = hall(3, 2);
    come('a').leave();
    come('b');
    come('a again', 'a');
    come('c');
    expect(out).toEqual(['b']);
  });

  it('are kept while somebody is worked for, unless all are', () => {
    const { out, come } = hall(2, 100);
    const letGo = come('a', 'nat').hold();
    const second = come('b', 'nat');
    come('c', 'nat');
    expect(out).toEqual(['b']);
    second.touch();
    letGo();
    letGo();
    come('d', 'nat');
    expect(out).toEqual(['b', 'a']);
  });

  it('move with whom a proxy speaks for', () => {
    const { out, come } = hall(2, 100);
    const places = ['a', 'b', 'c', 'd'].map((name) => come(name, `proxy ${name}`));
    for (const place of places.slice(0, 3)) place.move('one client');
    places[3]?.move('another');
    expect(out).toEqual(['a']);
  });

  it('are counted exactly, whatever comes and goes', () => {
    const act = fc.record({ do: fc.nat(4), who: fc.nat(30), network: fc.nat(4) });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
        const strangers = new Strangers({ perNetwork: 4, total: 9 });
        const here = new Map<number, Place>();
        let next = 0;
        for (const { do: what, who, network } of acts) {
          const place = here.get(who % Math.max(1, next));
          if (what === 0 || what === 1) {
            const id = next;
            next += 1;
            here.set(
              id,
              strangers.enter(String(network), () => void here.delete(id)),
            );
          } else if (what === 2) {
            place?.leave();
            here.delete(who % Math.max(1, next));
          } else if (what === 3) place?.touch();
          else place?.move(String(network));
          expect(strangers.size).toBe(here.size);
          expect(strangers.size).toBeLessThanOrEqual(9);
        }
      }),
    );
  });
});
