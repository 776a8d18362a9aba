import { msg, str } from '@lit/localize';
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Tensor } from 'headscope';
import type { HeadscopeLayers } from 'headscope/layers';
import { threeDigits } from '../../three-digits.js';
import { ChapterElement } from '../kit/chapter-element.js';
import '../kit/controls.js';
import { checkbox } from '../kit/controls.js';
import '../kit/equation-code.js';
import { layersEngine } from '../kit/layers-engine.js';
import '../kit/matrix.js';
import '../kit/number-field.js';
import '../kit/pixels.js';
import type { PixelPoint } from '../kit/pixels.js';
import { rowsOf } from '../kit/tensors.js';
import '../kit/try-this.js';
import type { Experiment, HsTryThis } from '../kit/try-this.js';
import { channelOf, channelsFirst, channelsLast, drawing, DRAWINGS, groups, type Drawing } from './drawings.js';
import { shiftCpp, shiftJavaScript } from './program.js';

const FIRST_SEED = 7;
const MOST_SIDE = 32;
const MOST_CHANNELS = 32;
/** Output channels that are drawn. */
const MOST_DRAWN = 12;

/** Of the four groups of channels. */
const COLOURS = [
  [62, 134, 208],
  [46, 150, 92],
  [164, 92, 190],
  [212, 110, 36],
] as const;

type SizeName = 'width' | 'height' | 'channels';

interface Settings {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly kind: Drawing;
  readonly shift: 1 | 2;
  readonly inPlace: boolean;
}

interface Shifted {
  readonly unmodified: Tensor;
  readonly inPlace: Tensor;
}

interface S2 {
  /** (c, w, h) */
  readonly output: Tensor;
  /** (3, c) */
  readonly weights: Tensor;
}

function differing(left: Tensor, right: Tensor): number {
  return left.data.reduce((count, value, index) => count + (value === right.data[index] ? 0 : 1), 0);
}

