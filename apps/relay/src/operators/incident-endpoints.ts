/** Incidents as they are told to operators, and the policy that follows them by itself. */
import * as v from 'valibot';
import { SealcamError, type IncidentView } from '@sealcam/protocol';
import type { Incident } from '../incidents/incident.ts';
import type { Incidents } from '../incidents/incidents.ts';
import type { Policies } from '../incidents/policies.ts';
import type { Operators } from './operators.ts';
import { endpoint, type Endpoint } from './requests.ts';

const PAGE = 50;
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));

export function incidentEndpoints({
  incidents,
  policies,
  operators,
}: {
  readonly incidents: Incidents;
  readonly policies: Policies;
  readonly operators: Operators;
}): Endpoint[] {
  const nothing = v.strictObject({});
  const before = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));
  return [
    endpoint('incidents', 'look', v.strictObject({ before }), async (input) => {
      const found = await incidents.list({ limit: PAGE, before: input.before });
      return { incidents: found.map(toView), more: found.length === PAGE };
    }),
    endpoint('incident', 'look', v.strictObject({ id }), async (input) => {
      const found = await incidents.get(input.id);
      if (found === undefined) throw new SealcamError('command.invalid', 'no such incident');
      return toView(found);
    }),
    endpoint(
      'incident-note',
      'suspend',
      v.strictObject({ id, text: v.pipe(v.string(), v.maxLength(1000)) }),
      async (input, { operator }) => toView(await incidents.note(input.id, operator.name, input.text)),
    ),
    endpoint('incident-close', 'suspend', v.strictObject({ id }), async (input, { operator }) => {
      const closed = await incidents.close(input.id, operator.name);
      await operators.note(operator.name, 'closed an incident', input.id.slice(0, 8));
      return toView(closed);
    }),
    endpoint('policy', 'look', nothing, async () => ({ policy: await policies.get(), past: await policies.history() })),
    endpoint('policy-set', 'lift', v.strictObject({ rules: v.unknown() }), async ({ rules }, { operator }) => {
      const policy = await policies.set(rules, operator.name);
      await operators.note(operator.name, 'changed the policy', `version ${policy.version}`);
      return { policy, past: await policies.history() };
    }),
  ];
}

/** Incidents that nobody has closed, as far back as the first thousand. */
export async function openIncidents(incidents: Incidents): Promise<number> {
  return (await incidents.list({ limit: 1000 })).filter(({ closed }) => closed === undefined).length;
}

/** Field by field: nothing that a later field may hold goes out by itself. */
function toView(incident: Incident): IncidentView {
  const { id, atMs, lastMs, grade, source, route, viewer, asked, owner, kid, ctr, sealed, count, closed } = incident;
  return {
    id,
    atMs,
    lastMs,
    grade,
    source,
    route,
    count,
    asked: { homeId: asked.homeId, cameraId: asked.cameraId, streamId: asked.streamId },
    viewer: { homeId: viewer.homeId, deviceId: viewer.deviceId },
    ...(owner !== undefined && {
      owner: { homeId: owner.homeId, cameraId: owner.cameraId, streamId: owner.streamId },
    }),
    ...(kid !== undefined && { kid }),
    ...(ctr !== undefined && { ctr }),
    ...(sealed !== undefined && { sealed }),
    ...(closed !== undefined && { closed: { atMs: closed.atMs, by: closed.by } }),
    actions: incident.actions.map(({ atMs: at, what, suspensionId }) => ({
      atMs: at,
      what,
      ...(suspensionId !== undefined && { suspensionId }),
    })),
    notes: incident.notes.map(({ atMs: at, by, text }) => ({ atMs: at, by, text })),
  };
}
