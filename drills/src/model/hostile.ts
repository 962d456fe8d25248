/** Deliveries that no honest component makes: behind the relay, on a display's last stretch, and inside it, on another track. */
import { decodeEnvelope, encodeEnvelope, STREAM } from '@sealcam/protocol';
import { at } from './choosing.ts';
import type { Op } from './ops.ts';
import type { Person } from './person.ts';
import type { World } from './world.ts';

interface Kept {
  readonly person: Person;
  readonly units: readonly Uint8Array[];
}

/** What a component kept of a camera while a display had no picture of it; best of an epoch that has ended since. */
function keptFor(world: World): readonly Kept[] {
  const kept = world.around.overheard.map((unit) => ({ unit, ...decodeEnvelope(unit) }));
  return world.people.flatMap((person) => {
    if (!person.isOpen) return [];
    return [...person.watching].flatMap((camera) => {
      const units = kept
        .filter(({ homeId, cameraId, unit }) => homeId === person.homeId && cameraId === camera && !person.has(unit))
        .map(({ unit }) => unit);
      return units.length === 0 ? [] : [{ person, units }];
    });
  });
}

/** All of that is played to it. */
function replay(world: World, { a }: Op): boolean {
  const all = keptFor(world);
  const old = all.filter(({ person, units: [first] }) => first !== undefined && person.isPast(first));
  const chosen = at(a % 3 === 0 || old.length === 0 ? all : old, Math.floor(a / 3));
  return chosen !== undefined && chosen.units.filter((unit) => chosen.person.inject(unit)).length > 0;
}

/** A unit where it does not belong. @returns false where there is none, or nobody to give it to */
export function hostile(world: World, op: Op): boolean {
  const { a, b, c } = op;
  if (b % 2 === 0) return replay(world, op);
  const open = world.people.filter(({ isOpen }) => isOpen);
  const person = at(open, a);
  const unit = at(world.around.overheard, b >> 1);
  const camera = person && at([...person.watching], c >> 3);
  if (unit === undefined || person === undefined || camera === undefined) return false;
  const track = { homeId: person.homeId, cameraId: camera, streamId: STREAM.main };
  const { running } = world.host;
  if (c % 3 === 0 && running !== undefined) {
    running.bus.mix = track;
    return true;
  }
  // With its own label, or with that of what the display asked for.
  const { epoch, joinId, sealed, ...label } = decodeEnvelope(unit);
  return person.inject(encodeEnvelope({ ...(c % 3 === 1 ? track : label), epoch, joinId, sealed }));
}
