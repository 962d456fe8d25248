/** Reads a QR code with this device's own camera: the browser's detector where there is one, else our decoder. Nothing is sent. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Note } from '../parts/note.tsx';

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type Read = (video: HTMLVideoElement) => Promise<string | undefined>;

const EVERY_MS = 200;
const SIDE_PX = 640;

async function makeReader(): Promise<Read> {
  const scope = globalThis as {
    BarcodeDetector?: (new (options: object) => Detector) & { getSupportedFormats(): Promise<string[]> };
  };
  const Native = scope.BarcodeDetector;
  if (Native !== undefined && (await Native.getSupportedFormats().catch((): string[] => [])).includes('qr_code')) {
    const detector = new Native({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const { decodeQR } = await import('qr/decode.js');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (video) => {
    const scale = Math.min(1, SIDE_PX / Math.max(video.videoWidth, video.videoHeight, 1));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (context === null || canvas.width === 0) return Promise.resolve(undefined);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return Promise.resolve(decodeQR(context.getImageData(0, 0, canvas.width, canvas.height)));
    } catch {
      return Promise.resolve(undefined); // no code in this picture: the next one
    }
  };
}

export function Scanner({ onText }: { readonly onText: (text: string) => void }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const trouble = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let ended = false;
    const isOver = (): boolean => ended;
    let stream: MediaStream | undefined;
    const run = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
      const element = video.current;
      if (isOver() || element === null) return;
      element.srcObject = stream;
      await element.play();
      const read = await makeReader();
      while (!isOver()) {
        const text = await read(element).catch(() => undefined);
        if (text !== undefined && text !== '' && !isOver()) return void onText(text);
        await new Promise((next) => setTimeout(next, EVERY_MS));
      }
    };
    run().catch((error: unknown) => {
      const denied = error instanceof DOMException && error.name === 'NotAllowedError';
      trouble.value = denied
        ? 'The camera of this device is not allowed for this page. Allow it in the browser, or type numbers.'
        : 'This device has no camera that can be used here. Type numbers instead.';
    });
    return () => {
      ended = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, []);
  return trouble.value === undefined ? (
    <div class="scanner">
      <video ref={video} muted playsInline aria-label="What this device's camera sees" />
    </div>
  ) : (
    <Note tone="warning">
      <p>{trouble.value}</p>
    </Note>
  );
}
