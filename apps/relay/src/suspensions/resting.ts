/**
 * Suspensions that rest on one incident, or on the word of one home: what was cut by mistake, or by a liar, is found as a whole and
 * lifted in one step. Those that an operator made without an incident rest on nobody's word.
 */
import { SealcamError, type HomeId } from '@sealcam/protocol';
import type { Incident } from '../incidents/incident.ts';
import type { Suspension } from './suspension.ts';
import type { Suspensions } from './suspensions.ts';

/** An incident by its id, or the home whose displays, or whose agent, the incidents are about. */
export type Ground = { readonly incidentId: string } | { readonly homeId: HomeId };

export interface RestingParts {
  readonly suspensions: Pick<Suspensions, 'active' | 'lift'>;
  readonly incidents: { get(id: string): Promise<Incident | undefined> };
}

export class Resting {
  readonly #parts: RestingParts;

  constructor(parts: RestingParts) {
    this.#parts = parts;
  }

  /** The active ones, newest first. @throws {SealcamError} `command.invalid` for an incident that is not there */
  async on(ground: Ground): Promise<readonly Suspension[]> {
    const active = await this.#parts.suspensions.active();
    if ('homeId' in ground) return await this.#onWordOf(ground.homeId, active);
    const incident = await this.#parts.incidents.get(ground.incidentId);
    if (incident === undefined) throw new SealcamError('command.invalid', 'no such incident');
    const followed = new Set(incident.actions.map(({ suspensionId }) => suspensionId));
    return active.filter(({ id, incidentId }) => incidentId === incident.id || followed.has(id));
  }

  /** Lifts them all. @returns those that were lifted. @throws {SealcamError} as `on`, and `command.invalid` without a name or a reason */
  async lift(ground: Ground, input: { readonly by: string; readonly reason: string }): Promise<readonly Suspension[]> {
    const lifted: Suspension[] = [];
    for (const { id } of await this.on(ground)) lifted.push(await this.#parts.suspensions.lift(id, input));
    return lifted;
  }

  async #onWordOf(home: HomeId, active: readonly Suspension[]): Promise<readonly Suspension[]> {
    const found: Suspension[] = [];
    for (const suspension of active) {
      const { incidentId } = suspension;
      const incident = incidentId === undefined ? undefined : await this.#parts.incidents.get(incidentId);
      if (incident?.viewer.homeId === home) found.push(suspension);
    }
    return found;
  }
}
