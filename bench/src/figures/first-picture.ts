/** What a person waits for: from the tap on a tile to the first live picture on the whole screen, in a real Chromium. */
import { oneAddress } from '../../../tests/browser/one-address.ts';
import { startCameras } from '../../../tests/cameras/rig.ts';
import { median, quantile, type Bench } from '../figure.ts';
import { startSealcam } from '../home/household.ts';
import { startReplayFilter } from '../home/replay-filter.ts';
import { sleep } from '../process/child.ts';
import { builtPages, openDisplay, tapToPainted } from '../screen/display-page.ts';

/** 60 pictures at 15 a second. */
const GOP_MS = 4_000;
/** Until the display rests again: the tiles play, and the stream of the tap before is let go. */
const REST_MS = 800;

export const firstPicture: Bench = {
  name: 'first-picture',
  about: 'tap to painted on the display page in Chromium, GOP 4 s, with the kept GOP and without it',
  run: async ({ quick, progress }) => {
    const taps = quick ? 10 : 40;
    const pages = await builtPages();
    // A main and a sub stream, as cameras have: the tile plays sub, so that main is opened by the tap and not before.
    const clip = { clip: true, fps: 15 } as const;
    const [main, sub] = await startCameras([
      { ...clip, id: 8, path: '/stream1', width: 1280, height: 720, gop: 60 },
      { ...clip, id: 9, path: '/stream2' },
    ]);
    const address = await oneAddress({ '/stream1': main?.port ?? 0, '/stream2': sub?.port ?? 0 });
    const relay = await startSealcam({ relay: { pages } });
    const filter = await startReplayFilter(relay.relayUrl);
    const url = relay.relayUrl.replace(/^ws/u, 'http');
    const agent = await startSealcam({ agent: { relayUrl: filter.url, pagesUrl: url } });
    const samples = { with: [] as number[], without: [] as number[] };
    let screen;
    try {
      screen = await openDisplay(url, agent.claimLink ?? '', `rtsp://${address.host}/stream1`);
      for (let tap = 0; tap < taps; tap += 1) {
        for (const how of ['with', 'without'] as const) {
          filter.keepGop = how === 'with';
          await screen.page.keyboard.press('Escape');
          await screen.display.tiles().first().waitFor();
          await sleep(REST_MS + Math.random() * GOP_MS);
          samples[how].push(await tapToPainted(screen));
        }
        progress(
          `tap ${String(tap + 1)} of ${String(taps)}: ${samples.with.at(-1)?.toFixed(0) ?? ''} ms, without ${samples.without.at(-1)?.toFixed(0) ?? ''} ms`,
        );
      }
    } finally {
      await screen?.close();
      await agent.close();
      await filter.close();
      await relay.close();
      await address.close();
      await main?.stop();
    }
    const trials = taps;
    return {
      samples,
      figures: [
        { name: 'first-picture', value: median(samples.with), unit: 'ms', bar: { most: 150 }, trials },
        { name: 'first-picture-p95', value: quantile(samples.with, 0.95), unit: 'ms', bar: { most: 350 }, trials },
        { name: 'first-picture-without-gop', value: median(samples.without), unit: 'ms', trials },
        { name: 'first-picture-without-gop-p95', value: quantile(samples.without, 0.95), unit: 'ms', trials },
      ],
    };
  },
};
