import { msg, str } from '@lit/localize';
import { css, html, type TemplateResult } from 'lit';
import type { Headscope, SelfAttentionSteps, Tensor } from 'headscope';
import type { ProjectionRole } from '../../inputs/vectors-input.js';
import { threeDigits } from '../../three-digits.js';
import { chapterTitle } from '../chapters.js';
import { ChapterElement } from '../kit/chapter-element.js';
import { engine } from '../kit/engine.js';
import '../kit/equation-code.js';
import '../kit/matrix.js';
import type { MatrixEdit } from '../kit/matrix.js';
import { withNumber } from '../kit/tensors.js';
import '../kit/try-this.js';
import type { Experiment, HsTryThis } from '../kit/try-this.js';
import {
  asymmetry,
  diagonalWins,
  drawnExample,
  largest,
  projectionsOf,
  sentence,
  SHARINGS,
  type Example,
  type Sharing,
} from './example.js';
import { attentionCpp, attentionJavaScript } from './program.js';
import './spatial-shift.js';

const FIRST_SEED = 7;

/** A colour behind numbers from -most to most. */
function signedShade(most: number): (value: number) => string | null {
  return (value) => {
    const share = Math.round((45 * Math.abs(value)) / (most || 1));
    if (share === 0) return null;
    return `color-mix(in srgb, ${value < 0 ? 'rgb(33 102 172)' : 'rgb(196 90 20)'} ${share}%, transparent)`;
  };
}

