import { css, html, nothing, type TemplateResult } from 'lit';
import type { Tensor } from 'headscope';
import { formStyles } from '../../form-styles.js';
import { PageTheme } from '../../theme.js';
import { threeDigits } from '../../three-digits.js';
import { DrawnInTurn } from './drawn-in-turn.js';

/** Ends of the diverging pair: below and above 0. */
const BELOW: readonly [number, number, number] = [33, 102, 172];
const ABOVE: readonly [number, number, number] = [196, 90, 20];

/**
 * Signed numbers in colours, blue below 0 and orange above, for matrices too large to read. The pointer or the arrow keys
 * read out one number.
 */
export class HsHeatmap extends DrawnInTurn {
  static override properties = {
    values: { attribute: false },
    label: {},
    rowLabel: {},
    columnLabel: {},
    cursor: { state: true },
  };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
        max-width: 480px;
      }
      .field {
        position: relative;
        touch-action: pan-y;
      }
      canvas {
        display: block;
        width: 100%;
        height: 320px;
        image-rendering: pixelated;
        border: 1px solid var(--hs-line);
      }
      p {
        margin: 4px 0 0;
        min-height: 24px;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  /** (rows, columns) */
  declare values: Tensor;
  declare label: string;
  declare rowLabel: string;
  declare columnLabel: string;
  declare private cursor: { readonly row: number; readonly column: number } | null;
  private readonly theme = new PageTheme(this);

  constructor() {
    super();
    this.values = { data: new Float32Array(), shape: [0, 0] };
    this.label = '';
    this.rowLabel = '';
    this.columnLabel = '';
    this.cursor = null;
  }

  protected override render(): TemplateResult {
    const { cursor } = this;
    const [rows = 0, columns = 0] = this.values.shape;
    const value = cursor ? this.values.data[cursor.row * columns + cursor.column] : undefined;
    const most = this.values.data.reduce((largest, each) => Math.max(largest, Math.abs(each)), 0);
    return html`<div
        class="field"
        role="img"
        tabindex="0"
        aria-label=${`${this.label}, ${rows} × ${columns}`}
        @pointermove=${this.onPointer}
        @pointerleave=${() => (this.cursor = null)}
        @keydown=${this.onKey}
        @blur=${() => (this.cursor = null)}
      >
        <canvas></canvas>
      </div>
      <p class="note" aria-live="polite">
        ${
          cursor && value !== undefined
            ? html`${this.rowLabel} ${cursor.row}, ${this.columnLabel} ${cursor.column}: ${threeDigits(value)}`
            : html`−${threeDigits(most)} …
              ${threeDigits(most)}${this.rowLabel ? html` · ↓ ${this.rowLabel} · → ${this.columnLabel}` : nothing}`
        }
      </p>`;
  }

  protected override updated(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const context = canvas?.getContext('2d');
    const [rows = 0, columns = 0] = this.values.shape;
    if (!canvas || !context || rows * columns === 0) return;
    canvas.width = columns;
    canvas.height = rows;
    const ground = this.ground();
    const most = this.values.data.reduce((largest, each) => Math.max(largest, Math.abs(each)), 0) || 1;
    const image = context.createImageData(columns, rows);
    this.values.data.forEach((value, index) => {
      const share = Math.min(1, Math.abs(value) / most);
      const end = value < 0 ? BELOW : ABOVE;
      for (let channel = 0; channel < 3; channel++) {
        const from = ground[channel] ?? 0;
        image.data[4 * index + channel] = from + ((end[channel] ?? 0) - from) * share;
      }
      image.data[4 * index + 3] = 255;
    });
    context.putImageData(image, 0, 0);
  }

  /** The colour of 0: the page's own ground. */
  private ground(): readonly number[] {
    const colour = getComputedStyle(document.documentElement).backgroundColor;
    return (this.theme.value && colour.match(/[\d.]+/g)?.map(Number)) || [253, 253, 252];
  }

  private onPointer(event: PointerEvent): void {
    const [rows = 0, columns = 0] = this.values.shape;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.cursor = {
      row: Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows))),
      column: Math.min(columns - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * columns))),
    };
  }

  private onKey(event: KeyboardEvent): void {
    const [rows = 0, columns = 0] = this.values.shape;
    const { row, column } = this.cursor ?? { row: 0, column: 0 };
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
    };
    const to = moves[event.key];
    if (!to) return;
    event.preventDefault();
    this.cursor = {
      row: Math.min(rows - 1, Math.max(0, to[0])),
      column: Math.min(columns - 1, Math.max(0, to[1])),
    };
  }
}

customElements.define('hs-heatmap', HsHeatmap);
