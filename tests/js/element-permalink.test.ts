import { describe, expect, it } from 'vitest';
import { readPermalink, writePermalink } from '../../web/element/embedding/permalink.js';
import { readState, type ScopeState } from '../../web/element/embedding/state.js';
import { DEFAULT_SETTINGS } from '../../web/element/settings.js';

const nothing: ScopeState = { data: {}, settings: {}, pin: undefined };

/** mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a permalink', () => {
  it('names what is not as it always is, as attributes do', () => {
    expect(writePermalink({ ...nothing, settings: DEFAULT_SETTINGS })).toEqual({ text: 'headscope=1', whole: true });
    const settings = {
      ...DEFAULT_SETTINGS,
      head: 3,
      colorScale: 'log',
      causal: true,
      view: ['matrix', 'text'],
    } as const;
    const { text } = writePermalink({ data: {}, settings, pin: { queries: [0, 2], keys: [1] } });
    expect(text).toBe('headscope=1&causal=&view=matrix+text&head=3&color-scale=log&pin=0.2*1');
  });

  it('brings back settings, pin, labels and every bit of the numbers', () => {
    const query = { data: Float32Array.of(0.1, -0, 1e-45, 3.4e38, NaN, Infinity), shape: [1, 2, 3] };
    const state: ScopeState = {
      data: { query, key: query, tokens: ['a&b=c #?', '<b>猫😀</b>'], keyTokens: ['', '%41'], words: [0, 1] },
      settings: { scale: 0.1 + 0.2, domain: [0.25, 0.5], hide: [0, 4], topK: 5, mergeWords: true, positions: 'rotary' },
      pin: { queries: [1], keys: [] },
    };
    const { text, whole } = writePermalink(state);
    expect(whole).toBe(true);
    const read = readPermalink(`#${text}`);
    expect(read).toEqual(state);
    const bits = ({ data }: { data: Float32Array }): Uint32Array => new Uint32Array(data.buffer);
    expect(bits(read?.data.query as typeof query)).toEqual(bits(query));
  });

  it('leaves out data that would make it long, but not the settings', () => {
    const weights = { data: new Float32Array(2000), shape: [2, 10, 100] };
    const { text, whole } = writePermalink({ data: { weights }, settings: { head: 1 }, pin: null });
    expect({ text, whole }).toEqual({ text: 'headscope=1&head=1', whole: false });
  });

  it.each([
    ['another version', 'headscope=2&head=3'],
    ['something else', 'v1.e30'],
    ['a longer name', 'headscope=11&head=3'],
    ['more than 64 KB', `headscope=1&t=${'a'.repeat(70_000)}`],
  ])('is null for %s', (_, text) => expect(readPermalink(text)).toBeNull());

  it.each([
    ['an unknown name', 'src=https://example.org/x.js&onload=alert(1)&__proto__=1&innerHTML=x', {}],
    [
      'numbers out of bounds',
      'head=-1&top-k=1e99&mass=NaN&temperature=0',
      { head: 0, topK: 0, mass: 1, temperature: 1 },
    ],
    ['no such choice', 'view=javascript:alert(1)&sort=constructor', { view: ['matrix'], sort: 'none' }],
  ])('of hostile make gives nothing but settings: %s', (_, text, settings) => {
    expect(readPermalink(`headscope=1&${text}`)).toEqual({ data: {}, settings, pin: undefined });
  });

  it.each([
    ['a shape without its numbers', 'query=65536.65536*AAAA'],
    ['a negative shape', 'query=-1.-4*AAAA'],
    ['a shape of fractions', 'query=0.5.2*AAAAAA'.replace('0.5', '1e-1')],
    ['too many extents', 'query=1.1.1.1.1*AAAAAA'],
    ['what is no base64', 'query=1*****AA'],
    ['an endless shape', `query=${'9.'.repeat(1000)}9*AAAA`],
  ])('of hostile make allocates nothing: %s', (_, text) => {
    expect(readPermalink(`headscope=1&${text}`)?.data).toEqual({});
  });

  it('never throws, whatever it is made of, and what it reads can be written and read again', () => {
    const next = random(7);
    const { text } = writePermalink({
      data: {
        query: [
          [1, 2],
          [3, 4],
        ],
        key: [
          [1, 2],
          [3, 4],
        ],
        tokens: ['a', 'b'],
        words: [0, 1],
      },
      settings: { head: 2, hide: [1], view: ['lines'], domain: [0, 1], mass: 0.5 },
      pin: { queries: [0], keys: [1] },
    });
    const alphabet = `${text}%&=*.+-_#\u0000\ud800é9`;
    for (let run = 0; run < 5000; ++run) {
      const letters = [...text];
      for (let edits = 1 + Math.floor(next() * 6); edits > 0; --edits) {
        const at = 12 + Math.floor(next() * (letters.length - 12));
        const letter = alphabet[Math.floor(next() * alphabet.length)] as string;
        letters.splice(at, Math.floor(next() * 3), ...(next() < 0.7 ? [letter] : []));
      }
      const read = readPermalink(letters.join(''));
      if (read === null) continue;
      expect(readPermalink(writePermalink(read).text)?.settings).toEqual(
        // What is as it always is is not written.
        Object.fromEntries(
          Object.entries(read.settings).filter(
            ([name, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULT_SETTINGS[name as 'head']),
          ),
        ),
      );
      for (const tensor of [read.data.query, read.data.key]) {
        const { data, shape } = (tensor ?? { data: [], shape: [0] }) as { data: ArrayLike<number>; shape: number[] };
        expect(shape.reduce((product, extent) => product * extent, 1)).toBe(data.length);
      }
    }
  });
});

describe('an object from outside', () => {
  it('gives data, settings within their bounds, and a pin', () => {
    const given = {
      ...{
        weights: [
          [1, 0],
          [0.5, 0.5],
        ],
        tokens: ['a', 'b'],
        'top-k': 2,
        colorScale: 'log',
        head: 1e9,
        causal: true,
      },
      ...{
        pin: { query: 1, key: 0 },
        type: 'headscope-set',
        onclick: 'alert(1)',
        innerHTML: '<b>',
        view: ['text', 'x'],
      },
    };
    expect(readState(given)).toEqual({
      data: {
        weights: [
          [1, 0],
          [0.5, 0.5],
        ],
        tokens: ['a', 'b'],
      },
      settings: { topK: 2, colorScale: 'log', head: 0, causal: true, view: ['text'] },
      pin: { queries: [1], keys: [0] },
    });
    expect(readState({ pin: null }).pin).toBeNull();
    expect(readState({ pin: { queries: [2, 0, 2, -1, 1.5, '3'], keys: 'x' } }).pin).toEqual({
      queries: [0, 2],
      keys: [],
    });
    expect(readState(JSON.parse('{"__proto__": {"head": 3}, "constructor": 1}'))).toEqual(nothing);
  });

  it('may pack its numbers', () => {
    // 1 and -2 as IEEE says: 3f800000, c0000000, little-endian.
    const { data } = readState({ query: { shape: [1, 2], float32: 'AACAPwAAAMA=' } });
    expect(data.query).toEqual({ data: Float32Array.of(1, -2), shape: [1, 2] });
  });

  it.each([
    ['no object', [1], 'data: expected an object'],
    ['packed what is no base64', { query: { shape: [1], float32: '\u{1f600}' } }, 'query: expected float32 numbers'],
    ['packed half a number', { query: { shape: [1], float32: 'AAA=' } }, 'query: expected float32 numbers'],
    [
      'too much packed',
      { query: { shape: [1], float32: 'A'.repeat(9e7) } },
      'query: expected at most 16777216 numbers',
    ],
    [
      'one long row and many short ones',
      { key: [Array(5000).fill(0), ...Array<number[]>(5000).fill([])] },
      'key: expected at most',
    ],
    [
      'too many numbers',
      { weights: { shape: [1], data: { length: 1e9 } } },
      'weights: expected at most 16777216 numbers',
    ],
  ])('is refused in words: %s', (_, given, said) => {
    expect(() => readState(given)).toThrow(said);
  });
});
