/**
 * The built pages, read once into memory: an exact list of paths, so that no path, suffix or encoding can reach anything else.
 * Pages are never cached without asking, hashed assets for ever. Nothing here is of a home.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { SealcamError } from '@sealcam/protocol';

export interface Page {
  readonly type: string;
  readonly isHtml: boolean;
  readonly cache: 'no-cache' | 'public, max-age=31536000, immutable';
  readonly etag: string;
  readonly body: Buffer;
  /** Where it is smaller. */
  readonly brotli: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
/** Already compressed. */
const DENSE = new Set(['.png', '.webp', '.woff2', '.ico']);
const FILE_BYTES = 8 * 1024 * 1024;

/**
 * @param folder of the build: `app.html` and `display.html` become `/app` and `/display`, every other known type keeps its path
 * @throws {SealcamError} `config.invalid` when there is no such folder or no `app` page in it
 */
export function loadPages(folder: string): ReadonlyMap<string, Page> {
  const pages = new Map<string, Page>();
  for (const file of filesOf(folder)) {
    const type = TYPES[extname(file)];
    if (type === undefined || statSync(file).size > FILE_BYTES) continue;
    const path = `/${relative(folder, file).split(sep).join('/')}`;
    pages.set(path.replace(/(?:\/index)?\.html$/, '') || '/', load(file, path, type));
  }
  if (!pages.has('/app')) throw new SealcamError('config.invalid', 'no app page in the folder of pages');
  return pages;
}

function filesOf(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    throw new SealcamError('config.invalid', 'the folder of pages cannot be read', { cause: error });
  }
}

function load(file: string, path: string, type: string): Page {
  const body = readFileSync(file);
  const isHashed = path.startsWith('/assets/') && /-[\w-]{8,}\.\w+$/.test(path);
  const isDense = DENSE.has(extname(file));
  return {
    type,
    isHtml: type.startsWith('text/html'),
    cache: isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    body,
    brotli: isDense
      ? undefined
      : smaller(brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }), body),
    gzip: isDense ? undefined : smaller(gzipSync(body, { level: 9 }), body),
  };
}

function smaller(compressed: Buffer, body: Buffer): Buffer | undefined {
  return compressed.length < body.length ? compressed : undefined;
}
