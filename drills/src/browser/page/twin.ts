/**
 * The twin's page: a screen of 2019. It asks for its own camera, by the words and over the socket that Sealcam's page uses, and shows
 * what comes. Pictures travel open; whose they are is never looked at.
 */
import { H264_NAL, h264NalType, splitAnnexB } from '@sealcam/media';
import { decodeEnvelope, PROTOCOL_VERSION, STREAM, type FromViewer } from '@sealcam/protocol';

const canvas = document.querySelector('canvas');
const context = canvas?.getContext('2d');
if (!canvas || !context) throw new TypeError('no canvas');

let pictures = 0;
const decoder = new VideoDecoder({
  output: (frame) => {
    if (canvas.width !== frame.displayWidth) canvas.width = frame.displayWidth;
    if (canvas.height !== frame.displayHeight) canvas.height = frame.displayHeight;
    context.drawImage(frame, 0, 0);
    frame.close();
  },
  error: (error) => reportError(error),
});

/** Each picture stands for itself, as the stills of then did. */
function show(data: Uint8Array): void {
  if (decoder.state === 'unconfigured') decoder.configure({ codec: codecOf(data), optimizeForLatency: true });
  decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: pictures, data }));
  pictures += 1;
}

function codecOf(data: Uint8Array): string {
  const sps = splitAnnexB(data).find((nal) => h264NalType(nal) === H264_NAL.sps);
  const profile = Array.from(sps?.subarray(1, 4) ?? [], (byte) => byte.toString(16).padStart(2, '0'));
  return `avc1.${profile.join('')}`;
}

const { homeId, deviceId, cameraId } = Object.fromEntries(new URLSearchParams(location.search));
const socket = new WebSocket(`ws://${location.host}/ws/viewer`);
socket.binaryType = 'arraybuffer';
const say = (message: Record<string, unknown> & Pick<FromViewer, 't'>): void => socket.send(JSON.stringify(message));
socket.onopen = () => {
  // Then, a name was enough.
  say({ t: 'auth', version: PROTOCOL_VERSION, homeId, deviceId, sig: '' });
  say({ t: 'subscribe', id: 1, cameraId, streamId: STREAM.main });
};
socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
  if (typeof data !== 'string') show(decodeEnvelope(new Uint8Array(data)).sealed);
};