/** The second half of chapter 3: spatial shift, split attention and S² attention on a picture. */
class SpatialShift extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    width: { state: true },
    height: { state: true },
    channels: { state: true },
    kind: { state: true },
    picture: { state: true },
    shift: { state: true },
    inPlace: { state: true },
    problems: { state: true },
    shifted: { state: true },
    s2: { state: true },
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
      .source hs-pixels {
        max-width: 208px;
      }
      table {
        border-collapse: collapse;
      }
      th {
        font-weight: normal;
        text-align: left;
        vertical-align: bottom;
        padding: 0 16px 8px 0;
      }
      td {
        padding: 0 16px 16px 0;
        vertical-align: top;
      }
      td hs-pixels {
        width: 112px;
      }
      .swatch {
        display: inline-block;
        width: 12px;
        height: 12px;
        margin-right: 6px;
        border-radius: 2px;
      }
      .outputs {
        display: flex;
        flex-wrap: wrap;
        gap: 16px;
        margin-top: 16px;
      }
      .outputs figure {
        margin: 0;
        width: 96px;
      }
      label.check {
        display: flex;
        gap: 8px;
        align-items: baseline;
      }
      @media (min-width: 900px) {
        .bench {
          grid-template-columns: 208px minmax(0, 1fr);
        }
      }
    `,
  ];

  /** Rows of the picture. */
  declare private width: number;
  /** Columns. */
  declare private height: number;
  declare private channels: number;
  declare private kind: Drawing;
  /** (w, h) */
  declare private picture: Tensor;
  declare private shift: 1 | 2;
  /** For S² attention. */
  declare private inPlace: boolean;
  /** Why a size that was typed is refused. */
  declare private problems: Readonly<Partial<Record<SizeName, string>>>;
  declare private shifted: Shifted | null;
  declare private s2: S2 | null;
  private headscope: HeadscopeLayers | null = null;
  private seed = FIRST_SEED;

  constructor() {
    super();
    this.width = 8;
    this.height = 8;
    this.channels = 8;
    this.kind = 'arrow';
    this.picture = drawing('arrow', 8, 8, FIRST_SEED);
    this.shift = 1;
    this.inPlace = false;
    this.problems = {};
    this.shifted = null;
    this.s2 = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    layersEngine().then(
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
    return html`<section>
        <h3>${msg('Mixing places without attention: the spatial shift')}</h3>
        <p>
          ${msg(
            'A linear layer sees one place of a picture at a time. S²-MLP (Yu et al., 2021) lets neighbours meet for nothing: a quarter of the channels moves one place down, a quarter up, one right, one left. What stands at the border that they leave stays there. The code that is often copied assigns overlapping slices of one tensor to each other; done in place, in ascending order, a moving part reads what has just been written, and its first row spreads over all of it. What the paper means is the shift of the unmodified source.',
          )}
        </p>
        ${this.renderControls()} ${this.renderShifted()}
        <hs-try-this class="shift-tried" .experiments=${this.shiftExperiments}></hs-try-this>
      </section>
      ${this.renderS2()} ${this.renderCode()}`;
  }

  private renderControls(): TemplateResult {
    const size = (name: SizeName, label: string): TemplateResult =>
      html`<hs-number
        class=${name}
        label=${label}
        .value=${this[name]}
        .problem=${this.problems[name] ?? ''}
        @number=${(event: CustomEvent<number>) => this.setSize(name, event.detail)}
      ></hs-number>`;
    const names: Readonly<Record<Drawing, string>> = {
      arrow: msg('arrow'),
      ring: msg('ring'),
      noise: msg('noise'),
    };
    return html`<div class="row">
        <hs-select
          class="drawing"
          label=${msg('Drawing')}
          .value=${this.kind}
          .choices=${DRAWINGS.map((value) => ({ value, name: names[value] }))}
          @choose=${(event: CustomEvent<string>) => this.choose(event.detail as Drawing)}
        ></hs-select>
        ${size('width', msg('w, down'))} ${size('height', msg('h, to the right'))} ${size('channels', msg('channels'))}
        <hs-select
          class="which"
          label=${msg('Shift')}
          .value=${String(this.shift)}
          .choices=${[
            { value: '1', name: 'spatial_shift1' },
            { value: '2', name: 'spatial_shift2' },
          ]}
          @choose=${(event: CustomEvent<string>) => this.set({ shift: event.detail === '2' ? 2 : 1 })}
        ></hs-select>
      </div>
      ${this.errorLine()}`;
  }

  private renderShifted(): TemplateResult {
    const [down, up, right, left] = [msg('down'), msg('up'), msg('right'), msg('left')];
    const directions = this.shift === 1 ? [down, up, right, left] : [right, left, down, up];
    const parts = groups(this.channels);
    const row = (name: string, of: (channel: number, group: number) => TemplateResult): TemplateResult =>
      html`<tr>
        <th scope="row">${name}</th>
        ${parts.map(
          ({ first, count }, group) =>
            html`<td>${count > 0 ? of(first, group) : html`<span class="note">${msg('no channel')}</span>`}</td>`,
        )}
      </tr>`;
    const { shifted } = this;
    const picture = (tensor: Tensor, channel: number, group: number, label: string): TemplateResult =>
      html`<hs-pixels
        label=${`${label}, ${directions[group] ?? ''}`}
        .values=${channelOf(tensor, channel)}
        .ink=${COLOURS[group] ?? null}
      ></hs-pixels>`;
    const difference = ({ unmodified, inPlace }: Shifted, channel: number): Tensor => {
      const [one, other] = [channelOf(unmodified, channel), channelOf(inPlace, channel)];
      return { data: one.data.map((value, index) => (other.data[index] ?? NaN) - value), shape: one.shape };
    };
    return html`<div class="bench">
      <div class="source">
        <p class="note">${msg('The drawing, the same in every channel. Click a pixel, or arrows and Space.')}</p>
        <hs-pixels
          class="canvas"
          interactive
          grid="1"
          label=${msg('The drawing: arrow keys move, Space inverts a pixel')}
          .values=${this.picture}
          @pixel=${(event: CustomEvent<PixelPoint>) => this.invert(event.detail)}
        ></hs-pixels>
      </div>
      <div class="scroll" tabindex="0" role="group" aria-label=${msg('The four groups of channels')}>
        ${
          shifted
            ? html`<table>
                <thead>
                  <tr>
                    <td></td>
                    ${parts.map(
                      ({ first, count }, group) =>
                        html`<th scope="col">
                          <span class="swatch" data-group=${group}></span>${directions[group]}<br />
                          <span class="note">${this.channelText(first, count)}</span>
                        </th>`,
                    )}
                  </tr>
                </thead>
                <tbody>
                  ${row(msg('shifted'), (channel, group) => picture(shifted.unmodified, channel, group, msg('shifted')))}
                  ${row(msg('in place'), (channel, group) => picture(shifted.inPlace, channel, group, msg('in place')))}
                  ${row(
                    msg('difference'),
                    (channel, group) =>
                      html`<hs-pixels
                        signed
                        most="1"
                        label=${`${msg('difference')}, ${directions[group] ?? ''}`}
                        .values=${difference(shifted, channel)}
                      ></hs-pixels>`,
                  )}
                </tbody>
              </table>`
            : nothing
        }
        ${shifted ? html`<p class="differing">${this.differingText(shifted)}</p>` : nothing}
      </div>
    </div>`;
  }

  private differingText({ unmodified, inPlace }: Shifted): string {
    return msg(
      str`In place, ${differing(unmodified, inPlace)} of ${unmodified.data.length} values are not what the shift of the source gives (orange: ink that should not be there, blue: ink that is missing).`,
    );
  }

  private channelText(first: number, count: number): string {
    if (count === 0) return msg('no channel');
    return count === 1 ? msg(str`channel ${first}`) : msg(str`channels ${first}–${first + count - 1}`);
  }

  private renderS2(): TemplateResult {
    const { s2 } = this;
    return html`<section>
      <h3>${msg('S² attention: which of three branches, for each channel')}</h3>
      <p>
        ${msg(
          str`A linear layer makes three branches of every place: one goes through spatial_shift1, one through spatial_shift2, one stays. SplitAttention adds up all places of all branches, sends the sum through two linear layers with a GELU between them, and a softmax over the three branches says, for each channel, how much of each branch goes on: the columns below add up to 1. The drawing is the one above; the weights of the layers are random (Xavier, seed ${this.seed}), not learned.`,
        )}
      </p>
      <div class="row">
        <button class="plain draw" @click=${() => this.drawAgain()}>${msg('draw the weights again')}</button>
        ${checkbox(msg('shift in place'), this.inPlace, (inPlace) => this.set({ inPlace }))}
      </div>
      ${s2 ? this.renderBranches(s2) : nothing}
      <hs-try-this class="s2-tried" .experiments=${this.s2Experiments}></hs-try-this>
    </section>`;
  }

  private renderBranches({ weights, output }: S2): TemplateResult {
    const [channels = 0, width = 0, height = 0] = output.shape;
    const drawn = Math.min(channels, MOST_DRAWN);
    const most = output.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    return html`<div class="scroll row" tabindex="0" role="group" aria-label=${msg('Weights of the branches')}>
        <hs-matrix
          class="branches"
          label=${msg('Weights of the branches')}
          .heading=${msg('Weights of the branches, for each channel')}
          .values=${weights}
          .rowNames=${[msg('shift 1'), msg('shift 2'), msg('unmoved')]}
          .columnNames=${Array.from({ length: channels }, (_, channel) => String(channel))}
          .shade=${(value: number) => `color-mix(in srgb, rgb(196 90 20) ${Math.round(45 * value)}%, transparent)`}
        ></hs-matrix>
      </div>
      <p>
        ${msg(str`The output, channel by channel, from −${threeDigits(most)} (blue) to ${threeDigits(most)} (orange).`)}
        ${drawn < channels ? msg(str`The first ${drawn} of ${channels} are drawn.`) : nothing}
      </p>
      <div class="outputs">
        ${Array.from({ length: drawn }, (_, channel) => {
          const size = width * height;
          const data = output.data.slice(channel * size, (channel + 1) * size);
          return html`<figure>
            <hs-pixels
              signed
              most=${most}
              label=${msg(str`output, channel ${channel}`)}
              .values=${{ data, shape: [width, height] }}
            ></hs-pixels>
            <figcaption class="note">${channel}</figcaption>
          </figure>`;
        })}
      </div>`;
  }

  private renderCode(): TemplateResult {
    const settings = { shift: this.shift, width: this.width, height: this.height, channels: this.channels };
    return html`<section>
      <h3>${msg('Shift and split attention as equation and code')}</h3>
      <hs-equation-code .javascript=${shiftJavaScript(settings)} .cpp=${shiftCpp(settings)}>
        <math display="block">
          <mtable columnalign="left">
            <mtr>
              <mtd>
                <msub
                  ><mi>y</mi><mrow><mi>i</mi><mi>j</mi><mi>c</mi></mrow></msub
                >
                <mo>=</mo>
                <msub>
                  <mi>x</mi>
                  <mrow
                    ><mi>i</mi><mo>−</mo><msub><mi>Δ</mi><mi>c</mi></msub
                    ><mo>,</mo><mi>j</mi><mo>−</mo><msub><mi>Γ</mi><mi>c</mi></msub
                    ><mo>,</mo><mi>c</mi></mrow
                  >
                </msub>
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <mi>a</mi><mo>=</mo>
                <munder
                  ><mo>∑</mo><mrow><mi>k</mi><mo>,</mo><mi>i</mi><mo>,</mo><mi>j</mi></mrow></munder
                >
                <msubsup
                  ><mi>x</mi><mrow><mi>i</mi><mi>j</mi></mrow
                  ><mrow><mo stretchy="false">(</mo><mi>k</mi><mo stretchy="false">)</mo></mrow></msubsup
                >
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <msub
                  ><mi>α</mi><mrow><mi>k</mi><mi>c</mi></mrow></msub
                >
                <mo>=</mo>
                <msub><mi>softmax</mi><mi>k</mi></msub>
                <mo stretchy="false">(</mo><msub><mi>W</mi><mn>2</mn></msub
                ><mi>gelu</mi><mo stretchy="false">(</mo><msub><mi>W</mi><mn>1</mn></msub
                ><mi>a</mi><mo stretchy="false">)</mo><mo stretchy="false">)</mo>
              </mtd>
            </mtr>
            <mtr>
              <mtd>
                <msub
                  ><mi>o</mi><mrow><mi>i</mi><mi>j</mi><mi>c</mi></mrow></msub
                >
                <mo>=</mo>
                <munder><mo>∑</mo><mi>k</mi></munder>
                <msub
                  ><mi>α</mi><mrow><mi>k</mi><mi>c</mi></mrow></msub
                >
                <msubsup
                  ><mi>x</mi><mrow><mi>i</mi><mi>j</mi><mi>c</mi></mrow
                  ><mrow><mo stretchy="false">(</mo><mi>k</mi><mo stretchy="false">)</mo></mrow></msubsup
                >
              </mtd>
            </mtr>
          </mtable>
        </math>
      </hs-equation-code>
    </section>`;
  }

  protected override updated(): void {
    // By script: a strict policy forbids style attributes.
    for (const swatch of this.renderRoot.querySelectorAll<HTMLElement>('.swatch')) {
      swatch.style.backgroundColor = `rgb(${(COLOURS[Number(swatch.dataset['group'])] ?? []).join(' ')})`;
    }
  }

  private set(part: Partial<Settings>): void {
    this.forgetTried();
    Object.assign(this, part);
    const [width, height] = this.picture.shape;
    if (width !== this.width || height !== this.height || part.kind !== undefined) {
      this.picture = drawing(this.kind, this.width, this.height, FIRST_SEED);
    }
    this.compute();
  }

  private setSize(name: SizeName, value: number): void {
    const most = name === 'channels' ? MOST_CHANNELS : MOST_SIDE;
    const fits = Number.isInteger(value) && value >= 1 && value <= most;
    const problem = fits
      ? ''
      : msg(str`A whole number from 1 to ${most}; the picture below is still that of ${this[name]}.`);
    this.problems = { ...this.problems, [name]: problem };
    if (fits) this.set({ [name]: value });
  }

  private choose(kind: Drawing): void {
    this.set({ kind });
  }

  private invert({ row, column }: PixelPoint): void {
    const data = this.picture.data.slice();
    const index = row * this.height + column;
    data[index] = 1 - (data[index] ?? 0);
    this.picture = { data, shape: this.picture.shape };
    this.forgetTried();
    this.compute();
  }

  private drawAgain(): void {
    this.seed++;
    this.forgetTried();
    this.compute();
  }

  private forgetTried(): void {
    for (const each of this.renderRoot.querySelectorAll<HsTryThis>('hs-try-this')) each.clear();
  }

  private compute(): void {
    const { headscope, picture, channels } = this;
    if (!headscope) return;
    this.attempt(() => {
      const x = channelsLast(picture, channels);
      const shift = (inPlace: boolean): Tensor =>
        this.shift === 1 ? headscope.spatialShift1(x, { inPlace }) : headscope.spatialShift2(x, { inPlace });
      this.shifted = { unmodified: shift(false), inPlace: shift(true) };
      this.s2 = this.runS2(headscope);
    });
  }

  private runS2(headscope: HeadscopeLayers): S2 {
    const c = this.channels;
    const weights = headscope.initialise(
      {
        'mlp1.weight': [3 * c, c],
        'mlp1.bias': [3 * c],
        'mlp2.weight': [c, c],
        'mlp2.bias': [c],
        'split_attention.mlp1.weight': [c, c],
        'split_attention.mlp2.weight': [3 * c, c],
      },
      { seed: this.seed },
    );
    const layer = headscope.createS2Attention(weights);
    try {
      const capture = ['split_attention.weights'];
      const { output, captured } = layer.forward(channelsFirst(this.picture, c), { capture, inPlace: this.inPlace });
      const data = captured['split_attention.weights']?.data ?? new Float32Array();
      return { output, weights: { data, shape: [3, c] } };
    } finally {
      layer.dispose();
    }
  }

  private setAll(part: Partial<Settings>): void {
    this.problems = {};
    this.set(part);
  }

  private readonly shiftExperiments: readonly Experiment[] = [
    {
      name: msg('An arrow, shifted in place'),
      run: () => {
        this.setAll({ width: 8, height: 8, channels: 8, kind: 'arrow', shift: 1 });
        return this.shifted ? this.differingText(this.shifted) : '';
      },
    },
    {
      name: msg('Ten channels'),
      run: () => {
        this.setAll({ width: 8, height: 8, channels: 10 });
        const counts = groups(10).map(({ count }) => count);
        return msg(
          str`Ten channels cannot be split into four equal groups: the bounds c/4, c/2 and 3c/4 are rounded down, so the groups have ${counts.join(', ')} channels.`,
        );
      },
    },
    {
      name: msg('A picture of one pixel'),
      run: () => {
        this.setAll({ width: 1, height: 1, channels: 8 });
        if (!this.shifted) return '';
        return msg(
          str`Nothing can move where there is one place: every value stands at the border and stays, so the shift is the identity, in place or not: ${differing(this.shifted.unmodified, this.shifted.inPlace)} values differ.`,
        );
      },
    },
  ];

  private sharpnessText(): string {
    if (!this.s2) return '';
    const rows = rowsOf(this.s2.weights);
    const winners = (rows[0] ?? []).map((_, channel) => Math.max(...rows.map((row) => row[channel] ?? 0)));
    const mean = winners.reduce((sum, each) => sum + each, 0) / winners.length;
    return msg(
      str`${this.width} × ${this.height}: the largest of three weights is ${threeDigits(mean)} on average over the channels.`,
    );
  }

  private readonly s2Experiments: readonly Experiment[] = [
    {
      name: msg('A small picture, 2 × 2'),
      run: () => {
        this.setAll({ width: 2, height: 2, channels: 8, kind: 'arrow' });
        return html`${this.sharpnessText()} ${msg('Few places add up to small numbers: the branches share.')}`;
      },
    },
    {
      name: msg('A large picture, 32 × 32'),
      run: () => {
        this.setAll({ width: 32, height: 32, channels: 8, kind: 'arrow' });
        return html`${this.sharpnessText()}
        ${msg('The sum over all places grows with their number, and the softmax with it: one branch takes nearly all. It is a sum, not a mean.')}`;
      },
    },
    {
      name: msg('Five channels'),
      run: () => {
        this.setAll({ width: 8, height: 8, channels: 5, kind: 'arrow' });
        const parameters = 3 * 25 + 15 + 25 + 5 + 25 + 75;
        return msg(
          str`The layer takes any number of channels; with 5 it has ${parameters} parameters, and its groups of channels are ${groups(
            5,
          )
            .map(({ count }) => count)
            .join(', ')}.`,
        );
      },
    },
  ];
}

customElements.define('hs-spatial-shift', SpatialShift);
