/**
 * From the decision to the last byte, with 1,000 live sessions on a real relay: `node tests/suspensions/measure.ts [trials]`.
 * One process holds relay and viewers, so the figures hold what the viewers' own work costs too.
 */
import { randomInt } from 'node:crypto';
import { Bus, type SuspensionTarget } from '@sealcam/relay';
import { Lab } from '../../apps/relay/test/house.ts';
import { CAMERA_MODEL, eventually, gather, HUB, type CrowdHome, type Seat } from './crowd.ts';
import { DeafBus } from './deaf-bus.ts';

const trials = Number(process.argv[2] ?? 5);
const lab = new Lab();
const quantile = (sorted: readonly number[], q: number): number =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0);

for (const [name, bus] of [
  ['broadcast', new Bus()],
  ['broadcast lost', new DeafBus()],
] as const) {
  const relay = await lab.relay({ bus });
  const { homes, seats } = await gather(lab, relay, { homes: 20, displays: 50, everyMs: 200 });
  const [home] = homes;
  if (home === undefined) throw new Error('no home');
  for (const target of targets(home)) {
    const cuts: number[] = [];
    const told: number[] = [];
    const named = seats.filter((seat) => isNamed(target, seat));
    for (let trial = 0; trial < trials; trial += 1) {
      // At any moment between two units.
      await new Promise((resolve) => setTimeout(resolve, randomInt(300)));
      const fromMs = performance.now();
      const { id } = await relay.suspensions.suspend({ target, cause: 'operator', by: 'Ada', reason: 'measured' });
      await eventually(() => named.every((seat) => seat.told?.code === `suspended.${target.width}`));
      cuts.push(...named.map((seat) => Math.max(0, seat.lastMs - fromMs)));
      told.push(...named.map((seat) => seat.toldMs - fromMs));
      await relay.suspensions.lift(id, { by: 'Ada', reason: 'measured' });
      const before = named.map((seat) => seat.units);
      for (const seat of named) seat.subscribe();
      await eventually(() => named.every((seat, i) => seat.units > (before[i] ?? 0)));
    }
    process.stdout.write(
      `${name}, ${target.width}: ${trials} trials × ${named.length} of ${seats.length} sessions: p50 / p99 / max ms: last byte ${figures(cuts)}, told ${figures(told)}\n`,
    );
  }
  await lab.end();
}

function figures(ms: readonly number[]): string {
  const sorted = ms.toSorted((a, b) => a - b);
  return [0.5, 0.99, 1].map((q) => quantile(sorted, q)).join(' / ');
}

function targets({ house, camera, seats }: CrowdHome): SuspensionTarget[] {
  const deviceId = (seats[1] as Seat).deviceId;
  return [
    { width: 'link', homeId: house.id, deviceId, cameraId: camera },
    { width: 'display', homeId: house.id, deviceId },
    { width: 'pair', cameraModel: CAMERA_MODEL, displayModel: HUB.model },
    { width: 'partner', partner: HUB.route },
    { width: 'everything' },
  ];
}

function isNamed(target: SuspensionTarget, seat: Seat): boolean {
  return 'deviceId' in target ? seat.deviceId === target.deviceId : !seat.own;
}
