/** Builds the pages: `app.html` (household), `display.html` (smart display), `operator.html` into dist/, hashed files under /assets. */
import { defineConfig } from 'vite';
import { shellWorker } from './shell-worker.ts';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [shellWorker()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // An old tablet with WebCodecs (Chrome 94) must be able to run a display.
    target: ['chrome94', 'firefox130', 'safari16.4'],
    // Nothing inlined: a strict `script-src 'self'; style-src 'self'; img-src 'self'` holds for every byte of the pages.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: { app: 'app.html', display: 'display.html', operator: 'operator.html' } },
  },
});
