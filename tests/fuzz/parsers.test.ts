/** Every parser of Sealcam, fuzzed: an answer or its declared error, and bounded work and memory, for whatever comes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { appTargets } from './app-targets.ts';
import { CAMERA_TARGETS } from './camera-targets.ts';
import { CLOCK_TARGETS } from './clock-targets.ts';
import { ONE_CASE, patience, share } from './fuzz.ts';
import { MEDIA_TARGETS } from './media-targets.ts';
import { homeTargets } from './home-targets.ts';
import { RECORD_TARGETS } from './record-targets.ts';
import { RTP_TARGETS } from './rtp-targets.ts';
import { fuzz } from './target.ts';
import { wireTargets } from './wire-targets.ts';

const folder = mkdtempSync(join(tmpdir(), 'sealcam-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const targets = [
  ...[...MEDIA_TARGETS, ...RTP_TARGETS, ...CLOCK_TARGETS, ...CAMERA_TARGETS, ...RECORD_TARGETS],
  ...[...(await wireTargets()), ...(await homeTargets()), ...(await appTargets(folder))],
];
const forMs = share(0.35) / targets.length;

/** Those that nothing but the genuine bytes pass, and a mutant hardly ever is. */
const STRICT =
  /genesis|next roster|roster chain|HPKE key|live answer$|receipt|report|manifest$|key list$|sealed command|sealed reply|certificate|recovery|backup|SPS|clip|messages/;

describe('a parser that gets anything at all answers or refuses', () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    '%s',
    async (_name, target) => {
      const { cases, answered } = await fuzz(target, forMs);
      // Fuzz that is always refused in the first line proves nothing about the others.
      if (ONE_CASE === undefined && cases > 500 && !STRICT.test(target.name)) expect(answered).toBeGreaterThan(0);
    },
    patience(forMs),
  );
});
