/** How the tests run: two workers at most, since CI has two cores and browsers and cameras want some of them. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.node/**'],
    maxWorkers: 2,
    // Those of a file that say so run side by side: they wait for cameras, not for the processor.
    maxConcurrency: 10,
    // Loaded machines are slow; a test that hangs is what this is for, never a figure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    allowOnly: false,
  },
});
