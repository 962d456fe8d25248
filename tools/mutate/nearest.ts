/** Which tests are asked about a source file: the one of its name, else those of its folder, else those of its package. */
import { globSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** @param root of the checkout. @param source relative to it. @returns paths relative to it */
export function nearestTests(root: string, source: string): readonly string[] {
  const tests = (pattern: string): string[] =>
    globSync(pattern, { cwd: root, exclude: (path) => path.includes('node_modules') }).toSorted();
  const folder = dirname(source);
  const name = basename(source, '.ts');
  const [part = '', ofPart = ''] = source.split('/');
  const home = join(part, ofPart);
  const byName = tests(`${home}/**/${name}.test.ts`);
  if (byName.length > 0) return byName;
  const beside = tests(`${folder}/*.test.ts`);
  return beside.length > 0 ? beside : tests(`${home}/test/*.test.ts`);
}

/** @returns TypeScript sources that a glob or a path names, without tests, relative to the root */
export function sourcesOf(root: string, patterns: readonly string[]): readonly string[] {
  const found = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }));
  const isSource = (path: string): boolean =>
    path.endsWith('.ts') && !/\.(test|fixture|vectors|check|d)\.|\/test\/|node_modules/u.test(path);
  return [...new Set(found.map((path) => relative('', path)))].filter(isSource).toSorted();
}