/** Chapter 3: what three projections can say that fewer cannot; spatial shift and S² attention. */
class ProjectionsChapter extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    example: { state: true },
    steps: { state: true },
    code: { state: true },
  };

  static override styles = [
    ChapterElement.styles,
    css`
      .given {
        display: grid;
        gap: 16px 40px;
        grid-template-columns: minmax(0, 320px);
        margin-top: 16px;
      }
      .given > *,
      .ways > * {
        min-width: 0;
        max-width: 100%;
        overflow-x: auto;
      }
      .ways {
        display: grid;
        gap: 32px 40px;
        margin-top: 24px;
      }
      .ways hs-matrix {
        margin-top: 16px;
      }
      .ways h4 {
        margin: 0;
        font-size: 15px;
        font-weight: 600;
      }
      .ways p {
        min-height: 72px;
      }
      .ways .figure {
        min-height: 0;
        font-variant-numeric: tabular-nums;
      }
      math {
        font-size: 1.05em;
      }
      @media (min-width: 760px) {
        .given {
          grid-template-columns: repeat(2, 320px);
        }
      }
      @media (min-width: 1480px) {
        .given {
          grid-template-columns: repeat(4, 320px);
        }
      }
      @media (min-width: 1000px) {
        .ways {
          grid-template-columns: repeat(3, minmax(0, 1fr));
        }
      }
    `,
  ];

  declare private example: Example;
  declare private steps: Readonly<Record<Sharing, SelfAttentionSteps>> | null;
  /** The way that the code shows. */
  declare private code: Sharing;
  private headscope: Headscope | null = null;
  private seed = FIRST_SEED;

  constructor() {
    super();
    this.example = sentence();
    this.steps = null;
    this.code = 'separate';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    engine().then(
      (headscope) => {
        this.headscope = headscope;
        this.set(this.example);
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  protected override render(): TemplateResult {
    return html`
      <h2>${chapterTitle('projections')}</h2>
      <p>
        ${msg(
          'Query, key and value are made from the same token, by three matrices. Would one not do? The scores are S = X W_Q W_Kᵀ Xᵀ / √d. If W_Q and W_K are the same matrix, S equals its own transpose: whoever looks at a token is looked at by it just as much, before the softmax. A verb that looks for its subject makes the subject look for the verb.',
        )}
      </p>
      <p>
        ${msg(
          'And no score can be above the largest on the diagonal: a vector fits nothing as well as it fits an equal or longer copy of itself. If the values are that matrix too, a token passes on exactly what it is found by, and nothing else. Below, the same tokens go through all three ways.',
        )}
      </p>
      <section>
        <h3>${msg('Separate and shared projections, side by side')}</h3>
        <p class="note">${this.example.source}</p>
        ${this.errorLine()} ${this.renderGiven()}
        <div class="ways">${SHARINGS.map((sharing) => this.renderWay(sharing))}</div>
        <hs-try-this class="ways-tried" .experiments=${this.experiments}></hs-try-this>
      </section>
      ${this.renderCode()}
      <hs-spatial-shift></hs-spatial-shift>
    `;
  }

  private renderGiven(): TemplateResult {
    const { example } = this;
    const projection = (role: ProjectionRole, name: string): TemplateResult =>
      html`<hs-matrix
        class=${role}
        editable
        label=${name}
        .heading=${name}
        .values=${example.projections[role]}
        .rowNames=${example.features}
        @matrix-edit=${(event: CustomEvent<MatrixEdit>) => this.editProjection(role, event.detail)}
      ></hs-matrix>`;
    return html`<div class="given">
      <hs-matrix
        class="x"
        editable
        label="X"
        .heading=${msg('X, the tokens')}
        .values=${example.x}
        .rowNames=${example.tokens}
        .columnNames=${example.features}
        @matrix-edit=${(event: CustomEvent<MatrixEdit>) => this.editToken(event.detail)}
      ></hs-matrix>
      ${projection('query', 'W_Q')} ${projection('key', 'W_K')} ${projection('value', 'W_V')}
    </div>`;
  }

  private renderWay(sharing: Sharing): TemplateResult {
    const steps = this.steps?.[sharing];
    const names: Readonly<Record<Sharing, string>> = {
      separate: msg('Three matrices'),
      shared: msg('W_K for queries, too'),
      equal: msg('W_K for all three'),
    };
    const lost: Readonly<Record<Sharing, string>> = {
      separate: msg('A token can look at another that does not look back, or at none in particular.'),
      shared: msg('Lost: direction. Each pair has one score for both ways.'),
      equal: msg('Lost as well: what to pass on. The output is a mixture of the keys.'),
    };
    return html`<div class=${sharing}>
      <h4>${names[sharing]}</h4>
      <p>${lost[sharing]}</p>
      ${steps ? this.renderSteps(sharing, steps) : ''}
    </div>`;
  }

  private renderSteps(sharing: Sharing, steps: SelfAttentionSteps): TemplateResult {
    const { tokens } = this.example;
    const difference = asymmetry(steps.scores);
    const most = largest(difference);
    const shown = (name: string, label: string, heading: string, values: Tensor, scale: number): TemplateResult =>
      html`<hs-matrix
        class=${name}
        label=${label}
        .heading=${heading}
        .values=${values}
        .rowNames=${tokens}
        .columnNames=${values.shape[1] === tokens.length && name !== 'output' ? tokens : null}
        .shade=${signedShade(scale)}
      ></hs-matrix>`;
    return html`
      ${shown('scores', 'S', msg('S, the scores'), steps.scores, largest(steps.scores))}
      ${shown('difference', 'S − Sᵀ', msg('S − Sᵀ'), difference, most)}
      <p class="figure asymmetry">
        ${msg(str`max |S − Sᵀ| = ${threeDigits(most)}`)}${most === 0 ? html`: ${msg('symmetric')}` : ''}
      </p>
      ${shown('weights', 'P', msg('P, the weights'), steps.weights, 1)}
      <p class="figure diagonal">
        ${msg(str`${diagonalWins(steps)} of ${tokens.length} tokens look most at themselves.`)}
      </p>
      ${shown('output', 'O', msg('O, the output'), steps.output, largest(steps.output))}
      <button
        class="plain"
        aria-pressed=${this.code === sharing ? 'true' : 'false'}
        @click=${() => (this.code = sharing)}
      >
        ${msg('show the code of this one')}
      </button>
    `;
  }

  private renderCode(): TemplateResult {
    return html`<section>
      <h3>${msg('The equation, and the code that does just that')}</h3>
      <hs-equation-code .javascript=${attentionJavaScript(this.code)} .cpp=${attentionCpp(this.code)}>
        <math display="block">
          <mtable columnalign="left">
            <mtr>
              <mtd>
                <mi>S</mi><mo>=</mo>
                <mfrac>
                  <mrow>
                    <mi>X</mi><msub><mi>W</mi><mi>Q</mi></msub
                    ><msubsup><mi>W</mi><mi>K</mi><mi>T</mi></msubsup
                    ><msup><mi>X</mi><mi>T</mi></msup>
                  </mrow>
                  <msqrt><mi>d</mi></msqrt>
                </mfrac>
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <msub><mi>W</mi><mi>Q</mi></msub
                ><mo>=</mo><msub><mi>W</mi><mi>K</mi></msub> <mspace width="0.5em"></mspace><mo>⇒</mo
                ><mspace width="0.5em"></mspace> <mi>S</mi><mo>=</mo><msup><mi>S</mi><mi>T</mi></msup> <mo>,</mo
                ><mspace width="0.5em"></mspace>
                <msubsup>
                  <mi>S</mi><mrow><mi>i</mi><mi>j</mi></mrow
                  ><mn>2</mn>
                </msubsup>
                <mo>≤</mo>
                <msub>
                  <mi>S</mi><mrow><mi>i</mi><mi>i</mi></mrow>
                </msub>
                <msub>
                  <mi>S</mi><mrow><mi>j</mi><mi>j</mi></mrow>
                </msub>
              </mtd>
            </mtr>
          </mtable>
        </math>
      </hs-equation-code>
    </section>`;
  }

  private set(example: Example): void {
    const { headscope } = this;
    this.example = example;
    if (!headscope) return;
    this.attempt(() => {
      const run = (sharing: Sharing): SelfAttentionSteps =>
        headscope.selfAttention(example.x, projectionsOf(example, sharing));
      this.steps = { separate: run('separate'), shared: run('shared'), equal: run('equal') };
    });
  }

  private editToken({ row, column, value }: MatrixEdit): void {
    this.forgetTried();
    this.set({ ...this.example, x: withNumber(this.example.x, row, column, value) });
  }

  private editProjection(role: ProjectionRole, edit: MatrixEdit): void {
    this.forgetTried();
    this.set(this.withProjection(role, edit));
  }

  private withProjection(role: ProjectionRole, { row, column, value }: MatrixEdit): Example {
    const { projections } = this.example;
    const changed = withNumber(projections[role], row, column, value);
    return { ...this.example, projections: { ...projections, [role]: changed } };
  }

  private forgetTried(): void {
    this.renderRoot.querySelector<HsTryThis>('.ways-tried')?.clear();
  }

  private scoreOf(sharing: Sharing, row: number, column: number): string {
    return threeDigits(this.steps?.[sharing].scores.data[4 * row + column] ?? NaN);
  }

  private readonly experiments: readonly Experiment[] = [
    {
      name: msg('Let the noun look for its verb, too'),
      run: () => {
        this.set(sentence());
        const before = this.scoreOf('separate', 1, 2);
        this.set(this.withProjection('query', { row: 1, column: 2, value: 3 }));
        const [noun, verb] = [this.scoreOf('separate', 1, 2), this.scoreOf('separate', 2, 1)];
        const shared = this.scoreOf('shared', 1, 2);
        return msg(
          str`One number of W_Q. With three matrices the noun’s score for the verb goes from ${before} to ${noun}, and the verb’s score for the noun stays ${verb}: each direction has its own. With a shared matrix both are ${shared}, as before: there is no number for one direction alone.`,
        );
      },
    },
    {
      name: msg('Random features and projections'),
      run: () => {
        this.set(drawnExample(this.seed++));
        const { steps } = this;
        if (!steps) return '';
        const [separate, shared] = [largest(asymmetry(steps.separate.scores)), largest(asymmetry(steps.shared.scores))];
        return msg(
          str`max |S − Sᵀ| is ${threeDigits(separate)} with three matrices and ${threeDigits(shared)} with a shared one. ${diagonalWins(steps.separate)} of 4 tokens look most at themselves with three matrices, ${diagonalWins(steps.shared)} of 4 with a shared one: nothing of that was learned, it is what S = KKᵀ does.`,
        );
      },
    },
    {
      name: msg('Start again'),
      run: () => {
        this.seed = FIRST_SEED;
        this.set(sentence());
        return '';
      },
    },
  ];
}

customElements.define('hs-chapter-projections', ProjectionsChapter);
