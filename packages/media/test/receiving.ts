/** For tests: packets of a capture through a receiver, a millisecond apart. */
import type { RtpCapture } from '../src/fixtures/captures.ts';
import { TrackReceiver, type ReceiverOptions } from '../src/rtp/track-receiver.ts';
import { parseSdp } from '../src/sdp.ts';
import { describeTracks, type TrackDescription } from '../src/track.ts';

export const START = 1_700_000_000_000_000;
export const bytes = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));
export const packetsOf = (capture: RtpCapture): Uint8Array[] => capture.packets.map(bytes);

export function trackOf(capture: RtpCapture): TrackDescription {
  const tracks = describeTracks(parseSdp(capture.sdp));
  const track = tracks.video ?? tracks.audio;
  if (track === undefined) throw new Error('a capture of nothing');
  return track;
}

export function receive(track: TrackDescription, packets: readonly Uint8Array[], options?: ReceiverOptions) {
  const receiver = new TrackReceiver(track, options);
  const units = packets.flatMap((packet, i) => receiver.push(packet, START + i * 1000));
  units.push(...receiver.poll(START + 10_000_000));
  return { receiver, units };
}
