/**
 * Runs in the page before anything of it: notes when a real input event happened and when a live frame was drawn, by standing
 * in front of the browser's own `drawImage`. The page itself knows nothing of it and has no seam for it.
 */
import type { ProbeWindow } from './probed.ts';

const probe: ProbeWindow['sealcamProbe'] = { tappedMs: 0, paintedMs: undefined, drawn: undefined };
(globalThis as unknown as ProbeWindow).sealcamProbe = probe;
let waiting = false;
addEventListener(
  'click',
  (event) => {
    probe.tappedMs = event.timeStamp;
    probe.paintedMs = undefined;
    waiting = true;
  },
  { capture: true },
);
const afterFrame = new MessageChannel();
afterFrame.port1.onmessage = () => {
  probe.paintedMs ??= performance.now();
};
/** Called in a refresh, where frames are drawn: a message posted there arrives when this refresh has been handed over. */
const untilVisible = (canvas: HTMLCanvasElement): void => {
  if (canvas.classList.contains('on')) afterFrame.port2.postMessage(undefined);
  else requestAnimationFrame(() => untilVisible(canvas));
};
/** The page shows the canvas in a microtask of the refresh in which it drew, or later. */
const afterMicrotasks = async (canvas: HTMLCanvasElement): Promise<void> => {
  for (let turn = 0; turn < 50 && !canvas.classList.contains('on'); turn += 1) await Promise.resolve();
  untilVisible(canvas);
};
const cellsOf = (context: CanvasRenderingContext2D, width: number): string => {
  const cell = width / 40;
  const { data } = context.getImageData(0, 0, width, 2 * cell);
  return Array.from({ length: 80 }, (_, bit) => {
    const x = Math.floor(((bit % 40) + 0.5) * cell);
    const y = Math.floor((Math.floor(bit / 40) + 0.5) * cell);
    return (data[4 * (y * width + x) + 1] ?? 0) > 127 ? '1' : '0';
  }).join('');
};
const { drawImage } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...args: unknown[]): void {
  const [frame] = args;
  const arrivedMs = frame instanceof VideoFrame ? frame.timestamp / 1000 : undefined;
  (drawImage as (...all: unknown[]) => void).apply(this, args);
  const { canvas } = this;
  // The second canvas of a picture is the live one; the first holds the still.
  if (arrivedMs === undefined || !canvas.matches('main.watching .picture > canvas:nth-of-type(2)')) return;
  const atMs = performance.timeOrigin + performance.now();
  if (waiting) {
    waiting = false;
    void afterMicrotasks(canvas);
  }
  probe.drawn?.push({ atMs, arrivedMs, cells: cellsOf(this, canvas.width) });
};
