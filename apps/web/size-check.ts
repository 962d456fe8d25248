/** A gate: what a display loads first (HTML, scripts, styles; brotli) is at most 120 KB. `node apps/web/size-check.ts [dist]`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

/** Bytes: issue 2, point 3. */
export const DISPLAY_BYTES: number = 120 * 1024;

export interface PageSize {
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Compressed, of all files together. */
  readonly bytes: number;
}

/**
 * Everything the page's HTML loads at once, and what those scripts import statically; lazily imported files are not first load.
 * @param dist folder of the built pages
 * @param page name of the HTML file, e.g. `display.html`
 */
export function pageSize(dist: string, page: string): PageSize {
  const html = readFileSync(join(dist, page), 'utf8');
  const waiting = [...html.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? '');
  const sizes = new Map<string, number>([[page, brotliCompressSync(html).length]]);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (sizes.has(path)) continue;
    const source = readFileSync(join(dist, path), 'utf8');
    sizes.set(path, brotliCompressSync(source).length);
    for (const match of source.matchAll(/(?:\bfrom|\bimport)\s*["'](\.{1,2}\/[^"']+)["']/g)) {
      waiting.push(new URL(match[1] ?? '', `http://x${path}`).pathname);
    }
  }
  const files = [...sizes].map(([path, bytes]) => ({ path, bytes }));
  return { files, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

if (import.meta.main) {
  const dist = process.argv[2] ?? join(import.meta.dirname, 'dist');
  const { files, bytes } = pageSize(dist, 'display.html');
  for (const file of files) process.stdout.write(`${String(file.bytes).padStart(8)}  ${file.path}\n`);
  process.stdout.write(
    `${String(bytes).padStart(8)}  of ${DISPLAY_BYTES} bytes, compressed: the display's first load\n`,
  );
  if (bytes > DISPLAY_BYTES) process.exitCode = 1;
}
