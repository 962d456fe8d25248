/** The screen of the tests' viewer. */
import type { Sink, ViewerUnit } from '../src/viewer/sink.ts';
import type { Watch } from '../src/viewer/watch.ts';

/** A display's screen that paints what it is given, at once. */
export class PaintingSink implements Sink {
  readonly units: ViewerUnit[] = [];
  readonly resets: string[] = [];
  watch: Watch | undefined;
  paints = true;

  unit(unit: ViewerUnit): void {
    this.units.push(unit);
    if (this.paints) this.watch?.painted(unit);
  }

  reset(reason: string): void {
    this.resets.push(reason);
  }
}
