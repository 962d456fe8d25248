/** Access units decoded by ffmpeg, so that a test sees what a person would: which camera, which frames, how large. */
import { spawn } from 'node:child_process';
import { buffer, text } from 'node:stream/consumers';
import type { AccessUnit, VideoConfig } from '@sealcam/media';
import { readBarcode, type Barcode } from './barcode.ts';

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly barcode: Barcode | undefined;
}

/** @param units of one size, from a keyframe on */
export async function decodePictures(units: readonly AccessUnit[]): Promise<Picture[]> {
  const [first] = units;
  if (first?.config === undefined || !('width' in first.config)) throw new TypeError('not a keyframe in front');
  const { codec, width, height } = first.config satisfies VideoConfig;
  const input = ['-f', codec === 'h265' ? 'hevc' : 'h264', '-i', 'pipe:0'];
  const child = spawn('ffmpeg', [
    '-v',
    'error',
    '-threads',
    '1',
    ...input,
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgba',
    'pipe:1',
  ]);
  const errors = text(child.stderr);
  const output = buffer(child.stdout);
  child.stdin.on('error', () => undefined);
  for (const unit of units) child.stdin.write(unit.data);
  child.stdin.end();
  const rgba = await output;
  const complaint = await errors;
  if (complaint !== '') throw new Error(`the decoder complains: ${complaint.slice(0, 500)}`);
  const bytes = 4 * width * height;
  return Array.from({ length: rgba.length / bytes }, (_, i) => ({
    width,
    height,
    barcode: readBarcode(rgba.subarray(i * bytes, (i + 1) * bytes), width, height),
  }));
}
