/**
 * The relay opens nothing: everything of ours that the relay's program is made of, bundled as esbuild sees it, holds no file
 * of seal, media or player, and of home only what `home/verify` is made of. Import rules look at each import; this looks at
 * the whole.
 */
import { build, type Plugin } from 'esbuild';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, type Gate } from './gate.ts';

const FIXTURES = 'tools/fixtures/bundle';

export const relayBundleGate: Gate = {
  name: 'the bundle of the relay holds nothing that opens a picture',
  run: () => openersIn('apps/relay/src/index.ts'),
};

export const relayBundleProof: Gate = {
  name: 'the bundle check refuses relays that could open a picture',
  run: async () => {
    const passed: string[] = [];
    for (const name of await readdir(join(ROOT, FIXTURES))) {
      const refused = (await openersIn(`${FIXTURES}/${name}`)).some((path) => path.startsWith('packages/'));
      if (!refused) passed.push(`${name} was not refused`);
    }
    return passed;
  },
};

/** @returns the files of ours in the bundle that have no business in a relay */
async function openersIn(entry: string): Promise<string[]> {
  const [inputs, verify] = await Promise.all([inputsOf(entry), inputsOf('packages/home/src/verify.ts')]);
  const allowed = new Set(verify.filter((path) => /^packages\/(home|protocol)\//.test(path)));
  const packages = inputs.filter((path) => path.startsWith('packages/') && !path.startsWith('packages/protocol/'));
  if (verify.length === 0 || !inputs.some((path) => path.startsWith('packages/protocol/'))) {
    return ['the bundle holds nothing of ours: the check itself is broken'];
  }
  return packages.filter((path) => !allowed.has(path));
}

async function inputsOf(entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'silent',
    plugins: [oursOnly],
  });
  return Object.keys(metafile.inputs);
}

/** Packages of others stay outside; they cannot know our formats. */
const oursOnly: Plugin = {
  name: 'ours-only',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@sealcam/') ? undefined : { path, external: true },
    );
  },
};
