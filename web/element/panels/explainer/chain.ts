import type { Frame } from '../panel.js';
import type { CellExplanation } from '../../source/explain-cell.js';
import { filled } from '../../../views/words.js';
import type { ExplainerWords } from './explainer-words.js';

/** One line of the way from q·k to the weight: what is done, with what, and what comes out. */
export type Step = readonly [name: string, operand: string, result: number, kind?: 'score'];

/** What is explained, and where. */
export interface Explained {
  readonly head: number;
  readonly query: number;
  readonly key: number;
  readonly cell: CellExplanation;
}

/**
 * The steps from q·k to the weight.
 * @param digits how numbers are written
 */
export function chain(
  { scene, words: general }: Pick<Frame, 'scene' | 'words'>,
  words: ExplainerWords,
  { query, key, cell }: Explained,
  digits: (value: number) => string,
): Step[] {
  const { softcap, positions, temperature } = scene.knobs;
  const { scale, scaled, capped, added, score, masked, rowMax, exponential, rowSum, weight } = cell;
  const depth = cell.terms.length;
  const usual = Math.abs(scale * Math.sqrt(depth) - 1) < 1e-6;
  const steps: Step[] = [];
  if (cell.rotated !== null) {
    const before = cell.query.reduce((sum, component, i) => sum + component * (cell.key[i] as number), 0);
    steps.push([words.unrotated, '', before]);
  }
  steps.push(
    [words.dot, cell.rotated === null ? '' : filled(words.turnedTo, query, key), cell.dot],
    [words.scale, usual ? `1/√${depth} = ${digits(scale)}` : digits(scale), scaled],
  );
  if (softcap > 0) steps.push([words.softcap, `${digits(softcap)}·tanh(s/${digits(softcap)})`, capped]);
  if (positions === 'alibi') steps.push([words.bias, digits(added), capped + added]);
  if (temperature !== 1) steps.push([words.temperature, digits(temperature), score]);
  steps.push([general.score, '', score, 'score']);
  const shifted = masked ? -Infinity : score - rowMax;
  if (masked) steps.push([words.mask, '−∞', -Infinity]);
  if (rowMax !== -Infinity) {
    steps.push([words.most, digits(rowMax), shifted], [words.exp, `exp(${digits(shifted)})`, exponential]);
    steps.push([words.rowSum, digits(rowSum), weight]);
  }
  steps.push([words.weight, '', weight, 'score']);
  return steps;
}
