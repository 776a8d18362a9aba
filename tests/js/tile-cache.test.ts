import { describe, expect, it } from 'vitest';
import { TileCache } from '../../web/element/source/tile-cache.js';

/** A cache of strings, a byte for each letter, whose requests are answered by hand. */
class Fixture {
  readonly begun: string[] = [];
  readonly aborted: string[] = [];
  readonly failures: unknown[] = [];
  changes = 0;
  readonly #answers = new Map<string, { resolve(value: string): void; reject(error: Error): void }>();
  readonly cache: TileCache;

  constructor(bytes = 100, atOnce = 1) {
    this.cache = new TileCache({
      bytes,
      atOnce,
      bytesOf: (value) => (value as string).length,
      changed: () => ++this.changes,
      failed: (error) => this.failures.push(error),
    });
  }

  ask(key: string, lane = 0): string | null {
    return this.cache.ask({
      key,
      lane,
      run: (signal) => {
        this.begun.push(key);
        signal.addEventListener('abort', () => this.aborted.push(key));
        return new Promise<string>((resolve, reject) => this.#answers.set(key, { resolve, reject }));
      },
    });
  }

  async answer(key: string, value = key): Promise<void> {
    this.#answers.get(key)?.resolve(value);
    await new Promise((resolve) => setTimeout(resolve));
  }

  async refuse(key: string): Promise<void> {
    this.#answers.get(key)?.reject(new Error(key));
    await new Promise((resolve) => setTimeout(resolve));
  }
}

describe('a cache of tiles', () => {
  it('begins once, and has the result from then on', async () => {
    const fixture = new Fixture();
    expect([fixture.ask('a'), fixture.ask('a')]).toEqual([null, null]);
    await fixture.answer('a', 'A');
    expect(fixture.changes).toBe(1);
    expect(fixture.ask('a')).toBe('A');
    expect(fixture.begun).toEqual(['a']);
  });

  it('begins with what was asked for last, a few at once in each lane', async () => {
    const fixture = new Fixture();
    for (const key of ['a', 'b', 'c']) fixture.ask(key);
    fixture.ask('x', 1);
    fixture.ask('b');
    expect(fixture.begun).toEqual(['a', 'x']);
    await fixture.answer('a');
    await fixture.answer('b');
    expect(fixture.begun).toEqual(['a', 'x', 'b', 'c']);
    const two = new Fixture(100, 2);
    for (const key of ['a', 'b', 'c']) two.ask(key);
    expect(two.begun).toEqual(['a', 'b']);
  });

  it('forgets what the next drawing does not ask for any more, and stops it', async () => {
    const fixture = new Fixture(100, 2);
    for (const key of ['a', 'b', 'c', 'd']) fixture.ask(key);
    await fixture.answer('a');
    // Drawn anew: only c is still needed. What was not asked for is forgotten with the drawing after.
    fixture.ask('c');
    expect(fixture.aborted).toEqual([]);
    expect(fixture.begun).toEqual(['a', 'b', 'd']);
    await fixture.answer('d');
    fixture.ask('c');
    expect(fixture.aborted).toEqual(['b']);
    await fixture.answer('b');
    expect(fixture.cache.get('b')).toBeNull();
    await fixture.answer('c');
    expect(fixture.cache.get('c')).toBe('c');
    expect(fixture.begun).toEqual(['a', 'b', 'd', 'c']);
  });

  it('keeps so many bytes, what was used last', () => {
    const { cache } = new Fixture(6);
    cache.put('a', 'aa');
    cache.put('b', 'bb');
    cache.put('c', 'cc');
    cache.get('a');
    cache.put('d', 'd');
    expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual(['aa', null, 'cc', 'd']);
    // Another value in its place counts anew; one that is too large is all there is.
    cache.put('d', 'dd');
    expect(['a', 'c', 'd'].map((key) => cache.get(key))).toEqual(['aa', 'cc', 'dd']);
    cache.put('e', 'eeeeeeee');
    expect(['a', 'c', 'd', 'e'].map((key) => cache.get(key))).toEqual([null, null, null, 'eeeeeeee']);
  });

  it('tells of a failure once and does nothing after it', async () => {
    const fixture = new Fixture(100, 2);
    fixture.ask('a');
    fixture.ask('b');
    await fixture.refuse('a');
    expect(fixture.failures).toEqual([new Error('a')]);
    expect(fixture.aborted).toEqual(['b']);
    await fixture.refuse('b');
    expect(fixture.ask('c')).toBeNull();
    expect([fixture.failures.length, fixture.begun, fixture.changes]).toEqual([1, ['a', 'b'], 0]);
  });

  it('stops everything when it is disposed of', async () => {
    const fixture = new Fixture();
    fixture.ask('a');
    fixture.cache.dispose();
    await fixture.answer('a');
    expect([fixture.aborted, fixture.changes, fixture.cache.get('a')]).toEqual([['a'], 0, null]);
  });
});
