/**
 * Commit e9c0e9a, the last before there were versions, as a folder that runs: its files from this checkout's own history, today's packages
 * beside them. Nothing of it is kept in the tree, so that no key of a test is either.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar';

export const OLD = 'e9c0e9a';
const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** @returns why the old program cannot be had here; undefined when it can */
export async function whyNoOldCheckout(): Promise<string | undefined> {
  try {
    await run('git', ['cat-file', '-e', `${OLD}^{commit}`], { cwd: ROOT });
    return undefined;
  } catch {
    return `this checkout has no commit ${OLD}: a shallow clone, or no clone at all. Run \`git fetch --unshallow\` to have this checked.`;
  }
}

/** @param folder empty. @returns its `main.ts` */
export async function checkOutOld(folder: string): Promise<string> {
  const archive = join(folder, 'old.tar');
  await run('git', ['archive', '--format=tar', '-o', archive, OLD], { cwd: ROOT });
  await extract({ file: archive, cwd: folder });
  await linkPackages(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'apps', 'sealcam', 'src', 'main.ts');
}

/** Packages of others as they are here; those of the house by the same relative links, which lead into the old tree. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(join(to, '@sealcam'), { recursive: true });
  for (const name of await readdir(from)) if (name !== '@sealcam') await symlink(join(from, name), join(to, name));
  for (const name of await readdir(join(from, '@sealcam')))
    await symlink(await readlink(join(from, '@sealcam', name)), join(to, '@sealcam', name));
}
