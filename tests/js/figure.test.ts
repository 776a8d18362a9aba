import { describe, expect, it } from 'vitest';
import { brokenLines, shortened, type Block, type Mark } from '../../web/views/figure/drawing.js';
import { layOutFigure, type Figure, type Sides } from '../../web/views/figure/figure.js';
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
    missing: () => 'masked',
    rows,
    columns,
    scale,
    queries: new AxisLabels(rows, tokens),
    keys: new AxisLabels(columns, tokens),
    queryWord: 'query',
    keyWord: 'key',
  };
}

const none = { heading: '', views: [] };
const sides = <View>(...views: View[]): Sides<View> => ({ heading: '', views });

function figure(parts: Partial<Figure>): Figure {
  return {
    caption: 'Weights',
    matrices: none,
    lines: none,
    texts: [],
    images: none,
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
    const block = layOutFigure(figure({ matrices: sides(matrix([1, 0, MASKED, NaN], 2)) }), measure);
    const cells = cellsOf(block);
    // A plate under the word NaN is the fifth.
    expect(cells.map(({ fill }) => fill)).toEqual([light.ramp[255], light.ramp[0], 'masked', 'invalid', light.ground]);
    const [first, second, third] = cells;
    expect(second?.y).toBe(first?.y);
    expect(third?.x).toBe(first?.x);
    expect(flat(block).filter((mark) => mark.kind === 'raster')).toHaveLength(1);
  });

  it('tells what is hidden and what is left out from what is masked', () => {
    const missing: MatrixView['missing'] = (row, column) =>
      column === 0 ? 'hidden' : row === 0 ? 'masked' : 'leftOut';
    const view = { ...matrix([MASKED, MASKED, MASKED, MASKED], 2), missing };
    const cells = cellsOf(layOutFigure(figure({ matrices: sides(view) }), measure));
    expect(cells.map(({ fill }) => fill)).toEqual(['hidden', 'masked', 'hidden', light.muted]);
    // Of what is left out there is no more than a dot.
    expect(cells[3]).toMatchObject({ width: 2, height: 2 });
  });

  it('draws more than 5,000 cells as pixels', () => {
    const block = layOutFigure(
      figure({
        matrices: sides(
          matrix(
            Array.from({ length: 71 * 71 }, () => 0.5),
            71,
          ),
        ),
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
        matrices: sides(
          matrix(
            Array.from({ length: 16 }, (_, i) => i / 15),
            4,
            tokens,
          ),
        ),
        texts: [
          sides({
            title: 'Where it looks',
            pieces: Array.from({ length: 40 }, (_, i) => ({
              text: tokens[i % 4] ?? '',
              gap: i % 3 > 0,
              breaks: i === 20,
            })),
            fills: [],
            direction: 'rtl',
          }),
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
      flat(layOutFigure(figure({ texts: [sides({ title: '', pieces, fills: [], direction })] }), measure)).flatMap(
        (mark) => (mark.kind === 'text' && ['one', 'two'].includes(mark.text) ? [mark.x] : []),
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
        lines: sides({
          title: 'Lines',
          queries: new AxisLabels(3, ['a', 'b', 'c']),
          keys: new AxisLabels(3, ['a', 'b', 'c']),
          first: 0,
          end: 3,
          links: [link(0, 2, 0.2), link(1, 0, 0.9)],
          look: ({ weight }) => ({ colour: [1, 2, 3], share: weight }),
          groups: [],
        }),
      }),
      measure,
    );
    const curves = flat(block).filter((mark) => mark.kind === 'curve');
    expect(curves.map(({ from, to }) => to[1] - from[1])).toEqual([2 * 24, -24]);
    expect(curves[0]?.thickness).toBeLessThan(curves[1]?.thickness ?? 0);
  });
});

describe('a figure of a comparison', () => {
  it('has each picture in a column of its own, below what they have in common', () => {
    const text = (title: string) => ({
      title,
      pieces: [{ text: title.toLowerCase(), gap: false, breaks: false }],
      fills: [],
      direction: 'ltr' as const,
    });
    const wide = 'A title that is much wider than what it stands above, and would run into the next one';
    const titled = (title: string): MatrixView => ({ ...matrix([1, 0, 0, 1], 2), title });
    const block = layOutFigure(
      figure({
        matrices: sides(titled('A'), titled(wide), titled('C')),
        texts: [{ heading: 'Common', views: ['A', 'B', 'C'].map(text) }],
      }),
      measure,
    );
    const texts = flat(block).filter((mark) => mark.kind === 'text');
    const lefts = (words: string): number[] => texts.filter((mark) => mark.text === words).map(({ x }) => x);
    expect(new Set(lefts('A')).size).toBe(1);
    expect(new Set(lefts('C')).size).toBe(1);
    expect(lefts('B')).toEqual(lefts(wide));
    const [a = 0, b = 0, c = 0] = ['A', 'B', 'C'].map((words) => lefts(words)[0]);
    // Letters as wide as half of their height of 13.
    expect(c - b).toBeGreaterThan(wide.length * 6.5);
    expect(b - a).toBeGreaterThan(360);
    const heading = texts.find((mark) => mark.text === 'Common');
    const below = texts.filter((mark) => mark.text === 'B').at(-1);
    expect(heading?.x).toBe(a);
    expect(heading?.y).toBeLessThan(below?.y ?? 0);
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
