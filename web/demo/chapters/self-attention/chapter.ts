import { msg, str } from '@lit/localize';
import { css, html, mathml, nothing, type TemplateResult } from 'lit';
import type { Headscope, SelfAttentionSteps, Tensor } from 'headscope';
import 'headscope/element';
import '../../hs-steps.js';
import type { ProjectionEdit } from '../../hs-steps.js';
import { grouped, threeDigits } from '../../three-digits.js';
import type { Trace } from '../../trace.js';
import { chapterTitle } from '../chapters.js';
import { ChapterElement } from '../kit/chapter-element.js';
import '../kit/controls.js';
import { checkbox, type Choice } from '../kit/controls.js';
import { engine } from '../kit/engine.js';
import '../kit/equation-code.js';
import type { MatrixEdit } from '../kit/matrix.js';
import { rowsOf, withNumber } from '../kit/tensors.js';
import '../kit/try-this.js';
import type { Experiment, HsTryThis } from '../kit/try-this.js';
import { drawnNumbers, smallNumbers, workedExample, type Numbers } from './numbers.js';
import { cpp, javaScript } from './program.js';
import { drawn, LENGTH, sharpness, WIDTHS } from './scaling.js';

const FIRST_SEED = 7;
/** Changes below this are not there: nothing of it is rounding. */
const SAME = 1e-9;

const EXAMPLES: readonly Choice[] = [
  { value: 'small', name: msg('small whole numbers') },
  { value: 'worked', name: msg('Karim’s worked example') },
  { value: 'drawn', name: msg('random') },
];

/** Which rows of two matrices differ. */
function changedRows(before: Tensor, after: Tensor): number[] {
  const old = rowsOf(before);
  return rowsOf(after).flatMap((row, index) =>
    row.some((value, column) => Math.abs(value - (old[index]?.[column] ?? NaN)) > SAME) ? [index + 1] : [],
  );
}

function listed(rows: readonly number[], of: number): string {
  if (rows.length === 0) return msg('no row');
  if (rows.length === of) return msg('every row');
  return rows.length === 1 ? msg(str`row ${rows[0]}`) : msg(str`rows ${rows.join(', ')}`);
}

