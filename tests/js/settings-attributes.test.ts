import { describe, expect, it } from 'vitest';
import { attributeOf, SETTING_CONVERTERS as converters, settingsOf } from '../../web/element/settings-attributes.js';
import { DEFAULT_SETTINGS, type Settings } from '../../web/element/settings.js';

const names = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];

/** What an attribute with this text means. */
function read<K extends keyof Settings>(name: K, text: string | null): Settings[K] {
  return converters[name].fromAttribute(text);
}

describe('a setting as an attribute', () => {
  it('is named in kebab-case', () => {
    expect(names.map(attributeOf)).toEqual([
      'temperature',
      'scale',
      'causal',
      'window',
      'softcap',
      'positions',
      'view',
      'head',
      'heads',
      'composite',
      'sort',
      'color-scale',
      'domain',
      'pooling',
      'top-k',
      'mass',
      'hide',
      'merge-words',
    ]);
  });

  it.each<[keyof Settings, string, unknown]>([
    ['temperature', '0.5', 0.5],
    ['scale', '0.125', 0.125],
    ['scale', '-1', -1],
    ['causal', '', true],
    ['window', '0', 0],
    ['softcap', '30', 30],
    ['positions', 'rotary', 'rotary'],
    ['view', 'text  matrix', ['matrix', 'text']],
    ['view', 'lines,lines', ['lines']],
    ['head', '11', 11],
    ['heads', '3 0 3', [0, 3]],
    ['composite', 'max', 'max'],
    ['sort', 'previous', 'previous'],
    ['colorScale', 'log', 'log'],
    ['domain', '-0.5 1e-3', [-0.5, 0.001]],
    ['domain', 'head', 'head'],
    ['domain', 'shared', 'shared'],
    ['pooling', ' mean ', 'mean'],
    ['topK', '5', 5],
    ['mass', '.9', 0.9],
    ['hide', '0', [0]],
    ['mergeWords', '', true],
  ])('%s="%s" is %j', (name, text, expected) => {
    expect(read(name, text)).toEqual(expected);
  });

  it.each<[keyof Settings, string[]]>([
    ['temperature', ['', 'hot', '0', '-1', '101', 'NaN', 'Infinity', '1 2']],
    ['scale', ['', 'x', 'Infinity', '1e7']],
    ['window', ['-1', '2.5', 'all', '1e9']],
    ['softcap', ['-1', '1e9', 'none']],
    ['positions', ['', 'learned', 'ROTARY', 'constructor']],
    ['view', ['', 'pie', '<img>']],
    ['head', ['-1', '1.5', 'first', '1e99']],
    ['heads', ['', 'a b', '-1 0.5 1e9']],
    ['composite', ['median', '__proto__']],
    ['sort', ['random']],
    ['colorScale', ['rainbow']],
    ['domain', ['', '1', '1 0', '1 1', '0 1 2', '0 Infinity', 'a b', 'head 1']],
    ['pooling', ['min']],
    ['topK', ['-5', '1.5']],
    ['mass', ['0', '-1', '1.01', '90 %']],
    ['hide', ['first']],
  ])('nonsense in %s is its default', (name, texts) => {
    for (const text of texts) expect(read(name, text), text).toEqual(DEFAULT_SETTINGS[name]);
  });

  it('without an attribute is its default', () => {
    for (const name of names) expect(read(name, null), name).toEqual(DEFAULT_SETTINGS[name]);
  });

  it('keeps the good items of a list', () => {
    expect(read('hide', '7, x 2 -1')).toEqual([2, 7]);
    expect(read('view', 'pie text')).toEqual(['text']);
  });

  it('is the same where a framework sets the property to its text', () => {
    const texts = { view: 'text', heads: '1 0', hide: '2', domain: '0 0.5', topK: '3', temperature: '2', sort: 'sink' };
    expect(settingsOf({ ...DEFAULT_SETTINGS, ...(texts as unknown as Settings) })).toEqual({
      ...DEFAULT_SETTINGS,
      ...{ view: ['text'], heads: [0, 1], hide: [2], domain: [0, 0.5], topK: 3, temperature: 2, sort: 'sink' },
    });
  });

  it('is its default where a script sets nonsense', () => {
    const hostile = {
      toString: () => {
        throw new Error('no text');
      },
    };
    for (const value of [hostile, {}, null, NaN, 1e99, Symbol('x'), [hostile]]) {
      const nonsense = Object.fromEntries(names.map((name) => [name, value]));
      // What is true enough is true.
      const flags = { causal: Boolean(value), mergeWords: Boolean(value) };
      expect(settingsOf(nonsense as unknown as Settings)).toEqual({ ...DEFAULT_SETTINGS, ...flags });
    }
  });

  it('comes back from its text', () => {
    const turned: Settings = {
      temperature: 0.3,
      scale: 0.125,
      causal: true,
      window: 4,
      softcap: 20.5,
      positions: 'alibi',
      view: ['matrix', 'image'],
      head: 3,
      heads: [0, 2],
      composite: 'mean',
      sort: 'sink',
      colorScale: 'sqrt',
      domain: [1e-9, 0.1 + 0.2],
      pooling: 'mean',
      topK: 7,
      mass: 0.7,
      hide: [0, 9],
      mergeWords: true,
    };
    for (const settings of [turned, DEFAULT_SETTINGS]) {
      const again = Object.fromEntries(
        names.map((name) => {
          const converter = converters[name] as { toAttribute(value: unknown): string | null };
          return [name, read(name, converter.toAttribute(settings[name]))];
        }),
      );
      expect(again).toEqual(settings);
    }
  });
});
