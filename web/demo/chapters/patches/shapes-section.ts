import { msg, str } from '@lit/localize';
import { css, html, nothing, svg, type TemplateResult } from 'lit';
import type { Tensor } from 'headscope';
import { threeDigits } from '../../three-digits.js';
import { VisitorError } from '../../visitor-error.js';
import { ChapterElement } from '../kit/chapter-element.js';
import '../kit/controls.js';
import { layersEngine } from '../kit/layers-engine.js';
import { ownTask } from '../kit/own-task.js';
import '../kit/pixels.js';
import type { PixelPoint } from '../kit/pixels.js';
import '../kit/try-this.js';
import type { Experiment, HsTryThis } from '../kit/try-this.js';
import { ShapesModel, type ShapesResult } from './shapes-model.js';
import { drawnShape, emptySheet, PRESETS, withLine, type Point, type Preset } from './strokes.js';
import { onMap, unfoldedPlace } from './unfolding.js';

/** Below this much ink a sheet counts as empty. */
const LEAST_INK = 4;

function shapeNames(): Readonly<Record<string, string>> {
  const names: Readonly<Record<Preset, string>> = {
    circle: msg('circle'),
    square: msg('square'),
    triangle: msg('triangle'),
    star: msg('star'),
    heart: msg('heart'),
    cross: msg('cross'),
    arrow: msg('arrow'),
    spiral: msg('spiral'),
  };
  return names;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0.995 || share < 0.1 ? 1 : 0).replace(/\.0$/, '')} %`;
}

/** Draw, and see what the trained model says and where each place looks. */
class ShapesSection extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    picture: { state: true },
    result: { state: true },
    block: { state: true },
    head: { state: true },
    chosen: { state: true },
  };

  static override styles = [
    ChapterElement.styles,
    css`
      .bench {
        display: grid;
        gap: 24px 40px;
        grid-template-columns: minmax(0, 1fr);
        margin-top: 16px;
      }
      .bench > div {
        max-width: 360px;
        min-width: 0;
      }
      .bench .note {
        min-height: 72px;
      }
      .answers .note {
        min-height: 24px;
      }
      table {
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
        width: 100%;
        margin-top: 8px;
      }
      th {
        font-weight: normal;
        text-align: left;
        padding: 0 12px 0 0;
        white-space: nowrap;
      }
      td {
        padding: 0;
      }
      td.figure {
        text-align: right;
        width: 64px;
        white-space: nowrap;
      }
      tr.most th,
      tr.most td.figure {
        color: var(--hs-accent);
        font-weight: 600;
      }
      svg {
        display: block;
        width: 100%;
        height: 10px;
        background: var(--hs-line);
      }
      rect {
        fill: var(--hs-edge);
      }
      tr.most rect {
        fill: var(--hs-accent);
      }
      .looked {
        font-variant-numeric: tabular-nums;
        min-height: 72px;
      }
      @media (min-width: 900px) {
        .bench {
          grid-template-columns: repeat(3, minmax(0, 1fr));
        }
      }
    `,
  ];

  /** (32, 32) */
  declare private picture: Tensor;
  declare private result: ShapesResult | null;
  declare private block: number;
  /** `mean`, or the number of a head. */
  declare private head: string;
  /** A token of the 16 x 16 map. */
  declare private chosen: { readonly row: number; readonly column: number };
  private model: ShapesModel | null = null;
  private pen: Point | null = null;
  private waiting = 0;

  constructor() {
    super();
    this.picture = drawnShape('star');
    this.result = null;
    this.block = 0;
    this.head = 'mean';
    this.chosen = { row: 5, column: 8 };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.waiting);
  }

  private async load(): Promise<void> {
    try {
      this.model = await ShapesModel.load(await layersEngine());
      await ownTask();
      this.compute();
    } catch {
      this.error = new VisitorError(msg('The trained model could not be loaded. Is there a connection?'));
    }
  }

  protected override render(): TemplateResult {
    const { model } = this;
    return html`<section>
      <h3>${msg('A model that has been trained: draw, and see what it looks at')}</h3>
      <p>
        ${msg(
          'A small model names what is drawn on 32 × 32 pixels. It sees 16 × 16 overlapping windows as tokens of 32 numbers; each of its two blocks lets neighbours meet by S² attention, then distant places by patch attention with four heads, as above. Draw with the mouse or a finger, or begin with a shape.',
        )}
        ${
          model
            ? msg(
                str`Trained, on drawings that a script made: it names ${percent(model.description.accuracy.right)} of ${model.description.accuracy.unseenDrawings} unseen ones rightly.`,
              )
            : nothing
        }
      </p>
      ${this.errorLine()}
      <div class="bench">${this.renderSheet()} ${this.renderAnswers()} ${this.renderLooks()}</div>
      <hs-try-this class="shapes-tried" .experiments=${this.experiments}></hs-try-this>
    </section>`;
  }

  private renderSheet(): TemplateResult {
    const names = shapeNames();
    return html`<div class="sheet">
      <hs-pixels
        class="drawing"
        interactive
        drawn
        label=${msg('The sheet: draw with the pointer; arrow keys move, Space makes a dot')}
        .values=${this.picture}
        @pixel=${(event: CustomEvent<PixelPoint>) => this.draw(event.detail)}
      ></hs-pixels>
      <div class="links" role="group" aria-label=${msg('Shapes to begin with')}>
        ${PRESETS.map((preset) => html`<button class="plain" @click=${() => this.show(drawnShape(preset))}>${names[preset]}</button>`)}
        <button class="plain" @click=${() => this.show(emptySheet())}>${msg('empty sheet')}</button>
      </div>
    </div>`;
  }

  private renderAnswers(): TemplateResult {
    const { model, result } = this;
    if (!model || !result) return html`<div class="answers picture"></div>`;
    const names = shapeNames();
    const most = Math.max(...result.probabilities);
    return html`<div class="answers">
      <table>
        <caption class="hidden">
          ${msg('What the model says')}
        </caption>
        ${model.description.classes.map((name, index) => {
          const probability = result.probabilities[index] ?? NaN;
          return html`<tr class=${probability === most ? 'most' : ''} data-class=${name}>
            <th scope="row">${names[name] ?? name}</th>
            <td>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                ${svg`<rect width=${100 * probability} height="10"></rect>`}
              </svg>
            </td>
            <td class="figure">${percent(probability)}</td>
          </tr>`;
        })}
      </table>
      <p class="said" role="status">${this.saidText(model, result)}</p>
    </div>`;
  }

  private saidText(model: ShapesModel, { probabilities }: ShapesResult): string {
    if (this.picture.data.reduce((sum, value) => sum + value, 0) < LEAST_INK) {
      return msg('The sheet is empty. The model has never seen an empty one: what it says of it means nothing.');
    }
    const best = probabilities.indexOf(Math.max(...probabilities));
    const name = shapeNames()[model.description.classes[best] ?? ''] ?? '';
    return msg(
      str`It says: ${name}, with ${percent(probabilities[best] ?? NaN)}. It knows these eight shapes and nothing else.`,
    );
  }

  private renderLooks(): TemplateResult {
    const { model, result } = this;
    if (!model || !result) return html`<div class="looks picture"></div>`;
    const { blocks, heads, map, picture } = model.description.sizes;
    const weights = this.weightsOf(result);
    const { place } = unfoldedPlace(this.chosen.row, this.chosen.column, map);
    const size = picture / map;
    return html`<div class="looks">
      <hs-pixels
        class="attention"
        interactive
        mark-size=${size}
        label=${msg('Where the chosen token looks: arrow keys move, Space chooses')}
        .values=${this.picture}
        .overlay=${{ data: onMap(weights, place, map, map), shape: [map, map] }}
        .marks=${[this.chosen]}
        @pixel=${(event: CustomEvent<PixelPoint>) => this.choose(event.detail, size)}
      ></hs-pixels>
      <div class="row">
        <hs-select
          class="block"
          label=${msg('Block')}
          .value=${String(this.block)}
          .choices=${Array.from({ length: blocks }, (_, index) => ({ value: String(index), name: String(index) }))}
          @choose=${(event: CustomEvent<string>) => (this.block = Number(event.detail))}
        ></hs-select>
        <hs-select
          class="head"
          label=${msg('Head')}
          .value=${this.head}
          .choices=${[
            { value: 'mean', name: msg('mean of all') },
            ...Array.from({ length: heads }, (_, index) => ({ value: String(index), name: String(index) })),
          ]}
          @choose=${(event: CustomEvent<string>) => (this.head = event.detail)}
        ></hs-select>
      </div>
      <p class="looked">${this.lookedText(weights, result)}</p>
    </div>`;
  }

  private lookedText(weights: Float32Array, { blocks }: ShapesResult): string {
    const { row, column } = this.chosen;
    const branches = blocks[this.block]?.branches;
    const dim = branches?.shape[1] ?? 1;
    const share = (branch: number): string => {
      const own = branches?.data.subarray(branch * dim, (branch + 1) * dim) ?? new Float32Array();
      return percent(own.reduce((sum, weight) => sum + weight, 0) / dim);
    };
    return msg(
      str`The token in row ${row}, column ${column} (framed) looks at the 64 tokens with its place in their patch; the darkest has ${threeDigits(Math.max(...weights))}, an even share would be ${threeDigits(1 / weights.length)}. Before that, this block’s S² attention took ${share(0)} of shift 1, ${share(1)} of shift 2 and ${share(2)} unmoved.`,
    );
  }

  /** Over the n patches, of the chosen token. */
  private weightsOf({ blocks }: ShapesResult): Float32Array {
    const attention = blocks[this.block]?.attention;
    const [, heads = 0, count = 0] = attention?.shape ?? [];
    const columns = Math.sqrt(4 * count);
    const { place, patch } = unfoldedPlace(this.chosen.row, this.chosen.column, columns);
    const row = (head: number): Float32Array => {
      const begin = ((place * heads + head) * count + patch) * count;
      return attention?.data.subarray(begin, begin + count) ?? new Float32Array();
    };
    if (this.head !== 'mean') return row(Number(this.head));
    const rows = Array.from({ length: heads }, (_, head) => row(head));
    return Float32Array.from(
      { length: count },
      (_, key) => rows.reduce((sum, each) => sum + (each[key] ?? NaN), 0) / heads,
    );
  }

  private draw({ x, y, first }: PixelPoint): void {
    this.forgetTried();
    const point: Point = [x, y];
    this.picture = withLine(this.picture, first || !this.pen ? point : this.pen, point);
    this.pen = point;
    // A pointer may move more often than there are frames.
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.compute());
  }

  private show(picture: Tensor): void {
    this.forgetTried();
    this.set(picture);
  }

  private set(picture: Tensor): void {
    this.picture = picture;
    this.pen = null;
    this.compute();
  }

  private choose({ row, column }: PixelPoint, size: number): void {
    this.chosen = { row: Math.floor(row / size), column: Math.floor(column / size) };
  }

  private compute(): void {
    const { model } = this;
    if (!model) return;
    this.attempt(() => {
      this.result = model.run(this.picture);
    });
  }

  private forgetTried(): void {
    this.renderRoot.querySelector<HsTryThis>('hs-try-this')?.clear();
  }

  private answer(): { readonly name: string; readonly share: string } {
    const probabilities = this.result?.probabilities ?? [];
    const most = Math.max(...probabilities);
    const name = this.model?.description.classes[probabilities.indexOf(most)] ?? '';
    return { name: shapeNames()[name] ?? name, share: percent(most) };
  }

  private readonly experiments: readonly Experiment[] = [
    {
      name: msg('Turn the star by 36 degrees'),
      run: () => {
        this.set(drawnShape('star'));
        const before = this.answer();
        this.set(drawnShape('star', 36));
        const after = this.answer();
        return msg(
          str`Upright: ${before.name}, ${before.share}. Turned: ${after.name}, ${after.share}. Training turned the drawings by any angle.`,
        );
      },
    },
    {
      name: msg('An upside-down heart'),
      run: () => {
        this.set(drawnShape('heart', 180));
        const { name, share } = this.answer();
        return msg(
          str`The model says ${name}, with ${share}. Training tilted hearts by 25 degrees at most, and then mirrored and turned drawings by quarters at random.`,
        );
      },
    },
    {
      name: msg('Half a circle'),
      run: () => {
        const { data, shape } = drawnShape('circle');
        this.set({ data: data.map((value, index) => (index % 32 < 16 ? value : 0)), shape });
        const { name, share } = this.answer();
        return msg(
          str`An arc is none of the eight shapes. The model says ${name}, with ${share}: the softmax has to give its 100 % to something.`,
        );
      },
    },
  ];
}

customElements.define('hs-shapes', ShapesSection);
