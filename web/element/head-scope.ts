import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { guard } from 'lit/directives/guard.js';
import { HeadscopeError, type Tensor, type TensorLike } from '../../wasm-bindings/js/index.js';
import { isMasked } from '../views/matrix.js';
import { countDigits, exactDigits, percent, threeDigits } from '../views/numbers.js';
import { blockStart, largestCell, MASKED } from '../views/pooling.js';
import { isDistribution, rankInRow, rowStatistics, type RowStatistics } from '../views/row-statistics.js';
import { LABEL_SPACING } from '../views/ticks.js';
import { composed, itemName, plainSentence, rowSentence, type SentencePart } from '../views/summary.js';
import { filled, wordsOf, type Words } from '../views/words.js';
import { paintCells, paintPattern, paintRamp, paintThumbnail, thumbnailSize } from './canvas-cells.js';
import { colourScheme, watchColourScheme, type ColourScheme, type Theme } from './colour-scheme.js';
import { compute } from './source/computation.js';
import { errorSentence } from './error-sentence.js';
import type { CellDetail, HeadScopeEventMap, SelectedCell } from './events.js';
import { figureBlob } from './figure-blob.js';
import { headScopeStyles } from './head-scope-styles.js';
import { Pacer } from './source/pacer.js';
import type { HeadPicture, Picture } from './source/whole-picture.js';
import { exactScore, headName, readScene, type Scene, type SceneInput } from './scene.js';
import { DEFAULT_SETTINGS } from './settings.js';
import { layOutSheet, type SheetLayout } from './sheet-layout.js';

/** Work shorter than this shows no progress. */
const SHOW_PROGRESS_AFTER = 150;

/** Least time between two announcements to screen readers. */
const ANNOUNCE_EVERY = 400;

/** Keys listed in the read-out. */
const TOP_KEYS = 5;

/** From this width on the read-out stands beside the matrix; all in CSS pixels. */
const WIDE_FROM = 680;
const READOUT_WIDTH = 224;
const BODY_GAP = 32;
/** The sentence and the legend get at least so much, however small the matrix is. */
const LEAST_MATRIX_WIDTH = 432;

/** The smallest mark around a cell, in CSS pixels, so that it can be seen where cells are smaller. */
const LEAST_MARK = 9;

/** Half of a line of label text, and about the width of one of its digits, in CSS pixels. */
const HALF_LINE = 8;
const DIGIT_WIDTH = 8;

interface Cell {
  readonly query: number;
  readonly key: number;
}

const sameCell = (a: Cell | null, b: Cell | null): boolean => a?.query === b?.query && a?.key === b?.key;

/** Data is taken anew at every assignment, because the same array may hold other numbers now. */
const data = { attribute: false, hasChanged: () => true } as const;

/** Everything the template says about one cell. */
interface CellFacts {
  readonly cell: Cell;
  readonly masked: boolean;
  readonly weight: number;
  readonly score: number | null;
  readonly rank: number;
  readonly row: RowStatistics;
}

/**
 * `<head-scope>`: the attention weights of every head, from queries and keys (computed in a worker) or ready made.
 *
 * Attributes: `head`, `causal`, `theme`, `locale`. Events: see HeadScopeEventMap. CSS custom properties: `--headscope-bg`,
 * `--headscope-fg`, `--headscope-muted`, `--headscope-line`, `--headscope-accent`, `--headscope-error`,
 * `--headscope-font`. Parts: scope, error, heads, head, matrix, viewport, grid, column-label, row-label, legend, summary,
 * readout. The default slot is shown while there is nothing to draw.
 */
export class HeadScopeElement extends LitElement {
  static override styles = headScopeStyles;

  /** (length, depth), (heads, length, depth) or (batch, heads, length, depth). */
  @property(data) query: TensorLike | undefined;
  /** As query, with a length of its own. */
  @property(data) key: TensorLike | undefined;
  /** As key, with a depth of its own. Checked, but not drawn: weights do not depend on it. */
  @property(data) value: TensorLike | undefined;
  /** Ready weights instead of query and key: (queries, keys), with (heads) and (batch, heads) before them if there are. */
  @property(data) weights: TensorLike | undefined;
  /** Labels of the queries, one each. */
  @property(data) tokens: string[] | undefined;
  /** Labels of the keys; without them, `tokens` where there are as many. */
  @property(data) keyTokens: string[] | undefined;
  /** What scores are multiplied by; 1 / sqrt(depth) unless given. */
  @property(data) scale: number | undefined;
  /** Each query sees only keys up to its own index. */
  @property({ type: Boolean }) causal = false;
  /** The chosen head, from 0. */
  @property({ type: Number, reflect: true }) head = 0;
  /** Colours: the reader's preference, or always light or dark. */
  @property() theme: Theme = 'auto';
  /** The language of the element's own words: `en`, or `zh` for Chinese. */
  @property() locale = 'en';

  #picture: Picture | null = null;
  #good: { readonly picture: Picture; readonly result: { readonly weights: Tensor } } | null = null;
  #run: AbortController | null = null;
  #progress = 0;
  #progressShown = false;
  #error: HeadscopeError | null = null;
  #notice: keyof Words | null = null;

  #hover: Cell | null = null;
  #pin: Cell | null = null;
  #cursor: Cell = { query: 0, key: 0 };

  #connection: AbortController | null = null;
  /** Taken out of the page in the middle of a computation, which begins anew when it is put back. */
  #interrupted = false;
  #scheme: ColourScheme | null = null;
  #room = 0;
  #layout: SheetLayout | null = null;
  #layoutKey: readonly unknown[] = [];
  #paintedKey: readonly unknown[] = [];
  #painting: AbortController | null = null;
  readonly #thumbnails = new WeakMap<HTMLCanvasElement, readonly unknown[]>();
  #paintingThumbnails: AbortController | null = null;
  #announceTimer: ReturnType<typeof setTimeout> | undefined;
  #announcement = '';

