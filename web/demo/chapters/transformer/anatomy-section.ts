import { msg, str } from '@lit/localize';
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Tensor } from 'headscope';
import { threeDigits } from '../../three-digits.js';
import { ChapterElement } from '../kit/chapter-element.js';
import '../kit/controls.js';
import '../kit/equation-code.js';
import '../kit/heatmap.js';
import '../kit/try-this.js';
import type { Experiment } from '../kit/try-this.js';
import { dateModel, type DateModel, type Reading } from './date-model.js';
import { transformerCpp, transformerJavaScript } from './date-program.js';
import { isolated, percent } from './text.js';

const FIRST_NAME = 'encoder.layers.0.self_attn.weights';
/** What the experiments begin with. */
const TEXT = '3rd of march 2021';

/** Intermediate results of one block of the machine. */
interface Block {
  readonly title: string;
  readonly side: 'encoder' | 'decoder';
  readonly names: readonly string[];
}

/** Which block a captured name belongs to. */
function blockOf(name: string): { readonly title: string; readonly side: Block['side'] } {
  const side = /^(src_tok_emb|encoder)\b/.test(name) ? 'encoder' : 'decoder';
  const layer = /\.layers\.(\d+)\./.exec(name)?.[1];
  if (layer !== undefined) {
    return { side, title: side === 'encoder' ? msg(str`Encoder layer ${layer}`) : msg(str`Decoder layer ${layer}`) };
  }
  if (/\.(embedding|input)$/.test(name)) {
    return { side, title: side === 'encoder' ? msg('Input text') : msg('Output so far') };
  }
  return { side, title: side === 'encoder' ? msg('Encoder’s output') : msg('Next character') };
}

/** All blocks, in the order in which they are computed. */
function blocksOf(names: readonly string[]): Block[] {
  const blocks = new Map<string, { side: Block['side']; names: string[] }>();
  for (const name of names) {
    const { title, side } = blockOf(name);
    const block = blocks.get(title) ?? { side, names: [] };
    block.names.push(name);
    blocks.set(title, block);
  }
  return [...blocks].map(([title, block]) => ({ title, ...block }));
}

/** A name without what its block says already. */
function shortName(name: string): string {
  return name.replace(/^(en|de)coder\.(layers\.\d+\.)?/, '');
}

/** What an intermediate result is, in words. */
function meaning(name: string): string {
  const part = name.split('.').at(-1) ?? '';
  const memory = name.includes('multihead_attn');
  switch (part) {
    case 'embedding':
      return msg('The vector of each character, times √d.');
    case 'input':
      return msg('The same with the position of each character added.');
    case 'query':
      return memory ? msg('What each written character asks the text.') : msg('What each character asks.');
    case 'key':
      return memory
        ? msg('What each character of the text can be found by.')
        : msg('What each character can be found by.');
    case 'value':
      return memory ? msg('What each character of the text passes on.') : msg('What each character passes on.');
    case 'weights':
      return memory
        ? msg('Cross-attention: rows are characters as they are written, columns characters of the text.')
        : msg('Self-attention: how much each character (row) takes from each (column).');
    case 'norm1':
    case 'norm2':
    case 'norm3':
      return msg('Normalised before the sublayer: each row has mean 0 and variance 1, then learned weight and bias.');
    case 'linear1':
      return msg('The feed-forward network’s first layer: wider than the rows it reads.');
    case 'activation':
      return msg('After ReLU: nothing is below 0.');
    case 'linear2':
      return msg('The feed-forward network’s second layer, to be added to what came in.');
    case 'norm':
      return msg('The last norm of the stack.');
    case 'logits':
      return msg('Scores of each character of the output’s vocabulary; softmax makes them probabilities.');
    default:
      return name.includes('attn')
        ? msg('The heads’ results, projected together, to be added to what came in.')
        : msg('What is handed on: what came in, with all that the sublayers added.');
  }
}

/**
 * Part 2 of the chapter: positions, masks and norms, and everything that is computed on the way, to be opened.
 * `reading` is what the part before shows.
 */
