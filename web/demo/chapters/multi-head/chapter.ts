import { msg, str } from '@lit/localize';
import { css, html, nothing, svg, type TemplateResult } from 'lit';
import type { Headscope, Tensor } from 'headscope';
import type { HeadScopeElement } from 'headscope/element';
import 'headscope/element';
import { errorSentence } from '../../error-sentence.js';
import { threeDigits } from '../../three-digits.js';
import { chapterTitle } from '../chapters.js';
import { ChapterElement } from '../kit/chapter-element.js';
import '../kit/controls.js';
import { engine } from '../kit/engine.js';
import '../kit/equation-code.js';
import '../kit/heatmap.js';
import type { MatrixEdit } from '../kit/matrix.js';
import '../kit/matrix.js';
import { rowsOf, withNumber } from '../kit/tensors.js';
import '../kit/try-this.js';
import type { Experiment, HsTryThis } from '../kit/try-this.js';
import './board.js';
import { decisionExample, PATH } from './decision-example.js';
import { attend, HEAD_DIM, weightOf, type Attended, type Example } from './example.js';
import { languageExample, POSITION } from './language-example.js';
import { CPP, JAVASCRIPT } from './program.js';
import { DIM, LENGTH, multiHeadWeights, selfAttentionWeights } from './random-layer.js';
import { SIDE, visionExample } from './vision-example.js';

type ExampleId = 'language' | 'vision' | 'decision';

const EXAMPLES: readonly { readonly id: ExampleId; readonly name: string; readonly make: () => Example }[] = [
  { id: 'language', name: msg('language: a sentence'), make: languageExample },
  { id: 'vision', name: msg('vision: a picture of 16 patches'), make: visionExample },
  { id: 'decision', name: msg('decisions: a way through a grid'), make: decisionExample },
];

/** Lengths and widths that the picture of the positions goes through. */
const WIDTHS = [8, 16, 32, 64, 128] as const;
/** Positions that are drawn. */
const DEMO_LENGTH = 48;

/** Dot products of all rows with all rows. */
function gram({ data, shape: [rows = 0, columns = 0] }: Tensor): Tensor {
  const result = new Float32Array(rows * rows);
  for (let left = 0; left < rows; left++) {
    for (let right = 0; right < rows; right++) {
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += (data[left * columns + i] ?? 0) * (data[right * columns + i] ?? 0);
      result[left * rows + right] = sum;
    }
  }
  return { data: result, shape: [rows, rows] };
}

