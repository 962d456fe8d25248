/** The eyes of the browser tests, inside the page: reads canvases, follows the states of pictures, finds text that is lost. */
import decodeQR from 'qr/decode.js';
import { readBarcode } from '../../cameras/barcode.ts';
import type { Followed, PageEyes, Seen, Shown } from './eyes.ts';

const followers = new Map<string, Followed[]>();

function pictureOf(camera: string): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>('.picture[aria-label]')];
  return all.find((box) => box.getAttribute('aria-label')?.startsWith(`${camera}, `) === true);
}

/** The canvas a person sees now, if one is. */
function shownCanvas(box: HTMLElement): HTMLCanvasElement | undefined {
  return [...box.querySelectorAll('canvas')].find(
    (canvas) => canvas.width > 0 && Number(getComputedStyle(canvas).opacity) > 0,
  );
}

function pixelsOf(canvas: HTMLCanvasElement): ImageData | undefined {
  return canvas.width === 0 ? undefined : canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
}

function shown(box: HTMLElement): Shown {
  const canvas = shownCanvas(box);
  const pixels = canvas === undefined ? undefined : pixelsOf(canvas);
  if (canvas === undefined || pixels === undefined) return { kind: 'nothing' };
  const { width, height, data } = pixels;
  const barcode = readBarcode(data, width, height);
  return {
    kind: canvas === box.querySelectorAll('canvas')[1] ? 'live' : 'still',
    width,
    height,
    sum: sumOf(data),
    grey: getComputedStyle(canvas).filter.includes('grayscale(1)'),
    ...(barcode === undefined ? {} : { barcode }),
  };
}

function sumOf(data: Uint8ClampedArray): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum = (sum * 31 + (data[at] ?? 0) + (data[at + 1] ?? 0)) % 2_147_483_647;
  return sum;
}

function see(camera: string): Seen | undefined {
  const box = pictureOf(camera);
  if (box === undefined) return undefined;
  return {
    state: box.dataset['state'] ?? '',
    spoken: box.getAttribute('aria-label') ?? '',
    words: box.innerText,
    shown: shown(box),
    nowMs: Date.now(),
  };
}

/** Every animation frame until so many different pictures were read: which cameras they were of. */
function record(camera: string, pictures: number): ReturnType<PageEyes['record']> {
  return new Promise((resolve) => {
    const counters = new Set<number>();
    const cameras: Record<number, number> = {};
    let damaged = 0;
    const look = (): void => {
      const seen = see(camera);
      if (seen?.shown.kind === 'live') {
        const { barcode } = seen.shown;
        if (barcode === undefined) damaged += 1;
        else if (!counters.has(barcode.counter)) {
          counters.add(barcode.counter);
          cameras[barcode.cameraId] = (cameras[barcode.cameraId] ?? 0) + 1;
        }
      }
      if (counters.size >= pictures) resolve({ cameras, damaged });
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** From now on every state that the picture of that camera goes through is noted. */
function follow(camera: string): void {
  const notes: Followed[] = [];
  followers.set(camera, notes);
  const note = (): void => {
    const box = pictureOf(camera);
    if (box === undefined) return;
    const state = box.dataset['state'] ?? '';
    if (notes.at(-1)?.state === state) return;
    const now = shown(box);
    notes.push({ state, words: box.innerText, showed: now.kind, grey: 'grey' in now && now.grey });
  };
  new MutationObserver(note).observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['data-state'],
  });
  note();
}

/** What a phone's camera would read off this picture of the screen. @param png base64 */
async function readQr(png: string): Promise<string> {
  const bytes = Uint8Array.from(atob(png), (char) => char.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  const image = context?.getImageData(0, 0, bitmap.width, bitmap.height);
  return image === undefined ? '' : decodeQR(image, { timeLimit: 2_000 });
}

/** Texts and controls that one cannot reach by scrolling down: cut off at the side, or by a box that hides what sticks out. */
function lost(): readonly string[] {
  const out: string[] = [];
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room + 1)
    out.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const words = node.textContent?.trim() ?? '';
    if (element === null || words === '' || !isVisible(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const cut = cutBy(element, rect, room);
      if (cut !== undefined) {
        out.push(`"${words.slice(0, 40)}" ${cut}`);
        break;
      }
    }
  }
  return out;
}

function isVisible(element: Element): boolean {
  if (element.closest('.sr-only, noscript, script, style, option') !== null) return false;
  return element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
}

function cutBy(element: Element, rect: DOMRect, room: number): string | undefined {
  if (rect.width === 0 || rect.height === 0) return undefined;
  if (rect.left < -1 || rect.right > room + 1)
    return `sticks out: ${Math.round(rect.left)} to ${Math.round(rect.right)} of ${room} px`;
  for (let box: Element | null = element; box !== null && box !== document.body; box = box.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(box);
    const edge = box.getBoundingClientRect();
    if (overflowX === 'hidden' && (rect.left < edge.left - 1 || rect.right > edge.right + 1))
      return `is cut at the side by .${box.className}`;
    if (overflowY === 'hidden' && (rect.top < edge.top - 1 || rect.bottom > edge.bottom + 1))
      return `is cut by .${box.className}`;
    // What it scrolls, one can reach.
    if (overflowY === 'auto' || overflowY === 'scroll') return undefined;
  }
  return undefined;
}

/** Sound that was handed to the loudspeaker, and whether it runs. */
const heard = { contexts: [] as AudioContext[], loudest: 0, pieces: 0 };
const Real = globalThis.AudioContext;
globalThis.AudioContext = class extends Real {
  constructor(options?: AudioContextOptions) {
    super(options);
    heard.contexts.push(this);
  }

  override createBufferSource(): AudioBufferSourceNode {
    const source = super.createBufferSource();
    source.start = (when) => {
      heard.pieces += 1;
      for (const sample of source.buffer?.getChannelData(0) ?? [])
        heard.loudest = Math.max(heard.loudest, Math.abs(sample));
      AudioBufferSourceNode.prototype.start.call(source, when);
    };
    return source;
  }
};

const eyes: PageEyes = {
  see,
  record,
  follow,
  followed: (camera) => followers.get(camera) ?? [],
  frame: () => new Promise((resolve) => requestAnimationFrame(() => resolve())),
  readQr,
  lost,
  heard: () => ({
    running: heard.contexts.filter(({ state }) => state === 'running').length,
    pieces: heard.pieces,
    loudest: heard.loudest,
  }),
};
Object.assign(globalThis, { sealcamEyes: eyes });
