/** The relay's bus with a middle between ingest and fan-out: units of a track go through it, everything else passes. */
import { Bus, trackTopic, type Topic, type TrackEvent, type Unit } from '../../../apps/relay/src/bus.ts';
import { encodeEnvelope, parseSealedHeader, type Track } from '@sealcam/protocol';
import type { InsideMiddle, Parcel } from './middle.ts';

export class MiddleBus extends Bus {
  readonly #middle: InsideMiddle;
  readonly #passed: (to: Track, unit: Unit) => void;

  /** @param passed told of every unit that was heard on a track, its own or another */
  constructor(middle: InsideMiddle, passed: (to: Track, unit: Unit) => void) {
    super();
    this.#middle = middle;
    this.#passed = passed;
  }

  override publish<Message>(topic: Topic<Message>, message: Message): number {
    const event = message as unknown as TrackEvent;
    if (!topic.startsWith('track/') || event.t !== 'unit') return super.publish(topic, message);
    const { homeId, cameraId, streamId, epoch, message: bytes } = event.unit;
    const body = bytes.subarray(bytes.length - sealedBytes(event.unit));
    let heard = 0;
    this.#middle.pass({ track: { homeId, cameraId, streamId }, epoch, body }, (to, parcel) => {
      const isUntouched = parcel.body === body && isSame(parcel.track, event.unit);
      const unit = isUntouched ? event.unit : unitOf(parcel);
      const here = super.publish(trackTopic(to), { t: 'unit', unit });
      heard += here;
      if (here > 0) this.#passed(to, unit);
    });
    return heard;
  }
}

function sealedBytes(unit: Unit): number {
  const front = encodeEnvelope({ ...unit, joinId: undefined, sealed: new Uint8Array() }).length;
  return unit.message.length - front;
}

function isSame(a: Track, b: Track): boolean {
  return a.homeId === b.homeId && a.cameraId === b.cameraId && a.streamId === b.streamId;
}

function unitOf({ track, epoch, body }: Parcel): Unit {
  const message = encodeEnvelope({ ...track, epoch, joinId: undefined, sealed: body });
  return { ...track, epoch, message, header: parseSealedHeader(body) };
}
