import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { live } from 'lit/directives/live.js';
import { msg, str } from '@lit/localize';
import type { AttentionView, Feed, Pick } from '../feed.js';
import { formStyles } from '../form-styles.js';
import { openPicture, PICTURE_SIDE, PictureRefused } from './image-file.js';
import { patchHeads } from './image-heads.js';
import { largestWeight, paintAttention, paintGround, paintPale, paintScale } from './image-overlay.js';
import { cutPatches, normalisePatches, PATCH_SIDE, patchName, patchNames, patchRows } from './image-patches.js';
import { BLANK, PRESETS, type PicturePreset } from './image-presets.js';
import { percent, readingOf } from './image-reading.js';
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
import { imageStyles } from './image-styles.js';

/** Where the picture under the strokes came from. */
type Origin = { readonly preset: PicturePreset } | { readonly file: string };

/** Feeds follow each other no faster than this while the visitor draws. */
const FEED_PAUSE_MS = 120;
/** Opening a file shows a line of text only when it takes longer than this. */
const OPENING_PAUSE_MS = 150;
/** Points of a stroke closer than this (in steps of the stroke grid) are left out. */
const CLOSEST_POINTS = 3;
/** Side of the picture that the small copies are painted from. */
const COPY_SIDE = 192;

function square(side: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('expected a browser with a 2d canvas');
  context.imageSmoothingQuality = 'high';
  return context;
}

