import { describe, expect, it } from 'vitest';
import { readCompared } from '../../web/demo/compared.js';
import { meansTheSame } from '../../web/demo/display.js';
import { readLink, writeLink } from '../../web/demo/link.js';
import { DEFAULT_STATE, type PageState } from '../../web/demo/store.js';

// Attributes are asked of an element; here none is needed.
const DISPLAY = { softcap: '1', window: '2', positions: 'alibi', hide: '0 2', heads: '1', 'color-scale': 'sqrt' };
const EDITS = [{ tensor: 'query', head: 1, index: 2, component: 0, value: -0.5 }] as const;
const KNOBS = { temperature: 2, scale: undefined, causal: true, window: undefined, softcap: 3, positions: 'rotary' };

const STATE: PageState = {
  ...DEFAULT_STATE,
  tab: 'text',
  head: 1,
  compare: KNOBS as PageState['compare'],
  pins: { ...DEFAULT_STATE.pins, text: { queries: [1, 2, 5], keys: [] }, vectors: { queries: [0], keys: [0] } },
  displays: { ...DEFAULT_STATE.displays, text: DISPLAY, vectors: { softcap: '9' } },
};

const encode = (value: unknown): string => `#v1.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;

describe('a link', () => {
  it('brings back all of the open tab, and nothing of the others', () => {
    const { hash, whole } = writeLink(STATE, EDITS, { text: 'a b' });
    expect(whole).toBe(true);
    expect(readLink(hash)).toEqual({
      state: {
        ...STATE,
        pins: { ...DEFAULT_STATE.pins, text: { queries: [1, 2, 5], keys: [] } },
        displays: { ...DEFAULT_STATE.displays, text: DISPLAY },
      },
      edits: EDITS,
      input: { text: 'a b' },
    });
  });

  it('of former times has one cell pinned', () => {
    const link = readLink(encode({ tab: 'vectors', head: 0, pin: [2, 0], controls: {}, input: null }));
    expect(link?.state.pins.vectors).toEqual({ queries: [2], keys: [0] });
    expect(link?.edits).toEqual([]);
  });

  it('that would be too long leaves out what belongs to the input', () => {
    const { hash, whole } = writeLink(STATE, EDITS, 'x'.repeat(20_000));
    expect(whole).toBe(false);
    const link = readLink(hash);
    expect(link?.state.displays.text).toEqual(DISPLAY);
    expect([link?.state.pins.text, link?.edits, link?.input]).toEqual([null, [], null]);
  });

  it.each([
    ['no indices', { pin: ['a', -1] }],
    ['markup', { pin: '<b>', compare: '<b>', edits: '<b>', display: '<b>' }],
    ['things of other kinds', { pin: [{}, null], compare: { head: 'x' }, edits: [null, 7, {}], display: { hide: 7 } }],
    ['edits of nothing', { edits: [{ tensor: 'value', head: 0, index: 0, component: 0, value: 1 }] }],
    ['a comparison out of bounds', { compare: { ...KNOBS, temperature: 1e9 } }],
    ['settings that the page has itself', { display: { temperature: '5', onclick: 'x', style: 'y' } }],
  ])('with %s shows what it can', (_, content) => {
    const link = readLink(encode({ tab: 'vectors', head: 0, controls: {}, input: null, ...content }));
    expect(link).toEqual({ state: DEFAULT_STATE, edits: [], input: null });
  });
});

describe('what a picture is compared with', () => {
  it('is another head, or all knobs as they were', () => {
    expect(readCompared({ head: 3, temperature: 2 })).toEqual({ head: 3 });
    const read = readCompared(JSON.parse(JSON.stringify(KNOBS)));
    expect(read).toEqual(KNOBS);
    // Named, so that the picture's own do not take their place.
    expect(Object.keys(read ?? {})).toEqual(expect.arrayContaining(['scale', 'window']));
  });
});

describe('indices of tokens', () => {
  it.each([
    ['none', [], ['a'], ['x', 'y'], true],
    ['the same names', [1], ['a', 'b'], ['a', 'b', 'c'], true],
    ['one name being typed', [0], ['cats', 'b'], ['cat', 'b'], true],
    ['another text', [0], ['the', 'cat', 'sat'], ['to', 'be', 'or'], false],
    ['one that is gone', [2], ['a', 'b', 'c'], ['a', 'b'], false],
  ])('mean the same: %s', (_, indices, before, now, same) => {
    expect(meansTheSame(indices, before, now)).toBe(same);
  });
});
