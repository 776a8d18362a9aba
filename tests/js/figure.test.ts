import { describe, expect, it } from 'vitest';
import { brokenLines, shortened, type Block, type Mark } from '../../web/views/figure/drawing.js';
import { layOutFigure, type Figure } from '../../web/views/figure/figure.js';
import type { MatrixView } from '../../web/views/figure/matrix-block.js';
import { palette } from '../../web/views/palette.js';
import { MASKED } from '../../web/views/pooling.js';
import { AxisLabels } from '../../web/views/token-labels.js';
import { makeScale } from '../../web/views/value-scale.js';

const light = palette('light');
const scale = makeScale({ kind: 'linear', domain: [0, 1], palette: light });

/** Every character is as wide as half of its height. */
const measure = (text: string, size: number): number => Array.from(text).length * size * 0.5;

function matrix(values: readonly number[], rows: number, tokens: readonly string[] | null = null): MatrixView {
  const columns = values.length / rows;
  return {
    title: null,
    grid: { values: Float32Array.from(values), rows, columns },
    rows,
    columns,
    scale,
    queries: new AxisLabels(rows, tokens),
    keys: new AxisLabels(columns, tokens),
    queryWord: 'query',
    keyWord: 'key',
  };
}

function figure(parts: Partial<Figure>): Figure {
  return {
    caption: 'Weights',
    matrices: [],
    lines: null,
    texts: [],
    image: null,
    bars: [{ scale, upper: null, words: 'weight' }],
    sentences: ['One sentence.'],
    palette: light,
    ...parts,
  };
}

/** All marks with their place on the page. */
function flat({ marks }: Pick<Block, 'marks'>, x = 0, y = 0): Exclude<Mark, { kind: 'group' }>[] {
  return marks.flatMap((mark) => {
    if (mark.kind === 'group') return flat(mark, x + mark.x, y + mark.y);
    return mark.kind === 'curve' ? [mark] : [{ ...mark, x: x + mark.x, y: y + mark.y }];
  });
}

const cellsOf = (block: Block): (Mark & { kind: 'rect' })[] =>
  // The first one is the ground of everything.
  flat(block)
    .filter((mark) => mark.kind === 'rect')
    .slice(1);

describe('a figure', () => {
  it('draws small matrices as shapes, each in the colour of its weight', () => {
    const block = layOutFigure(figure({ matrices: [matrix([1, 0, MASKED, NaN], 2)] }), measure);
    const cells = cellsOf(block);
    // A plate under the word NaN is the fifth.
    expect(cells.map(({ fill }) => fill)).toEqual([light.ramp[255], light.ramp[0], 'masked', 'invalid', light.ground]);
    const [first, second, third] = cells;
    expect(second?.y).toBe(first?.y);
    expect(third?.x).toBe(first?.x);
    expect(flat(block).filter((mark) => mark.kind === 'raster')).toHaveLength(1);
  });

  it('draws more than 5,000 cells as pixels', () => {
    const block = layOutFigure(
      figure({
        matrices: [
          matrix(
            Array.from({ length: 71 * 71 }, () => 0.5),
            71,
          ),
        ],
      }),
      measure,
    );
    expect(cellsOf(block)).toEqual([]);
    // The colour bar is the other one.
    expect(flat(block).filter((mark) => mark.kind === 'raster')).toHaveLength(2);
  });

  it('keeps everything within its borders, however long the words are', () => {
    const tokens = ['a', 'an extraordinarily long token that nobody would want to read', '漢字', ''];
    const block = layOutFigure(
      figure({
        caption: 'A caption of very many words '.repeat(9),
        matrices: [
          matrix(
            Array.from({ length: 16 }, (_, i) => i / 15),
            4,
            tokens,
          ),
        ],
        texts: [
          {
            title: 'Where it looks',
            pieces: Array.from({ length: 40 }, (_, i) => ({
              text: tokens[i % 4] ?? '',
              gap: i % 3 > 0,
              breaks: i === 20,
            })),
            fills: [],
            direction: 'rtl',
          },
        ],
        sentences: ['One sentence of some words.', '一句没有空格的很长的话，'.repeat(12)],
      }),
      measure,
    );
    for (const mark of flat(block)) {
      if (mark.kind !== 'text' || (mark.turn ?? 0) !== 0) continue;
      const width = measure(mark.text, mark.size);
      const left = mark.x - (mark.anchor === 'end' ? width : mark.anchor === 'middle' ? width / 2 : 0);
      expect(left, mark.text).toBeGreaterThanOrEqual(0);
      expect(left + width, mark.text).toBeLessThanOrEqual(block.width);
      expect(mark.y, mark.text).toBeLessThanOrEqual(block.height);
    }
  });

  it('puts running text that is written from the right at the right', () => {
    const pieces = ['one', 'two'].map((text) => ({ text, gap: true, breaks: false }));
    const lefts = (direction: 'ltr' | 'rtl'): number[] =>
      flat(layOutFigure(figure({ texts: [{ title: '', pieces, fills: [], direction }] }), measure)).flatMap((mark) =>
        mark.kind === 'text' && ['one', 'two'].includes(mark.text) ? [mark.x] : [],
      );
    const [first = 0, second = 0] = lefts('ltr');
    expect(first).toBeLessThan(second);
    const [right = 0, left = 0] = lefts('rtl');
    expect(left).toBeLessThan(right);
  });

  it('joins lines with the middles of their tokens, the strongest last', () => {
    const link = (query: number, key: number, weight: number) => ({ query, key, weight, group: 0, most: 1 });
    const block = layOutFigure(
      figure({
        lines: {
          title: 'Lines',
          queries: new AxisLabels(3, ['a', 'b', 'c']),
          keys: new AxisLabels(3, ['a', 'b', 'c']),
          first: 0,
          end: 3,
          links: [link(0, 2, 0.2), link(1, 0, 0.9)],
          look: ({ weight }) => ({ colour: [1, 2, 3], share: weight }),
          groups: [],
        },
      }),
      measure,
    );
    const curves = flat(block).filter((mark) => mark.kind === 'curve');
    expect(curves.map(({ from, to }) => to[1] - from[1])).toEqual([2 * 24, -24]);
    expect(curves[0]?.thickness).toBeLessThan(curves[1]?.thickness ?? 0);
  });
});

describe('text that has to fit', () => {
  it('breaks between words, and between Chinese characters but not before their punctuation', () => {
    expect(brokenLines('one two three', 10, 40, measure)).toEqual(['one two', 'three']);
    expect(brokenLines('一二三四，五', 10, 20, measure)).toEqual(['一二三', '四，五']);
    expect(brokenLines('', 10, 40, measure)).toEqual(['']);
  });

  it('is cut by characters, not by halves of them', () => {
    expect(shortened('short', 10, 25, measure)).toBe('short');
    expect(shortened('🙂🙂🙂🙂', 10, 15, measure)).toBe('🙂🙂…');
  });
});