  /** The cell that is shown, or null. */
  get selection(): SelectedCell | null {
    const cell = this.#active;
    return cell && { head: this.#chosenHead, ...cell, pinned: sameCell(cell, this.#pin) };
  }

  /** Weights of all heads, (heads, queries, keys), of the last input that could be computed; null before that. */
  get result(): { readonly weights: Tensor } | null {
    return this.#good?.result ?? null;
  }

  /**
   * Pins a cell of the chosen head as a click does, `headscope-select` included; null releases it.
   * Does nothing where there is no such cell.
   */
  pin(cell: { readonly query: number; readonly key: number } | null): void {
    const scene = this.#picture?.scene;
    const inside = (index: number, count: number): boolean => Number.isInteger(index) && index >= 0 && index < count;
    if (cell === null) {
      this.#setPin(null);
    } else if (scene !== undefined && inside(cell.query, scene.queries) && inside(cell.key, scene.keys)) {
      this.#cursor = { query: cell.query, key: cell.key };
      this.#setPin(this.#cursor);
    }
  }

  /** Whether a computation is running. */
  get busy(): boolean {
    return this.#run !== null;
  }

  /** Stops the running computation; the picture before it comes back. */
  cancel(): void {
    if (this.#run === null) return;
    this.#stop();
    this.#picture = this.#good?.picture ?? null;
    this.#notice = this.#picture === null ? 'cancelled' : 'cancelledBefore';
    this.#emit('headscope-error', { code: 'Aborted', message: 'The computation was cancelled.' });
    this.requestUpdate();
  }

  /**
   * The chosen head as a PNG with labels, colour bar and sentence, two pixels per CSS pixel.
   * @throws HeadscopeError `InvalidArgument` when nothing is drawn yet
   */
  async toBlob(): Promise<Blob> {
    const picture = this.#picture;
    const head = this.#shownHead;
    if (picture === null || head === null || this.#scheme === null) {
      throw new HeadscopeError('InvalidArgument', 'toBlob', 'a head that is drawn', 'nothing drawn yet');
    }
    const { scene } = picture;
    return figureBlob({
      matrix: head.matrix,
      facts: head.facts,
      max: picture.max,
      queries: scene.queryLabels,
      keys: scene.keyLabels,
      caption: filled(this.#words.weightsOf, this.#headWords(scene)),
      words: this.#words,
      sentence: plainSentence(this.#summary(scene)),
      scaleWords: this.#scaleWords(scene),
      palette: this.#scheme.palette,
      fontFamily: getComputedStyle(this.#find('.scope') ?? this).fontFamily,
      scale: 2,
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    const refresh = (): void => {
      this.#scheme = null;
      this.requestUpdate();
    };
    watchColourScheme(refresh, signal);
    window.addEventListener('resize', () => this.requestUpdate(), { signal });
    const sizes = new ResizeObserver(() => this.#measureRoom());
    sizes.observe(this);
    signal.addEventListener('abort', () => sizes.disconnect());
    if (this.#interrupted) this.#take();
    this.#interrupted = false;
    refresh();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#connection?.abort();
    this.#interrupted = this.busy;
    this.#stop();
    this.#painting?.abort();
    this.#paintingThumbnails?.abort();
    this.#paintedKey = [];
    clearTimeout(this.#announceTimer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    const inputs = ['query', 'key', 'value', 'weights', 'tokens', 'keyTokens', 'scale', 'causal'];
    if (inputs.some((name) => changed.has(name))) this.#take();
    if (changed.has('theme')) this.#scheme = null;
    this.#scheme ??= colourScheme(this, this.theme);
    this.#updateLayout();
  }

  protected override updated(): void {
    this.#measureRoom();
    this.#place();
    this.#paintMatrix();
    void this.#paintThumbnails();
    this.#paintLegend();
  }

  // --- input and computation -------------------------------------------------------------------------------------

  /** Reads the properties and starts to compute; what was running is dropped. */
  #take(): void {
    this.#stop();
    this.#error = null;
    this.#notice = null;
    this.#picture = this.#good?.picture ?? null;
    let scene: Scene | null;
    try {
      scene = readScene({ ...this.#input, knobs: { ...DEFAULT_SETTINGS, scale: this.scale, causal: this.causal } });
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (scene === null || scene.heads * scene.queries * scene.keys === 0) {
      this.#picture = null;
      this.#good = null;
      this.#hover = null;
      this.#pin = null;
      if (scene !== null) this.#notice = 'noTokens';
      return;
    }
    void this.#compute(scene);
  }

  async #compute(scene: Scene): Promise<void> {
    const run = new AbortController();
    this.#run = run;
    this.#progress = 0;
    this.#progressShown = false;
    let latest: Picture | null = null;
    const show = (): void => {
      // Until then the picture before stays, so that quick edits do not flicker.
      if (this.#progressShown && latest !== null) this.#show(latest);
      this.requestUpdate();
    };
    const timer = setTimeout(() => {
      this.#progressShown = true;
      show();
    }, SHOW_PROGRESS_AFTER);
    run.signal.addEventListener('abort', () => clearTimeout(timer));
    try {
      const { picture, weights } = await compute(scene, devicePixelRatio, run.signal, {
        onHead: (picture) => {
          latest = picture;
          show();
        },
        onProgress: (fraction) => {
          this.#progress = fraction;
          this.#emit('headscope-progress', { fraction });
          if (this.#progressShown) this.requestUpdate();
        },
      });
      this.#stop();
      const { heads, queries, keys } = scene;
      this.#good = { picture, result: { weights: { data: weights, shape: [heads, queries, keys] } } };
      this.#show(picture);
      this.requestUpdate();
      await this.updateComplete;
      if (this.#picture === picture) this.#emit('headscope-ready', { heads, queries, keys });
    } catch (error) {
      if (run.signal.aborted) return;
      this.#stop();
      this.#picture = this.#good?.picture ?? null;
      this.#fail(error);
    }
  }

  #stop(): void {
    this.#run?.abort();
    this.#run = null;
    this.#progressShown = false;
  }

  #show(picture: Picture): void {
    this.#picture = picture;
    const { queries, keys } = picture.scene;
    const inside = (cell: Cell | null): Cell | null => (cell && cell.query < queries && cell.key < keys ? cell : null);
    this.#pin = inside(this.#pin);
    this.#hover = inside(this.#hover);
    this.#cursor = inside(this.#cursor) ?? { query: 0, key: 0 };
  }

  #fail(error: unknown): void {
    this.#error =
      error instanceof HeadscopeError
        ? error
        : new HeadscopeError('InvalidArgument', 'input', 'something that can be drawn', String(error), {
            cause: error,
          });
    const { code, message } = this.#error;
    this.#emit('headscope-error', { code, message });
    this.requestUpdate();
  }

  #emit<K extends keyof HeadScopeEventMap>(type: K, detail: HeadScopeEventMap[K]['detail']): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  get #input(): Omit<SceneInput, 'knobs'> {
    const { query, key, value, weights, tokens, keyTokens } = this;
    return {
      query,
      key,
      value,
      weights,
      tokens,
      keyTokens,
      words: undefined,
      image: undefined,
      patches: undefined,
      layers: false,
    };
  }

  // --- what is chosen --------------------------------------------------------------------------------------------

  get #chosenHead(): number {
    const heads = this.#picture?.scene.heads ?? 1;
    const wanted = Number.isFinite(this.head) ? Math.trunc(this.head) : 0;
    return Math.min(heads - 1, Math.max(0, wanted));
  }

  get #shownHead(): HeadPicture | null {
    return this.#picture?.heads[this.#chosenHead] ?? null;
  }

  get #active(): Cell | null {
    return this.#hover ?? this.#pin;
  }

  #facts(cell: Cell | null): CellFacts | null {
    const head = this.#shownHead;
    if (cell === null || head === null || this.#picture === null) return null;
    const { query, key } = cell;
    return {
      cell,
      masked: isMasked(head.matrix, head.facts, query, key),
      weight: head.matrix.data[query * head.matrix.columns + key] as number,
      score: exactScore(this.#picture.scene, this.#chosenHead, query, key),
      rank: rankInRow(head.matrix, head.facts, query, key),
      row: rowStatistics(head.matrix, head.facts, query, TOP_KEYS),
    };
  }

  #detail(cell: Cell | null): CellDetail {
    const facts = this.#facts(cell);
    const head = this.#chosenHead;
    if (facts === null) return { head, query: null, key: null, weight: null, score: null };
    return { head, ...facts.cell, weight: facts.weight, score: facts.score };
  }

  #setHover(cell: Cell | null): void {
    if (sameCell(cell, this.#hover)) return;
    this.#hover = cell;
    this.#emit('headscope-hover', this.#detail(cell));
    this.requestUpdate();
  }

  #setPin(cell: Cell | null): void {
    if (sameCell(cell, this.#pin)) return;
    this.#pin = cell;
    this.#emit('headscope-select', { ...this.#detail(cell), pin: cell && { queries: [cell.query], keys: [cell.key] } });
    this.requestUpdate();
  }

  #chooseHead(head: number): void {
    const heads = this.#picture?.scene.heads ?? 0;
    if (head < 0 || head >= heads || head === this.#chosenHead) return;
    this.head = head;
    this.#emit('headscope-head', { head });
    this.#announce();
  }

  #announce(): void {
    if (this.#announceTimer !== undefined) return;
    this.#announceTimer = setTimeout(() => {
      this.#announceTimer = undefined;
      this.#announcement = this.#spoken();
      this.requestUpdate();
    }, ANNOUNCE_EVERY);
  }

  // --- pointer and keyboard --------------------------------------------------------------------------------------

  /** The cell at a point; where cells share a pixel, the largest of them, which is the one that is seen. */
  #cellAt(event: MouseEvent): Cell | null {
    const head = this.#shownHead;
    const cells = this.#find('.cells');
    if (head === null || cells === null || this.#layout === null) return null;
    const { geometry } = this.#layout;
    const box = cells.getBoundingClientRect();
    const range = (at: number, size: number, count: number, pixels: number): readonly [number, number] | null => {
      if (!(at >= 0 && at < size)) return null;
      if (pixels >= count) {
        const index = Math.min(count - 1, Math.floor((at / size) * count));
        return [index, index + 1];
      }
      const block = Math.min(pixels - 1, Math.floor((at / size) * pixels));
      return [blockStart(block, count, pixels), blockStart(block + 1, count, pixels)];
    };
    const { rows, columns } = head.matrix;
    const across = range(event.clientX - box.left, box.width, columns, geometry.pixelWidth);
    const down = range(event.clientY - box.top, box.height, rows, geometry.pixelHeight);
    if (across === null || down === null) return null;
    const { row, column } = largestCell(head.matrix, down[0], down[1], across[0], across[1]);
    return { query: row, key: column };
  }

  readonly #onPointerMove = (event: PointerEvent): void => {
    // A finger that moves is scrolling.
    if (event.pointerType !== 'touch') this.#setHover(this.#cellAt(event));
  };

  readonly #onPointerLeave = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch') this.#setHover(null);
  };

  readonly #onClick = (event: MouseEvent): void => {
    const cell = this.#cellAt(event);
    if (cell === null) return;
    this.#cursor = cell;
    this.#togglePin(cell);
  };

  #togglePin(cell: Cell): void {
    this.#setPin(sameCell(cell, this.#pin) ? null : cell);
    this.#announce();
  }

  readonly #onGridFocus = (): void => {
    if (this.#find('.grid')?.matches(':focus-visible') !== true) return;
    if (this.#pin !== null) this.#cursor = this.#pin;
    this.#setHover(this.#cursor);
    this.#announce();
  };

  readonly #onGridBlur = (): void => this.#setHover(null);

  readonly #onGridKey = (event: KeyboardEvent): void => {
    const head = this.#shownHead;
    if (head === null || event.altKey || event.metaKey) return;
    const { rows, columns } = head.matrix;
    const { query, key } = this.#cursor;
    const page = Math.max(1, Math.round(rows / 10));
    const right = columns - 1;
    const bottom = rows - 1;
    const all = event.ctrlKey;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [query - 1, key],
      ArrowDown: [query + 1, key],
      ArrowLeft: [query, key - 1],
      ArrowRight: [query, key + 1],
      Home: [all ? 0 : query, 0],
      End: [all ? bottom : query, right],
      PageUp: [query - page, key],
      PageDown: [query + page, key],
    };
    const move = moves[event.key];
    if (move !== undefined) {
      const [toQuery, toKey] = move;
      this.#moveCursor({ query: Math.min(bottom, Math.max(0, toQuery)), key: Math.min(right, Math.max(0, toKey)) });
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.#togglePin(this.#cursor);
    } else {
      return;
    }
    event.preventDefault();
  };

  #moveCursor(cell: Cell): void {
    this.#cursor = cell;
    this.#setHover(cell);
    this.#announce();
    void this.updateComplete.then(() => this.#find('.cursor')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey || event.metaKey || event.ctrlKey) return;
    if (event.key === '[') this.#chooseHead(this.#chosenHead - 1);
    else if (event.key === ']') this.#chooseHead(this.#chosenHead + 1);
    else if (event.key === 'Escape' && this.#pin !== null) this.#release();
    else return;
    event.preventDefault();
  };

  readonly #release = (): void => {
    this.#setPin(null);
    this.#announce();
  };

  readonly #onHeadsKey = (event: KeyboardEvent): void => {
    const heads = this.#picture?.scene.heads ?? 1;
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: this.#chosenHead - 1,
      ArrowUp: this.#chosenHead - 1,
      ArrowRight: this.#chosenHead + 1,
      ArrowDown: this.#chosenHead + 1,
      Home: 0,
      End: heads - 1,
    };
    const head = moves[event.key];
    if (head === undefined || event.altKey || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    this.#chooseHead(head);
    void this.updateComplete.then(() => this.#find(`[data-head="${this.#chosenHead}"]`)?.focus());
  };

  readonly #onHeadClick = (event: MouseEvent): void => {
    const option = (event.target as Element).closest<HTMLElement>('[data-head]');
    if (option !== null) this.#chooseHead(Number(option.dataset['head']));
  };

  // --- layout and painting ---------------------------------------------------------------------------------------

  #find(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector);
  }

