/** The relay as a whole and the homes on it, in counts and ids: health, quotas, invitations, the end of a home, canaries. */
import * as v from 'valibot';
import {
  homeId,
  SealcamError,
  shortHome,
  type HomeId,
  type OperatorHealth,
  type OperatorHome,
} from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { Homes } from '../homes.ts';
import type { FanOut } from '../live/fan-out.ts';
import type { Metrics } from '../metrics.ts';
import type { Presence } from '../presence.ts';
import type { Quotas } from '../quotas.ts';
import type { Store } from '../store/store.ts';
import type { Canaries } from './canaries.ts';
import type { Operators } from './operators.ts';
import { endpoint, type Endpoint } from './requests.ts';

export interface HouseParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly presence: Presence;
  readonly fanOut: FanOut;
  readonly homes: Homes;
  readonly quotas: Quotas;
  readonly canaries: Canaries;
  readonly operators: Operators;
  readonly invite: (validMs?: number) => Promise<string>;
  /** Incidents that nobody has closed. */
  readonly openIncidents: () => Promise<number>;
}

/** Homes in one answer; the page asks on. */
const HOMES = 200;
const nothing = v.strictObject({});
const home = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{32}$/),
  v.transform((text) => homeId(text)),
);
const most = (value: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(value)));
const quota = v.strictObject({ cameras: most(256), viewers: most(100_000), bytesPerSecond: most(10 ** 10) });

export function houseEndpoints(parts: HouseParts): Endpoint[] {
  const { canaries, homes, operators, quotas, store } = parts;
  const startedMs = parts.clock.wallMs();
  return [
    endpoint('health', 'look', nothing, () => health(parts, startedMs)),
    endpoint('homes', 'look', v.strictObject({ after: v.optional(home) }), async ({ after }) => {
      const found = await store.homes.homes(HOMES + 1, after ?? '');
      const shown = found.slice(0, HOMES).map((counts): OperatorHome => {
        const { homeId: id } = counts;
        const online = parts.presence.agent(id) !== undefined;
        return { ...counts, online, viewers: parts.presence.viewers(id) };
      });
      return { homes: shown, more: found.length > HOMES };
    }),
    endpoint('home-quota', 'lift', v.strictObject({ home, quota }), async (input, { operator }) => {
      await known(parts, input.home);
      await quotas.set(input.home, stripped(input.quota));
      await operators.note(operator.name, 'set quotas', shortHome(input.home));
    }),
    endpoint('home-erase', 'lift', v.strictObject({ home, short: v.string() }), async (input, { operator }) => {
      await known(parts, input.home);
      // Typed by a person who reads it, so that a slip of the hand erases nobody.
      if (input.short.trim().toLowerCase() !== shortHome(input.home))
        throw new SealcamError('command.invalid', 'short id');
      await homes.end(input.home);
      await operators.note(operator.name, 'erased a home', shortHome(input.home));
    }),
    endpoint('home-invite', 'lift', nothing, async (_input, { operator }) => {
      const code = await parts.invite();
      await operators.note(operator.name, 'invited a home', '');
      return { code };
    }),
    endpoint('canaries', 'look', nothing, async () => ({ on: canaries.on, counts: canaries.status() })),
    endpoint('canaries-set', 'lift', v.strictObject({ on: v.boolean() }), async ({ on }, { operator }) => {
      await canaries.set(on);
      await operators.note(operator.name, on ? 'switched canaries on' : 'switched canaries off', '');
      return { on: canaries.on, counts: canaries.status() };
    }),
  ];
}

/** @throws {SealcamError} `home.unknown`, `home.erased` */
async function known({ store }: HouseParts, id: HomeId): Promise<void> {
  const found = await store.home(id);
  if (found === undefined) throw new SealcamError('home.unknown');
  if (found.endedMs !== undefined) throw new SealcamError('home.erased');
}

function stripped<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

async function health(parts: HouseParts, startedMs: number): Promise<OperatorHealth> {
  const { canaries, clock, fanOut, metrics, presence, store } = parts;
  const counts = (id: HomeId): boolean => !canaries.has(id);
  const [totals, head, units, bytes, drops, openIncidents] = await Promise.all([
    store.homes.totals(),
    store.ledgerHead(),
    metrics.units.get(),
    metrics.bytes.get(),
    metrics.drops.get(),
    parts.openIncidents(),
  ]);
  const sum = (of: typeof units, direction: string): number =>
    of.values.filter(({ labels }) => labels.direction === direction).reduce((all, { value }) => all + value, 0);
  return {
    nowMs: clock.wallMs(),
    upMs: clock.wallMs() - startedMs,
    homes: totals.homes,
    cameras: totals.cameras,
    ...presence.totals(counts),
    viewings: [...fanOut.viewings].filter(({ question }) => counts(question.homeId)).length,
    unitsIn: sum(units, 'in'),
    unitsOut: sum(units, 'out'),
    bytesIn: sum(bytes, 'in'),
    bytesOut: sum(bytes, 'out'),
    drops: drops.values.map(({ labels, value }) => ({ reason: String(labels.reason), count: value })),
    ledgerRows: head.seq,
    activeSuspensions: (await store.suspensions.active()).length,
    openIncidents,
    canaries: { on: canaries.on, counts: canaries.status() },
  };
}
