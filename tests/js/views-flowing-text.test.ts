import { describe, expect, it } from 'vitest';
import { directionOf, flowingText } from '../../web/views/flowing-text.js';

/** The text as it stands on the page: gaps as blanks, breaks as line ends. */
const read = (tokens: string[]): string =>
  flowingText(tokens)
    .map(({ text, gap, breaks }) => (gap ? ' ' : '') + text + (breaks ? '\n' : ''))
    .join('');

describe('tokens as running text', () => {
  it.each([
    ['words', ['The', 'cat', 'sat', '.'], 'The cat sat.'],
    ['blanks of their own', ['The', ' cat', ' sat', '.'], 'The cat sat.'],
    ['byte-level BPE', ['The', 'Ġcat', 's', 'Ċ', 'Then'], 'The cats⏎\nThen'],
    ['SentencePiece', ['▁The', '▁cat', 's'], ' The cats'],
    ['WordPiece', ['[CLS]', 'un', '##believ', '##able', '!', '[SEP]'], '[CLS] unbelievable! [SEP]'],
    ['Chinese', ['注意', '力', '看', '向', '哪里', '？'], '注意力看向哪里？'],
    ['Japanese and Latin', ['日本', 'の', 'GPU', 'です'], '日本の GPU です'],
    ['line breaks', ['one', '\n', 'two\n', 'three'], 'one ⏎\ntwo⏎\nthree'],
    ['an empty token', ['a', '', 'b'], 'a ∅ b'],
    ['a lone ##', ['##', 'x'], '## x'],
    ['markup', ['<b>', '&amp;'], '<b> &amp;'],
    ['nothing', [], ''],
  ])('%s', (_name, tokens, expected) => {
    expect(read(tokens)).toBe(expected);
  });

  it('has one piece for each token', () => {
    expect(flowingText(['a', '', ' ', '\n', '##b'])).toHaveLength(5);
  });
});

it('tells the direction of writing by the first letter', () => {
  expect(directionOf(['42', '«', 'שלום', 'hello'])).toBe('rtl');
  expect(directionOf(['ذهب', 'الولد'])).toBe('rtl');
  expect(directionOf(['[CLS]', 'ذهب'])).toBe('ltr');
  expect(directionOf(['𞤀𞤣'])).toBe('rtl');
  expect(directionOf(['注意'])).toBe('ltr');
  expect(directionOf(['1', '2'])).toBe('ltr');
  expect(directionOf([])).toBe('ltr');
});
