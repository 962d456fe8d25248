/** What the policy says of one incident, given those of the last while: a pure rule from incidents to targets of suspensions. */
import { SEALED_ROUTE } from '@sealcam/protocol';
import type { SuspensionTarget } from '../suspensions/suspension.ts';
import type { Incident } from './incident.ts';
import { DEFAULT_WITHIN_S, mayLeadTo, type Consequence, type Rule } from './policy.ts';

export interface Following {
  /** Place of the rule, from 1. */
  readonly rule: number;
  /** Homes that the rule counted. */
  readonly homes: number;
  readonly then: Consequence;
  /** Undefined: somebody is told, nothing is suspended. */
  readonly target: SuspensionTarget | undefined;
}

/** @param recent incidents of the last while, the one that is judged among them or not */
export function consequences(
  rules: readonly Rule[],
  incident: Incident,
  recent: readonly Incident[],
  nowMs: number,
): readonly Following[] {
  return rules.flatMap(({ when, then }, index) => {
    const counts = ({ grade }: Incident): boolean => when.grades.includes(grade) && mayLeadTo(grade, then);
    if (!counts(incident)) return [];
    const target = then === 'tell' ? undefined : targetOf(then, incident);
    if (then !== 'tell' && target === undefined) return [];
    const fromMs = nowMs - (when.withinS ?? DEFAULT_WITHIN_S) * 1_000;
    const counted = [incident, ...recent].filter(
      (other) => other.lastMs >= fromMs && counts(other) && isAlike(then, incident, other),
    );
    const homes = new Set(counted.map(({ viewer }) => viewer.homeId)).size;
    const routes = new Set(counted.map(({ route }) => route)).size;
    if (homes < (when.homes ?? 1) || routes < (when.routes ?? 1)) return [];
    return [{ rule: index + 1, homes, then, target }];
  });
}

/** Whether another incident speaks for the same consequence: of the same pair of models, or of the same partner. */
function isAlike(then: Consequence, a: Incident, b: Incident): boolean {
  if (then === 'pair' && hasModels(a))
    return a.models.camera === b.models.camera && a.models.display === b.models.display;
  return (then !== 'pair' && then !== 'partner') || a.route === b.route;
}

function targetOf(then: Exclude<Consequence, 'tell'>, incident: Incident): SuspensionTarget | undefined {
  const { viewer, asked, route, models } = incident;
  switch (then) {
    case 'link':
      return { width: 'link', ...viewer, cameraId: asked.cameraId };
    case 'display':
      return { width: 'display', ...viewer };
    case 'pair':
      if (hasModels(incident)) return { width: 'pair', cameraModel: models.camera, displayModel: models.display };
      return targetOf('partner', incident) ?? targetOf('display', incident);
    case 'partner':
      return route === SEALED_ROUTE ? undefined : { width: 'partner', partner: route };
    case 'everything':
      return { width: 'everything' };
  }
}

function hasModels({ models }: Incident): boolean {
  return models.camera !== '' && models.display !== '';
}
