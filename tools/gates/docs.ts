/** The documents: every relative link leads to a file that is there, and every anchor to a heading in it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { ROOT, type Gate } from './gate.ts';

export const linksGate: Gate = {
  name: 'links in the documents lead somewhere',
  run: async () => {
    const problems = await Promise.all((await documents(ROOT)).map(deadLinks));
    return problems.flat();
  },
};

async function documents(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (
      entry.name === 'node_modules' ||
      entry.name === 'data' ||
      entry.name === 'fixtures' ||
      entry.name.startsWith('.')
    )
      continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await documents(path)));
    else if (entry.name.endsWith('.md')) found.push(path);
  }
  return found;
}

/** @param document absolute path of a Markdown file @returns a line a link that leads nowhere */
export async function deadLinks(document: string): Promise<string[]> {
  const text = (await readFile(document, 'utf8')).replace(/```[\s\S]*?```/g, '');
  const problems: string[] = [];
  for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? document : resolve(dirname(document), path);
    const where = relative(ROOT, document);
    if ((await stat(file).catch(() => undefined)) === undefined) problems.push(`${where}: ${target} is not there`);
    else if (anchor !== undefined && file.endsWith('.md') && !(await anchors(file)).includes(anchor)) {
      problems.push(`${where}: ${path} has no heading #${anchor}`);
    }
  }
  return problems;
}

/** Anchors as GitHub makes them. */
async function anchors(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