class Anatomy extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    reading: { attribute: false },
    model: { state: true },
    opened: { state: true },
    head: { state: true },
  };

  static override styles = [
    ChapterElement.styles,
    css`
      .machine {
        display: grid;
        gap: 16px 32px;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        margin-top: 16px;
      }
      .machine > div {
        min-width: 0;
      }
      .machine h4 {
        font-size: 15px;
        font-weight: 600;
        margin: 0;
      }
      .block {
        margin-top: 8px;
        padding-left: 12px;
        border-left: 2px solid var(--hs-line);
      }
      .block p {
        margin: 0;
        color: var(--hs-muted);
      }
      .block ul {
        list-style: none;
        margin: 0;
        padding: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 0 12px;
      }
      .block button {
        font-family: var(--hs-mono);
        font-size: 13px;
        overflow-wrap: anywhere;
        text-align: left;
      }
      .block button.plain[aria-pressed='true'] {
        color: var(--hs-accent);
        font-weight: 600;
      }
      .opened {
        min-height: 360px;
      }
      @media (max-width: 600px) {
        .machine {
          grid-template-columns: minmax(0, 1fr);
        }
      }
      code {
        font-family: var(--hs-mono);
        font-size: 13px;
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare reading: Reading | null;
  declare private model: DateModel | null;
  /** The name of what is open. */
  declare private opened: string;
  declare private head: number;

  constructor() {
    super();
    this.reading = null;
    this.model = null;
    this.opened = FIRST_NAME;
    this.head = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    dateModel().then(
      (model) => {
        this.model = model;
      },
      // The part before says so.
      () => undefined,
    );
  }

  protected override render(): TemplateResult {
    return html`
      <section>
        <h3>${msg('The whole machine, opened')}</h3>
        <p>
          ${msg(
            'The encoder reads the text: in each of its layers every character looks at all others (self-attention) and is then reworked by itself (feed-forward). The decoder writes: each of its layers looks first at what is written so far, then at the encoder’s output (cross-attention), then reworks. Every sublayer adds its result to what came in.',
          )}
        </p>
        <p>
          ${msg(
            'Where the norm stands is a choice: the paper normalises after each addition (post-norm); this model normalises what a sublayer reads (pre-norm), which leaves the sum untouched on its way up and is easier to train.',
          )}
        </p>
        ${this.renderMachine()}
      </section>
      <section>
        <h3>${msg('Positions and the mask')}</h3>
        <p>
          ${msg(
            'Attention sees a set: without positions, “12” and “21” are the same to it. So a vector that depends on the place alone is added to each character: sines and cosines of ever longer waves, fast on the left, slow on the right.',
          )}
        </p>
        <p>
          ${msg(
            'While training, the decoder is given the whole right answer at once. The causal mask hides from each place what comes after it; otherwise it would only learn to copy the next character, and could not write where nothing stands yet.',
          )}
        </p>
        <div class="columns two">
          ${this.renderPositions()}
          <div><hs-try-this .experiments=${this.experiments}></hs-try-this></div>
        </div>
        ${this.renderCode()}
      </section>
    `;
  }

  private renderMachine(): TemplateResult | typeof nothing {
    const { reading } = this;
    if (!reading) return nothing;
    const blocks = blocksOf(Object.keys(reading.captured));
    const side = (which: Block['side'], title: string): TemplateResult =>
      html`<div>
        <h4>${title}</h4>
        ${blocks.filter((block) => block.side === which).map((block) => this.renderBlock(block))}
      </div>`;
    return html`<p class="note">
        ${msg(str`All that is computed for “${isolated(reading.text)}”, from top to bottom, under the names by which it can be captured. Choose one to see its numbers.`)}
      </p>
      <div class="columns two">
        <div class="machine">${side('encoder', msg('Encoder'))}${side('decoder', msg('Decoder'))}</div>
        <div class="opened">${this.renderOpened(reading)}</div>
      </div>`;
  }

  private renderBlock({ title, names }: Block): TemplateResult {
    return html`<div class="block" role="group" aria-label=${title}>
      <p>${title}</p>
      <ul>
        ${names.map(
          (name) =>
            html`<li>
              <button
                class="plain"
                title=${name}
                lang="en"
                aria-pressed=${name === this.opened ? 'true' : 'false'}
                @click=${() => {
                  this.opened = name;
                }}
              >
                ${shortName(name)}
              </button>
            </li>`,
        )}
      </ul>
    </div>`;
  }

  private renderOpened(reading: Reading): TemplateResult | typeof nothing {
    const tensor = reading.captured[this.opened];
    if (!tensor) return nothing;
    const heads = tensor.shape.length === 4 ? (tensor.shape[1] ?? 1) : 1;
    const head = Math.min(this.head, heads - 1);
    const [rows = 0, columns = 0] = tensor.shape.slice(-2);
    const from = head * rows * columns;
    const values: Tensor = { data: tensor.data.subarray(from, from + rows * columns), shape: [rows, columns] };
    return html`<p><code lang="en">${this.opened}</code> (${tensor.shape.join(', ')})</p>
      <p>${meaning(this.opened)}</p>
      ${
        heads > 1
          ? html`<div class="row">
              <hs-slider
                label=${msg('head')}
                .value=${head}
                min="0"
                max=${heads - 1}
                @slide=${(event: CustomEvent<number>) => {
                  this.head = event.detail;
                }}
              ></hs-slider>
            </div>`
          : nothing
      }
      <div class="row">
        <hs-heatmap
          .values=${values}
          label=${meaning(this.opened)}
          rowLabel=${msg('row')}
          columnLabel=${msg('column')}
        ></hs-heatmap>
      </div>`;
  }

  private renderPositions(): TemplateResult {
    const { model } = this;
    if (!model) return html`<div></div>`;
    const { sizes, source } = model.description;
    return html`<div>
      <hs-heatmap
        class="positions"
        .values=${model.headscope.sinusoidalPositions(source.longest, sizes.dim)}
        label=${msg('Sinusoidal positions')}
        rowLabel=${msg('position')}
        columnLabel=${msg('column')}
      ></hs-heatmap>
      <p class="note">
        ${msg(str`The vectors of positions 0 to ${source.longest - 1}, one row each, d = ${sizes.dim} columns.`)}
      </p>
    </div>`;
  }

  private renderCode(): TemplateResult {
    return html`<hs-equation-code .javascript=${transformerJavaScript()} .cpp=${transformerCpp()}>
      <math display="block">
        <mtable columnalign="left">
          <mtr>
            <mtd>
              <msub
                ><mi>PE</mi><mrow><mi>p</mi><mo>,</mo><mn>2</mn><mi>i</mi></mrow></msub
              >
              <mo>=</mo><mi>sin</mi
              ><mfrac
                ><mi>p</mi
                ><msup
                  ><mn>10000</mn><mrow><mn>2</mn><mi>i</mi><mo>/</mo><mi>d</mi></mrow></msup
                ></mfrac
              >
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <msub
                ><mi>PE</mi><mrow><mi>p</mi><mo>,</mo><mn>2</mn><mi>i</mi><mo>+</mo><mn>1</mn></mrow></msub
              >
              <mo>=</mo><mi>cos</mi
              ><mfrac
                ><mi>p</mi
                ><msup
                  ><mn>10000</mn><mrow><mn>2</mn><mi>i</mi><mo>/</mo><mi>d</mi></mrow></msup
                ></mfrac
              >
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <mi>X</mi><mo>=</mo><msqrt><mi>d</mi></msqrt
              ><mspace width="0.2em"></mspace><mi>E</mi><mo>+</mo><mi>PE</mi>
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <mi>X</mi><mo>←</mo><mi>X</mi><mo>+</mo><mi>f</mi><mo stretchy="false">(</mo><mi>LN</mi
              ><mo stretchy="false">(</mo><mi>X</mi><mo stretchy="false">)</mo><mo stretchy="false">)</mo>
              <mspace width="1em"></mspace><mtext>${msg('pre-norm')}</mtext>
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <mi>X</mi><mo>←</mo><mi>LN</mi><mo stretchy="false">(</mo><mi>X</mi><mo>+</mo><mi>f</mi
              ><mo stretchy="false">(</mo><mi>X</mi><mo stretchy="false">)</mo><mo stretchy="false">)</mo>
              <mspace width="1em"></mspace><mtext>${msg('post-norm')}</mtext>
            </mtd>
          </mtr>
        </mtable>
      </math>
    </hs-equation-code>`;
  }

  private readonly experiments: readonly Experiment[] = [
    {
      name: msg('Switch the input’s positions off'),
      run: () => {
        const { model } = this;
        if (!model) return '';
        const without = model.withoutPositions(TEXT);
        return msg(
          str`“${isolated(TEXT)}” becomes ${model.greedy(TEXT).output} with positions, and “${without}” without: the model still sees which characters there are, but not what stands where.`,
        );
      },
    },
    {
      name: msg('Exchange day and year'),
      run: () => {
        const { model } = this;
        if (!model) return '';
        const [one, other] = ['03.04.05', '05.04.03'] as const;
        return msg(
          str`With positions, ${one} becomes ${model.greedy(one).output} and ${other} becomes ${model.greedy(other).output}. Without, both become “${model.withoutPositions(one)}” and “${model.withoutPositions(other)}”: the same characters, the same answer.`,
        );
      },
    },
    {
      name: msg('Lift the mask'),
      run: () => {
        const { model } = this;
        if (!model) return '';
        const reading = model.greedy(TEXT);
        // What the decoder is given ends with the last digit; that one is changed.
        const place = reading.written.length - 2;
        const other = reading.written.map((token, index) => (index === place ? token - 1 : token));
        const change = (causal: boolean): number => {
          const [before, after] = [reading.written, other].map(
            (written) => model.logits(reading, written, causal).data,
          );
          const rows = place + 1;
          const size = model.targetNames.length;
          return Math.max(
            ...Array.from({ length: rows * size }, (_, index) =>
              Math.abs((before?.[index] ?? NaN) - (after?.[index] ?? NaN)),
            ),
          );
        };
        return msg(
          str`The last digit of ${reading.output} is changed. Under the mask, the logits of the ${place + 1} characters up to it change by ${threeDigits(change(true))}: nobody could see it. Without, by up to ${threeDigits(change(false))}.`,
        );
      },
    },
    {
      name: msg('What the whole output is worth'),
      run: () => {
        const { reading } = this;
        if (!reading) return '';
        const each = reading.written.map((token, step) => reading.probabilities[step]?.[token] ?? NaN);
        return msg(
          str`The probability of an output is the product of those of its characters: ${each.map((share) => percent(share)).join(' · ')} = ${percent(reading.probability)}.`,
        );
      },
    },
  ];
}

customElements.define('hs-transformer-anatomy', Anatomy);
