import { css, html, LitElement, nothing, unsafeCSS, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, queryAll, state } from 'lit/decorators.js';
import { guard } from 'lit/directives/guard.js';
import type { AttentionView, Feed, Pick } from '../feed.js';
import { openPicture, PICTURE_SIDE, PictureRefused } from './image-file.js';
import { patchHeads } from './image-heads.js';
import { largestWeight, makeGrey, makeGround, paintAttention, paintScale } from './image-overlay.js';
import {
  cutPatches,
  normalisePatches,
  PATCH_SIDE,
  patchName,
  patchNames,
  patchRows,
  type Channels,
} from './image-patches.js';
import { BLANK, PRESETS, type PicturePreset } from './image-presets.js';
import { FIRST_STATE, PATCH_COUNTS, readImageState, type ImageState, type PatchCount } from './image-state.js';
import {
  decodeStrokes,
  encodeStrokes,
  INKS,
  LONGEST_STROKES,
  paintStrokes,
  PENS,
  STROKE_GRID,
  type Stroke,
} from './image-strokes.js';

/** Where the picture under the strokes came from. */
type Origin = { readonly preset: PicturePreset } | { readonly file: string };

/** While drawing, the heads follow the pen at most this often. */
const DRAWING_PAUSE_MS = 120;
/** Opening a file shows a line of text only when it takes longer than this. */
const OPENING_PAUSE_MS = 150;
/** Points of a stroke closer than this (in steps of the stroke grid) are left out. */
const CLOSEST_POINTS = 3;