/** Chapter 1: one head, from X to the output, every number to be read, changed and explained. */
class SelfAttentionChapter extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    numbers: { state: true },
    example: { state: true },
    scaled: { state: true },
    causal: { state: true },
    steps: { state: true },
    width: { state: true },
    widthScaled: { state: true },
    lit: { state: true },
  };

  static override styles = [
    ChapterElement.styles,
    css`
      table {
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
        margin-top: 16px;
      }
      th,
      td {
        padding: 4px 16px 4px 0;
        text-align: right;
        font-weight: normal;
      }
      thead th {
        color: var(--hs-muted);
        vertical-align: bottom;
      }
      tbody tr {
        border-top: 1px solid var(--hs-line);
      }
      tbody tr.chosen th {
        color: var(--hs-accent);
      }
      label.check {
        display: flex;
        gap: 8px;
        align-items: baseline;
      }
      hs-steps {
        margin-top: 24px;
      }
      math {
        font-size: 1.05em;
      }
    `,
  ];

  declare private numbers: Numbers;
  declare private example: string;
  declare private scaled: boolean;
  declare private causal: boolean;
  declare private steps: SelfAttentionSteps | null;
  /** D of the experiment about scaling. */
  declare private width: number;
  declare private widthScaled: boolean;
  declare private lit: { readonly query: number; readonly key: number } | null;
  private headscope: Headscope | null = null;
  private seed = FIRST_SEED;

  constructor() {
    super();
    this.numbers = smallNumbers();
    this.example = 'small';
    this.scaled = true;
    this.causal = false;
    this.steps = null;
    this.width = 64;
    this.widthScaled = true;
    this.lit = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    engine().then(
      (headscope) => {
        this.headscope = headscope;
        this.compute();
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  protected override render(): TemplateResult {
    return html`
      <h2>${chapterTitle('self-attention')}</h2>
      <p>
        ${msg(
          'Self-attention lets every token of a sequence ask all tokens, itself included, for what it needs. From its own row of X each token makes a query (what it looks for), a key (what it can be found by) and a value (what it passes on). How well a query fits a key is their dot product.',
        )}
      </p>
      <p>
        ${msg(
          'Softmax turns one query’s scores into weights that add up to 1, and the output of the token is the sum of all values, each as much as its weight says. That is all: five matrix products and one softmax. Below stands every number on the way; point at one to see the sum that made it, click to keep it, and type over any number of X or of the projections.',
        )}
      </p>
      <section>
        <h3>${msg('One head, number by number')}</h3>
        ${this.renderControls()}
        <hs-try-this class="steps" .experiments=${this.experiments}></hs-try-this>
        ${this.renderHead()}
      </section>
      ${this.renderScaling()} ${this.renderCode()}
    `;
  }

  private renderControls(): TemplateResult {
    return html`<div class="row">
        <hs-select
          label=${msg('Numbers')}
          .value=${this.example}
          .choices=${EXAMPLES}
          @choose=${(event: CustomEvent<string>) => this.choose(event.detail)}
        ></hs-select>
        ${
          this.example === 'drawn'
            ? html`<button class="plain" @click=${() => this.drawAgain()}>${msg('draw again')}</button>`
            : nothing
        }
        ${checkbox(msg('divide by √d'), this.scaled, (scaled) => this.set({ scaled }))}
        ${checkbox(msg('causal: no looking ahead'), this.causal, (causal) => this.set({ causal }))}
      </div>
      <p class="note">${this.numbers.source}</p>
      ${this.errorLine()}`;
  }

  private renderHead(): TemplateResult {
    const { steps, numbers } = this;
    return html`<hs-steps
        .heading=${''}
        .trace=${this.trace()}
        .lit=${this.lit}
        @token-edit=${(event: CustomEvent<MatrixEdit>) => this.editToken(event.detail)}
        @projection-edit=${(event: CustomEvent<ProjectionEdit>) => this.editProjection(event.detail)}
      ></hs-steps>
      <div class="picture">
        <head-scope
          theme=${this.theme.value}
          locale=${this.language}
          .tokens=${[...numbers.tokens]}
          .query=${steps?.query}
          .key=${steps?.key}
          .scale=${this.scale}
          .causal=${this.causal}
          @headscope-hover=${this.onCell}
          @headscope-select=${this.onCell}
        ></head-scope>
      </div>`;
  }

  private renderScaling(): TemplateResult {
    const { headscope } = this;
    const { query, key } = drawn(this.width, FIRST_SEED);
    const index = WIDTHS.findIndex((width) => width === this.width);
    return html`<section>
      <h3>${msg('Why the scores are divided by √d')}</h3>
      <p>
        ${msg(
          str`A dot product of d independent numbers of variance 1 has the variance d: the longer the vectors, the further apart the scores, and softmax of scores far apart is nearly one-hot, where its gradient is nearly zero. Divided by √d, the variance is 1 whatever d is. Here are ${LENGTH} random queries and keys (seed ${FIRST_SEED}); the entropy of a row says how many keys share its weight: ${threeDigits(Math.log2(LENGTH))} bits if all do, 0 if one has it all.`,
        )}
      </p>
      <div class="row">
        <hs-slider
          label="d"
          .value=${index}
          min="0"
          max=${WIDTHS.length - 1}
          .shown=${String(this.width)}
          @slide=${(event: CustomEvent<number>) => this.setWidth(event.detail)}
        ></hs-slider>
        ${checkbox(msg('divide by √d'), this.widthScaled, (scaled) => {
          this.widthScaled = scaled;
        })}
      </div>
      <hs-try-this class="scaling" .experiments=${this.scalingExperiments}></hs-try-this>
      <div class="columns wide">
        <div class="picture">
          <head-scope
            class="scaling"
            theme=${this.theme.value}
            locale=${this.language}
            .query=${headscope ? query : undefined}
            .key=${headscope ? key : undefined}
            .scale=${this.widthScaled ? undefined : 1}
          ></head-scope>
        </div>
        <div class="scroll" tabindex="0" role="group" aria-label=${msg('Entropy and largest weight for every d')}>
          ${headscope ? this.renderSharpness(headscope) : nothing}
        </div>
      </div>
    </section>`;
  }

  private renderSharpness(headscope: Headscope): TemplateResult {
    return html`<table>
      <thead>
        <tr>
          <th scope="col">d</th>
          <th scope="col">${msg('entropy, divided')}</th>
          <th scope="col">${msg('not divided')}</th>
          <th scope="col">${msg('largest weight, divided')}</th>
          <th scope="col">${msg('not divided')}</th>
        </tr>
      </thead>
      <tbody>
        ${WIDTHS.map((width) => {
          const scaled = sharpness(headscope, width, FIRST_SEED, true);
          const plain = sharpness(headscope, width, FIRST_SEED, false);
          return html`<tr class=${width === this.width ? 'chosen' : ''}>
            <th scope="row">${width}</th>
            <td>${threeDigits(scaled.bits)}</td>
            <td>${threeDigits(plain.bits)}</td>
            <td>${threeDigits(scaled.largest)}</td>
            <td>${threeDigits(plain.largest)}</td>
          </tr>`;
        })}
      </tbody>
    </table>`;
  }

  private renderCode(): TemplateResult {
    const settings = { scaled: this.scaled, causal: this.causal };
    return html`<section>
      <h3>${msg('The equation, and the code that does just that')}</h3>
      <hs-equation-code .javascript=${javaScript(this.numbers, settings)} .cpp=${cpp(this.numbers, settings)}>
        <math display="block">
          <mtable columnalign="left">
            <mtr>
              <mtd>
                <mi>Q</mi><mo>=</mo><mi>X</mi><msub><mi>W</mi><mi>Q</mi></msub>
                <mspace width="1em"></mspace>
                <mi>K</mi><mo>=</mo><mi>X</mi><msub><mi>W</mi><mi>K</mi></msub>
                <mspace width="1em"></mspace>
                <mi>V</mi><mo>=</mo><mi>X</mi><msub><mi>W</mi><mi>V</mi></msub>
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <mi>S</mi><mo>=</mo>
                ${
                  this.scaled
                    ? mathml`<mfrac><mrow><mi>Q</mi><msup><mi>K</mi><mi>T</mi></msup></mrow><msqrt><mi>d</mi></msqrt></mfrac>`
                    : mathml`<mrow><mi>Q</mi><msup><mi>K</mi><mi>T</mi></msup></mrow>`
                }
                ${
                  this.causal
                    ? mathml`<mspace width="1em"></mspace><mrow><msub><mi>S</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub><mo>=</mo><mo>−</mo><mi>∞</mi><mspace width="0.5em"></mspace><mo>(</mo><mi>j</mi><mo>&gt;</mo><mi>i</mi><mo>)</mo></mrow>`
                    : nothing
                }
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <msub
                  ><mi>P</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub
                ><mo>=</mo>
                <mfrac>
                  <msup
                    ><mi>e</mi
                    ><msub
                      ><mi>S</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub
                    ></msup
                  >
                  <mrow>
                    <msub><mo>∑</mo><mi>m</mi></msub>
                    <msup
                      ><mi>e</mi
                      ><msub
                        ><mi>S</mi><mrow><mi>i</mi><mi>m</mi></mrow></msub
                      ></msup
                    >
                  </mrow>
                </mfrac>
                <mspace width="1em"></mspace>
                <mi>O</mi><mo>=</mo><mi>P</mi><mi>V</mi>
              </mtd>
            </mtr>
          </mtable>
        </math>
      </hs-equation-code>
    </section>`;
  }

  private get scale(): number {
    return this.scaled ? 1 / Math.sqrt(this.numbers.projections.query.shape[1] ?? 1) : 1;
  }

  private trace(): Trace | null {
    const { steps, numbers } = this;
    if (!steps) return null;
    return {
      head: 0,
      tokens: numbers.tokens,
      x: numbers.x,
      projections: numbers.projections,
      query: steps.query,
      key: steps.key,
      value: steps.value,
      scores: steps.scores,
      weights: steps.weights,
      output: steps.output,
      scale: this.scale,
      causal: this.causal,
      positions: false,
      editable: true,
      editableTokens: true,
    };
  }

  /** Self-attention of some numbers under the present settings. */
  private run(numbers: Numbers, causal = this.causal): SelfAttentionSteps {
    if (!this.headscope) throw new Error('the engine is not loaded yet');
    return this.headscope.selfAttention(numbers.x, numbers.projections, { scale: this.scale, causal });
  }

  private compute(): void {
    if (!this.headscope) return;
    this.attempt(() => {
      this.steps = this.run(this.numbers);
    });
  }

  private set(part: { readonly numbers?: Numbers; readonly scaled?: boolean; readonly causal?: boolean }): void {
    Object.assign(this, part);
    this.compute();
  }

  private choose(example: string): void {
    this.example = example;
    const numbers =
      example === 'small' ? smallNumbers() : example === 'worked' ? workedExample() : drawnNumbers(this.seed);
    this.tryThis('steps')?.clear();
    this.set({ numbers, scaled: numbers.scaled });
  }

  private drawAgain(): void {
    this.seed++;
    this.choose('drawn');
  }

  private editToken({ row, column, value }: MatrixEdit): void {
    this.tryThis('steps')?.clear();
    this.set({ numbers: { ...this.numbers, x: withNumber(this.numbers.x, row, column, value) } });
  }

  private editProjection({ role, row, column, value }: ProjectionEdit): void {
    const { projections } = this.numbers;
    const changed = { ...projections, [role]: withNumber(projections[role], row, column, value) };
    this.tryThis('steps')?.clear();
    this.set({ numbers: { ...this.numbers, projections: changed } });
  }

  private tryThis(name: string): HsTryThis | null {
    return this.renderRoot.querySelector<HsTryThis>(`hs-try-this.${name}`);
  }

  private onCell(event: Event): void {
    const selection = (event.target as HTMLElementTagNameMap['head-scope']).selection;
    this.lit = selection && { query: selection.query, key: selection.key };
  }

  private setWidth(index: number): void {
    this.width = WIDTHS[index] ?? WIDTHS[0];
    this.tryThis('scaling')?.clear();
  }

  private readonly experiments: readonly Experiment[] = [
    {
      name: msg('Forbid looking ahead'),
      run: () => {
        this.set({ causal: true });
        const rows = this.steps ? rowsOf(this.steps.weights) : [];
        const zeros = rows.flat().filter((weight) => weight === 0).length;
        const count = rows.length;
        return msg(
          str`The mask puts −∞ in the place of every score above the diagonal before the softmax: ${zeros} of ${count * count} weights are 0 now, each row still adds up to 1, and the first token can look at nobody but itself: ${threeDigits(rows[0]?.[0] ?? NaN)}.`,
        );
      },
    },
    {
      name: msg('Change one number of the second token'),
      run: () => {
        const before = this.run(this.numbers);
        const { x } = this.numbers;
        const value = (x.data[(x.shape[1] ?? 0) + 1] ?? 0) + 1;
        this.set({ numbers: { ...this.numbers, x: withNumber(x, 1, 1, value) } });
        const after = this.run(this.numbers);
        const count = x.shape[0] ?? 0;
        const changed = (name: keyof SelfAttentionSteps): string =>
          listed(changedRows(before[name], after[name]), count);
        return msg(
          str`Its second number is ${threeDigits(value)} now, one more than before. Changed: Q: ${changed('query')}; K: ${changed('key')}; V: ${changed('value')}; weights: ${changed('weights')}; output: ${changed('output')}. A token reaches all that may look at it; under the causal mask, none before it.`,
        );
      },
    },
    {
      name: msg('Move every token one place on'),
      run: () => {
        const before = this.run(this.numbers, false);
        const rows = rowsOf(this.numbers.x);
        const moved = <Item>(items: readonly Item[]): Item[] => [...items.slice(-1), ...items.slice(0, -1)];
        const x = { data: Float32Array.from(moved(rows).flat()), shape: this.numbers.x.shape };
        this.set({ numbers: { ...this.numbers, x, tokens: moved(this.numbers.tokens) }, causal: false });
        const expected = moved(rowsOf(before.output)).flat();
        const difference = Math.max(
          ...[...this.run(this.numbers).output.data].map((value, index) => Math.abs(value - (expected[index] ?? NaN))),
        );
        return msg(
          str`The rows of the output moved along with the tokens, and nothing else happened: the largest difference is ${threeDigits(difference)}. Without positions, self-attention sees a set, not a sequence.`,
        );
      },
    },
    {
      name: msg('Start again'),
      run: () => {
        this.causal = false;
        this.choose(this.example);
        return '';
      },
    },
  ];

  private scalingExperiment(name: string, width: number, scaled: boolean): Experiment {
    return {
      name,
      run: () => {
        this.width = width;
        this.widthScaled = scaled;
        if (!this.headscope) return '';
        const { bits, largest } = sharpness(this.headscope, width, FIRST_SEED, scaled);
        const figures = msg(
          str`d = ${grouped(width)}: the mean entropy of a row is ${threeDigits(bits)} bits of ${threeDigits(Math.log2(LENGTH))}, the mean largest weight ${threeDigits(largest)}.`,
        );
        return scaled
          ? html`${figures} ${msg('Divided by √d, many keys share the weight, however long the vectors are.')}`
          : html`${figures} ${msg('Not divided, one key takes nearly all of it: the softmax is close to one-hot.')}`;
      },
    };
  }

  private readonly scalingExperiments: readonly Experiment[] = [
    this.scalingExperiment(msg('d = 256, not divided'), 256, false),
    this.scalingExperiment(msg('d = 256, divided by √d'), 256, true),
    this.scalingExperiment(msg('d = 4, not divided'), 4, false),
  ];
}

customElements.define('hs-chapter-self-attention', SelfAttentionChapter);
