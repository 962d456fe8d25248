/** All tracks that this page watches, each once however many screens show it, and what the agent says of their cameras. */
import { decodeCameraState, type CameraState } from '@sealcam/home';
import {
  CodecError,
  STREAM,
  trackKey,
  type CameraId,
  type HomeId,
  type StreamId,
  type Track,
  type TrackKey,
} from '@sealcam/protocol';
import { Viewing, type Shown, type Viewer, type ViewingPorts } from './viewing.ts';

/** The newest state unit of a camera: sealed by the agent, opened like a picture. */
class StateReader implements Viewer {
  readonly viewing: Viewing;
  state: CameraState | undefined;
  /** Screens that need it. */
  users = 0;
  readonly #changed: () => void;

  constructor(viewing: Viewing, changed: () => void) {
    this.viewing = viewing;
    this.#changed = changed;
    viewing.viewers.add(this);
  }

  show({ unit }: Shown): void {
    try {
      this.state = decodeCameraState(unit.data);
    } catch (error) {
      // An agent of another version: better no word than a wrong one.
      if (!(error instanceof CodecError)) throw error;
      this.state = undefined;
    }
    this.#changed();
  }
}

export class Viewings {
  readonly #homeId: HomeId;
  readonly #ports: ViewingPorts;
  readonly #changed: () => void;
  /** A viewing begins: give it its keys and ask the relay. */
  readonly #began: (viewing: Viewing) => void;
  readonly #tracks = new Map<TrackKey, Viewing>();
  readonly #states = new Map<CameraId, StateReader>();

  constructor(homeId: HomeId, ports: ViewingPorts, events: { changed(): void; began(viewing: Viewing): void }) {
    this.#homeId = homeId;
    this.#ports = ports;
    this.#changed = () => events.changed();
    this.#began = (viewing) => events.began(viewing);
  }

  get all(): readonly Viewing[] {
    return [...this.#tracks.values()];
  }

  find(key: TrackKey): Viewing | undefined {
    return this.#tracks.get(key);
  }

  /** The track that a stray unit of this stream came beside: one that runs, of the same stream where there is one. */
  beside(streamId: StreamId): Track | undefined {
    const running = this.all.filter(({ cut }) => cut === undefined);
    const same = running.find(({ track }) => track.streamId === streamId);
    return (same ?? running[0] ?? this.all[0])?.track;
  }

  state(cameraId: CameraId): CameraState | undefined {
    return this.#states.get(cameraId)?.state;
  }

  /** One more screen of this track, and of its camera's states. */
  open(cameraId: CameraId, streamId: StreamId): Viewing {
    const viewing = this.#track(cameraId, streamId);
    const reader = this.#states.get(cameraId) ?? new StateReader(this.#track(cameraId, STREAM.state), this.#changed);
    this.#states.set(cameraId, reader);
    reader.users += 1;
    return viewing;
  }

  /** A screen of this viewing is gone; with the last one its subscription ends. */
  release(viewing: Viewing): void {
    const { cameraId } = viewing.track;
    const reader = this.#states.get(cameraId);
    if (reader !== undefined) {
      reader.users -= 1;
      if (reader.users === 0) {
        this.#states.delete(cameraId);
        reader.viewing.viewers.delete(reader);
        this.#closeUnused(reader.viewing);
      }
    }
    this.#closeUnused(viewing);
  }

  #track(cameraId: CameraId, streamId: StreamId): Viewing {
    const track = { homeId: this.#homeId, cameraId, streamId };
    const key = trackKey(track);
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    const viewing = new Viewing(track, this.#ports);
    this.#tracks.set(key, viewing);
    this.#began(viewing);
    return viewing;
  }

  #closeUnused(viewing: Viewing): void {
    if (viewing.viewers.size > 0 || !this.#tracks.delete(trackKey(viewing.track))) return;
    viewing.close();
  }
}
