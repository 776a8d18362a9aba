import { expect, it } from 'vitest';
import { evenBlocks } from '../../web/views/pooling.js';

it('an axis is cut into equal blocks where that can be, and into no more than there are pixels', () => {
  expect([512, 600, 640, 818].map((pixels) => evenBlocks(4096, pixels))).toEqual([512, 512, 512, 512]);
  expect(evenBlocks(32_768, 640)).toBe(512);
  expect(evenBlocks(100, 640)).toBe(100);
  // A prime number: 585 blocks of 7 and a smaller one.
  expect(evenBlocks(4099, 640)).toBe(586);
});
