import { msg, str } from '@lit/localize';
import { css, html, mathml, nothing, type TemplateResult } from 'lit';
import { patchAttentionFromStateDict, type LayerResult, type Tensor } from 'headscope';
import type { HeadscopeLayers } from 'headscope/layers';
import { normals } from '../../seeded.js';
import { grouped, threeDigits } from '../../three-digits.js';
import { ChapterElement } from '../kit/chapter-element.js';
import '../kit/controls.js';
import { checkbox } from '../kit/controls.js';
import '../kit/equation-code.js';
import { layersEngine } from '../kit/layers-engine.js';
import type { CellPlace } from '../kit/matrix.js';
import '../kit/number-field.js';
import '../kit/pixels.js';
import type { PixelPoint } from '../kit/pixels.js';
import '../kit/try-this.js';
import type { Experiment, HsTryThis } from '../kit/try-this.js';
import { cpp, javaScript, withoutOutput, type LayerSettings } from './program.js';
import { onMap, PATCH, PLACES, unfolded, unfoldedPlace } from './unfolding.js';

const FIRST: LayerSettings = {
  rows: 6,
  columns: 8,
  dim: 32,
  heads: 8,
  headDim: 64,
  dropout: 0,
  training: false,
  seed: 7,
};

/** Of the four places in a patch. */
const TINTS = [
  [62, 134, 208],
  [46, 150, 92],
  [164, 92, 190],
  [212, 110, 36],
] as const;

type NumberName = 'rows' | 'columns' | 'dim' | 'heads' | 'headDim' | 'dropout' | 'seed';

const MOST: Readonly<Record<'rows' | 'columns' | 'dim' | 'heads' | 'headDim', number>> = {
  rows: 16,
  columns: 16,
  dim: 128,
  heads: 16,
  headDim: 128,
};

