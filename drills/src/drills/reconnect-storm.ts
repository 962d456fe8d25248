/**
 * T3. Wyze (February 2024): after an outage all cameras come back at once, and a new cache of "which device is whose" mixes them up
 * under the load: places collide, and what lies there is taken for what was asked. The cache sits inside the relay.
 */
import { createHash } from 'node:crypto';
import { STREAM, trackKey, type Track } from '@sealcam/protocol';
import type { Drill } from '../frame/drill.ts';
import type { MakeMiddle } from '../frame/middle.ts';
import { pictureDrill } from '../frame/picture-drill.ts';
import { neighborhood, type Neighbor } from './neighborhood.ts';

/** Cameras and as many viewers; at full size as in the replay catalogue. */
const HOMES = { full: 5_000, quick: 60 };
/** Over real sockets each home takes eight descriptors. */
const MOST_OVER_TCP = 250;
/** Fewer places than devices: so many devices to a place. */
const SHARE = 4;
/** An entry is good so long: only in a storm are there several for one place. */
const FRESH_MS = 1_000;
/** All are back within a second. */
const STORM_MS = 1_000;
const WAVES = 20;

const mapping =
  (places: number): MakeMiddle =>
  ({ clock, fixed }) => {
    const table = new Map<number, { readonly device: string; readonly owner: Track; readonly atMs: number }>();
    const placeOf = (device: string): number => createHash('sha256').update(device).digest().readUInt32BE() % places;

    /** THE MISTAKE: the place is taken for the key. Put right, what lies there must be what was asked for. */
    const isHit = (entry: { readonly device: string }, device: string): boolean => !fixed || entry.device === device;

    return {
      at: 'inside',
      pass: (parcel, publish) => {
        const device = trackKey(parcel.track);
        const place = placeOf(device);
        const entry = table.get(place);
        const isFresh = entry !== undefined && clock.monoMs() - entry.atMs <= FRESH_MS;
        if (isFresh && isHit(entry, device)) return publish(entry.owner, parcel);
        table.set(place, { device, owner: parcel.track, atMs: clock.monoMs() });
        publish(parcel.track, parcel);
      },
    };
  };

const about = {
  name: 'reconnect-storm',
  replays: 'T3 · Wyze 2024',
  story:
    'All cameras came back at once after an outage, and a cache of which camera is whose mixed them up under the load.',
  mistake: 'isHit',
};

const sized = (homes: number): Drill =>
  pictureDrill<readonly Neighbor[]>({
    ...about,
    middle: mapping(Math.ceil(homes / SHARE)),
    trials: { full: 3, quick: 6 },
    prepare: (stage, lines) => neighborhood(stage, lines === 'tcp' ? Math.min(homes, MOST_OVER_TCP) : homes),
    async trial({ stage, cast, random }) {
      for (const { display, camera } of cast) display.watch(camera.cameraId, STREAM.still);
      await stage.pass(500);
      for (const { home } of cast) home.line.reset();
      await stage.pass(1_500);
      // Everybody's event of that night, spread over the second.
      const waves = cast.map((neighbor) => ({ neighbor, wave: random.below(WAVES) }));
      for (let wave = 0; wave < WAVES; wave += 1) {
        for (const { neighbor, wave: mine } of waves) if (mine === wave) neighbor.camera.frame(STREAM.still);
        await stage.pass(STORM_MS / WAVES);
      }
      for (const { display, camera } of cast) display.unwatch(camera.cameraId, STREAM.still);
      await stage.pass(1_000);
    },
  });

export const reconnectStorm: Drill = {
  ...about,
  run: (context) => sized(context.quick ? HOMES.quick : HOMES.full).run(context),
};
