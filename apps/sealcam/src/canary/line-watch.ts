/**
 * Looks at what the relay sends to one canary viewer before the viewer itself does: a frame whose label or key id is another's is told
 * of at once, not after the half second that a viewer grants a late key. The frame goes on to the viewer, which refuses it and signs that.
 */
import {
  CodecError,
  decodeEnvelope,
  parseSealedHeader,
  STREAM,
  trackKey,
  type CameraId,
  type Envelope,
  type HomeId,
  type Track,
} from '@sealcam/protocol';
import type { Dial } from '@sealcam/player/viewer';

/** A frame on its way to this viewer that was not its own. */
export interface Stray {
  readonly asked: Track;
  /** Where its key id entered this relay; else whose it says it is. */
  readonly owner: Track;
  readonly kid: string;
  readonly ctr: number;
  /** Whether the viewer's signed word will count it: the relay knows whose it is. */
  readonly isKnown: boolean;
}

export interface LineWatchParts {
  readonly homeId: HomeId;
  readonly cameraId: CameraId;
  /** @param kid 16 hex digits */
  readonly ownerOf: (kid: string) => Track | undefined;
  readonly stray: (stray: Stray) => void;
}

/** The same owner's frames are told of so often; a flood of owners is not told of one by one. */
const AGAIN_MS = 1_000;
const OWNERS = 32;

export class LineWatch {
  readonly #parts: LineWatchParts;
  readonly #told = new Map<string, number>();

  constructor(parts: LineWatchParts) {
    this.#parts = parts;
  }

  /** The same dial, looked at. */
  over(dial: Dial): Dial {
    return (url, events) =>
      dial(url, {
        ...events,
        text: (message) => events.text(message),
        closed: (code) => events.closed(code),
        binary: (message) => {
          this.#look(message);
          events.binary(message);
        },
      });
  }

  #look(message: Uint8Array): void {
    const frame = frameIn(message);
    if (frame === undefined) return;
    const { kid, ctr } = frame;
    const { homeId, cameraId, ownerOf, stray } = this.#parts;
    const { streamId } = frame.envelope;
    const isOurs = frame.envelope.homeId === homeId && frame.envelope.cameraId === cameraId;
    const asked: Track = { homeId, cameraId, streamId: isOurs ? streamId : STREAM.main };
    const entered = ownerOf(kid);
    const owner: Track = entered ?? { homeId: frame.envelope.homeId, cameraId: frame.envelope.cameraId, streamId };
    if (isOurs && trackKey(owner) === trackKey(asked)) return;
    if (this.#isNews(trackKey(owner))) stray({ asked, owner, kid, ctr, isKnown: entered !== undefined });
  }

  #isNews(owner: string): boolean {
    const nowMs = performance.now();
    if (nowMs - (this.#told.get(owner) ?? -Infinity) < AGAIN_MS) return false;
    for (const [each, atMs] of this.#told) if (nowMs - atMs >= AGAIN_MS) this.#told.delete(each);
    if (this.#told.size >= OWNERS) return false;
    this.#told.set(owner, nowMs);
    return true;
  }
}

/** Undefined: no frame at all, which the viewer counts for itself. */
function frameIn(
  message: Uint8Array,
): { readonly envelope: Envelope; readonly kid: string; readonly ctr: number } | undefined {
  try {
    const envelope = decodeEnvelope(message);
    const { kid, ctr } = parseSealedHeader(envelope.sealed);
    return { envelope, kid, ctr };
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