/** Chapter 2: heads that look for different things, and how a token knows where it stands. */
class MultiHeadChapter extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    headscope: { state: true },
    exampleId: { state: true },
    example: { state: true },
    head: { state: true },
    query: { state: true },
    headCount: { state: true },
    width: { state: true },
  };

  static override styles = [
    ChapterElement.styles,
    css`
      .scroll {
        margin-top: 16px;
      }
      .links + p {
        min-height: 72px;
      }
      hs-matrix {
        width: max-content;
        min-width: 100%;
      }
      svg text {
        fill: var(--hs-muted);
        font-size: 12px;
      }
      h4 {
        font-size: 15px;
        font-weight: normal;
        line-height: 24px;
        margin: 0;
      }
      .beside {
        margin-bottom: 16px;
      }
      .heatmaps {
        margin-top: 16px;
      }
    `,
  ];

  declare private headscope: Headscope | null;
  declare private exampleId: ExampleId;
  declare private example: Example;
  declare private head: number;
  /** The token that is looked from. */
  declare private query: number;
  declare private headCount: number;
  /** dim of the positional encoding. */
  declare private width: number;

  private attended: Attended | null = null;
  /** Weights of the layer whose heads are counted; those of the last count that could be. */
  private counted: Tensor | null = null;
  private countError: unknown = null;

  constructor() {
    super();
    this.headscope = null;
    this.exampleId = 'language';
    this.example = languageExample();
    this.head = 0;
    this.query = 6;
    this.headCount = 3;
    this.width = 32;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    engine().then(
      (headscope) => {
        this.headscope = headscope;
        this.compute();
        this.countHeads(this.headCount);
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  protected override render(): TemplateResult {
    return html`
      <h2>${chapterTitle('multi-head')}</h2>
      <p>
        ${msg(
          'One set of weights can look for one kind of thing. A multi-head layer has several: SelfAttention(dim) is three linear layers with biases, query, key and value; MultiHeadAttention(dim, heads) cuts the numbers that its layers fc_q, fc_k and fc_v make into as many slices as it has heads, lets each head attend with its own slice, lays the results side by side and mixes them with fc_o. The work is the same as that of one wide head, but each head may look somewhere else.',
        )}
      </p>
      <p>
        ${msg(
          'What a head means is what its projections compare. In a trained model they are found by training; here they are made by hand, so that you can read them, for a sentence, for a picture and for a sequence of decisions. It is the same layer each time: attention neither knows nor cares what its tokens are.',
        )}
      </p>
      ${this.renderExample()} ${this.renderCount()} ${this.renderPositions()} ${this.renderCode()}
    `;
  }

  // --- the three examples

  private renderExample(): TemplateResult {
    const { example, attended } = this;
    const head = example.heads[this.head];
    return html`<section>
      <h3>${msg('Three kinds of tokens, one layer')}</h3>
      <div class="row">
        <hs-select
          label=${msg('Example')}
          .value=${this.exampleId}
          .choices=${EXAMPLES.map(({ id, name }) => ({ value: id, name }))}
          @choose=${(event: CustomEvent<ExampleId>) => this.open(event.detail)}
        ></hs-select>
        <span class="note">${msg('hand-made projections, nothing is learned')}</span>
      </div>
      <hs-try-this class="example" .experiments=${this.experiments[this.exampleId]}></hs-try-this>
      <div class="links" role="group" aria-label=${msg('Heads')}>
        <span class="note">${msg('Heads:')}</span>
        ${example.heads.map(
          ({ name }, index) =>
            html`<button
              class="plain"
              aria-pressed=${index === this.head ? 'true' : 'false'}
              @click=${() => (this.head = index)}
            >
              ${index} ${name}
            </button>`,
        )}
      </div>
      <p>${head?.description}</p>
      ${this.errorLine()}
      <div class="beside">${this.renderPicture()}</div>
      <div class="picture">
        <head-scope
          class="example"
          theme=${this.theme.value}
          locale=${this.language}
          .head=${this.head}
          .tokens=${[...example.tokens]}
          .query=${attended?.query}
          .key=${attended?.key}
          .causal=${example.causal}
          @headscope-head=${(event: CustomEvent<{ readonly head: number }>) => (this.head = event.detail.head)}
          @headscope-select=${this.onCell}
          @headscope-hover=${this.onCell}
        ></head-scope>
      </div>
      <div class="scroll" tabindex="0" role="group" aria-label=${msg('The tokens and their features')}>
        <hs-matrix
          .values=${example.x}
          .heading=${html`X <span class="note">${msg('what each token is made of; change any number')}</span>`}
          .rowNames=${example.tokens}
          .columnNames=${example.features}
          label="X"
          editable
          @matrix-edit=${(event: CustomEvent<MatrixEdit>) => this.edit(event.detail)}
        ></hs-matrix>
      </div>
    </section>`;
  }

  private renderPicture(): TemplateResult | typeof nothing {
    const { attended, example } = this;
    if (!attended || this.exampleId === 'language') return nothing;
    const row = rowsOf({
      data: attended.weights.data,
      shape: [example.tokens.length * example.heads.length, example.tokens.length],
    })[this.head * example.tokens.length + this.query];
    if (this.exampleId === 'vision') {
      return html`<hs-patch-board
          .colours=${rowsOf(example.x)}
          .row=${row ?? []}
          .chosen=${this.query}
          @patch=${(event: CustomEvent<number>) => this.lookFrom(event.detail)}
        ></hs-patch-board>
        <p class="note">
          ${msg('Press a patch to look from it: the figures say how many per cent of its attention go where.')}
        </p>`;
    }
    return html`<svg
        width="176"
        height="152"
        viewBox="0 0 176 152"
        role="img"
        aria-label=${msg('The way through the grid')}
      >
        ${[1, 2, 3].map((column) =>
          [1, 2, 3].map(
            (line) =>
              svg`<rect x=${48 * column - 40} y=${48 * (3 - line) + 4} width="44" height="44" fill="none" stroke="var(--hs-edge)"></rect>`,
          ),
        )}
        <polyline
          fill="none"
          stroke="var(--hs-accent)"
          stroke-width="2"
          points=${[...PATH, { column: 3, row: 3 }]
            .map(({ column, row: line }) => `${48 * column - 18},${48 * (3 - line) + 26}`)
            .join(' ')}
        ></polyline>
        ${PATH.map(
          ({ column, row: line }, step) => svg`<text x=${48 * column - 36} y=${48 * (3 - line) + 18}>t${step}</text>`,
        )}
        <circle cx="126" cy="26" r="6" fill="var(--hs-accent)"></circle>
      </svg>
      <p class="note">
        ${msg('Four steps to the upper right, each costs 1. R is the return still to come; “at 2,1” is column 2, row 1.')}
      </p>`;
  }

  private open(id: ExampleId): void {
    this.exampleId = id;
    this.head = 0;
    this.query = { language: 6, vision: 5, decision: 5 }[id];
    this.tryThis?.clear();
    this.scope?.pin(null);
    this.use((EXAMPLES.find((example) => example.id === id) ?? EXAMPLES[0])?.make() ?? languageExample());
  }

  private use(example: Example): void {
    this.example = example;
    this.compute();
  }

  private compute(): void {
    const { headscope } = this;
    if (!headscope) return;
    this.attempt(() => {
      this.attended = attend(headscope, this.example);
    });
  }

  private edit({ row, column, value }: MatrixEdit): void {
    this.tryThis?.clear();
    this.use({ ...this.example, x: withNumber(this.example.x, row, column, value) });
  }

  private get tryThis(): HsTryThis | null {
    return this.renderRoot.querySelector<HsTryThis>('hs-try-this.example');
  }

  private get scope(): HeadScopeElement | null {
    return this.renderRoot.querySelector<HeadScopeElement>('head-scope.example');
  }

  private onCell(): void {
    this.query = this.scope?.selection?.query ?? this.query;
  }

  private lookFrom(patch: number): void {
    this.query = patch;
    const row = this.attended ? this.row(this.head, patch) : [];
    this.scope?.pin({ query: patch, key: row.indexOf(Math.max(...row)) });
  }

  private row(head: number, query: number): number[] {
    const { attended } = this;
    return attended ? this.example.tokens.map((_, key) => weightOf(attended, head, query, key)) : [];
  }

  /** A fresh copy of an example with one feature of all its tokens changed. */
  private without(example: Example, features: readonly number[]): Example {
    const columns = example.features.length;
    const data = example.x.data.map((value, index) => (features.includes(index % columns) ? 0 : value));
    return { ...example, x: { data, shape: example.x.shape } };
  }

  /** One number of the layer's output. */
  private output(token: number, column: number): number {
    return this.attended?.output.data[token * this.example.heads.length * HEAD_DIM + column] ?? NaN;
  }

  private readonly experiments: Readonly<Record<ExampleId, readonly Experiment[]>> = {
    language: [
      {
        name: msg('Why heads differ: what “cat” gathers'),
        run: () => {
          this.head = 2;
          this.use(languageExample());
          return msg(
            str`Head 0 gives “${this.example.tokens[6]}” the class of the word before it (adjective ${threeDigits(this.output(6, 1))}), head 1 looks at “${this.example.tokens[2]}” as much as at itself (${threeDigits(this.row(1, 6)[2] ?? NaN)} each), and head 2 brings the size: ${threeDigits(this.output(6, 8))}, that of “${this.example.tokens[5]}”. Side by side they stand in one output vector.`,
          );
        },
      },
      {
        name: msg('Take the positions away'),
        run: () => {
          this.head = 0;
          const before = this.row(0, 3)[2] ?? NaN;
          this.use(
            this.without(
              languageExample(),
              [0, 1, 2, 3].map((index) => POSITION + index),
            ),
          );
          return msg(
            str`“${this.example.tokens[3]}” looked at the word before it with a weight of ${threeDigits(before)}; now it looks at all ${this.example.tokens.length} alike (${threeDigits(this.row(0, 3)[2] ?? NaN)} each). The word classes still find each other: head 1 needs no positions.`,
          );
        },
      },
      { name: msg('Start again'), run: () => (this.use(languageExample()), '') },
    ],
    vision: [
      {
        name: msg('Colour or place?'),
        run: () => {
          this.use(visionExample());
          this.head = 0;
          this.query = 12;
          const colour = this.row(0, 12);
          const place = this.row(1, 12);
          return msg(
            str`The lower left patch is grass. Head 0 shares its attention evenly among the ${colour.filter((weight) => weight > 0.1).length} patches of grass (${threeDigits(colour[15] ?? NaN)} for the farthest); head 1 gives itself ${threeDigits(place[12] ?? NaN)} and the farthest ${threeDigits(place[15] ?? NaN)}.`,
          );
        },
      },
      {
        name: msg('Paint one patch of the house like the sky'),
        run: () => {
          this.use(visionExample());
          this.head = 0;
          this.query = 5;
          const place = this.row(1, 5);
          const patch = SIDE + 1;
          const sky = rowsOf(this.example.x)[0] ?? [];
          const x = [0, 1, 2].reduce(
            (changed, channel) => withNumber(changed, patch, channel, sky[channel] ?? 0),
            this.example.x,
          );
          this.use({ ...this.example, x });
          const moved = Math.max(...this.row(1, 5).map((weight, key) => Math.abs(weight - (place[key] ?? NaN))));
          return msg(
            str`Head 0 sees sky there now: the patch looks at the upper left corner with ${threeDigits(this.row(0, 5)[0] ?? NaN)} and at the rest of the house with ${threeDigits(this.row(0, 5)[6] ?? NaN)}. Head 1 looks at places: its weights changed by ${threeDigits(moved)}.`,
          );
        },
      },
      { name: msg('Start again'), run: () => (this.use(visionExample()), '') },
    ],
    decision: [
      {
        name: msg('What the second action knows'),
        run: () => {
          this.use(decisionExample());
          this.head = 0;
          this.query = 5;
          return msg(
            str`It looks at its own state with ${threeDigits(this.row(0, 5)[4] ?? NaN)} and at the last return with ${threeDigits(this.row(1, 5)[3] ?? NaN)}; its output says column ${threeDigits(this.output(5, 0))}, row ${threeDigits(this.output(5, 1))}, return ${threeDigits(this.output(5, HEAD_DIM))}.`,
          );
        },
      },
      {
        name: msg('Ask for more: the first return is −2'),
        run: () => {
          this.head = 1;
          this.query = 2;
          this.use(decisionExample([-2, -3, -2, -1]));
          return msg(
            str`The first action gathers the return ${threeDigits(this.output(2, HEAD_DIM))} now. The second still gathers ${threeDigits(this.output(5, HEAD_DIM))}: each looks at the last return before it, not at older ones.`,
          );
        },
      },
      {
        name: msg('Allow looking ahead'),
        run: () => {
          this.head = 0;
          this.query = 0;
          const before = this.row(0, 0)[1] ?? NaN;
          this.use({ ...decisionExample(), causal: false });
          return msg(
            str`The first return now looks at the state and the action that come after it (${threeDigits(this.row(0, 0)[1] ?? NaN)} for the state; with the mask ${threeDigits(before)}). When a model is trained to say the next action, this would be reading the answer: hence the mask.`,
          );
        },
      },
      { name: msg('Start again'), run: () => (this.use(decisionExample()), '') },
    ],
  };

  // --- how many heads

  private renderCount(): TemplateResult {
    return html`<section>
      <h3>${msg('How many heads?')}</h3>
      <p>
        ${msg(
          str`dim must be divisible by the number of heads: each takes dim ÷ heads numbers. Here dim = ${DIM}, ${LENGTH} random tokens and random layers with biases (seed 7): what these heads look at means nothing. With one head and without fc_o it is SelfAttention(dim).`,
        )}
      </p>
      <div class="row">
        <hs-slider
          class="heads"
          label=${msg('heads')}
          .value=${this.headCount}
          min="1"
          max=${DIM}
          .shown=${
            DIM % this.headCount === 0
              ? msg(str`${this.headCount} of ${DIM / this.headCount} numbers each`)
              : String(this.headCount)
          }
          @slide=${(event: CustomEvent<number>) => this.countHeads(event.detail)}
        ></hs-slider>
      </div>
      ${
        this.countError === null
          ? nothing
          : html`<p class="error" role="alert">
              ${msg(str`${this.headCount} heads: expected a number that divides dim = ${DIM}.`)}
              ${errorSentence(this.countError)} ${msg('The picture shows the last number of heads that does.')}
            </p>`
      }
      <hs-try-this class="count" .experiments=${this.countExperiments}></hs-try-this>
      <div class="picture">
        <head-scope
          class="count"
          theme=${this.theme.value}
          locale=${this.language}
          .weights=${this.counted ?? undefined}
        ></head-scope>
      </div>
    </section>`;
  }

  private countHeads(heads: number): void {
    this.headCount = heads;
    if (!this.headscope) return;
    try {
      this.counted = multiHeadWeights(this.headscope, heads);
      this.countError = null;
    } catch (error) {
      this.countError = error;
    }
    this.requestUpdate();
  }

  private readonly countExperiments: readonly Experiment[] = [
    {
      name: msg('One head: is it SelfAttention?'),
      run: () => {
        this.countHeads(1);
        if (!this.headscope || !this.counted) return '';
        const single = selfAttentionWeights(this.headscope);
        const difference = Math.max(
          ...[...single.data].map((weight, index) => Math.abs(weight - (this.counted?.data[index] ?? NaN))),
        );
        return msg(
          str`The weights of MultiHeadAttention(${DIM}, 1) and of SelfAttention(${DIM}) with the same layers differ by ${threeDigits(difference)}. What comes behind, fc_o, changes the output, not the weights.`,
        );
      },
    },
    {
      name: msg('5 heads for dim = 12'),
      run: () => {
        this.countHeads(5);
        return msg(str`${DIM} ÷ 5 leaves a rest: the layer refuses, and the picture before stays.`);
      },
    },
  ];

  // --- positions

  private renderPositions(): TemplateResult {
    const { headscope } = this;
    const table = headscope?.sinusoidalPositions(DEMO_LENGTH, this.width);
    return html`<section>
      <h3>${msg('Where a token stands: positional encoding')}</h3>
      <p>
        ${msg(
          'Attention alone cannot tell an order: permuted tokens give the permuted output. So every position is given a vector, which is added to the token: sines and cosines of the position, one pair for each frequency, from fast ones in the first columns to very slow ones in the last. The dot product of two such vectors depends only on how far apart they are, and a projection can turn each pair by an angle, as the head “previous token” above does.',
        )}
      </p>
      <div class="row">
        <hs-slider
          class="width"
          label="dim"
          .value=${WIDTHS.findIndex((width) => width === this.width)}
          min="0"
          max=${WIDTHS.length - 1}
          .shown=${String(this.width)}
          @slide=${(event: CustomEvent<number>) => (this.width = WIDTHS[event.detail] ?? 32)}
        ></hs-slider>
      </div>
      <hs-try-this class="positions" .experiments=${this.positionExperiments}></hs-try-this>
      ${
        table
          ? html`<div class="columns two heatmaps">
              <div>
                <h4>${msg('The table: a row for each position')}</h4>
                <hs-heatmap
                  .values=${table}
                  label=${msg('Positional encoding')}
                  rowLabel=${msg('position')}
                  columnLabel=${msg('column')}
                ></hs-heatmap>
              </div>
              <div>
                <h4>${msg('Dot products of positions')}</h4>
                <hs-heatmap
                  .values=${gram(table)}
                  label=${msg('Dot products of positions')}
                  rowLabel=${msg('position')}
                  columnLabel=${msg('position')}
                ></hs-heatmap>
              </div>
            </div>`
          : nothing
      }
    </section>`;
  }

  private readonly positionExperiments: readonly Experiment[] = [
    {
      name: msg('Is it only the distance that counts?'),
      run: () => {
        if (!this.headscope) return '';
        const products = rowsOf(gram(this.headscope.sinusoidalPositions(DEMO_LENGTH, this.width)));
        const apart = (distance: number): number[] =>
          Array.from(
            { length: DEMO_LENGTH - distance },
            (_, position) => products[position]?.[position + distance] ?? NaN,
          );
        const spread = Math.max(
          ...Array.from(
            { length: DEMO_LENGTH },
            (_, distance) => Math.max(...apart(distance)) - Math.min(...apart(distance)),
          ),
        );
        const mean = (distance: number): string => {
          const values = apart(distance);
          return threeDigits(values.reduce((sum, value) => sum + value, 0) / values.length);
        };
        return msg(
          str`Yes: over all pairs of positions the same distance apart, the dot products differ by at most ${threeDigits(spread)}, which is rounding. They are ${mean(0)} for a position with itself (dim ÷ 2), ${mean(1)} one apart, ${mean(4)} four apart.`,
        );
      },
    },
    {
      name: msg('Swap two words, without positions and with them'),
      run: () => {
        const { headscope } = this;
        if (!headscope) return '';
        const difference = (positions: boolean): number => {
          const whole = languageExample();
          // Without positions, the columns that hold them are 0.
          const example = positions
            ? whole
            : this.without(
                whole,
                [0, 1, 2, 3].map((index) => POSITION + index),
              );
          const columns = example.features.length;
          const rows = rowsOf(example.x);
          const swapped = rows.map((row, index) => {
            const from = index === 2 ? 6 : index === 6 ? 2 : index;
            return [...(rows[from]?.slice(0, POSITION) ?? []), ...row.slice(POSITION)];
          });
          const before = rowsOf(attend(headscope, example).output);
          const after = rowsOf(
            attend(headscope, {
              ...example,
              x: { data: Float32Array.from(swapped.flat()), shape: [rows.length, columns] },
            }).output,
          );
          const expected = before.map((_, index) => before[index === 2 ? 6 : index === 6 ? 2 : index] ?? []);
          return Math.max(
            ...after.flatMap((row, index) =>
              row.map((value, column) => Math.abs(value - (expected[index]?.[column] ?? NaN))),
            ),
          );
        };
        const [dog, cat] = [languageExample().tokens[2], languageExample().tokens[6]];
        return msg(
          str`“${dog}” and “${cat}” change places. Without positions their outputs change places too, and all others stay (largest difference ${threeDigits(difference(false))}). With positions the outputs are other ones (largest difference ${threeDigits(difference(true))}): now the order counts.`,
        );
      },
    },
  ];

  private renderCode(): TemplateResult {
    return html`<section>
      <h3>${msg('The equation, and the code that does just that')}</h3>
      <hs-equation-code .javascript=${JAVASCRIPT} .cpp=${CPP}>
        <math display="block">
          <mtable columnalign="left">
            <mtr>
              <mtd>
                <msub><mi>head</mi><mi>h</mi></msub
                ><mo>=</mo><mi>softmax</mi>
                <mrow>
                  <mo>(</mo>
                  <mfrac>
                    <mrow
                      ><msub><mi>Q</mi><mi>h</mi></msub
                      ><msubsup><mi>K</mi><mi>h</mi><mi>T</mi></msubsup></mrow
                    >
                    <msqrt
                      ><mrow><mi>dim</mi><mo>/</mo><mi>H</mi></mrow></msqrt
                    >
                  </mfrac>
                  <mo>)</mo>
                </mrow>
                <msub><mi>V</mi><mi>h</mi></msub>
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <mi>output</mi><mo>=</mo>
                <mrow
                  ><mo>[</mo><msub><mi>head</mi><mn>1</mn></msub
                  ><mo>,</mo><mo>…</mo><mo>,</mo><msub><mi>head</mi><mi>H</mi></msub
                  ><mo>]</mo></mrow
                >
                <msubsup><mi>W</mi><mi>o</mi><mi>T</mi></msubsup
                ><mo>+</mo><msub><mi>b</mi><mi>o</mi></msub>
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <msub
                  ><mi>PE</mi><mrow><mi>p</mi><mo>,</mo><mn>2</mn><mi>i</mi></mrow></msub
                ><mo>=</mo><mi>sin</mi>
                <mfrac>
                  <mi>p</mi>
                  <msup
                    ><mn>10000</mn><mrow><mn>2</mn><mi>i</mi><mo>/</mo><mi>dim</mi></mrow></msup
                  >
                </mfrac>
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <msub
                  ><mi>PE</mi><mrow><mi>p</mi><mo>,</mo><mn>2</mn><mi>i</mi><mo>+</mo><mn>1</mn></mrow></msub
                ><mo>=</mo><mi>cos</mi>
                <mfrac>
                  <mi>p</mi>
                  <msup
                    ><mn>10000</mn><mrow><mn>2</mn><mi>i</mi><mo>/</mo><mi>dim</mi></mrow></msup
                  >
                </mfrac>
              </mtd>
            </mtr>
          </mtable>
        </math>
      </hs-equation-code>
    </section>`;
  }
}

customElements.define('hs-chapter-multi-head', MultiHeadChapter);
