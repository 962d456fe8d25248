/** The stages of `npm test`, and which test file belongs to which: every one to exactly one, whoever adds it wherever. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export const STAGES = ['gates', 'unit', 'system', 'drills', 'model', 'cameras', 'browser', 'durability'] as const;
export type Stage = (typeof STAGES)[number];

export const ABOUT: Readonly<Record<Stage, string>> = {
  gates: 'types, lint, import direction, the relay’s bundle, documents',
  unit: 'units and properties, beside the code',
  system: 'the parts together, in one process and apart',
  drills: 'incidents of the past, replayed',
  model: 'random lives of homes, against a model in plain sets',
  cameras: 'cameras that no one here wrote',
  browser: 'a real Chromium',
  durability: 'kill -9, power cuts, a damaged disk',
};

/** @param path from the root, with `/` */
export function stageOf(path: string): Stage {
  if (path.endsWith('.browser.test.ts') || path.startsWith('tests/browser/')) return 'browser';
  if (path.startsWith('tests/cameras/')) return 'cameras';
  if (path.startsWith('tests/durability/')) return 'durability';
  return path.startsWith('tests/') ? 'system' : 'unit';
}

/** @returns all test files of the checkout by stage, sorted */
export async function testFiles(root: string): Promise<ReadonlyMap<Stage, readonly string[]>> {
  const found = new Map<Stage, string[]>();
  for (const folder of ['packages', 'apps', 'tools', 'bench', 'tests', 'drills']) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.test\.tsx?$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/');
      if (/(^|\/)(node_modules|dist[^/]*)\//.test(path)) continue;
      const stage = stageOf(path);
      found.set(stage, [...(found.get(stage) ?? []), path].sort());
    }
  }
  return found;
}