/** A context to paint on, as many pixels large as the canvas is on the screen. */
function onScreen(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const width = Math.max(1, Math.round(canvas.clientWidth * window.devicePixelRatio));
  const height = Math.max(1, Math.round(canvas.clientHeight * window.devicePixelRatio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  if (context !== null) context.imageSmoothingQuality = 'high';
  return context;
}

/**
 * The tab that cuts a picture into patches and paints the attention of the chosen patch over it, for every head.
 *
 * @fires feed - the patches as vectors, whenever the picture or how it is cut changes
 * @fires pick - the patch, and sometimes the head, that the visitor chose; the query null lets go of the patch
 */
export class ImageInput extends LitElement {
  static override properties = {
    attention: { attribute: false },
    origin: { state: true },
    strokes: { state: true },
    patches: { state: true },
    colour: { state: true },
    drawing: { state: true },
    ink: { state: true },
    pen: { state: true },
    hovered: { state: true },
    given: { state: true },
    error: { state: true },
    note: { state: true },
    opening: { state: true },
    draggedOver: { state: true },
  };

  static override styles = [formStyles, imageStyles];

  /** Set by the page: the attention to paint over the picture. */
  declare attention: AttentionView | null;

  declare private origin: Origin;
  declare private strokes: readonly Stroke[];
  declare private patches: PatchCount;
  declare private colour: boolean;
  declare private drawing: boolean;
  declare private ink: number;
  declare private pen: number;
  /** The patch under the pointer or the keyboard cursor. */
  declare private hovered: number | null;
  /** The patch that was chosen for the visitor, until they choose. */
  declare private given: number | null;
  declare private error: string;
  /** What was done to a picture to make it fit, or what a link could not hold. */
  declare private note: string;
  declare private opening: string;
  declare private draggedOver: boolean;

  /** The picture without strokes. */
  private readonly base = square(PICTURE_SIDE);
  /** The picture with strokes, in colour: cutting makes it grey where that is asked for. */
  private readonly picture = square(PICTURE_SIDE);
  /** The picture as attention is painted over it, large and small. */
  private readonly ground = square(PICTURE_SIDE);
  private readonly copyGround = square(COPY_SIDE);
  /** Rises with every picture that is shown or begins to open, so that only the last one counts. */
  private openings = 0;
  private feedTimer: ReturnType<typeof setTimeout> | undefined;
  private lastFeed = -Infinity;
  private penPointer: number | null = null;
  /** One patch of this picture was chosen for the visitor, so that there is something to see; or they had one. */
  private offered = false;
  /** Where the attention lay that belongs to the picture before this one. */
  private formerWeights: ArrayBufferLike | null = null;
  private readonly resizes = new ResizeObserver(() => {
    if (this.hasUpdated) this.paint();
  });

  constructor() {
    super();
    this.attention = null;
    this.patches = FIRST_STATE.patches;
    this.colour = FIRST_STATE.colour;
    this.drawing = false;
    this.ink = 0;
    this.pen = 1;
    this.hovered = null;
    this.given = null;
    this.draggedOver = false;
    this.show({ preset: PRESETS[0] });
  }

  /** What a link keeps of this tab. */
  get state(): ImageState {
    const strokes = encodeStrokes(this.strokes);
    const picture = 'preset' in this.origin ? this.origin.preset.name : 'file';
    const bare = { picture, patches: this.patches, colour: this.colour };
    return strokes === '' || strokes.length > LONGEST_STROKES ? bare : { ...bare, strokes };
  }

  /** What is no state of this tab leaves the tab as it is, and a sentence says so. */
  set state(value: unknown) {
    const next = readImageState(value);
    if (next === null) {
      this.error = msg('The link does not say which picture: expected one of those above, patches and colour.');
      return;
    }
    const preset = [...PRESETS, BLANK].find(({ name }) => name === next.picture);
    this.patches = next.patches;
    this.colour = next.colour;
    this.show({ preset: preset ?? PRESETS[0] });
    this.strokes = decodeStrokes(next.strokes ?? '') ?? [];
    if (preset === undefined) this.note = msg('A link does not hold your own picture: bring it again.');
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('paste', this.pasted);
    this.resizes.observe(this);
    this.feedSoon();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('paste', this.pasted);
    this.resizes.disconnect();
    clearTimeout(this.feedTimer);
    this.feedTimer = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    const content = changed.has('origin') || changed.has('strokes') || changed.has('colour');
    if (content) this.compose();
    if (content || changed.has('patches')) this.feedSoon();
  }

  private found<E extends Element>(selector: string): E | null {
    return this.renderRoot.querySelector<E>(selector);
  }

  protected override updated(): void {
    this.placeMarks();
    this.paint();
    this.offer();
  }

  /** Has the patch that is shown at first kept in the whole page, once its attention is known. */
  private offer(): void {
    const { attention } = this;
    if (this.offered || this.drawing || attention === null) return;
    const patch = this.firstPatch();
    const row = attention.row(attention.head, patch);
    if (row?.length !== this.patches ** 2 || attention.weights === this.formerWeights) return;
    this.offered = true;
    if (attention.query !== null && attention.query !== this.given) return;
    this.given = patch;
    this.dispatchEvent(new CustomEvent<Pick>('pick', { detail: { query: patch }, bubbles: true, composed: true }));
  }

  /** Shows another picture, without strokes. The caller has painted the base, unless it is a preset. */
  private show(origin: Origin): void {
    this.openings++;
    if ('preset' in origin) origin.preset.paint(this.base, PICTURE_SIDE);
    this.origin = origin;
    this.strokes = [];
    this.offered = false;
    this.formerWeights = this.attention?.weights ?? null;
    this.error = '';
    this.note = '';
    this.opening = '';
  }

  private compose(): void {
    this.picture.drawImage(this.base.canvas, 0, 0);
    paintStrokes(this.picture, this.strokes, PICTURE_SIDE);
    this.ground.drawImage(this.picture.canvas, 0, 0);
    if (!this.colour) paintPale(this.ground, 1);
    paintGround(this.ground);
    this.copyGround.drawImage(this.ground.canvas, 0, 0, COPY_SIDE, COPY_SIDE);
  }

  /** One feed for all changes of this moment; while they keep coming, one after every pause. */
  private feedSoon(): void {
    if (this.feedTimer !== undefined || !this.isConnected) return;
    const pause = Math.max(0, this.lastFeed + FEED_PAUSE_MS - performance.now());
    this.feedTimer = setTimeout(() => {
      this.feedTimer = undefined;
      this.lastFeed = performance.now();
      this.feed();
    }, pause);
  }

  private feed(): void {
    // A feed that was asked for before the first rendering finds the picture not composed yet.
    if (!this.hasUpdated) this.compose();
    const side = this.patches * PATCH_SIDE;
    const sample = square(side);
    sample.drawImage(this.picture.canvas, 0, 0, side, side);
    const channels = this.colour ? 3 : 1;
    const cut = cutPatches(sample.getImageData(0, 0, side, side), PATCH_SIDE, channels);
    const detail: Feed = {
      kind: 'vectors',
      x: normalisePatches(patchRows(cut)),
      tokens: patchNames(this.patches),
      constructedHeads: patchHeads(channels),
      source: `${this.caption()}: ${this.patches} × ${this.patches} patches in ${this.colour ? 'colour' : 'grey'}`,
    };
    this.dispatchEvent(new CustomEvent<Feed>('feed', { detail, bubbles: true, composed: true }));
  }

  private caption(): string {
    const { origin } = this;
    const file = 'file' in origin ? origin.file : '';
    const name =
      'preset' in origin ? origin.preset.title : msg(str`“${file.length > 40 ? `${file.slice(0, 39)}…` : file}”`);
    return this.strokes.length > 0 && !this.isBlank() ? msg(str`${name}, drawn over`) : name;
  }

  private isBlank(): boolean {
    return 'preset' in this.origin && this.origin.preset === BLANK;
  }

  private async open(file: File): Promise<void> {
    const opening = ++this.openings;
    const isLast = (): boolean => opening === this.openings;
    const pause = setTimeout(() => {
      if (isLast()) this.opening = file.name;
    }, OPENING_PAUSE_MS);
    try {
      const { bitmap, changes } = await openPicture(file);
      if (isLast()) {
        this.base.save();
        // Transparent pictures lie on white paper.
        this.base.fillStyle = '#fff';
        this.base.fillRect(0, 0, PICTURE_SIDE, PICTURE_SIDE);
        // Small pictures keep their pixels.
        this.base.imageSmoothingEnabled = bitmap.width >= PICTURE_SIDE;
        this.base.drawImage(bitmap, 0, 0, PICTURE_SIDE, PICTURE_SIDE);
        this.base.restore();
        this.show({ file: file.name });
        this.drawing = false;
        this.note = changes;
      }
      bitmap.close();
    } catch (problem) {
      if (!(problem instanceof PictureRefused)) throw problem;
      if (!isLast()) return;
      this.opening = '';
      this.error = problem.message;
    } finally {
      clearTimeout(pause);
    }
  }

  private bring(files: FileList | null | undefined): void {
    const file = files?.[0];
    if (file !== undefined) void this.open(file);
  }

  private readonly pasted = (event: ClipboardEvent): void => {
    const files = event.clipboardData?.files;
    if (files === undefined || files.length === 0 || this.getClientRects().length === 0) return;
    event.preventDefault();
    this.bring(files);
  };

  private readonly dragged = (event: DragEvent): void => {
    event.preventDefault();
    this.draggedOver = event.type === 'dragenter' || event.type === 'dragover';
  };

  private readonly dropped = (event: DragEvent): void => {
    event.preventDefault();
    this.draggedOver = false;
    const files = event.dataTransfer?.files;
    if (files === undefined || files.length === 0) {
      this.error = msg('Expected a picture file, got something else: save the picture first, then drop the file.');
      return;
    }
    this.bring(files);
  };

  private readonly chosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.bring(input.files);
    input.value = ''; // the same file can be chosen again
  };

  /** The patch that is looked from now. */
  private shownPatch(): number | null {
    const count = this.patches ** 2;
    const asked = this.hovered ?? this.attention?.query ?? null;
    if (asked !== null) return asked < count ? asked : null;
    return this.offered ? null : this.firstPatch();
  }

  /** A telling patch of the picture. */
  private firstPatch(): number {
    const { x, y } = 'preset' in this.origin ? this.origin.preset.lookFrom : BLANK.lookFrom;
    return Math.floor(y * this.patches) * this.patches + Math.floor(x * this.patches);
  }

  /** Attention of the shown patch; null while there is none for this picture. */
  private shownRow(head: number): Float32Array | null {
    const patch = this.shownPatch();
    const row = patch === null ? null : (this.attention?.row(head, patch) ?? null);
    return row?.length === this.patches ** 2 ? row : null;
  }

  /** Where an event of the grid happened, in as many steps each way: column and row. */
  private static stepsOf(event: MouseEvent, grid: Element, count: number): [number, number] {
    const { left, top, width, height } = grid.getBoundingClientRect();
    const step = (at: number, size: number): number =>
      Math.min(count - 1, Math.max(0, Math.floor((at / size) * count)));
    return [step(event.clientX - left, width), step(event.clientY - top, height)];
  }

  private patchAt(event: MouseEvent): number {
    const [column, row] = ImageInput.stepsOf(event, event.currentTarget as Element, this.patches);
    return row * this.patches + column;
  }

  private pick(detail: Pick): void {
    this.given = null;
    this.dispatchEvent(new CustomEvent<Pick>('pick', { detail, bubbles: true, composed: true }));
  }

  private beginStroke(points: number[]): void {
    this.strokes = [...this.strokes, { ink: this.ink, pen: this.pen, points }];
  }

  private continueStroke(event: PointerEvent): void {
    const grid = event.currentTarget as Element;
    const last = this.strokes.at(-1);
    if (last === undefined) return;
    const points = [...last.points];
    // Not there on pages without https.
    const moves = 'getCoalescedEvents' in event ? event.getCoalescedEvents() : [];
    for (const move of moves.length === 0 ? [event] : moves) {
      const [x, y] = ImageInput.stepsOf(move, grid, STROKE_GRID);
      const [fromX = x, fromY = y] = points.slice(-2);
      if (Math.hypot(x - fromX, y - fromY) >= CLOSEST_POINTS) points.push(x, y);
    }
    if (points.length > last.points.length) this.strokes = [...this.strokes.slice(0, -1), { ...last, points }];
  }

  private readonly pointerDown = (event: PointerEvent): void => {
    if (!this.drawing || event.button !== 0 || this.penPointer !== null) return;
    this.penPointer = event.pointerId;
    const grid = event.currentTarget as Element;
    grid.setPointerCapture(event.pointerId);
    this.hovered = null;
    this.beginStroke(ImageInput.stepsOf(event, grid, STROKE_GRID));
  };

  private readonly pointerMove = (event: PointerEvent): void => {
    if (event.pointerId === this.penPointer) this.continueStroke(event);
    else if (!this.drawing && event.pointerType !== 'touch') this.hovered = this.patchAt(event);
  };

  private readonly pointerEnd = (event: PointerEvent): void => {
    if (event.pointerId === this.penPointer) this.penPointer = null;
  };

  private readonly pointerLeave = (): void => {
    if (this.penPointer === null) this.hovered = null;
  };

  private readonly clicked = (event: MouseEvent): void => {
    if (!this.drawing) this.pick({ query: this.patchAt(event) });
  };

  private readonly gridFocused = (event: FocusEvent): void => {
    if ((event.currentTarget as Element).matches(':focus-visible')) this.hovered = this.cursor();
  };

  private readonly gridLeft = (): void => {
    this.hovered = null;
  };

  /** Where the keyboard cursor is, or begins. */
  private cursor(): number {
    const middle = Math.floor(this.patches / 2);
    return this.hovered ?? this.shownPatch() ?? middle * this.patches + middle;
  }

  private readonly gridKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const cursor = this.cursor();
    const column = cursor % this.patches;
    const row = Math.floor(cursor / this.patches);
    const last = this.patches - 1;
    const at = (toRow: number, toColumn: number): void => {
      this.hovered = Math.min(last, Math.max(0, toRow)) * this.patches + Math.min(last, Math.max(0, toColumn));
    };
    switch (event.key) {
      case 'ArrowLeft':
        at(row, column - 1);
        break;
      case 'ArrowRight':
        at(row, column + 1);
        break;
      case 'ArrowUp':
        at(row - 1, column);
        break;
      case 'ArrowDown':
        at(row + 1, column);
        break;
      case 'Home':
        at(row, 0);
        break;
      case 'End':
        at(row, last);
        break;
      case 'PageUp':
        at(0, column);
        break;
      case 'PageDown':
        at(last, column);
        break;
      case 'Enter':
      case ' ':
        if (this.drawing) {
          const middle = (step: number): number => Math.floor(((step + 0.5) / this.patches) * STROKE_GRID);
          this.beginStroke([middle(column), middle(row)]);
        } else {
          this.pick({ query: cursor });
        }
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  private readonly escaped = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    if (this.drawing) {
      this.drawing = false;
      return;
    }
    this.hovered = null;
    this.pick({ query: null });
  };

  private choosePreset(preset: PicturePreset): void {
    this.show({ preset });
    this.drawing = preset === BLANK;
  }

  /** Outlines the shown patch and the one that is kept, and tells assistive technology about them. */
  private placeMarks(): void {
    const shown = this.shownPatch();
    const kept = this.attention?.query ?? null;
    this.placeMark('.mark.kept', this.drawing || kept === shown ? null : kept);
    this.placeMark('.mark:not(.kept)', this.drawing ? this.hovered : shown);
    const grid = this.found('.grid');
    for (const cell of grid?.querySelectorAll('[aria-selected]') ?? []) cell.removeAttribute('aria-selected');
    if (kept !== null) this.found(`#patch-${kept}`)?.setAttribute('aria-selected', 'true');
    if (shown === null) grid?.removeAttribute('aria-activedescendant');
    else grid?.setAttribute('aria-activedescendant', `patch-${shown}`);
  }

  private placeMark(selector: string, patch: number | null): void {
    const mark = this.found<HTMLElement>(selector);
    if (mark === null) return;
    mark.hidden = patch === null || patch >= this.patches ** 2;
    if (patch === null) return;
    const step = 100 / this.patches;
    mark.style.width = `${step}%`;
    mark.style.height = `${step}%`;
    mark.style.left = `${(patch % this.patches) * step}%`;
    mark.style.top = `${Math.floor(patch / this.patches) * step}%`;
  }

  private paint(): void {
    const board = this.found<HTMLCanvasElement>('.board canvas');
    const boardContext = board && onScreen(board);
    if (boardContext) this.paintBoard(boardContext);
    this.renderRoot.querySelectorAll<HTMLCanvasElement>('ol button canvas').forEach((copy, head) => {
      const context = onScreen(copy);
      const row = this.shownRow(head);
      if (context === null) return;
      if (row === null) context.drawImage(this.copyGround.canvas, 0, 0, copy.width, copy.height);
      else paintAttention(context, this.copyGround.canvas, row, this.patches);
    });
    const plain = this.found<HTMLCanvasElement>('canvas.plain');
    const plainContext = plain && onScreen(plain);
    if (plainContext) this.paintPlain(plainContext);
    const scale = this.found<HTMLCanvasElement>('.scale canvas');
    const scaleContext = scale && onScreen(scale);
    if (scaleContext) paintScale(scaleContext);
  }

  /** The picture without attention. */
  private paintPlain(context: CanvasRenderingContext2D): void {
    context.imageSmoothingEnabled = true;
    context.drawImage(this.picture.canvas, 0, 0, context.canvas.width, context.canvas.height);
    if (!this.colour) paintPale(context, 1);
  }

  private paintBoard(context: CanvasRenderingContext2D): void {
    const { width, height } = context.canvas;
    const row = this.drawing || this.attention === null ? null : this.shownRow(this.attention.head);
    if (row === null) {
      this.paintPlain(context);
    } else {
      paintAttention(context, this.ground.canvas, row, this.patches);
    }
    context.fillStyle = 'rgb(128 128 128 / 0.4)';
    for (let line = 1; line < this.patches; line++) {
      context.fillRect(Math.round((line * width) / this.patches), 0, 1, height);
      context.fillRect(0, Math.round((line * height) / this.patches), width, 1);
    }
  }

  protected override render(): TemplateResult {
    return html`
      <div
        class="tab"
        @dragenter=${this.dragged}
        @dragover=${this.dragged}
        @dragleave=${this.dragged}
        @drop=${this.dropped}
        @keydown=${this.escaped}
      >
        ${this.renderSources()}
        ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error} ${this.lastGood()}</p>`}
        ${this.drawing ? this.renderDrawingTools() : nothing}
        <p class="hint note small">${this.hint()}</p>
        <div class="board ${this.draggedOver ? 'over' : ''} ${this.drawing ? 'drawing' : ''}">
          <canvas aria-hidden="true"></canvas>
          ${this.renderGrid()}
          <div class="mark kept" hidden></div>
          <div class="mark" hidden></div>
        </div>
        <div class="under">
          ${this.note === '' ? nothing : html`<p class="note small" role="status">${this.note}</p>`}
          ${this.opening === '' ? nothing : html`<p class="note small" role="status">${msg(str`Opening “${this.opening}” …`)}</p>`}
          ${this.renderReading()} ${this.renderHeads()} ${this.renderCutting()} ${this.renderLayout()}
        </div>
      </div>
    `;
  }

  private lastGood(): string {
    return msg(str`Still showing ${this.caption()}.`);
  }

  private renderSources(): TemplateResult {
    return html`
      <div class="links">${PRESETS.map((preset) => this.presetButton(preset, preset.title))}</div>
      <div class="links">
        <label class="file"
          >${msg('open a picture')}<input type="file" accept="image/*" @change=${this.chosen}
        /></label>
        ${this.presetButton(BLANK, msg('blank sheet'))}
        <button type="button" class="plain" @click=${() => (this.drawing = !this.drawing)}>
          ${this.drawing ? msg('stop drawing') : msg('draw on it')}
        </button>
      </div>
    `;
  }

  private presetButton(preset: PicturePreset, label: string): TemplateResult {
    const shown = 'preset' in this.origin && this.origin.preset === preset;
    return html`
      <button type="button" class="plain" aria-pressed=${String(shown)} @click=${() => this.choosePreset(preset)}>
        ${label}
      </button>
    `;
  }

  private renderDrawingTools(): TemplateResult {
    return html`
      <div class="links tight" role="radiogroup" aria-label=${msg('Ink')}>
        ${INKS.map(
          (ink, index) => html`
            <label class="choice" title=${ink.label}>
              <input
                type="radio"
                name="ink"
                aria-label=${ink.label}
                .checked=${live(index === this.ink)}
                @change=${() => (this.ink = index)}
              /><span class="swatch ${ink.name}"></span>
            </label>
          `,
        )}
      </div>
      <div class="links pens">
        <div class="links tight" role="radiogroup" aria-label=${msg('Pen')}>
          ${PENS.map(
            (pen, index) => html`
              <label class="choice">
                <input
                  type="radio"
                  name="pen"
                  .checked=${live(index === this.pen)}
                  @change=${() => (this.pen = index)}
                />${pen.name}
              </label>
            `,
          )}
        </div>
        <button
          type="button"
          class="plain"
          ?disabled=${this.strokes.length === 0}
          @click=${() => (this.strokes = this.strokes.slice(0, -1))}
        >
          ${msg('undo')}
        </button>
        <button type="button" class="plain" ?disabled=${this.strokes.length === 0} @click=${() => (this.strokes = [])}>
          ${msg('clear')}
        </button>
      </div>
    `;
  }

  private renderGrid(): TemplateResult {
    const steps = Array.from({ length: this.patches }, (_, step) => step);
    const label = this.drawing
      ? msg(str`Sheet of ${this.patches} by ${this.patches} patches: arrow keys move, Enter draws a dot`)
      : msg(str`Picture of ${this.patches} by ${this.patches} patches: arrow keys move, Enter chooses`);
    return html`
      <div
        class="grid"
        role="grid"
        tabindex="0"
        aria-label=${label}
        @pointerdown=${this.pointerDown}
        @pointermove=${this.pointerMove}
        @pointerup=${this.pointerEnd}
        @pointercancel=${this.pointerEnd}
        @pointerleave=${this.pointerLeave}
        @click=${this.clicked}
        @keydown=${this.gridKey}
        @focus=${this.gridFocused}
        @blur=${this.gridLeft}
      >
        ${guard([this.patches], () =>
          steps.map(
            (row) => html`
              <div role="row">
                ${steps.map(
                  (column) => html`
                    <div
                      role="gridcell"
                      id="patch-${row * this.patches + column}"
                      aria-label=${msg(str`row ${row + 1}, column ${column + 1}`)}
                    ></div>
                  `,
                )}
              </div>
            `,
          ),
        )}
      </div>
    `;
  }

  private renderReading(): TemplateResult | typeof nothing {
    const view = this.attention;
    if (view === null || this.drawing) return nothing;
    const patch = this.shownPatch();
    const row = this.shownRow(view.head);
    const largest = row === null ? '' : percent(largestWeight(row));
    const name = patch === null ? msg('a patch') : patchName(patch, this.patches);
    return html`
      <div
        class="scale small"
        role="img"
        aria-label=${msg(str`Scale from 0, dark, to the largest share, bright: ${largest}`)}
      >
        <span>0</span><canvas></canvas><span class="largest">${largest}</span>
      </div>
      <p class="note small">
        ${msg(str`share of ${name}’s attention in head ${view.head}`)}${patch === null ? nothing : this.whereIs(patch)}
      </p>
      <p class="reading" aria-live="polite">
        ${patch === null || row === null ? nothing : readingOf(row, patch, this.patches)}
      </p>
    `;
  }

  /** What the name of a patch means. */
  private whereIs(patch: number): string {
    const [row, column] = [Math.floor(patch / this.patches) + 1, (patch % this.patches) + 1];
    return msg(str` (${patchName(patch, this.patches)}: row ${row}, column ${column}, counted from 1)`);
  }

  private hint(): string {
    if (this.drawing) {
      const tooLong = encodeStrokes(this.strokes).length > LONGEST_STROKES;
      const kept = tooLong ? msg(' The drawing is too long to be kept in the link.') : '';
      return msg('Draw with the pointer, or move with the arrow keys and press Enter for a dot.') + kept;
    }
    const chosen = this.attention?.query ?? null;
    return chosen === null || chosen === this.given
      ? msg('Point at a patch to see where it looks, click to keep it. Pictures can be dropped or pasted.')
      : msg(str`${patchName(chosen, this.patches)} is kept: click another patch, or press Esc to let go of it.`);
  }

  private renderCutting(): TemplateResult {
    return html`
      <div class="links tight cutting" role="radiogroup" aria-labelledby="patches-label">
        <span id="patches-label" class="note">${msg('patches per side')}</span>
        ${PATCH_COUNTS.map(
          (count) => html`
            <label class="choice">
              <input
                type="radio"
                name="patches"
                .checked=${live(count === this.patches)}
                @change=${() => this.choosePatches(count)}
              />${count}
            </label>
          `,
        )}
      </div>
      <div class="links tight" role="radiogroup" aria-labelledby="channels-label">
        <span id="channels-label" class="note">${msg('channels')}</span>
        ${[true, false].map(
          (colour) => html`
            <label class="choice">
              <input
                type="radio"
                name="channels"
                .checked=${live(colour === this.colour)}
                @change=${() => (this.colour = colour)}
              />${colour ? msg('colour') : msg('grey')}
            </label>
          `,
        )}
      </div>
    `;
  }

  private choosePatches(count: PatchCount): void {
    this.patches = count;
    this.hovered = null;
    // A patch that was chosen in the old grid is another one in the new.
    if (this.attention?.query !== null) this.pick({ query: null });
    this.offered = false;
  }

  private renderHeads(): TemplateResult | typeof nothing {
    const view = this.attention;
    if (view === null) return nothing;
    return html`
      <ol aria-label=${msg('Every head’s attention over the picture')}>
        <li>
          <canvas class="plain" role="img" aria-label=${msg('The picture')}></canvas>
          <span class="small note">${msg('picture')}</span>
        </li>
        ${Array.from({ length: view.heads }, (_, head) => {
          const row = this.shownRow(head);
          return html`
            <li>
              <button
                type="button"
                aria-pressed=${String(head === view.head)}
                @click=${() => this.pick({ query: this.shownPatch(), head })}
              >
                <canvas aria-hidden="true"></canvas>
                <span class="small">${msg(str`head ${head}`)}</span>
                ${view.names === undefined ? nothing : html`<span class="small">${view.names[head] ?? ''}</span>`}
                <span class="small note">${row === null ? '–' : msg(str`max ${percent(largestWeight(row))}`)}</span>
              </button>
            </li>
          `;
        })}
      </ol>
    `;
  }

  private renderLayout(): TemplateResult {
    const pixels = PATCH_SIDE * PATCH_SIDE;
    const count = this.patches ** 2;
    const channels = this.colour ? 3 : 1;
    return html`
      <p class="small layout">
        ${
          this.colour
            ? msg(
                html`Layout <var>b p n d</var> = 1 × ${pixels} × ${count} × ${channels}: one picture, <var>p</var> the
                  ${pixels} pixels within a patch of ${PATCH_SIDE} × ${PATCH_SIDE}, <var>n</var> the ${count} patches,
                  <var>d</var> the channels red, green and blue.`,
              )
            : msg(
                html`Layout <var>b p n d</var> = 1 × ${pixels} × ${count} × ${channels}: one picture, <var>p</var> the
                  ${pixels} pixels within a patch of ${PATCH_SIDE} × ${PATCH_SIDE}, <var>n</var> the ${count} patches,
                  <var>d</var> the one channel, brightness.`,
              )
        }
      </p>
      <p class="small note">
        ${msg(
          html`MobileViT attends among the <var>n</var> patches once for every <var>p</var>; here a patch’s
            <var>p</var> × <var>d</var> = ${pixels * channels} numbers are one token, <var>x</var> is ${count} ×
            ${pixels * channels}. The mean patch is taken from each, then each is scaled to a root mean square of 1, so
            that the score of two patches is how alike they are.`,
        )}
      </p>
    `;
  }
}

customElements.define('hs-image-input', ImageInput);

declare global {
  interface HTMLElementTagNameMap {
    'hs-image-input': ImageInput;
  }
}
