/** Whose pictures are stopped: the list, suspending at five widths, lifting with a reason. */
import * as v from 'valibot';
import { homeId, normalModel, SealcamError, type SuspensionView } from '@sealcam/protocol';
import type { Missing, Restores } from '../restores/restores.ts';
import { missingWords } from '../restores/words.ts';
import type { Resting } from '../suspensions/resting.ts';
import type { Suspensions } from '../suspensions/suspensions.ts';
import type { Suspension, SuspensionTarget } from '../suspensions/suspension.ts';
import { targetKey } from '../suspensions/suspension.ts';
import type { Operators } from './operators.ts';
import { endpoint, type Endpoint } from './requests.ts';

const PAST = 200;
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const text = v.pipe(v.string(), v.maxLength(500));
/** As somebody types it; every other place compares it folded. */
const model = v.pipe(v.string(), v.maxLength(256), v.transform(normalModel));
const partner = v.pipe(v.string(), v.maxLength(64));
/** The shape; what may be in it is `checkedTarget`'s to say. */
export const target = v.variant('width', [
  v.strictObject({ width: v.literal('link'), homeId: id, deviceId: id, cameraId: id }),
  v.strictObject({ width: v.literal('display'), homeId: id, deviceId: id }),
  v.strictObject({ width: v.literal('pair'), cameraModel: model, displayModel: model }),
  v.strictObject({ width: v.literal('partner'), partner }),
  v.strictObject({ width: v.literal('everything') }),
]);

/** What suspensions rest on. */
const ground = v.union([
  v.strictObject({ incidentId: id }),
  v.strictObject({ homeId: v.pipe(id, v.transform(homeId)) }),
]);

export function suspensionEndpoints({
  suspensions,
  restores,
  resting,
  operators,
}: {
  readonly suspensions: Suspensions;
  readonly restores: Pick<Restores, 'missing' | 'putBack'>;
  readonly resting: Resting;
  readonly operators: Operators;
}): Endpoint[] {
  return [
    endpoint('suspensions', 'look', v.strictObject({}), async () => ({
      active: (await suspensions.active()).map(toView),
      past: (await suspensions.all(PAST)).filter(({ lifted }) => lifted !== undefined).map(toView),
      missing: missingView(await restores.missing()),
    })),
    endpoint('put-back', 'suspend', v.strictObject({}), async (_input, { operator }) => {
      const back = await restores.putBack();
      for (const { target } of back)
        await operators.note(operator.name, 'suspended', `put back: ${targetKey(target).replace('\n', ' / ')}`);
      return { back: back.map(toView) };
    }),
    endpoint(
      'suspend',
      'suspend',
      v.strictObject({ target, reason: text, incidentId: v.optional(id) }),
      async (input, { operator }) => {
        if (input.reason.trim() === '') throw new SealcamError('command.invalid', 'reason');
        const suspension = await suspensions.suspend({
          target: input.target as SuspensionTarget,
          cause: 'operator',
          by: operator.name,
          reason: input.reason,
          ...(input.incidentId !== undefined && { incidentId: input.incidentId }),
        });
        await operators.note(operator.name, 'suspended', targetKey(suspension.target).replace('\n', ' / '));
        return toView(suspension);
      },
    ),
    endpoint('lift', 'lift', v.strictObject({ id, reason: text }), async (input, { operator }) => {
      const suspension = await suspensions.lift(input.id, { by: operator.name, reason: input.reason });
      await operators.note(operator.name, 'lifted', targetKey(suspension.target).replace('\n', ' / '));
      return toView(suspension);
    }),
    endpoint(
      'lift-resting',
      'lift',
      v.strictObject({ ground, reason: text }),
      async ({ ground: on, reason }, { operator }) => {
        const lifted = await resting.lift(on, { by: operator.name, reason });
        for (const { target: each } of lifted)
          await operators.note(operator.name, 'lifted', targetKey(each).replace('\n', ' / '));
        return { lifted: lifted.map(toView) };
      },
    ),
  ];
}

function missingView(missing: Missing): { words: readonly string[]; suspensions: readonly SuspensionView[] } {
  return { words: missingWords(missing), suspensions: missing.suspensions.map(toView) };
}

/** Field by field: nothing that a later field may hold goes out by itself. */
export function toView({ id, target, cause, by, reason, incidentId, atMs, lifted }: Suspension): SuspensionView {
  return {
    id,
    target,
    cause,
    by,
    reason,
    atMs,
    ...(incidentId !== undefined && { incidentId }),
    ...(lifted !== undefined && { lifted }),
  };
}
