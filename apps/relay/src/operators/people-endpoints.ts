/** Operators among themselves: who they are, what they did, who joins and who goes. */
import * as v from 'valibot';
import { OPERATOR_ROLES } from '@sealcam/protocol';
import type { OperatorStore } from '../store/operator-store.ts';
import type { Operators } from './operators.ts';
import { endpoint, type Endpoint } from './requests.ts';

const ACTS = 200;
const name = v.pipe(v.string(), v.maxLength(60));
const role = v.picklist(OPERATOR_ROLES);

export function peopleEndpoints({
  operators,
  store,
}: {
  readonly operators: Operators;
  readonly store: OperatorStore;
}): Endpoint[] {
  const nothing = v.strictObject({});
  return [
    endpoint('operators', 'look', nothing, async () => ({ operators: await operators.list() })),
    endpoint('acts', 'look', nothing, async () => ({ acts: await store.acts(ACTS) })),
    endpoint('operator-invite', 'lift', v.strictObject({ name, role }), async (input, { operator }) => ({
      code: await operators.invite({ ...input, by: operator.name }),
    })),
    endpoint('operator-role', 'lift', v.strictObject({ name, role }), (input, { operator }) =>
      operators.setRole(input.name, input.role, operator.name),
    ),
    endpoint('operator-remove', 'lift', v.strictObject({ name }), (input, { operator }) =>
      operators.remove(input.name, operator.name),
    ),
  ];
}
