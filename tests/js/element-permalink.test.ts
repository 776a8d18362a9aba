import { describe, expect, it } from 'vitest';
import { readPermalink, writePermalink } from '../../web/element/embedding/permalink.js';
import { readState, type ScopeState } from '../../web/element/embedding/state.js';
import type { Comparison } from '../../web/element/panels/panel.js';
import { DEFAULT_SETTINGS } from '../../web/element/settings.js';

const nothing: ScopeState = { data: {}, settings: {}, pin: undefined };
/** What a link says that says nothing. */
const unsaid: ScopeState = { data: {}, settings: DEFAULT_SETTINGS, pin: null, compare: null, edits: [] };

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
      data: {
        query,
        key: query,
        tokens: ['a&b=c #?', '<b>猫😀</b>'],
        keyTokens: ['', '%41'],
        words: [0, 1],
        layers: true,
      },
      settings: { scale: 0.1 + 0.2, domain: [0.25, 0.5], hide: [0, 4], topK: 5, mergeWords: true, positions: 'rotary' },
      pin: { queries: [1], keys: [] },
    };
    const { text, whole } = writePermalink(state);
    expect(whole).toBe(true);
    const read = readPermalink(`#${text}`);
    expect(read).toEqual({ ...unsaid, ...state, settings: { ...DEFAULT_SETTINGS, ...state.settings } });
    const bits = ({ data }: { data: Float32Array }): Uint32Array => new Uint32Array(data.buffer);
    expect(bits(read?.data.query as typeof query)).toEqual(bits(query));
  });

  it('brings back what it is compared with, and what the reader changed', () => {
    const query = { data: Float32Array.of(0.1, -0), shape: [1, 2] };
    const compare = { head: 2, temperature: 1, scale: undefined, causal: false, positions: 'none', query } as const;
    const edits = [
      { tensor: 'query', head: 1, index: 20, component: 3, value: 0.1 + 0.2 },
      { tensor: 'key', head: 0, index: 0, component: 0, value: -1e-7 },
    ] as const;
    const state = { ...unsaid, settings: { ...DEFAULT_SETTINGS, temperature: 3, causal: true }, compare, edits };
    const { text } = writePermalink(state);
    expect(text).toMatch(
      /^headscope=1&temperature=3&causal=&compare=&compare-head=2&compare-temperature=1&compare-scale=none&compare-causal=none&compare-positions=none&edit=q1\.20\.3\*0\.30000000000000004&edit=k0\.0\.0\*-1e-7&compare-query=1\.2\*/,
    );
    const read = readPermalink(text);
    expect(read).toEqual(state);
    // What is said to be undefined is another thing than what is not said.
    expect(Object.keys(read?.compare ?? {}).sort()).toEqual(Object.keys(compare).sort());
    expect(readPermalink(writePermalink({ ...unsaid, compare: {} }).text)?.compare).toEqual({});
  });

  it('leaves out data that would make it long, and a comparison with such, but not what stands without', () => {
    const large = { data: new Float32Array(2000), shape: [20, 100] };
    const edits = [{ tensor: 'key', head: 0, index: 0, component: 0, value: 2 }] as const;
    const write = (compare: Comparison): unknown =>
      writePermalink({ ...unsaid, data: { query: large }, compare, edits });
    expect(write({ head: 1 })).toEqual({
      text: 'headscope=1&compare=&compare-head=1&edit=k0.0.0*2',
      whole: false,
    });
    expect(write({ head: 1, key: large })).toEqual({ text: 'headscope=1&edit=k0.0.0*2', whole: false });
    const many = Array.from({ length: 2000 }, (_, index) => ({ ...edits[0], index }));
    expect(writePermalink({ ...unsaid, edits: many })).toEqual({ text: 'headscope=1', whole: false });
  });

  it.each([
    ['a head out of bounds', 'compare=&compare-head=-1', { head: 0 }],
    [
      'knobs out of bounds',
      'compare=&compare-temperature=1e9&compare-window=-3',
      { temperature: 1, window: undefined },
    ],
    ['what is no knob', 'compare=&compare-view=lines&compare-src=x&compare-__proto__=1&compare-tokens=x', {}],
    ['a shape without its numbers', 'compare=&compare-query=65536.65536*AAAA&compare-weights=x', {}],
    ['no comparison', 'compare-head=1', null],
  ])('of hostile make compares with nothing that could not be: %s', (_, text, compare) => {
    expect(readPermalink(`headscope=1&${text}`)?.compare).toEqual(compare);
  });

  it.each([
    'q0.0*1',
    'v0.0.0*1',
    'q0.0.0*NaN',
    'q0.0.0*1e999',
    'q-1.0.0*1',
    'q9007199254740993.0.0*1',
    'q0.0.0*',
    '',
    'q0.0.0.0*1',
  ])('changes nothing where it says nonsense: %s', (edit) => {
    expect(readPermalink(`headscope=1&edit=${encodeURIComponent(edit)}`)?.edits).toEqual([]);
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
    expect(readPermalink(`headscope=1&${text}`)).toEqual({ ...unsaid, settings: { ...DEFAULT_SETTINGS, ...settings } });
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
      compare: { head: 1, temperature: 2, causal: false, query: [[1, 2]] },
      edits: [{ tensor: 'query', head: 0, index: 1, component: 0, value: -0.5 }],
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
      const again = readPermalink(writePermalink(read).text);
      expect(again?.settings).toEqual(read.settings);
      const comparable = (compare: Comparison): Comparison => ({ ...compare, query: [], key: [], weights: [] });
      expect(again?.compare && comparable(again.compare)).toEqual(read.compare && comparable(read.compare));
      expect(again?.edits).toEqual(read.edits);
      for (const tensor of [read.data.query, read.data.key, read.compare?.query]) {
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

  it('may compare, and change queries and keys', () => {
    const edit = { tensor: 'query', head: 0, index: 2, component: 1, value: 0.5 };
    const given = {
      compare: {
        head: 3,
        scale: null,
        window: 1e99,
        view: 'text',
        onclick: 'x',
        key: { shape: [1], float32: 'AACAPw==' },
      },
      edits: [{ ...edit, more: 1 }],
    };
    const { compare, edits } = readState(given);
    expect(compare).toEqual({
      head: 3,
      scale: undefined,
      window: undefined,
      key: { shape: [1], data: Float32Array.of(1) },
    });
    expect(Object.keys(compare ?? {})).toContain('scale');
    expect(edits).toEqual([edit]);
    expect(readState({ compare: null }).compare).toBeNull();
    expect(readState({}).compare).toBeUndefined();
  });

  it('may pack its numbers', () => {
    // 1 and -2 as IEEE says: 3f800000, c0000000, little-endian.
    const { data } = readState({ query: { shape: [1, 2], float32: 'AACAPwAAAMA=' } });
    expect(data.query).toEqual({ data: Float32Array.of(1, -2), shape: [1, 2] });
  });

  it.each([
    ['no object', [1], 'data: expected an object'],
    ['a comparison with no object', { compare: 'head' }, 'compare: expected an object, got string'],
    [
      'a comparison with too much',
      { compare: { query: { shape: [1], data: { length: 1e9 } } } },
      'compare.query: expected at most 16777216 numbers',
    ],
    ['no list of changes', { edits: { length: 1 } }, 'edits: expected a list of'],
    ['too many changes', { edits: new Array(1e6) }, 'edits: expected at most 4096 changes, got 1000000'],
    ['a change of nothing', { edits: [{ tensor: 'value', head: 0, index: 0, component: 0, value: 1 }] }, 'else at [0]'],
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
