import { msg, str } from '@lit/localize';
import { css, html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Tensor } from 'headscope';
import { grouped } from '../../three-digits.js';
import { ChapterElement } from '../kit/chapter-element.js';
import '../kit/controls.js';
import '../kit/equation-code.js';
import '../kit/matrix.js';
import '../kit/try-this.js';
import type { Experiment, HsTryThis } from '../kit/try-this.js';
import { largest, percent } from './text.js';
import { sortingModel, type Sorted, type SortingModel } from './sorting-model.js';
import { sortingCpp, sortingJavaScript } from './sorting-program.js';

const EXAMPLES = ['31415', '92653', '50505', '98760'];
/** Behind a number, a weight of 1 gets so much of the accent: the number stays readable. */
const MOST_COLOUR = 45;

/** The colour behind a weight. */
function shadeOfWeight(weight: number): string {
  return `color-mix(in srgb, var(--hs-accent) ${(MOST_COLOUR * weight).toFixed(1)}%, transparent)`;
}

/** Part 4 of the chapter: a model so small that every number of it can be shown. */
class Sorting extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    model: { state: true },
    typed: { state: true },
    sorted: { state: true },
    between: { state: true },
  };

  static override styles = [
    ChapterElement.styles,
    css`
      label.digits {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: center;
      }
      label.digits input {
        width: 112px;
        font-size: 20px;
        letter-spacing: 4px;
        padding: 3px 8px;
        font-variant-numeric: tabular-nums;
      }
      .answer {
        min-height: 48px;
        font-variant-numeric: tabular-nums;
      }
      .answer b {
        letter-spacing: 3px;
        font-size: 17px;
      }
      .heads {
        display: flex;
        flex-wrap: wrap;
        gap: 16px 48px;
        margin-top: 16px;
      }
      .heads > * {
        min-width: 0;
        max-width: 100%;
      }
      .scroll {
        margin-top: 16px;
        padding-bottom: 4px;
      }
      .heads .scroll {
        margin-top: 0;
      }
      h4 {
        font-size: 15px;
        font-weight: 600;
        margin: 24px 0 0;
      }
      details {
        margin-top: 24px;
      }
      summary {
        cursor: pointer;
        width: max-content;
        max-width: 100%;
      }
      .room {
        min-height: 420px;
      }
    `,
  ];

  declare private model: SortingModel | null;
  declare private typed: string;
  /** Of the last digits that could be sorted. */
  declare private sorted: Sorted | null;

  /** Whether the numbers between are shown. */
  declare private between: boolean;

  constructor() {
    super();
    this.model = null;
    this.typed = EXAMPLES[0] ?? '';
    this.sorted = null;
    this.between = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    sortingModel().then(
      (model) => {
        this.model = model;
        this.read(this.typed);
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  protected override render(): TemplateResult {
    const { sorted } = this;
    return html`
      <section>
        <h3>${msg('Sorting: every number of a small Transformer')}</h3>
        <p>${this.renderFacts()}</p>
        <div class="row">
          <label class="digits"
            >${msg('Five digits')}
            <input
              inputmode="numeric"
              autocomplete="off"
              maxlength="24"
              aria-invalid=${this.error ? 'true' : 'false'}
              .value=${live(this.typed)}
              @input=${(event: Event) => this.type((event.target as HTMLInputElement).value)}
            />
          </label>
          <span class="links">
            ${EXAMPLES.map(
              (example) => html`<button class="plain" @click=${() => this.type(example)}>${example}</button>`,
            )}
          </span>
        </div>
        ${this.errorLine()}
        ${
          this.error && sorted
            ? html`<p class="note">${msg(str`Below are still the numbers of ${sorted.digits.join('')}.`)}</p>`
            : nothing
        }
        <p class="answer" role="status">${sorted ? this.renderAnswer(sorted) : nothing}</p>
        <div class="room">${sorted ? this.renderNumbers(sorted) : nothing}</div>
        <hs-try-this .experiments=${this.experiments}></hs-try-this>
        ${this.renderCode()}
      </section>
    `;
  }

  private renderFacts(): string {
    const described = this.model?.description;
    const what = msg(
      'One encoder layer reads five digits at once and writes them in order, all at once: row i of the output is the i-th smallest digit. Nothing is masked, and the positions are learned vectors instead of sines.',
    );
    if (!described) return what;
    const { parameters, accuracy, attentionOnAnswer } = described;
    const first = percent(attentionOnAnswer[0]?.[0] ?? NaN);
    const last = percent(attentionOnAnswer[0]?.at(-1) ?? NaN);
    const facts = msg(
      str`Its ${grouped(parameters)} numbers sort ${(100 * accuracy.exact).toFixed(2)} % of ${grouped(accuracy.unseenLists)} lists that it had not seen in any order. Head 0 looks for the smallest digit to write the first one (${first} of its weight) and for the largest to write the last (${last}); for those between, attention is nearly even, and the feed-forward layer does the rest.`,
    );
    return `${what} ${facts}`;
  }

  private renderAnswer({ digits, answer, probabilities }: Sorted): TemplateResult {
    const right = [...digits].sort().join('') === answer.join('');
    const least = percent(Math.min(...probabilities));
    const said = msg(
      html`${digits.join(' ')} becomes <b>${answer.join('')}</b>; the digit it is least sure of has a probability of
        ${least}.`,
    );
    return right ? said : html`${said} ${msg('That is wrong: it is a small model, and not perfect.')}`;
  }

  private renderNumbers(sorted: Sorted): TemplateResult {
    const { digits } = sorted;
    const places = digits.map((digit, index) => `${index + 1}: ${digit}`);
    const outputs = sorted.answer.map((digit, index) => `${index + 1} → ${digit}`);
    const wide = (values: Tensor, heading: string, rows = places): TemplateResult =>
      html`<div class="scroll">
        <hs-matrix .values=${values} .heading=${heading} label=${heading} .rowNames=${rows}></hs-matrix>
      </div>`;
    const square = (values: Tensor, heading: string, weights: boolean): TemplateResult =>
      html`<div class="scroll">
        <hs-matrix
          .values=${values}
          .heading=${heading}
          label=${heading}
          .rowNames=${places}
          .columnNames=${digits}
          .shade=${weights ? shadeOfWeight : null}
        ></hs-matrix>
      </div>`;
    const heads = sorted.weights.map((_, head) => head);
    return html`
      <h4>${msg('Scores and weights of both heads')}</h4>
      <div class="heads">
        ${heads.map(
          (head) =>
            html`${square(sorted.scores[head] as Tensor, msg(str`Head ${head}: scores q·k / √6`), false)}
            ${square(sorted.weights[head] as Tensor, msg(str`Head ${head}: weights`), true)}`,
        )}
      </div>
      <h4>${msg('What comes out')}</h4>
      <div class="scroll">
        <hs-matrix
          .values=${sorted.logits}
          .heading=${msg('Logits: one row for each place, one column for each digit')}
          label=${msg('Logits')}
          .rowNames=${outputs}
          .columnNames=${Array.from({ length: 10 }, (_, digit) => String(digit))}
          .marks=${new Set(sorted.answer.map((digit, row) => `${row},${digit}`))}
        ></hs-matrix>
      </div>
      <details
        @toggle=${(event: Event) => {
          this.between = (event.target as HTMLDetailsElement).open;
        }}
      >
        <summary>${msg('Every number between')}</summary>
        ${this.between ? this.renderBetween(sorted, wide, outputs) : nothing}
      </details>
    `;
  }

  private renderBetween(
    sorted: Sorted,
    wide: (values: Tensor, heading: string, rows?: string[]) => TemplateResult,
    outputs: string[],
  ): TemplateResult {
    const heads = sorted.weights.map((_, head) => head);
    return html`${wide(sorted.input, msg('Embedding of the digit + vector of the place (5, 12)'))}
      ${wide(sorted.normalised, msg('Normalised: each row has mean 0 and variance 1, then weight and bias (5, 12)'))}
      <div class="heads">
        ${heads.map(
          (head) =>
            html`${wide(sorted.query[head] as Tensor, msg(str`Head ${head}: query (5, 6)`))}
            ${wide(sorted.key[head] as Tensor, msg(str`Head ${head}: key (5, 6)`))}
            ${wide(sorted.value[head] as Tensor, msg(str`Head ${head}: value (5, 6)`))}`,
        )}
      </div>
      ${wide(sorted.attended, msg('Output of the attention, both heads, projected; added to the input (5, 12)'))}
      ${wide(sorted.normalisedAgain, msg('Normalised again (5, 12)'))}
      ${wide(sorted.hidden, msg('First linear layer (5, 24)'))}
      ${wide(sorted.rectified, msg('ReLU: what is below 0 becomes 0 (5, 24)'))}
      ${wide(sorted.fed, msg('Second linear layer; added, too (5, 12)'))}
      ${wide(sorted.output, msg('Output of the layer: input + attention + feed-forward (5, 12)'), outputs)}`;
  }

  private renderCode(): TemplateResult {
    return html`<hs-equation-code .javascript=${sortingJavaScript()} .cpp=${sortingCpp()}>
      <math display="block">
        <mtable columnalign="left">
          <mtr>
            <mtd>
              <mi>Y</mi><mo>=</mo><mi>X</mi><mo>+</mo><mi>A</mi><mo stretchy="false">(</mo
              ><msub><mi>LN</mi><mn>1</mn></msub
              ><mo stretchy="false">(</mo><mi>X</mi><mo stretchy="false">)</mo><mo stretchy="false">)</mo>
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <mi>H</mi><mo>=</mo><mi>max</mi><mo stretchy="false">(</mo><mn>0</mn><mo>,</mo
              ><msub><mi>LN</mi><mn>2</mn></msub
              ><mo stretchy="false">(</mo><mi>Y</mi><mo stretchy="false">)</mo
              ><msubsup><mi>W</mi><mn>1</mn><mi>T</mi></msubsup
              ><mo>+</mo><msub><mi>b</mi><mn>1</mn></msub
              ><mo stretchy="false">)</mo>
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <mi>Z</mi><mo>=</mo><mi>Y</mi><mo>+</mo><mi>H</mi><msubsup><mi>W</mi><mn>2</mn><mi>T</mi></msubsup
              ><mo>+</mo><msub><mi>b</mi><mn>2</mn></msub>
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <mi>LN</mi><mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo><mo>=</mo>
              <mfrac
                ><mrow><mi>x</mi><mo>−</mo><mi>μ</mi></mrow
                ><msqrt
                  ><msup><mi>σ</mi><mn>2</mn></msup
                  ><mo>+</mo><mi>ε</mi></msqrt
                ></mfrac
              ><mo>⊙</mo><mi>γ</mi><mo>+</mo><mi>β</mi>
            </mtd>
          </mtr>
        </mtable>
      </math>
    </hs-equation-code>`;
  }

  private type(text: string): void {
    this.renderRoot.querySelector<HsTryThis>('hs-try-this')?.clear();
    this.read(text);
  }

  private read(text: string): void {
    this.typed = text;
    this.attempt(() => {
      if (this.model) this.sorted = this.model.sort(text);
    });
  }

  private tried(text: string): Sorted {
    this.read(text);
    if (!this.sorted) throw new Error('the model is not loaded yet');
    return this.sorted;
  }

  /** Where a row of a head's weights is largest: the place, from 1, and the weight. */
  private look({ weights }: Sorted, head: number, row: number): { readonly place: number; readonly share: string } {
    const own = Array.from(weights[head]?.data.subarray(row * 5, row * 5 + 5) ?? []);
    const [place = 0] = largest(own, 1);
    return { place: place + 1, share: percent(own[place] ?? NaN) };
  }

  private readonly experiments: readonly Experiment[] = [
    {
      name: msg('Move the smallest digit'),
      run: () => {
        const front = this.look(this.tried('13579'), 0, 0);
        const back = this.look(this.tried('35791'), 0, 0);
        return msg(
          str`To write the first digit, head 0 looks at place ${front.place} of 13579 (${front.share}) and at place ${back.place} of 35791 (${back.share}): it looks for what is small, wherever that is.`,
        );
      },
    },
    {
      name: msg('Turn the digits round'),
      run: () => {
        const there = this.tried('31415').answer.join('');
        const back = this.tried('51413').answer.join('');
        return msg(
          str`31415 becomes ${there}, 51413 becomes ${back}. What comes out depends on which digits there are; the vectors of the places say which of them each row has to write.`,
        );
      },
    },
    {
      name: msg('Five times the same'),
      run: () => {
        const sorted = this.tried('77777');
        const { data } = sorted.weights[0] ?? { data: new Float32Array() };
        const row = Array.from(data.subarray(0, 5));
        return msg(
          str`It writes ${sorted.answer.join('')}. No digit stands out, so in the first row of head 0 only the vectors of the places tell the keys apart: weights from ${percent(Math.min(...row))} to ${percent(Math.max(...row))}.`,
        );
      },
    },
  ];
}

customElements.define('hs-sorting', Sorting);
