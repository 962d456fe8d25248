/** The gate of the documents' links can fail. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deadLinks } from './docs.ts';

it('names each link that leads nowhere, and no other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sealcam-docs-'));
  await writeFile(join(folder, 'there.md'), '# What stays visible, and what is not\n');
  const good = '[a](there.md) [b](there.md#what-stays-visible-and-what-is-not) [c](https://example.org/x) [d](#here)';
  const bad = '[e](gone.md) [f](there.md#elsewhere)';
  await writeFile(join(folder, 'page.md'), `# Here\n${good}\n${bad}\n\`\`\`\n[g](in-code.md)\n\`\`\`\n`);
  const problems = await deadLinks(join(folder, 'page.md'));
  expect(problems.map((line) => line.replace(/^.*?: /, ''))).toEqual([
    'gone.md is not there',
    'there.md has no heading #elsewhere',
  ]);
  await rm(folder, { recursive: true });
});
