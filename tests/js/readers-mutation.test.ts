import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { HeadscopeError, readTensorFile } from 'headscope/readers';

const folder = fileURLToPath(new URL('../golden/files/', import.meta.url));
const ROUNDS = 150;

/** Numbers from 0 up to (not with) `limit`, the same in every run. */
function seeded(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** A damaged copy: bytes changed (near the start more often, where headers are), cut off, put in, or doubled. */
function mutate(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  const place = (): number => random(random(2) === 0 ? Math.min(128, bytes.length) : bytes.length);
  switch (random(6)) {
    case 0:
      return bytes.slice(0, place());
    case 1:
      return bytes.slice(place());
    case 2: {
      const at = place();
      const inserted = Uint8Array.from({ length: 1 + random(8) }, () => random(256));
      return Uint8Array.from([...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at)]);
    }
    case 3: {
      const [from, to] = [place(), place()];
      return Uint8Array.from([...bytes.subarray(0, to), ...bytes.subarray(from)]);
    }
    case 4: {
      // Digits for digits: shapes, offsets and cells that lie but can be read.
      const copy = bytes.slice();
      for (let index = 0; index < copy.length; ++index) {
        const byte = copy[index] ?? 0;
        if (byte >= 0x30 && byte <= 0x39 && random(4) === 0) copy[index] = 0x30 + random(10);
      }
      return copy;
    }
    default: {
      const copy = bytes.slice();
      const extremes = [0, 1, 0x7f, 0x80, 0xff];
      for (let count = 1 + random(6); count > 0; --count) {
        copy[place()] = random(2) === 0 ? random(256) : (extremes[random(extremes.length)] ?? 0);
      }
      return copy;
    }
  }
}

const files = readdirSync(folder).filter((file) => file !== 'manifest.json');

test.each(files.map((file, index) => [file, index] as const))(
  '%s, damaged in many ways, is read or refused with a HeadscopeError',
  (file, index) => {
    const bytes = new Uint8Array(readFileSync(folder + file));
    const random = seeded(index + 1);
    let refusals = 0;
    for (let round = 0; round < ROUNDS; ++round) {
      const damaged = mutate(bytes, random);
      try {
        for (const { tensor } of readTensorFile(file, damaged).tensors) {
          expect(tensor.data.length).toBe(tensor.shape.reduce((product, extent) => product * extent, 1));
        }
      } catch (error) {
        if (!(error instanceof HeadscopeError)) throw error;
        // Nothing so small can need more memory than there is.
        expect(error.code).not.toBe('OutOfMemory');
        ++refusals;
      }
    }
    expect(refusals).toBeGreaterThan(0);
  },
);
