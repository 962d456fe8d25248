/** The relay's import: what is in reach of `./verify`, read from the sources themselves. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

function imports(file: URL): string[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/^(?:import|export)\s(?:[^;]*?\sfrom\s)?'([^']+)';/gmu)].map((match) => match[1] ?? '');
}

/** All files of this folder and all packages that a module reaches, types too. */
function reach(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [new URL(entry, import.meta.url)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file.href)) continue;
    files.add(file.href);
    for (const name of imports(file)) {
      if (name.startsWith('.')) open.push(new URL(name, file));
      else packages.add(name);
    }
  }
  return { files: new Set([...files].map((href) => href.slice(href.lastIndexOf('/') + 1))), packages };
}

/** Calls of WebCrypto that take or make a private or secret key. */
const KEY_USE = /\.(?:sign|decrypt|encrypt|deriveBits|deriveKey|generateKey|unwrapKey|exportKey)\(/u;

describe('./verify', () => {
  it('reaches the protocol and nothing else', () => {
    expect([...reach('./verify.ts').packages]).toEqual(['@sealcam/protocol']);
  });

  it('reaches no key: neither a file that makes or uses one, nor HPKE', () => {
    const { files } = reach('./verify.ts');
    for (const name of files) {
      expect(readFileSync(new URL(name, import.meta.url), 'utf8'), name).not.toMatch(KEY_USE);
    }
    for (const name of ['sign.ts', 'device-keys.ts', 'hpke.ts', 'bulletin.ts', 'sealed-command.ts', 'recovery.ts'])
      expect(files).not.toContain(name);
  });

  it('would be noticed if it did: the whole package reaches all of that', () => {
    const { files, packages } = reach('./index.ts');
    expect([...packages].toSorted()).toEqual(['@hpke/core', '@sealcam/protocol']);
    expect(files).toContain('sign.ts');
    expect([...files].some((name) => KEY_USE.test(readFileSync(new URL(name, import.meta.url), 'utf8')))).toBe(true);
  });

  it('is without the word list, which only ./recovery loads', () => {
    expect([...reach('./recovery.ts').packages].filter((name) => name.startsWith('@scure'))).toHaveLength(2);
    expect(reach('./index.ts').files).not.toContain('recovery.ts');
  });
});
