import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DISPLAY_BYTES, pageSize } from './size-check.ts';

let dist: string;
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'sealcam-size-'));
  mkdirSync(join(dist, 'assets'));
});
afterEach(() => {
  rmSync(dist, { recursive: true });
});

const noise = (bytes: number): string => `/* ${randomBytes(Math.round(bytes)).toString('base64')} */`;
const put = (path: string, source: string): void => {
  writeFileSync(join(dist, path), source);
};

describe('the first load of a page', () => {
  it('counts its HTML, its styles, its scripts and what these import, once, and not what is loaded later', () => {
    put(
      'display.html',
      '<link rel="stylesheet" href="/assets/a.css"><script type="module" src="/assets/a.js"></script><link rel="modulepreload" href="/assets/b.js">',
    );
    put('assets/a.css', 'body{}');
    put('assets/a.js', 'import{x}from"./b.js";import"./c.js";x(()=>import("./later.js"))');
    put('assets/b.js', 'export const x=1;import"./c.js"');
    put('assets/c.js', '1');
    put('assets/later.js', noise(1_000));
    const { files } = pageSize(dist, 'display.html');
    expect(files.map(({ path }) => path).sort()).toEqual([
      '/assets/a.css',
      '/assets/a.js',
      '/assets/b.js',
      '/assets/c.js',
      'display.html',
    ]);
  });

  it('is above the limit when a shared script alone is', () => {
    put('display.html', '<script type="module" src="/assets/a.js"></script>');
    put('assets/a.js', 'import"./b.js"');
    put('assets/b.js', noise(1.1 * DISPLAY_BYTES));
    expect(pageSize(dist, 'display.html').bytes).toBeGreaterThan(DISPLAY_BYTES);
  });
});
