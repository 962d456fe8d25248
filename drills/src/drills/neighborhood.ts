/** The cast of most drills: a few homes, one camera and one display each, all online. */
import type { Random } from '../../../tests/harness/random.ts';
import type { Stage, StageCamera, StageDisplay, StageHome } from '../frame/stage.ts';

export interface Neighbor {
  readonly home: StageHome;
  readonly camera: StageCamera;
  readonly display: StageDisplay;
}

/** What a home of a drill has; models stand for what the component of that incident went by: a model, a serial, an account. */
export interface NeighborPlan {
  readonly cameraModel: string;
  readonly displayModel: string;
}

const SAME: NeighborPlan = { cameraModel: 'basic 1080p', displayModel: 'home hub' };

/** @param plan of the home of that number; default: all have the same models */
export async function neighborhood(
  stage: Stage,
  homes: number,
  plan: (index: number) => NeighborPlan = () => SAME,
): Promise<readonly Neighbor[]> {
  const made: Neighbor[] = [];
  for (let index = 0; index < homes; index += 1) {
    const { cameraModel, displayModel } = plan(index);
    const home = await stage.addHome({ cameras: [cameraModel], displays: [{ model: displayModel }] });
    const [camera] = home.cameras;
    const [display] = home.displays;
    if (camera === undefined || display === undefined) throw new TypeError('a home without camera or display');
    await display.connect();
    made.push({ home, camera, display });
  }
  return made;
}

export function look({ display, camera }: Neighbor): void {
  display.watch(camera.cameraId);
}

export function lookAway({ display, camera }: Neighbor): void {
  display.unwatch(camera.cameraId);
}

/** Every camera that somebody watches makes a picture at this very moment. */
export function frames(neighbors: readonly Neighbor[]): void {
  for (const { camera } of neighbors) if (camera.watched > 0) camera.frame();
}

/** All look, and the first pictures are there. */
export async function allLook(stage: Stage, neighbors: readonly Neighbor[]): Promise<void> {
  for (const neighbor of neighbors) look(neighbor);
  await stage.pass(100);
}

/** All look away, and what was on its way has come. @param ms how long that may take */
export async function allLookAway(stage: Stage, neighbors: readonly Neighbor[], ms: number): Promise<void> {
  for (const neighbor of neighbors) lookAway(neighbor);
  await stage.pass(ms);
}

/** Any of them, in an order of the trial's own. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  const out: T[] = [];
  while (rest.length > 0) out.push(...rest.splice(random.below(rest.length), 1));
  return out;
}