/** The layer by itself: how a map is unfolded, and who attends to whom. */
class PatchLayer extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    settings: { state: true },
    problems: { state: true },
    chosen: { state: true },
    head: { state: true },
    result: { state: true },
  };

  static override styles = [
    ChapterElement.styles,
    css`
      .bench {
        display: grid;
        gap: 24px 48px;
        grid-template-columns: minmax(0, 1fr);
        margin-top: 16px;
      }
      .map {
        max-width: 384px;
      }
      .unfolded {
        max-width: 480px;
      }
      .figures {
        font-variant-numeric: tabular-nums;
      }
      .shape {
        font-family: var(--hs-mono);
        font-size: 13px;
      }
      label.check {
        display: flex;
        gap: 8px;
        align-items: baseline;
      }
      @media (min-width: 900px) {
        .bench {
          grid-template-columns: 384px minmax(0, 1fr);
        }
      }
    `,
  ];

  /** The last that were right. */
  declare private settings: LayerSettings;
  declare private problems: Readonly<Partial<Record<NumberName, string>>>;
  declare private chosen: CellPlace;
  declare private head: number;
  /** output (p, n, d) and weights (p, heads, n, n) */
  declare private result: LayerResult | null;
  private headscope: HeadscopeLayers | null = null;

  constructor() {
    super();
    this.settings = FIRST;
    this.problems = {};
    this.chosen = { row: 2, column: 3 };
    this.head = 0;
    this.result = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    layersEngine().then(
      (headscope) => {
        this.headscope = headscope;
        this.set({});
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  protected override render(): TemplateResult {
    return html`<section>
        <h3>${msg('A map, unfolded into places and patches')}</h3>
        <p>
          ${msg(
            'The map below is cut into patches of 2 × 2 tokens, so every token has one of p = 4 places in its patch (the colours), and there are n patches. Unfolded, the map is one table with a row for each place. Attention runs along a row: a token sees those tokens of all patches that have its own place, and no others. Click a token to see which.',
          )}
        </p>
        ${this.renderControls()} ${this.errorLine()} ${this.result ? this.renderBench(this.result) : nothing}
        <hs-try-this class="layer-tried" .experiments=${this.experiments}></hs-try-this>
      </section>
      ${this.renderCode()}`;
  }

  private renderControls(): TemplateResult {
    const field = (name: NumberName, label: string): TemplateResult =>
      html`<hs-number
        data-name=${name}
        label=${label}
        .value=${this.settings[name]}
        .problem=${this.problems[name] ?? ''}
        @number=${(event: CustomEvent<number>) => this.setNumber(name, event.detail)}
      ></hs-number>`;
    return html`<div class="row">
        ${field('rows', msg('rows'))} ${field('columns', msg('columns'))} ${field('dim', 'dim')}
        ${field('heads', 'heads')} ${field('headDim', 'dim_head')}
      </div>
      <div class="row">
        ${field('dropout', 'dropout')}
        ${checkbox(msg('training: dropout takes effect'), this.settings.training, (training) => this.change({ training }))}
        ${field('seed', msg('seed'))}
      </div>
      <p class="note">${msg(str`Random tokens and weights (seed ${this.settings.seed}): drawn, not learned.`)}</p>`;
  }

  private renderBench({ weights, output }: LayerResult): TemplateResult {
    const { rows, columns, heads, dim } = this.settings;
    const count = (rows * columns) / PLACES;
    const { place, patch } = unfoldedPlace(this.chosen.row, this.chosen.column, columns);
    const begin = ((place * heads + this.head) * count + patch) * count;
    const row = weights?.data.slice(begin, begin + count) ?? new Float32Array();
    const paper = (shape: number[]): Tensor => ({ data: new Float32Array(rows * columns), shape });
    const table = new Float32Array(rows * columns);
    table.set(row, place * count);
    const best = row.indexOf(Math.max(...row));
    return html`<div class="bench">
      <div>
        <p class="note">
          ${msg('The map: rows × columns × d')}
          <span class="shape">(${rows}, ${columns}, ${dim})</span>
        </p>
        <hs-pixels
          class="map"
          interactive
          grid=${PATCH}
          label=${msg('The map: arrow keys move, Space chooses a token')}
          .values=${paper([rows, columns])}
          .tints=${({ row, column }: CellPlace) => this.tint(unfoldedPlace(row, column, columns).place)}
          .overlay=${{ data: onMap(row, place, rows, columns), shape: [rows, columns] }}
          .marks=${[this.chosen]}
          @pixel=${(event: CustomEvent<PixelPoint>) => this.choose(event.detail)}
        ></hs-pixels>
      </div>
      <div>
        <p class="note">${msg('Unfolded: p × n × d')} <span class="shape">(${PLACES}, ${count}, ${dim})</span></p>
        <hs-pixels
          class="unfolded"
          label=${msg(str`A table of ${PLACES} rows, the places, and ${count} columns, the patches`)}
          .values=${paper([PLACES, count])}
          .tints=${(cell: CellPlace) => this.tint(cell.row)}
          .overlay=${{ data: table, shape: [PLACES, count] }}
          .marks=${[{ row: place, column: patch }]}
        ></hs-pixels>
        <div class="row">
          <hs-select
            class="head"
            label=${msg('Head')}
            .value=${String(this.head)}
            .choices=${Array.from({ length: heads }, (_, head) => ({ value: String(head), name: String(head) }))}
            @choose=${(event: CustomEvent<string>) => (this.head = Number(event.detail))}
          ></hs-select>
        </div>
        <p class="figures looked">
          ${msg(
            str`The token in row ${this.chosen.row}, column ${this.chosen.column} has place ${place} in patch ${patch}. In head ${this.head} it looks most at patch ${best}, with ${threeDigits(row[best] ?? NaN)}; an even share would be ${threeDigits(1 / count)}.`,
          )}
        </p>
        <p class="figures layer">${this.layerText(output)}</p>
      </div>
    </div>`;
  }

  private layerText(output: Tensor): string {
    const { heads, headDim, dim, training, dropout } = this.settings;
    const inner = heads * headDim;
    const qkv = msg(
      str`to_qkv is one matrix of ${3 * inner} × ${dim} without bias, for queries, keys and values of all heads.`,
    );
    if (withoutOutput(this.settings)) {
      return `${qkv} ${msg('With one head that is as wide as the token, to_out is the identity: nothing has to be brought together, and there is no dropout.')}`;
    }
    const out = msg(
      str`to_out brings ${inner} numbers back to ${dim}, with a bias: ${grouped(dim * inner + dim)} parameters.`,
    );
    if (!training) return `${qkv} ${out} ${msg('Outside of training, dropout does nothing.')}`;
    const zeros = output.data.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
    return `${qkv} ${out} ${msg(
      str`Training: ${zeros} of ${output.data.length} numbers of the output are dropped (p = ${threeDigits(dropout)}), the others are divided by ${threeDigits(1 - dropout)}.`,
    )}`;
  }

  private renderCode(): TemplateResult {
    return html`<section>
      <h3>${msg('The layer as equation and code')}</h3>
      <hs-equation-code .javascript=${javaScript(this.settings)} .cpp=${cpp(this.settings)}>
        <math display="block">
          <mtable columnalign="left">
            <mtr>
              <mtd>
                <mo stretchy="false">[</mo><mi>Q</mi><mi>K</mi><mi>V</mi><mo stretchy="false">]</mo><mo>=</mo><mi>X</mi>
                <msubsup><mi>W</mi><mi>qkv</mi><mi>T</mi></msubsup>
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <msub
                  ><mi>P</mi><mrow><mi>p</mi><mi>h</mi></mrow></msub
                ><mo>=</mo><mi>softmax</mi><mo>(</mo>
                <mfrac>
                  <mrow>
                    <msub
                      ><mi>Q</mi><mrow><mi>p</mi><mi>h</mi></mrow></msub
                    >
                    <msubsup
                      ><mi>K</mi><mrow><mi>p</mi><mi>h</mi></mrow
                      ><mi>T</mi></msubsup
                    >
                  </mrow>
                  <msqrt
                    ><msub><mi>d</mi><mi>h</mi></msub></msqrt
                  >
                </mfrac>
                <mo>)</mo>
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <msub><mi>O</mi><mi>p</mi></msub
                ><mo>=</mo> <mo stretchy="false">[</mo
                ><msub
                  ><mi>P</mi><mrow><mi>p</mi><mn>1</mn></mrow></msub
                ><msub
                  ><mi>V</mi><mrow><mi>p</mi><mn>1</mn></mrow></msub
                >
                <mo>…</mo
                ><msub
                  ><mi>P</mi><mrow><mi>p</mi><mi>H</mi></mrow></msub
                ><msub
                  ><mi>V</mi><mrow><mi>p</mi><mi>H</mi></mrow></msub
                ><mo stretchy="false">]</mo>
                ${
                  withoutOutput(this.settings)
                    ? nothing
                    : mathml`<msubsup><mi>W</mi><mi>out</mi><mi>T</mi></msubsup><mo>+</mo><mi>b</mi>`
                }
              </mtd>
            </mtr>
          </mtable>
        </math>
      </hs-equation-code>
    </section>`;
  }

  /** A place's colour, pale. */
  private tint(place: number): number[] {
    const ground = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g) ?? [];
    return (TINTS[place] ?? TINTS[0]).map((channel, index) => 0.25 * channel + 0.75 * Number(ground[index] ?? 255));
  }

  private choose({ row, column }: PixelPoint): void {
    this.chosen = { row, column };
  }

  private setNumber(name: NumberName, value: number): void {
    const problem = this.problemOf(name, value);
    this.problems = { ...this.problems, [name]: problem };
    if (!problem) this.change({ [name]: value });
  }

  private problemOf(name: NumberName, value: number): string {
    const kept = this.settings[name];
    if (name === 'dropout') {
      return value >= 0 && value < 1
        ? ''
        : msg(str`A number from 0 to less than 1; the picture is still that of ${kept}.`);
    }
    if (name === 'seed') {
      const fits = Number.isInteger(value) && value >= 0 && value < 2 ** 32;
      return fits ? '' : msg(str`A whole number from 0 to 4294967295; the picture is still that of ${kept}.`);
    }
    const most = MOST[name];
    const whole = Number.isInteger(value) && value >= 1 && value <= most;
    if (name === 'rows' || name === 'columns') {
      const fits = whole && value % PATCH === 0;
      return fits
        ? ''
        : msg(str`An even number from 2 to ${most}, as patches are 2 × 2; the picture is still that of ${kept}.`);
    }
    return whole ? '' : msg(str`A whole number from 1 to ${most}; the picture is still that of ${kept}.`);
  }

  /** By hand: what was tried is over. */
  private change(part: Partial<LayerSettings>): void {
    this.renderRoot.querySelector<HsTryThis>('hs-try-this')?.clear();
    this.set(part);
  }

  private set(part: Partial<LayerSettings>): void {
    const settings = { ...this.settings, ...part };
    const { headscope } = this;
    if (!headscope) return;
    this.attempt(() => {
      this.result = run(headscope, settings);
      this.settings = settings;
      this.head = Math.min(this.head, settings.heads - 1);
      this.chosen = {
        row: Math.min(this.chosen.row, settings.rows - 1),
        column: Math.min(this.chosen.column, settings.columns - 1),
      };
    });
  }

  private setAll(part: Partial<LayerSettings>): void {
    this.problems = {};
    this.set({ ...FIRST, ...part });
  }

  private readonly experiments: readonly Experiment[] = [
    {
      name: msg('One head as wide as the token'),
      run: () => {
        this.setAll({ heads: 1, headDim: FIRST.dim });
        return msg(
          str`heads = 1 and dim_head = dim = ${FIRST.dim}: to_out is the identity. With heads = 2 and dim_head = 16 the heads’ numbers would be as many, but to_out would be there, to mix them.`,
        );
      },
    },
    {
      name: msg('Dropout 0.5 while training'),
      run: () => {
        this.setAll({ dropout: 0.5, training: true });
        const first = this.result?.output.data ?? new Float32Array();
        const zeros = first.filter((value) => value === 0).length;
        this.setAll({ dropout: 0.5, training: true });
        const again = this.result?.output.data ?? new Float32Array();
        const differing = again.filter((value, index) => value !== first[index]).length;
        return msg(
          str`${zeros} of ${first.length} numbers of the output became 0, and the others twice as large. Run once more with the same seed, ${differing} numbers differ: what is dropped depends on the seed alone.`,
        );
      },
    },
    {
      name: msg('A map with an odd number of rows'),
      run: () => {
        this.setAll({});
        this.setNumber('rows', 5);
        return msg('Five rows do not make patches of two: the field says so, and the picture stays that of six.');
      },
    },
    {
      name: msg('Start again'),
      run: () => {
        this.setAll({});
        return '';
      },
    },
  ];
}

/** The layer on random tokens, with random weights. */
function run(headscope: HeadscopeLayers, settings: LayerSettings): LayerResult {
  const { rows, columns, dim, heads, headDim, dropout, training, seed } = settings;
  const inner = heads * headDim;
  const weights = headscope.initialise(
    {
      'to_qkv.weight': [3 * inner, dim],
      ...(withoutOutput(settings) ? {} : { 'to_out.0.weight': [dim, inner], 'to_out.0.bias': [dim] }),
    },
    { seed, gain: 4 },
  );
  const layer = headscope.createPatchAttention(patchAttentionFromStateDict(weights), { heads, headDim, dropout });
  try {
    const x = unfolded(normals(rows * columns * dim, seed, 1), rows, columns);
    return layer.forward(
      { data: x, shape: [PLACES, (rows * columns) / PLACES, dim] },
      { needWeights: true, ...(training ? { training, seed } : {}) },
    );
  } finally {
    layer.dispose();
  }
}

customElements.define('hs-patch-layer', PatchLayer);
