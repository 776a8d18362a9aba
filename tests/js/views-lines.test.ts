import { describe, expect, it } from 'vitest';
import { contrast, type Rgb } from '../../web/views/colour-ramp.js';
import {
  drawLinks,
  groupColour,
  linkLook,
  MOST_GROUPS,
  strongestLinks,
  type LinkSource,
} from '../../web/views/lines.js';
import { palette } from '../../web/views/palette.js';
import { MASKED } from '../../web/views/pooling.js';
import { makeScale } from '../../web/views/value-scale.js';

const row = (query: number, weights: number[], group = 0): LinkSource => ({ query, key: null, group, weights });
const cells = (sources: LinkSource[], count: number): string[] =>
  strongestLinks(sources, count).map(({ query, key, weight }) => `${query}→${key} ${weight}`);

describe('the strongest links', () => {
  it('come weakest first, and no more of them than asked for', () => {
    expect(cells([row(0, [0.1, 0.6, 0.3]), row(1, [0.5, 0.2, 0.3])], 3)).toEqual(['0→2 0.3', '1→0 0.5', '0→1 0.6']);
    expect(cells([row(4, [0.25, 0.75])], 10)).toEqual(['4→0 0.25', '4→1 0.75']);
  });

  it('leave out what is masked, 0 or not a finite number', () => {
    expect(cells([row(0, [MASKED, NaN, 0, Infinity, 0.5])], 10)).toEqual(['0→4 0.5']);
    expect(cells([row(0, [MASKED, MASKED])], 10)).toEqual([]);
    expect(cells([row(0, [])], 10)).toEqual([]);
  });

  it('run over the queries for a key', () => {
    expect(cells([{ query: null, key: 7, group: 0, weights: [0.5, 0, 0.25] }], 9)).toEqual(['2→7 0.25', '0→7 0.5']);
  });

  it('of differences are those farthest from 0', () => {
    expect(cells([row(0, [-0.5, 0.1, 0.4])], 2)).toEqual(['0→2 0.4', '0→0 -0.5']);
  });

  it('of many, and many alike, are the ones that a sort of all finds', () => {
    const sources = Array.from({ length: 40 }, (_, q) =>
      row(
        q,
        Array.from({ length: 50 }, (_, k) => (q * 7 + k * 13) % 17),
      ),
    );
    const all = sources.flatMap(({ query, weights }) => Array.from(weights, (weight, key) => ({ query, key, weight })));
    const sorted = all.sort((a, b) => b.weight - a.weight).slice(0, 130);
    const found = strongestLinks(sources, 130).reverse();
    expect(found.map(({ query, key }) => [query, key])).toEqual(sorted.map(({ query, key }) => [query, key]));
  });

  it('may be those of some keys alone, but know the largest weight of all', () => {
    const links = strongestLinks([{ ...row(0, [0.9, 0.2, 0.3, 0.4]), first: 1, end: 3 }], 9);
    expect(links.map(({ key, most }) => [key, most])).toEqual([
      [1, 0.9],
      [2, 0.9],
    ]);
  });
});