  #measureRoom(): void {
    const room = this.#find('.body')?.clientWidth ?? 0;
    if (room === this.#room) return;
    this.#room = room;
    this.requestUpdate();
  }

  #updateLayout(): void {
    const scene = this.#picture?.scene;
    if (scene === undefined || this.#room === 0) {
      this.#layout = null;
      this.#layoutKey = [];
      return;
    }
    const height = Math.min(640, Math.max(320, 0.72 * window.innerHeight));
    const key = [scene.queryLabels, scene.keyLabels, this.#room, height, devicePixelRatio];
    if (this.#layout !== null && key.every((part, i) => part === this.#layoutKey[i])) return;
    const context = document.createElement('canvas').getContext('2d');
    if (context === null) return;
    context.font = `600 12px ${getComputedStyle(this.#find('.scope') ?? this).fontFamily}`;
    this.#layoutKey = key;
    this.#layout = layOutSheet({
      queries: scene.queryLabels,
      keys: scene.keyLabels,
      width: this.#wide ? this.#room - READOUT_WIDTH - BODY_GAP : this.#room,
      height,
      pixelRatio: devicePixelRatio,
      measure: (text) => context.measureText(text).width,
    });
  }

  /** Whether the read-out stands beside the matrix; otherwise below. */
  get #wide(): boolean {
    return this.#room >= WIDE_FROM;
  }

  /** Puts everything whose place is computed into it. By script, because a strict policy forbids style attributes. */
  #place(): void {
    const layout = this.#layout;
    const sheet = this.#find('.sheet');
    if (layout === null || sheet === null) return;
    const { geometry, rowLabels, columnLabels, overhang } = layout;
    const px = (length: number): string => `${length}px`;
    sheet.style.gridTemplate = `${px(columnLabels)} ${px(geometry.height)} / ${px(rowLabels)} ${px(geometry.width + overhang)}`;
    const body = this.#find('.body');
    const matrixWidth = Math.max(LEAST_MATRIX_WIDTH, Math.ceil(rowLabels + geometry.width + overhang) + 2);
    if (body !== null)
      body.style.gridTemplateColumns = this.#wide ? `minmax(0, ${px(matrixWidth)}) ${px(READOUT_WIDTH)}` : '';
    const viewport = this.#find('.viewport');
    if (viewport !== null) viewport.style.scrollPadding = `${px(columnLabels)} 0 0 ${px(rowLabels)}`;
    const heads = this.#find('.heads');
    const scene = this.#picture?.scene;
    if (heads !== null && scene !== undefined) {
      heads.style.setProperty('--thumbnail', px(thumbnailSize(scene.queries, scene.keys).height + 2));
    }
    const cells = this.#find('.cells');
    if (cells !== null) {
      cells.style.width = px(geometry.width);
      cells.style.height = px(geometry.height);
    }
    this.#placeLabels(layout);
    this.#placeMarks(layout);
  }

  #placeLabels({ geometry, columnLabels, flat }: SheetLayout): void {
    const px = (length: number): string => `${length}px`;
    const active = this.#active;
    // A label of the crosshair takes the place of those that it would touch.
    const makeWay = (label: HTMLElement, distance: number, room: number): void => {
      label.style.visibility = !label.classList.contains('active') && distance < room ? 'hidden' : '';
    };
    for (const label of this.renderRoot.querySelectorAll<HTMLElement>('.row-labels .label')) {
      const item = Number(label.dataset['item']);
      const middle = (item + 0.5) * geometry.cellHeight;
      // The first and the last label stay inside where cells are lower than a line of text.
      label.style.top = px(Math.max(HALF_LINE, Math.min(geometry.height - HALF_LINE, middle)));
      makeWay(label, active === null ? Infinity : Math.abs(item - active.query) * geometry.cellHeight, LABEL_SPACING);
    }
    for (const label of this.renderRoot.querySelectorAll<HTMLElement>('.column-labels .label')) {
      const item = Number(label.dataset['item']);
      const half = flat ? DIGIT_WIDTH * (label.textContent.length / 2) : 0;
      const x = Math.max(half, Math.min(geometry.width - half, (item + 0.5) * geometry.cellWidth));
      label.style.transformOrigin = flat ? '' : '0 50%';
      label.style.transform = flat
        ? `translate(${px(x)}) translateX(-50%)`
        : `translate(${px(x)}, 3px) translateX(-4px) rotate(-45deg)`;
      label.style.maxWidth = flat ? '' : px((columnLabels - 6) * Math.SQRT2 - 12);
      const distance = active === null ? Infinity : Math.abs(item - active.key) * geometry.cellWidth;
      makeWay(label, distance, flat ? 2 * half + DIGIT_WIDTH : LABEL_SPACING);
    }
  }

  #placeMarks({ geometry }: SheetLayout): void {
    const { cellWidth, cellHeight, width, height, pixelRatio } = geometry;
    const gap = Math.min(cellWidth, cellHeight) >= 7 ? Math.max(1, Math.round(pixelRatio)) / pixelRatio : 0;
    const put = (
      selector: string,
      cell: Cell | null,
      box: (cell: Cell) => readonly [number, number, number, number],
    ): void => {
      const mark = this.#find(selector);
      if (mark === null || cell === null) return;
      const [x, y, w, h] = box(cell);
      mark.style.transform = `translate(${x}px, ${y}px)`;
      mark.style.width = `${w}px`;
      mark.style.height = `${h}px`;
    };
    const around = (index: number, size: number, least: number): readonly [number, number] => {
      const length = Math.max(least, size - gap);
      return [index * size + (size - gap - length) / 2, length];
    };
    const cellBox = ({ query, key }: Cell): readonly [number, number, number, number] => {
      const [x, w] = around(key, cellWidth, LEAST_MARK);
      const [y, h] = around(query, cellHeight, LEAST_MARK);
      return [x, y, w, h];
    };
    const active = this.#active;
    put('.band.row', active, ({ query }) => {
      const [y, h] = around(query, cellHeight, 3);
      return [0, y - 1, width, h + 2];
    });
    put('.band.column', active, ({ key }) => {
      const [x, w] = around(key, cellWidth, 3);
      return [x - 1, 0, w + 2, height];
    });
    put('.mark.current', active, cellBox);
    put('.mark.pinned', this.#pin, cellBox);
    put('.cursor', this.#cursor, cellBox);
  }

  #paintMatrix(): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('.cells > canvas');
    const head = this.#shownHead;
    if (canvas === null || this.#picture === null || this.#layout === null || this.#scheme === null) return;
    const { geometry } = this.#layout;
    const { max } = this.#picture;
    const { palette } = this.#scheme;
    const key = [canvas, head, geometry, palette, max];
    if (key.every((part, i) => part === this.#paintedKey[i])) return;
    this.#paintedKey = key;
    this.#painting?.abort();
    if (head === null) {
      canvas.width = canvas.height = 1;
      return;
    }
    const painting = new AbortController();
    this.#painting = painting;
    const { fontFamily } = getComputedStyle(canvas);
    paintCells(canvas, head, geometry, palette, max, fontFamily, new Pacer(painting.signal)).catch((error: unknown) => {
      if (!painting.signal.aborted) this.#fail(error);
    });
  }

  async #paintThumbnails(): Promise<void> {
    const picture = this.#picture;
    const scheme = this.#scheme;
    this.#paintingThumbnails?.abort();
    if (picture === null || scheme === null) return;
    const painting = new AbortController();
    this.#paintingThumbnails = painting;
    const pacer = new Pacer(painting.signal);
    const { max } = picture;
    try {
      for (const canvas of this.renderRoot.querySelectorAll<HTMLCanvasElement>('.thumbnail canvas')) {
        const head = picture.heads[Number(canvas.closest<HTMLElement>('[data-head]')?.dataset['head'])];
        if (head === null || head === undefined) continue;
        const key = [head, scheme.palette, max, devicePixelRatio];
        if (key.every((part, i) => part === this.#thumbnails.get(canvas)?.[i])) continue;
        paintThumbnail(canvas, head, scheme.palette, max, devicePixelRatio);
        this.#thumbnails.set(canvas, key);
        if (pacer.due) await pacer.pause();
      }
    } catch (error) {
      if (!painting.signal.aborted) this.#fail(error);
    }
  }

  #paintLegend(): void {
    const scheme = this.#scheme;
    const ramp = this.renderRoot.querySelector<HTMLCanvasElement>('.ramp canvas');
    if (scheme === null || ramp === null || this.#picture === null) return;
    const key = [scheme.palette, devicePixelRatio];
    const changed = (canvas: HTMLCanvasElement): boolean => {
      const known = this.#thumbnails.get(canvas);
      this.#thumbnails.set(canvas, key);
      return !key.every((part, i) => part === known?.[i]);
    };
    if (changed(ramp)) paintRamp(ramp, scheme.palette);
    for (const canvas of this.renderRoot.querySelectorAll<HTMLCanvasElement>('.swatch canvas')) {
      const value = canvas.dataset['pattern'] === 'masked' ? MASKED : NaN;
      if (changed(canvas)) paintPattern(canvas, value, scheme.palette, devicePixelRatio);
    }
    const tick = this.#find('.tick');
    const weight = this.#facts(this.#active)?.weight;
    const { max } = this.#picture;
    if (tick !== null && weight !== undefined && max > 0) {
      tick.style.left = `${100 * Math.min(1, Math.max(0, weight / max))}%`;
    }
    for (const bar of this.renderRoot.querySelectorAll<HTMLElement>('.share > div')) {
      bar.style.transform = `scaleX(${Math.min(1, Math.max(0, Number(bar.dataset['share']) || 0))})`;
    }
    const track = this.#find('.track > div');
    if (track !== null) track.style.transform = `scaleX(${this.#progress})`;
  }

  // --- words -----------------------------------------------------------------------------------------------------

  get #words(): Words {
    return wordsOf(this.locale);
  }

  #names(scene: Scene): { queries: Scene['queryLabels']; keys: Scene['keyLabels']; same: boolean } {
    return { queries: scene.queryLabels, keys: scene.keyLabels, same: scene.same };
  }

  #scaleWords(scene: Scene): string {
    return scene.heads === 1 ? this.#words.linear : this.#words.linearForAll;
  }

  #headWords(scene: Scene): string {
    return filled(this.#words.head, headName(scene, this.#chosenHead));
  }

  /** What a screen reader hears of the active cell. */
  #spoken(): string {
    const scene = this.#picture?.scene;
    const facts = this.#facts(this.#active);
    if (scene === undefined) return '';
    const words = this.#words;
    const head = filled(words.headTitle, headName(scene, this.#chosenHead));
    if (facts === null) return filled(words.spokenHead, head);
    const { query, key } = facts.cell;
    const name = (role: 'query' | 'key', index: number): string => {
      const labels = role === 'query' ? scene.queryLabels : scene.keyLabels;
      const item = plainSentence(itemName(labels, index, role, words));
      return labels.named ? `${words[role]} ${item}` : item;
    };
    const place = filled(words.spokenPlace, head, name('query', query), name('key', key));
    const pinned = sameCell(facts.cell, this.#pin) ? words.spokenPinned : '';
    if (facts.masked) return filled(words.spokenMasked, place, pinned);
    const score = facts.score === null ? '' : filled(words.spokenScore, threeDigits(facts.score));
    const rank = Number.isFinite(facts.weight) ? filled(words.spokenRank, facts.rank, facts.row.open) : '';
    return filled(words.spoken, place, threeDigits(facts.weight), score, rank, pinned);
  }

  // --- template --------------------------------------------------------------------------------------------------

  protected override render(): TemplateResult {
    const picture = this.#picture;
    const stale = picture !== null && this.#error !== null;
    return html`
      <div
        class="scope ${this.#scheme?.dark === true ? 'dark' : ''} ${stale ? 'stale' : ''}"
        part="scope"
        @keydown=${this.#onKey}
      >
        ${
          this.#error === null
            ? nothing
            : html`<p class="error" part="error" role="alert">
                ${errorSentence(this.#error, this.#words)}${stale ? html` ${this.#words.lastGood}` : nothing}
              </p>`
        }
        <p class="notice" role="status" ?hidden=${this.#notice === null}>
          ${this.#notice && this.#words[this.#notice]}
        </p>
        ${picture === null ? this.#emptyTemplate() : this.#pictureTemplate(picture)}
        <p class="visually-hidden" role="status" aria-live="polite">${this.#announcement}</p>
      </div>
    `;
  }

  #emptyTemplate(): TemplateResult {
    const waiting = this.busy || this.#error !== null || this.#notice !== null;
    return html`<div class="empty">
      ${waiting ? this.#progressTemplate() : html`<slot>${this.#words.empty}</slot>`}
    </div>`;
  }

  #progressTemplate(): TemplateResult | typeof nothing {
    if (!this.#progressShown) return nothing;
    return html`<div class="progress">
      <div
        class="track"
        role="progressbar"
        aria-label=${this.#words.computing}
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${Math.round(100 * this.#progress)}
      >
        <div></div>
      </div>
      <span>${percent(this.#progress)}</span>
      <button type="button" @click=${() => this.cancel()}>${this.#words.cancel}</button>
    </div>`;
  }

  #pictureTemplate(picture: Picture): TemplateResult {
    const { scene } = picture;
    const words = this.#words;
    const count = (n: number, one: string, many: string): string => filled(n === 1 ? one : many, countDigits(n));
    return html`
      <div class="facts">
        <span>
          ${count(scene.heads, words.oneHead, words.heads)} · ${count(scene.queries, words.oneQuery, words.queries)} ×
          ${count(scene.keys, words.oneKey, words.keys)}${scene.knobs.causal ? ` · ${words.causal}` : ''}
        </span>
        ${this.#progressTemplate()}
      </div>
      ${scene.heads === 1 ? nothing : this.#headsTemplate(picture)}
      <div class="body">
        <figure class="matrix" part="matrix">
          ${this.#sheetTemplate(picture)} ${this.#legendTemplate(picture)}
          <p class="summary" part="summary">${this.#sentenceTemplate(this.#summary(scene))}</p>
        </figure>
        ${this.#readoutTemplate(scene)}
      </div>
    `;
  }

  #headsTemplate(picture: Picture): unknown {
    const { scene } = picture;
    const chosen = this.#chosenHead;
    return guard(
      [picture, picture.known, chosen, this.locale],
      () => html`
        <div
          class="heads"
          part="heads"
          role="listbox"
          aria-label=${this.#words.headList}
          aria-orientation="horizontal"
          @click=${this.#onHeadClick}
          @keydown=${this.#onHeadsKey}
        >
          ${picture.heads.map(
            (head, index) => html`
              <div
                class="head ${head === null ? 'pending' : ''}"
                part="head"
                role="option"
                data-head=${index}
                tabindex=${index === chosen ? 0 : -1}
                aria-selected=${index === chosen}
                aria-label=${`${filled(this.#words.headTitle, headName(scene, index))}${head === null ? `, ${this.#words.notComputed}` : ''}`}
              >
                <span class="thumbnail"><canvas aria-hidden="true" width="1" height="1"></canvas></span>
                <span>${headName(scene, index)}</span>
              </div>
            `,
          )}
        </div>
      `,
    );
  }

  #sheetTemplate(picture: Picture): TemplateResult {
    const { scene } = picture;
    const layout = this.#layout;
    const active = this.#active;
    const facts = this.#facts(this.#cursor);
    const { query, key } = this.#cursor;
    const words = this.#words;
    const label = (role: 'row' | 'column', text: string, item: number, state = ''): TemplateResult =>
      html`<bdi class="label ${state}" part="${role}-label" data-item=${item} title=${text}>${text}</bdi>`;
    return html`
      <div class="viewport" part="viewport">
        <div class="sheet">
          <div class="corner" aria-hidden="true"><span>${words.keyAxis}</span><span>${words.queryAxis}</span></div>
          <div class="column-labels" aria-hidden="true">
            ${guard([layout, scene.keyLabels], () =>
              layout?.columnItems.map((item) => label('column', scene.keyLabels.label(item), item)),
            )}
            ${active === null ? nothing : label('column', scene.keyLabels.label(active.key), active.key, 'active')}
          </div>
          <div class="row-labels" aria-hidden="true">
            ${guard([layout, scene.queryLabels], () =>
              layout?.rowItems.map((item) => label('row', scene.queryLabels.label(item), item)),
            )}
            ${active === null ? nothing : label('row', scene.queryLabels.label(active.query), active.query, 'active')}
          </div>
          <div
            class="cells"
            @pointermove=${this.#onPointerMove}
            @pointerleave=${this.#onPointerLeave}
            @click=${this.#onClick}
          >
            <canvas aria-hidden="true" width="1" height="1"></canvas>
            <div class="band row" ?hidden=${active === null}></div>
            <div class="band column" ?hidden=${active === null}></div>
            <div class="mark pinned" ?hidden=${this.#pin === null}></div>
            <div class="mark current" ?hidden=${active === null}></div>
            <div
              class="grid"
              part="grid"
              role="grid"
              tabindex="0"
              aria-label=${filled(words.gridOf, this.#headWords(scene))}
              aria-rowcount=${scene.queries + 1}
              aria-colcount=${scene.keys + 1}
              aria-activedescendant="cursor"
              @focus=${this.#onGridFocus}
              @blur=${this.#onGridBlur}
              @keydown=${this.#onGridKey}
            >
              <div role="row" aria-rowindex="1">
                <span class="visually-hidden" role="columnheader" aria-colindex=${key + 2}>
                  ${words.key} ${plainSentence(itemName(scene.keyLabels, key, 'key', words))}
                </span>
              </div>
              <div role="row" aria-rowindex=${query + 2}>
                <span class="visually-hidden" role="rowheader" aria-colindex="1">
                  ${words.query} ${plainSentence(itemName(scene.queryLabels, query, 'query', words))}
                </span>
                <span
                  class="cursor"
                  id="cursor"
                  role="gridcell"
                  aria-colindex=${key + 2}
                  aria-selected=${sameCell(this.#cursor, this.#pin)}
                >
                  ${facts === null ? words.notComputed : facts.masked ? words.masked : threeDigits(facts.weight)}
                </span>
              </div>
            </div>
          </div>
        </div>
      </div>
    `;
  }

  #legendTemplate(picture: Picture): TemplateResult {
    const geometry = this.#layout?.geometry;
    const facts = this.#facts(this.#active);
    const words = this.#words;
    const across = geometry === undefined ? 1 : Math.ceil(picture.scene.keys / geometry.pixelWidth);
    const down = geometry === undefined ? 1 : Math.ceil(picture.scene.queries / geometry.pixelHeight);
    return html`
      <div class="legend" part="legend">
        <span class="scale">
          <span>0</span>
          <span class="ramp">
            <canvas aria-hidden="true"></canvas>
            <span class="tick" ?hidden=${facts === null || facts.masked || !Number.isFinite(facts.weight)}></span>
          </span>
          <span title=${exactDigits(picture.max)}>${threeDigits(picture.max)}</span>
        </span>
        <span>${this.#scaleWords(picture.scene)}</span>
        ${picture.min < 0 ? html`<span>${filled(words.belowZero, threeDigits(picture.min))}</span>` : nothing}
        ${
          picture.hasMasked
            ? html`<span class="swatch"
                ><canvas data-pattern="masked" aria-hidden="true"></canvas>${words.masked}</span
              >`
            : nothing
        }
        ${
          picture.hasInvalid
            ? html`<span class="swatch"
                ><canvas data-pattern="invalid" aria-hidden="true"></canvas>${words.notFinite}</span
              >`
            : nothing
        }
        ${across > 1 || down > 1 ? html`<span>${filled(words.pooledNote, down, across)}</span>` : nothing}
      </div>
    `;
  }

  #sentenceTemplate(parts: readonly SentencePart[]): TemplateResult[] {
    return parts.map(({ text, token }) => (token ? html`<bdi>${text}</bdi>` : html`${text}`));
  }

  /** The query whose row is put into words: the active one, or else the last, which sees the most under a causal mask. */
  #rowQuery(scene: Scene): number {
    return this.#active?.query ?? scene.queries - 1;
  }

  #row(scene: Scene, top: number): RowStatistics | null {
    const head = this.#shownHead;
    return head && rowStatistics(head.matrix, head.facts, this.#rowQuery(scene), top);
  }

  #summary(scene: Scene): SentencePart[] {
    const row = this.#row(scene, 2);
    return row === null ? [] : rowSentence(this.#names(scene), this.#rowQuery(scene), row, this.#words);
  }

  #readoutTemplate(scene: Scene): TemplateResult {
    const facts = this.#facts(this.#active);
    const words = this.#words;
    const known = facts !== null && Number.isFinite(facts.weight) && !facts.masked;
    const place = (role: 'query' | 'key', index: number | undefined): unknown => {
      const labels = role === 'query' ? scene.queryLabels : scene.keyLabels;
      if (index === undefined) return '–';
      if (!labels.named) return index;
      const label = labels.label(index);
      return html`<bdi title=${label}>${label}</bdi> <span class="quiet">${index}</span>`;
    };
    return html`
      <div class="readout" part="readout" role="group" aria-label=${words.thisCell}>
        <div class="where">
          <p class="title">${filled(words.headTitle, headName(scene, this.#chosenHead))}</p>
          ${
            this.#pin === null
              ? html`<span class="quiet">${words.clickToKeep}</span>`
              : html`<button type="button" title=${words.unpinTitle} @click=${this.#release}>${words.unpin}</button>`
          }
        </div>
        <dl class="numbers">
          <dt>${words.query}</dt>
          <dd>${place('query', facts?.cell.query)}</dd>
          <dt>${words.key}</dt>
          <dd>${place('key', facts?.cell.key)}</dd>
          <dt>${words.weight}</dt>
          <dd class="weight" title=${facts === null ? '' : exactDigits(facts.weight)}>
            ${facts === null ? '–' : facts.masked ? words.masked : threeDigits(facts.weight)}
          </dd>
          <dt>${words.score}</dt>
          <dd title=${this.#scoreTitle(scene, facts)}>${this.#scoreTemplate(scene, facts)}</dd>
          <dt>${words.rank}</dt>
          <dd>
            ${known ? html`${facts.rank} <span class="quiet">${filled(words.ofKeys, countDigits(facts.row.open))}</span>` : '–'}
          </dd>
        </dl>
        <details>
          <summary>${words.exact}</summary>
          <p class="exact">
            ${words.weight} ${facts === null ? '–' : exactDigits(facts.weight)}<br />
            ${words.score} ${facts === null || facts.score === null ? '–' : exactDigits(facts.score)}
          </p>
        </details>
        ${this.#topTemplate(scene)}
      </div>
    `;
  }

  #scoreTitle(scene: Scene, facts: CellFacts | null): string {
    if (scene.vectors === null) return this.#words.noScores;
    return facts === null || facts.score === null ? '' : exactDigits(facts.score);
  }

  #scoreTemplate(scene: Scene, facts: CellFacts | null): unknown {
    if (scene.vectors === null) return html`<span class="quiet">${this.#words.notKnown}</span>`;
    if (facts === null || facts.score === null) return '–';
    return html`${threeDigits(facts.score)} <span class="quiet">${this.#words.scaledDot}</span>`;
  }

  /** The keys with the largest weights of the row that the sentence is about. */
  #topTemplate(scene: Scene): TemplateResult | typeof nothing {
    const row = this.#row(scene, TOP_KEYS);
    if (row === null) return nothing;
    const words = this.#words;
    const most = row.top[0]?.weight ?? 0;
    return html`
      <p class="row-title">
        ${this.#sentenceTemplate(composed(words.looksAt, itemName(scene.queryLabels, this.#rowQuery(scene), 'query', words)))}
      </p>
      <ol class="top" aria-label=${words.topKeys}>
        ${row.top.map(
          ({ key, weight }) => html`
            <li class=${key === this.#active?.key ? 'current' : ''}>
              <bdi>${scene.keyLabels.named ? scene.keyLabels.label(key) : filled(words.keyItem, key)}</bdi>
              <span class="share" aria-hidden="true"><div data-share=${most > 0 ? weight / most : 0}></div></span>
              <span class="figure">${isDistribution(row) ? percent(weight) : threeDigits(weight)}</span>
            </li>
          `,
        )}
      </ol>
    `;
  }
}