function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value.toPrecision(2)}\u00a0%`;
}

function canvas(): HTMLCanvasElement {
  const made = document.createElement('canvas');
  made.width = PICTURE_SIDE;
  made.height = PICTURE_SIDE;
  return made;
}

function painter(target: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = target.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser has no 2d canvas');
  return context;
}

/** Sets the size of a canvas to its size on the screen; setting it also clears it, so it happens only when it changes. */
function fitToScreen(target: HTMLCanvasElement): void {
  const scale = window.devicePixelRatio;
  const width = Math.max(1, Math.round(target.clientWidth * scale));
  const height = Math.max(1, Math.round(target.clientHeight * scale));
  if (target.width !== width) target.width = width;
  if (target.height !== height) target.height = height;
}

/**
 * The tab that cuts a picture into patches and paints the attention of the chosen patch over it, for every head.
 *
 * @fires feed - the patches as vectors, whenever the picture or how it is cut changes
 * @fires pick - a patch (and sometimes a head) that the visitor chose; query null releases it
 */
export class ImageInput extends LitElement {
  static override styles = css`
    :host {
      display: block;
      color: var(--hs-fg);
      min-width: 0;
    }
    p,
    fieldset,
    ol {
      margin: 0;
      padding: 0;
      border: 0;
    }
    .row {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 0 16px;
      min-height: 32px;
    }
    .muted {
      color: var(--hs-muted);
    }
    .small {
      font-size: 13px;
      line-height: 20px;
    }
    button,
    label.file {
      font: inherit;
      color: inherit;
      background: none;
      border: 0;
      padding: 4px 0;
      margin: 0;
      cursor: pointer;
      text-align: start;
    }
    .link {
      color: var(--hs-accent);
      text-decoration: underline;
      text-decoration-thickness: 1px;
      text-underline-offset: 3px;
    }
    .link[aria-pressed='true'] {
      color: var(--hs-fg);
      text-decoration: none;
      font-weight: 600;
    }
    .link:disabled {
      color: var(--hs-muted);
      text-decoration: none;
      cursor: default;
    }
    .link:hover:not(:disabled) {
      text-decoration-thickness: 2px;
    }
    label.file {
      position: relative;
    }
    label.file input,
    .choice input,
    .announcement {
      position: absolute;
      width: 1px;
      height: 1px;
      margin: 0;
      overflow: hidden;
      clip-path: inset(50%);
      white-space: nowrap;
    }
    :focus-visible,
    label.file:focus-within:has(:focus-visible),
    .choice:has(:focus-visible) {
      outline: 2px solid var(--hs-accent);
      outline-offset: 2px;
      border-radius: 2px;
    }
    fieldset {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 0 8px;
      min-width: 0;
    }
    legend {
      float: left; /* lets the legend stand in one line with its choices */
      padding: 0;
      margin-inline-end: 4px;
      color: var(--hs-muted);
    }
    .choice {
      position: relative;
      min-width: 24px;
      padding: 4px 6px;
      text-align: center;
      cursor: pointer;
      font-variant-numeric: tabular-nums;
      border-bottom: 2px solid transparent;
    }
    .choice:hover {
      border-color: var(--hs-line);
    }
    .choice:has(:checked) {
      border-color: var(--hs-accent);
      font-weight: 600;
    }
    .swatch {
      display: inline-block;
      width: 16px;
      height: 16px;
      border: 1px solid var(--hs-edge, var(--hs-muted));
      border-radius: 50%;
      vertical-align: -3px;
      forced-color-adjust: none;
    }
    ${unsafeCSS(INKS.map((ink) => `.swatch.${ink.name} { background: ${ink.css}; }`).join('\n'))}
    .error {
      color: var(--hs-error);
      padding: 4px 0;
      overflow-wrap: anywhere;
    }
    .board {
      position: relative;
      margin-top: 8px;
      width: 100%;
      max-width: 480px;
      aspect-ratio: 1;
      border: 1px solid var(--hs-line);
    }
    .board.over {
      outline: 2px dashed var(--hs-accent);
      outline-offset: 2px;
    }
    .board canvas {
      display: block;
      width: 100%;
      height: 100%;
    }
    .grid {
      position: absolute;
      inset: 0;
      display: grid;
      grid-auto-rows: 1fr;
      cursor: crosshair;
      touch-action: manipulation;
      user-select: none;
    }
    .drawing .grid {
      touch-action: none;
    }
    .grid > [role='row'] {
      display: grid;
      grid-auto-flow: column;
      grid-auto-columns: 1fr;
    }
    .mark {
      position: absolute;
      pointer-events: none;
      outline: 1px solid #fff;
      border: 2px solid #000;
    }
    .mark.chosen {
      border-color: var(--hs-accent);
    }
    .mark[hidden] {
      display: none;
    }
    .under {
      max-width: 482px;
    }
    .scale {
      display: grid;
      grid-template-columns: auto 1fr auto;
      gap: 8px;
      align-items: center;
      font-variant-numeric: tabular-nums;
      min-height: 24px;
    }
    .scale canvas {
      width: 100%;
      height: 8px;
      display: block;
    }
    .reading {
      min-height: 48px;
    }
    ol.heads {
      list-style: none;
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(72px, 1fr));
      gap: 8px;
      margin: 8px 0 16px;
      max-width: 482px;
    }
    ol.heads button {
      width: 100%;
      padding: 0;
      font-variant-numeric: tabular-nums;
    }
    ol.heads canvas {
      display: block;
      width: 100%;
      aspect-ratio: 1;
      outline: 1px solid var(--hs-line);
      outline-offset: -1px;
    }
    ol.heads [aria-pressed='true'] canvas {
      outline: 2px solid var(--hs-accent);
      outline-offset: 1px;
    }
    ol.heads [aria-pressed='true'] .number {
      font-weight: 600;
    }
    ol.heads span {
      display: block;
    }
    var {
      font-family: var(--hs-mono, monospace);
      font-style: normal;
      white-space: nowrap;
    }
    @media (forced-colors: active) {
      .mark.chosen {
        border-color: Highlight;
        outline-color: Canvas;
      }
      .choice:has(:checked) {
        border-color: Highlight;
      }
      ol.heads [aria-pressed='true'] canvas,
      .board.over {
        outline-color: Highlight;
      }
    }
  `;

  /** Set by the page: the attention to paint over the picture. */
  @property({ attribute: false }) attention: AttentionView | null = null;

  @state() private origin: Origin = { preset: PRESETS[0] };
  @state() private strokes: readonly Stroke[] = [];
  @state() private patches: PatchCount = FIRST_STATE.patches;
  @state() private colour = FIRST_STATE.colour;
  @state() private drawing = false;
  @state() private ink = 0;
  @state() private pen = 1;
  /** The patch under the pointer, or under the keyboard cursor. */
  @state() private hovered: number | null = null;
  /** The visitor does not want any patch chosen; until then one is, so that there is something to see. */
  @state() private released = false;
  @state() private error = '';
  /** What was done to a picture to make it fit, or what a link could not hold. */
  @state() private note = '';
  @state() private opening = '';
  @state() private draggedOver = false;

  @query('.board canvas') private readonly board!: HTMLCanvasElement;
  @query('.scale canvas') private readonly scale!: HTMLCanvasElement | null;
  @query('.grid') private readonly grid!: HTMLElement;
  @query('.mark.cursor') private readonly cursorMark!: HTMLElement;
  @query('.mark.chosen') private readonly chosenMark!: HTMLElement;
  @queryAll('ol.heads canvas') private readonly copies!: NodeListOf<HTMLCanvasElement>;

  /** The picture without strokes; with them, as it is fed; and as attention is painted over. */
  private readonly base = canvas();
  private readonly picture = canvas();
  private readonly ground = canvas();
  /** Rises with every file that is opened or replaced, so that only the last one counts. */
  private openings = 0;
  private feedTimer: ReturnType<typeof setTimeout> | undefined;
  private lastFeed = -Infinity;
  private penPointer: number | null = null;
  private readonly resizes = new ResizeObserver(() => this.paint());

  constructor() {
    super();
    PRESETS[0].paint(painter(this.base), PICTURE_SIDE);
  }

  /** What a link keeps of this tab. Setting something that is not such a state leaves the tab as it is, and says so. */
  get state(): ImageState {
    const written = encodeStrokes(this.strokes);
    const picture = 'preset' in this.origin ? this.origin.preset.name : 'file';
    const bare: ImageState = { picture, patches: this.patches, colour: this.colour };
    return written === '' || written.length > LONGEST_STROKES ? bare : { ...bare, strokes: written };
  }

  set state(value: unknown) {
    const next = readImageState(value);
    if (next === null) {
      this.error = 'The link’s picture cannot be read: expected a picture of this tab, a number of patches and a colour.';
      return;
    }
    const preset = [...PRESETS, BLANK].find(({ name }) => name === next.picture);
    this.patches = next.patches;
    this.colour = next.colour;
    this.show({ preset: preset ?? PRESETS[0] }, preset ? '' : 'The link does not hold your own picture: bring it again.');
    this.strokes = next.strokes === undefined ? [] : (decodeStrokes(next.strokes) ?? []);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('paste', this.pasted);
    this.resizes.observe(this);
    this.changed();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('paste', this.pasted);
    this.resizes.disconnect();
    clearTimeout(this.feedTimer);
    this.feedTimer = undefined;
  }

  /** Feeds the picture soon: at once when nothing was fed lately, else after a short pause, once for all changes. */
  private changed(): void {
    if (this.feedTimer !== undefined || !this.isConnected) return;
    const pause = Math.max(0, this.lastFeed + DRAWING_PAUSE_MS - performance.now());
    this.feedTimer = setTimeout(() => {
      this.feedTimer = undefined;
      this.lastFeed = performance.now();
      this.feed();
    }, pause);
  }

  private feed(): void {
    this.compose();
    const side = this.patches * PATCH_SIDE;
    const sample = document.createElement('canvas');
    sample.width = side;
    sample.height = side;
    const context = painter(sample);
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.picture, 0, 0, side, side);
    const channels: Channels = this.colour ? 3 : 1;
    const cut = cutPatches(context.getImageData(0, 0, side, side), PATCH_SIDE, channels);
    const detail: Feed = {
      kind: 'vectors',
      x: normalisePatches(patchRows(cut)),
      tokens: patchNames(this.patches),
      constructedHeads: patchHeads(channels),
      source: `${this.title_()}, ${this.patches} × ${this.patches} patches ${this.colour ? 'in colour' : 'in grey'}`,
    };
    this.dispatchEvent(new CustomEvent<Feed>('feed', { detail, bubbles: true, composed: true }));
    this.requestUpdate();
  }
}