describe('drawing links', () => {
  interface Curve {
    from: [number, number];
    to: [number, number];
    width: number;
    alpha: number;
    style: string;
  }
  function drawn(links: Parameters<typeof drawLinks>[1], scrolled = 0, groups = 1): Curve[] {
    const curves: Curve[] = [];
    let from: [number, number] = [0, 0];
    const context = {
      globalAlpha: 1,
      lineWidth: 0,
      strokeStyle: '',
      beginPath: () => undefined,
      moveTo: (x: number, y: number) => (from = [x, y]),
      bezierCurveTo: (...at: number[]) =>
        curves.push({
          from,
          to: [at[4] ?? 0, at[5] ?? 0],
          width: context.lineWidth,
          alpha: context.globalAlpha,
          style: context.strokeStyle,
        }),
      stroke: () => undefined,
    };
    const field = { width: 200, height: 100, step: 20, scrolled, groups };
    drawLinks(context as unknown as CanvasRenderingContext2D, links, field, ({ weight }) => ({
      colour: [1, 2, 3],
      share: weight,
    }));
    expect(context.globalAlpha).toBe(1);
    return curves;
  }
  const link = (query: number, key: number, weight: number, group = 0) => ({ query, key, weight, group, most: 1 });

  it('goes from the middle of a row on the left to the middle of one on the right', () => {
    const [curve] = drawn([link(1, 3, 1)]);
    expect(curve).toMatchObject({ from: [0, 30], to: [200, 70], style: 'rgb(1, 2, 3)' });
    expect(drawn([link(1, 3, 1)], 15)[0]).toMatchObject({ from: [0, 15], to: [200, 55] });
  });

  it('is thicker and denser for more', () => {
    const [weak, strong] = drawn([link(0, 0, 0.1), link(0, 1, 0.9)]) as [Curve, Curve];
    expect(strong.width).toBeGreaterThan(2 * weak.width);
    expect(strong.alpha).toBeGreaterThan(2 * weak.alpha);
  });

  it.each(['light', 'dark'] as const)(
    'has colours that stand out from a %s ground, pale ones only by opacity',
    (theme) => {
      const colours = palette(theme);
      for (const diverging of [false, true]) {
        const scale = makeScale({ kind: 'linear', domain: [0, 1], diverging, palette: colours });
        for (const weight of diverging ? [-1, -0.5, -0.01, 0.01, 0.5, 1] : [0.01, 0.5, 1]) {
          const { share, colour } = linkLook(scale, link(0, 0, weight));
          expect(share).toBeCloseTo(Math.abs(weight), 1);
          expect(contrast(colour, colours.ground)).toBeGreaterThan(2);
        }
      }
      const scale = makeScale({ kind: 'linear', domain: [0, 1], palette: colours });
      expect(linkLook(scale, link(0, 0, 1)).colour).toEqual(colours.ramp[255]);
    },
  );

  it('leaves out what runs wholly above or below', () => {
    expect(drawn([link(0, 1, 1), link(0, 9, 1), link(30, 40, 1), link(3, 3, 1)], 60)).toHaveLength(2);
  });

  it('lays the lines of several heads side by side within a row', () => {
    const ends = drawn(
      [0, 1, 2].map((group) => link(2, 2, 1, group)),
      0,
      3,
    ).map(({ to: [, y] }) => y);
    expect(ends[1]).toBe(50);
    expect((ends[0] as number) + 3).toBeLessThan(ends[1] as number);
    expect((ends[1] as number) + 3).toBeLessThan(ends[2] as number);
    expect(Math.min(...ends)).toBeGreaterThan(40);
  });
});

/** Severe colour-vision deficiencies, linear RGB to linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.0. */
const VISIONS = {
  'ordinary vision': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/** CIE 1976 L*a*b* (D65) of a colour as somebody sees it. */
function lab(colour: Rgb, vision: readonly number[]): [number, number, number] {
  const rgb = colour.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const dot = (m: readonly number[], at: number, v: readonly number[]): number =>
    [0, 1, 2].reduce((sum, i) => sum + (m[at + i] ?? 0) * (v[i] ?? 0), 0);
  const seen = [0, 3, 6].map((at) => Math.max(0, dot(vision, at, rgb)));
  const toXyz = [0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505];
  const [x = 0, y = 0, z = 0] = [0, 3, 6].map((at, i) => {
    const t = dot(toXyz, at, seen) / ([0.9505, 1, 1.089][i] ?? 1);
    return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe.each([
  ['light', false],
  ['dark', true],
] as const)('colours of heads on a %s ground', (theme, dark) => {
  const colours = Array.from({ length: MOST_GROUPS }, (_, group) => groupColour(group, dark));

  it('stand out from it', () => {
    for (const colour of colours) expect(contrast(colour, palette(theme).ground)).toBeGreaterThanOrEqual(3);
  });

  it.each(Object.entries(VISIONS))('are told apart with %s', (_name, vision) => {
    const seen = colours.map((colour) => lab(colour, vision));
    const distances = seen.flatMap((a, i) =>
      seen.slice(i + 1).map((b) => Math.hypot(...a.map((v, j) => v - (b[j] ?? 0)))),
    );
    // Several times 2.3, the difference that is just noticed.
    expect(Math.min(...distances)).toBeGreaterThan(15);
  });
});
