import { css, html, type TemplateResult } from 'lit';
import type { Tensor } from 'headscope';
import { formStyles } from '../../form-styles.js';
import { PageTheme } from '../../theme.js';
import { DrawnInTurn } from './drawn-in-turn.js';
import type { CellPlace } from './matrix.js';

/** Ends of the diverging pair: below and above 0. */
const BELOW = [33, 102, 172];
const ABOVE = [196, 90, 20];
/** Device-independent pixels of the canvas, of which a cell takes a whole number. */
const WIDEST = 384;
/** An overlay's largest weight is this opaque: what is below stays visible. */
const MOST_OPAQUE = 0.85;

/** Where values become pixels before they are drawn larger; one for all pictures. */
let scratch: OffscreenCanvas | undefined;

/** The detail of `pixel`. */
export interface PixelPoint extends CellPlace {
  /** In pixels, from the left and from the top: inside the cell, where the pointer was. */
  readonly x: number;
  readonly y: number;
  /** Whether a stroke, a click or a key begins here; false where a pressed pointer has moved on. */
  readonly first: boolean;
}

/**
 * A picture of few pixels: 0 is paper and 1 is ink, or signed numbers in a diverging pair of colours.
 *
 * @fires pixel - `CustomEvent<PixelPoint>`: a cell is pressed, dragged over, or chosen with the arrow keys and Space
 */
