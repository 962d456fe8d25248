/** A viewer's dial with a middle in it: what comes from the relay goes to the middle, what the middle delivers comes to the viewer. */
import { decodeEnvelope, encodeEnvelope, FromViewer, parseMessage, ToViewer, type Track } from '@sealcam/protocol';
import type { SocketEvents } from '@sealcam/player/viewer';
import type { DialLine, LineSocket } from './dial-line.ts';
import type { BehindMiddle, MiddleEnd, MiddleLine } from './middle.ts';

export function throughMiddle(dial: DialLine, middle: BehindMiddle, line: Omit<MiddleLine, 'deliver'>): DialLine {
  const through = (events: SocketEvents): LineSocket => {
    let open = true;
    const end = middle.connect({
      ...line,
      deliver: ({ track, epoch, body }) => {
        if (open) events.binary(encodeEnvelope({ ...track, epoch, joinId: undefined, sealed: body }));
      },
    });
    const asked = new Map<number, Track>();
    const socket = dial({
      text: (text) => {
        heed(text, end, line, asked);
        events.text(text);
      },
      binary: (message) => {
        const { homeId, cameraId, streamId, epoch, sealed } = decodeEnvelope(message);
        end.arrived({ track: { homeId, cameraId, streamId }, epoch, body: sealed });
      },
      closed: (code) => {
        open = false;
        end.closed();
        events.closed(code);
      },
    });
    return {
      ...socket,
      send: (text) => {
        overhear(text, end, line, asked);
        socket.send(text);
      },
      close: () => {
        open = false;
        end.closed();
        socket.close();
      },
    };
  };
  return Object.assign(through, { host: dial.host });
}

/** What the display says that a component on its way would act upon. */
function overhear(text: string, end: MiddleEnd, line: Pick<MiddleLine, 'homeId'>, asked: Map<number, Track>): void {
  const message = parseMessage(FromViewer, text);
  if (message.t !== 'subscribe' && message.t !== 'unsubscribe') return;
  const track = { homeId: line.homeId, cameraId: message.cameraId, streamId: message.streamId };
  if (message.t === 'unsubscribe') return end.ended(track);
  asked.set(message.id, track);
  end.asked(track);
}

/** What the relay says: granted, refused, or cut. */
function heed(text: string, end: MiddleEnd, line: Pick<MiddleLine, 'homeId'>, asked: Map<number, Track>): void {
  const message = parseMessage(ToViewer, text);
  if (message.t === 'cut')
    return end.ended({ homeId: line.homeId, cameraId: message.cameraId, streamId: message.streamId });
  if ((message.t !== 'error' && message.t !== 'ok') || message.re === undefined) return;
  const track = asked.get(message.re);
  if (track === undefined) return;
  asked.delete(message.re);
  if (message.t === 'ok') end.granted?.(track);
  else end.ended(track);
}
