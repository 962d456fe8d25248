/** A program of the tests', drills' or bench's own for a page, as one script that can be added to it before anything of it runs. */
import { build } from 'esbuild';

/** @param entry path of its first file. @returns its text, for a browser */
export async function pageScript(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome110',
  });
  return outputFiles[0]?.text ?? '';
}