export class HsPixels extends DrawnInTurn {
  static override properties = {
    values: { attribute: false },
    label: {},
    ink: { attribute: false },
    signed: { type: Boolean },
    most: { type: Number },
    overlay: { attribute: false },
    tints: { attribute: false },
    grid: { type: Number },
    marks: { attribute: false },
    markSize: { type: Number, attribute: 'mark-size' },
    interactive: { type: Boolean },
    drawn: { type: Boolean, reflect: true },
    cursor: { state: true },
  };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
      }
      .field {
        line-height: 0;
      }
      .field.live {
        cursor: crosshair;
      }
      :host([drawn]) .field {
        touch-action: none;
      }
      canvas {
        display: block;
        width: 100%;
        border: 1px solid var(--hs-line);
        image-rendering: pixelated;
      }
    `,
  ];

  /** (rows, columns) */
  declare values: Tensor;
  declare label: string;
  /** Colour of 1; the text's unless given. */
  declare ink: readonly number[] | null;
  declare signed: boolean;
  /** What has the full colour where numbers are signed; 0 for the largest there is. */
  declare most: number;
  /** Weights on top, in cells that may be larger than pixels: (rows, columns), the largest one fully coloured. */
  declare overlay: Tensor | null;
  /** A pale colour for each pixel, below the ink. */
  declare tints: ((place: CellPlace) => readonly number[]) | null;
  /** Lines after so many pixels; 0 for none. */
  declare grid: number;
  /** Squares with a frame; the first one has a thick one. In cells of `markSize` pixels. */
  declare marks: readonly CellPlace[];
  declare markSize: number;
  declare interactive: boolean;
  /** Whether a finger draws, and does not scroll the page. */
  declare drawn: boolean;
  declare private cursor: CellPlace | null;
  private last: CellPlace | null = null;

  constructor() {
    super();
    this.values = { data: new Float32Array(), shape: [0, 0] };
    this.label = '';
    this.ink = null;
    this.signed = false;
    this.most = 0;
    this.overlay = null;
    this.tints = null;
    this.grid = 0;
    this.marks = [];
    this.markSize = 1;
    this.interactive = false;
    this.drawn = false;
    this.cursor = null;
    // Colours are the page's: drawn anew where the theme changes.
    new PageTheme(this);
  }

  protected override render(): TemplateResult {
    if (!this.interactive) return html`<div class="field" role="img" aria-label=${this.label}><canvas></canvas></div>`;
    return html`<div
      class="field live"
      role="application"
      tabindex="0"
      aria-label=${this.label}
      @pointerdown=${this.onDown}
      @pointermove=${this.onMove}
      @pointerup=${() => (this.last = null)}
      @pointercancel=${() => (this.last = null)}
      @keydown=${this.onKey}
      @blur=${() => (this.cursor = null)}
    >
      <canvas></canvas>
    </div>`;
  }

  protected override updated(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const context = canvas?.getContext('2d', { willReadFrequently: true });
    const [rows = 0, columns = 0] = this.values.shape;
    if (!canvas || !context || rows * columns === 0) return;
    const cell = Math.max(2, Math.floor(WIDEST / Math.max(rows, columns)));
    canvas.width = columns * cell;
    canvas.height = rows * cell;
    const style = getComputedStyle(this);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.plain(style), 0, 0, canvas.width, canvas.height);
    this.drawOverlay(context, canvas);
    this.drawLines(context, canvas, cell, style);
  }

  /** The values alone, in a pixel each. */
  private plain(style: CSSStyleDeclaration): OffscreenCanvas {
    const [rows = 0, columns = 0] = this.values.shape;
    const { data } = this.values;
    const paper = numbersOf(getComputedStyle(document.documentElement).backgroundColor);
    const ink = this.ink ?? numbersOf(style.color);
    const most = this.most || data.reduce((largest, each) => Math.max(largest, Math.abs(each)), 0) || 1;
    const image = new ImageData(columns, rows);
    data.forEach((value, index) => {
      const ground = this.tints?.({ row: Math.floor(index / columns), column: index % columns }) ?? paper;
      const end = this.signed ? (value < 0 ? BELOW : ABOVE) : ink;
      const share = Math.min(1, this.signed ? Math.abs(value) / most : Math.max(0, value));
      for (let channel = 0; channel < 3; channel++) {
        const from = ground[channel] ?? 0;
        image.data[4 * index + channel] = from + ((end[channel] ?? 0) - from) * share;
      }
      image.data[4 * index + 3] = 255;
    });
    scratch ??= new OffscreenCanvas(columns, rows);
    scratch.width = columns;
    scratch.height = rows;
    // Kept in memory: there is too little in it for a graphics processor.
    scratch.getContext('2d', { willReadFrequently: true })?.putImageData(image, 0, 0);
    return scratch;
  }

  private drawOverlay(context: CanvasRenderingContext2D, canvas: HTMLCanvasElement): void {
    if (!this.overlay) return;
    const [rows = 1, columns = 1] = this.overlay.shape;
    const width = canvas.width / columns;
    const height = canvas.height / rows;
    const largest = this.overlay.data.reduce((most, each) => Math.max(most, each), 0) || 1;
    this.overlay.data.forEach((weight, index) => {
      context.fillStyle = `rgb(${ABOVE.join(' ')} / ${(MOST_OPAQUE * weight) / largest})`;
      context.fillRect((index % columns) * width, Math.floor(index / columns) * height, width, height);
    });
  }

  private drawLines(
    context: CanvasRenderingContext2D,
    canvas: HTMLCanvasElement,
    cell: number,
    style: CSSStyleDeclaration,
  ): void {
    if (this.grid > 0) {
      context.fillStyle = style.getPropertyValue('--hs-edge');
      for (let x = this.grid * cell; x < canvas.width; x += this.grid * cell)
        context.fillRect(x - 1, 0, 2, canvas.height);
      for (let y = this.grid * cell; y < canvas.height; y += this.grid * cell)
        context.fillRect(0, y - 1, canvas.width, 2);
    }
    const size = cell * this.markSize;
    context.strokeStyle = style.getPropertyValue('--hs-accent');
    this.marks.forEach(({ row, column }, index) => {
      const line = index === 0 ? 4 : 2;
      context.lineWidth = line;
      context.strokeRect(column * size + line / 2, row * size + line / 2, size - line, size - line);
    });
    if (this.cursor) {
      context.strokeStyle = style.color;
      context.lineWidth = 2;
      context.strokeRect(this.cursor.column * cell + 1, this.cursor.row * cell + 1, cell - 2, cell - 2);
    }
  }

  private pointOf(event: PointerEvent, first: boolean): PixelPoint {
    const [rows = 1, columns = 1] = this.values.shape;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = Math.min(columns - 1e-6, Math.max(0, ((event.clientX - box.left) / box.width) * columns));
    const y = Math.min(rows - 1e-6, Math.max(0, ((event.clientY - box.top) / box.height) * rows));
    return { row: Math.floor(y), column: Math.floor(x), x, y, first };
  }

  private tell(detail: PixelPoint): void {
    this.dispatchEvent(new CustomEvent<PixelPoint>('pixel', { detail, bubbles: true, composed: true }));
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    const point = this.pointOf(event, true);
    this.last = point;
    this.cursor = null;
    this.tell(point);
  }

  private onMove(event: PointerEvent): void {
    if (!this.last) return;
    const point = this.pointOf(event, false);
    if (point.row === this.last.row && point.column === this.last.column) return;
    this.last = point;
    this.tell(point);
  }

  private onKey(event: KeyboardEvent): void {
    const [rows = 1, columns = 1] = this.values.shape;
    const size = this.markSize;
    const { row, column } = this.cursor ?? { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - size, column],
      ArrowDown: [row + size, column],
      ArrowLeft: [row, column - size],
      ArrowRight: [row, column + size],
      ' ': [row, column],
      Enter: [row, column],
    };
    const to = moves[event.key];
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.cursor = {
      row: Math.min(rows - 1, Math.max(0, to[0])),
      column: Math.min(columns - 1, Math.max(0, to[1])),
    };
    if (event.key !== ' ' && event.key !== 'Enter') return;
    this.tell({ ...this.cursor, x: this.cursor.column + 0.5, y: this.cursor.row + 0.5, first: true });
  }
}

function numbersOf(colour: string): number[] {
  return (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}

customElements.define('hs-pixels', HsPixels);
