import { defineConfig } from 'vitest/config';
import { packageExports } from './vite.config.js';

export default defineConfig({
  resolve: { alias: packageExports },
  test: {
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: { name: 'js', include: ['tests/js/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          // Browsers take several processors each: two files at a time, on any machine.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // What is waited for comes when it comes, on a busy machine too: only what never comes may fail.
          expect: { poll: { timeout: 30_000, interval: 25 } },
        },
      },
      {
        extends: true,
        test: {
          name: 'checks',
          include: ['tests/checks/**/*.test.mjs'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
