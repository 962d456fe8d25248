/**
 * A build step: writes dist/sw.js, the service worker that makes the app installable. It keeps the static shell of the app
 * (its HTML, scripts, styles and icons) and nothing else: no socket, no picture, nothing of a home ever passes through it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const ICONS = ['/icons/icon.svg', '/icons/icon-192.png', '/icons/icon-512.png', '/manifest.webmanifest'];

/** Emits `sw.js` with the list of this build's files, named by a hash of them so that a new build replaces the old shell. */
export function shellWorker(): Plugin {
  return {
    name: 'sealcam-shell-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/') && !/display|operator/.test(name));
      const files = ['/app', ...ICONS, ...assets.map((name) => `/${name}`)].sort();
      // Hashed names change with the code; the HTML itself is fetched anew whenever it can be, so names are enough here.
      const version = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 12);
      const template = readFileSync(join(import.meta.dirname, 'src/shell/worker.js'), 'utf8');
      const source = template.replace('__VERSION__', version).replace('__FILES__', JSON.stringify(files));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}
