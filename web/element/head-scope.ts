import { html, LitElement, nothing, type CSSResult, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import type { Tensor, TensorLike } from '../../wasm-bindings/js/tensor.js';
import { percent } from '../views/numbers.js';
import { MASKED } from '../views/pooling.js';
import { loadWords, wordsOf, type Words } from '../views/words.js';
import type { Embedding } from './embedding/embedding.js';
import type { EmbedOptions, EmbedTexts } from './embedding/embed-text.js';
import { whenNear } from './embedding/near-viewport.js';
import type { Shared } from './embedding/group.js';
import type { ScopeData, ScopeState } from './embedding/state.js';
import type { Step } from './embedding/steps.js';
import { colourScheme, watchColourScheme, type ColourScheme, type Theme } from './colour-scheme.js';
import { Computation } from './computation.js';
import { errorSentence } from './error-sentence.js';
import type * as firstInput from './first-input.js';
import type { CellDetail, HeadScopeEventMap, SelectedCell } from './events.js';
import { headScopeStyles } from './head-scope-styles.js';
import { Late } from './late.js';
import { layoutOf, type Layout } from './layout.js';
import { cellsPerPixel, MatrixPanel, matrixStyles, Viewport } from './panels/matrix/matrix-panel.js';
import { SIDES, type Actions, type Comparison, type Edit, type Frame, type Panel } from './panels/panel.js';
import { sentenceTemplate } from './panels/sentence-template.js';
import type { ControlName } from './panels/toolbar/toolbar-panel.js';
import type { PatchImage, Scene, SceneInput } from './scene.js';
import {
  activeCell,
  activePlace,
  headChosen,
  hovered,
  isPinned,
  NOTHING_SELECTED,
  pinned,
  readPin,
  swept,
  within,
  type Pin,
  type Place,
  type Reach,
  type Selection,
} from './selection.js';
import { settingOptions, settingsOf } from './settings-attributes.js';
import {
  AS_IT_IS,
  KNOBS,
  type ColorScale,
  type Composite,
  type Knobs,
  type Pooling,
  type Positions,
  type Settings,
  type Sort,
  type ViewName,
} from './settings.js';
import type { Span } from './source/head-weights.js';

/** Least time between two announcements to screen readers, in ms. */
const ANNOUNCE_EVERY = 400;

const NO_CONTROLS: ReadonlySet<string> = new Set();

/** Data is taken anew at every assignment, because the same array may hold other numbers now. */
const data = { attribute: false, hasChanged: () => true } as const;

/** An attribute that is text, also once it is taken away. */
const textOr = <T extends string>(fallback: T) =>
  ({ converter: (text: string | null): T => (text ?? fallback) as T }) as const;

type Source = Pick<typeof firstInput, 'edited' | 'openPicture' | 'readScene'>;

/** What is left of the data before once other data is shown. */
const NO_DATA: Readonly<Record<Exclude<keyof ScopeData, 'layers'> | 'compare', undefined>> = {
  ...{ query: undefined, key: undefined, value: undefined, weights: undefined },
  ...{ tokens: undefined, keyTokens: undefined, words: undefined, compare: undefined },
};

const CLEARABLE = [...(Object.keys(NO_DATA) as (keyof typeof NO_DATA)[]), 'image', 'patches', 'steps'] as const;

/** Data in the page's own markup. */
const CHILD_DATA = ':scope > script[type="application/json"], :scope > table, :scope > figure > table';

/** Properties from which weights come; every other one only says how they are shown. */
const INPUTS: readonly string[] = [
  ...['query', 'key', 'value', 'weights', 'tokens', 'keyTokens', 'words', 'image', 'patches', 'layers', 'compare'],
  ...KNOBS,
];

/**
 * `<head-scope>`: the attention weights of every head, from queries and keys (computed in workers) or ready made.
 *
 * Attributes are primitives, data are properties. All settings ({@link Settings}) are both: `colorScale` is
 * `color-scale="log"`, lists are separated by blanks. Events: see HeadScopeEventMap.
 *
 * @slot - Shown until there is something to draw. A `<script type="application/json">` or a `<table>` in it is read as data.
 * @csspart scope - everything
 * @csspart error - what is wrong with the input, in a sentence
 * @csspart toolbar - the controls
 * @csspart heads - the strip of heads
 * @csspart head - one of them
 * @csspart caption - the sentence of a step
 * @csspart views - all views with their legend and sentence
 * @csspart matrix - the heatmap with its labels
 * @csspart viewport - its cells and labels
 * @csspart grid - its cells for the keyboard
 * @csspart column-label - the name of a key
 * @csspart row-label - the name of a query
 * @csspart zoom - its buttons to zoom
 * @csspart lines - queries and keys as two columns joined by lines
 * @csspart text - the tokens as running text
 * @csspart image - the picture whose patches are tokens
 * @csspart legend - colour bar and patterns
 * @csspart summary - the picture in a sentence
 * @csspart readout - the numbers of the chosen cell
 * @csspart explainer - how the chosen weight came about
 * @csspart table - the weights as a table
 * @cssprop --headscope-bg - colour of the ground
 * @cssprop --headscope-fg - colour of text
 * @cssprop --headscope-muted - colour of what is less important
 * @cssprop --headscope-line - colour of hairlines
 * @cssprop --headscope-accent - colour of what is chosen, and of buttons
 * @cssprop --headscope-error - colour of errors
 * @cssprop --headscope-font - family of the font
 */
export class HeadScopeElement extends LitElement implements Settings {
  static override styles = [headScopeStyles, matrixStyles];

  /** (length, depth), (heads, length, depth) or (batch, heads, length, depth). Read where it is: a change of its numbers needs a new assignment. */
  @property(data) query: TensorLike | undefined;
  /** As query, with a length of its own. */
  @property(data) key: TensorLike | undefined;
  /** As key, with a depth of its own. Checked, but not drawn: weights do not depend on it. */
  @property(data) value: TensorLike | undefined;
  /** Ready weights instead of query and key: (queries, keys), with (heads) and (batch, heads), or (layers, heads), before them if there are. */
  @property(data) weights: TensorLike | undefined;
  /** Labels of the queries, one each. */
  @property(data) tokens: readonly string[] | undefined;
  /** Labels of the keys; without them, `tokens` where there are as many. */
  @property(data) keyTokens: readonly string[] | undefined;
  /** Index of the token at which each word begins, from 0 up, for `mergeWords`. */
  @property(data) words: readonly number[] | undefined;
  /** A picture of which the last tokens are patches; needs `patches`. */
  @property(data) image: PatchImage['source'] | undefined;
  /** Into how many patches the image is cut. */
  @property(data) patches: { readonly rows: number; readonly columns: number } | undefined;
  /** The first of four axes are layers, not the sequences of a batch. */
  @property({ type: Boolean }) layers = false;
  /** What the picture is compared with: this input but for what is given here. */
  @property(data) compare: Comparison | undefined;

  @property(settingOptions('temperature')) temperature = 1;
  @property(settingOptions('scale')) scale: number | undefined;
  @property(settingOptions('causal')) causal = false;
  @property(settingOptions('window')) window: number | undefined;
  @property(settingOptions('softcap')) softcap = 0;
  @property(settingOptions('positions')) positions: Positions = 'none';
  @property(settingOptions('view')) view: readonly ViewName[] = ['matrix'];
  @property({ ...settingOptions('head'), reflect: true }) head = 0;
  @property(settingOptions('heads')) heads: readonly number[] = [];
  @property(settingOptions('composite')) composite: Composite = 'none';
  @property(settingOptions('sort')) sort: Sort = 'none';
  @property(settingOptions('colorScale')) colorScale: ColorScale = 'auto';
  @property(settingOptions('domain')) domain: Settings['domain'] = 'shared';
  @property(settingOptions('pooling')) pooling: Pooling = 'max';
  @property(settingOptions('topK')) topK = 0;
  @property(settingOptions('mass')) mass = 1;
  @property(settingOptions('hide')) hide: readonly number[] = [];
  @property(settingOptions('mergeWords')) mergeWords = false;

  /** Names of the controls that are offered, separated by blanks; all of them when empty, none without the attribute. */
  @property() controls: string | boolean | null = null;
  /** The reader may look and point, but turn nothing. */
  @property({ type: Boolean }) readonly = false;
  /** Whether it is computed and drawn when the reader comes near, or at once. */
  @property() loading: 'lazy' | 'eager' = 'lazy';
  /** Elements of the same group share what is chosen, the head, and how weights are shown. */
  @property(textOr('')) group = '';
  /** The views of a story, for `goTo` and for the page's own `data-headscope-step`. */
  @property(data) steps: readonly Step[] | undefined;
  /** Colours: the reader's preference, or always light or dark. */
  @property(textOr<Theme>('auto')) theme: Theme = 'auto';
  /** The language of the element's own words: `en`, or `zh` for Chinese. */
  @property(textOr('en')) locale = 'en';

  readonly #computation = new Computation({
    changed: () => this.requestUpdate(),
    progress: (fraction) => this.#emit('headscope-progress', { fraction }),
    ready: () => void this.#ready(),
    failed: (error) => this.#fail(error),
  });
  #error: HeadscopeError | null = null;
  #notice: 'noTokens' | 'cancelled' | 'cancelledBefore' | null = null;
  #edits: readonly Edit[] = [];
  #wantedEdits: readonly Edit[] = [];

  #selection: Selection = NOTHING_SELECTED;
  #explaining = false;
  #table = false;

  #near = false;
  #embedding: Promise<Embedding> | null = null;
  #embedded: Embedding | null = null;
  #caption = '';
  /** What is wrong with the data in the page's own markup; of interest as long as there is no other. */
  #childError: HeadscopeError | null = null;
  /** To be pinned as soon as there is something drawn. */
  #wantedPin: Pin | null | undefined;

  #connection: AbortController | null = null;
  /** Taken out of the page in the middle of a computation, which begins anew when it is put back. */
  #interrupted = false;
  #scheme: ColourScheme | null = null;
  #width = 0;
  #layout: Layout = layoutOf(0, false, false);
  #frames: readonly Frame[] = [];
  #announceTimer: ReturnType<typeof setTimeout> | undefined;
  #announcement = '';

  readonly #actions: Actions = {
    hover: (place) => this.#hover(place),
    pin: (place, reach) => this.#select(pinned(this.#selection, place, this.#firstInput.now?.several.reach(reach))),
    choose: (pin) => this.#select({ ...this.#selection, pin }),
    sweep: (from, to) => this.#select(swept(this.#selection, from, to)),
    release: () => this.#select({ ...this.#selection, pin: null }),
    chooseHead: (head, reach) => this.#chooseHead(head, this.#firstInput.now?.several.reach(reach)),
    set: (change) => this.#set(change),
    compare: (what) => this.#set({ compare: what ?? undefined }),
    explain: (open) => {
      this.#explaining = open;
      // On the way to the explainer the pointer or the focus leaves the cell.
      const cell = activeCell(this.#selection);
      if (open && cell !== null && this.#selection.pin === null) this.#actions.pin(cell);
      this.requestUpdate();
    },
    table: (open) => {
      this.#table = open;
      this.requestUpdate();
    },
    edit: (edit) => this.#edit(edit),
    resetEdits: () => {
      this.#edits = [];
      this.#take();
    },
    update: () => this.requestUpdate(),
  };
  readonly #toolbar = new Late(
    async () => {
      const { ToolbarPanel, toolbarStyles } = await import('./panels/toolbar/toolbar-panel.js');
      const { takeAlong } = await import('./output/take-along.js');
      const exits = takeAlong(
        async (type) => (type === 'png' ? this.toBlob() : new Blob([await this.toSVG()], { type: 'image/svg+xml' })),
        () => this.embedTexts({ src: './headscope/element.js', frame: './headscope/frame.html' }),
      );
      return this.#adopted(new ToolbarPanel(this.#actions, exits), toolbarStyles);
    },
    () => this.requestUpdate(),
  );
  readonly #viewport = new Viewport();
  readonly #matrices = SIDES.map((name) => new MatrixPanel(this.#actions, name, this.#viewport));
  readonly #views = new Late(
    async () => {
      const { TokenViews, tokenViewStyles } = await import('./panels/token-views.js');
      return this.#adopted(new TokenViews(this.#actions), tokenViewStyles);
    },
    () => this.requestUpdate(),
  );
  readonly #explainer = new Late(
    async () => {
      const { ExplainerPanel } = await import('./panels/explainer/explainer-panel.js');
      const { explainerStyles } = await import('./panels/explainer/explainer-styles.js');
      return this.#adopted(new ExplainerPanel(this.#actions), explainerStyles);
    },
    () => this.requestUpdate(),
  );
  readonly #tablePanel = new Late(
    async () => {
      const { TablePanel, tableStyles } = await import('./panels/table/table-panel.js');
      return this.#adopted(new TablePanel(this.#actions), tableStyles);
    },
    () => this.requestUpdate(),
  );
  readonly #firstInput = new Late(
    async () => {
      const { Frames, LegendPanel, legendStyles, ReadoutPanel, readoutStyles, printStyles, ...rest } =
        await import('./first-input.js');
      const strip = this.#adopted(new rest.StripPanel(this.#actions), rest.stripStyles);
      const several = this.#adopted(new rest.SeveralPanel(this.#actions), rest.severalStyles);
      const legends = SIDES.map((name) => new LegendPanel(name));
      const readout = new ReadoutPanel(this.#actions);
      this.#adopted(legends, legendStyles);
      this.#adopted(readout, readoutStyles);
      this.#adopted(null, printStyles);
      return { ...rest, frames: new Frames(), legends, readout, several, strip };
    },
    // As if the input came now, so that an update which waits for this takes it once.
    () => this.requestUpdate('weights'),
    (error) => this.#fail(error),
  );

  /** The cell that is shown, or null. */
  get selection(): SelectedCell | null {
    const cell = activeCell(this.#selection);
    return cell && { head: this.#chosenHead, ...cell, pinned: isPinned(this.#selection, cell) };
  }

  /** The queries and keys that stay chosen, or null. */
  get pins(): Pin | null {
    return this.#selection.pin;
  }

  /** What the reader changed of queries and keys in the explainer; gone as soon as the page gives others. */
  get edits(): readonly Edit[] {
    return this.#edits;
  }

  /**
   * Weights of all heads, (heads, queries, keys), of the last input that could be computed; null before that, and where
   * they are too many to be held: see getRow and getTile.
   */
  get result(): { readonly weights: Tensor } | null {
    const picture = this.#computation.good?.shown;
    if (!picture?.weights) return null;
    const { heads, queries, keys } = picture.scene;
    return { weights: { data: picture.weights, shape: [heads, queries, keys] } };
  }

  /**
   * Pins a place as a click does, `headscope-select` included: a cell, a row (`key: null`) or a column (`query: null`),
   * or several of them; null releases it. Before anything is drawn, it is pinned with the first picture. Does nothing
   * where there is no such place.
   */
  pin(what: Place | Pin | null): void {
    const pin = readPin(what);
    if (pin === null && what !== null) return;
    const [frame] = this.#frames;
    if (frame === undefined) {
      this.#wantedPin = pin;
      return;
    }
    const { queries, keys } = frame.scene;
    const wanted = { ...this.#selection, pin };
    if (within(wanted, queries, keys) === wanted) this.#select(wanted);
  }

  /** What is shown, as far as it can be written down. */
  get state(): ScopeState {
    const { query, key, value, weights, tokens, keyTokens, words } = this;
    const layers = this.layers || undefined;
    const data = Object.entries({ query, key, value, weights, tokens, keyTokens, words, layers });
    return {
      data: Object.fromEntries(data.filter(([, given]) => given !== undefined && given !== null)),
      settings: settingsOf(this),
      pin: this.#selection.pin,
      compare: this.compare ?? null,
      edits: this.#edits,
    };
  }

  /** Shows what was written down: data, which takes the place of all data before, settings, and what is pinned. */
  show(state: Partial<ScopeState>): void {
    if (Object(state) !== state) throw new HeadscopeError('InvalidType', 'state', 'an object', typeof state);
    const { data, settings, pin, compare, edits } = state;
    const isNew = (data?.query ?? data?.key ?? data?.weights) !== undefined;
    Object.assign(this, isNew && NO_DATA, data, settings);
    // An assignment would have all of it computed anew.
    if (compare !== undefined && compare !== (this.compare ?? null)) this.compare = compare ?? undefined;
    if (edits !== undefined) {
      this.#wantedEdits = edits;
      // As if queries came anew.
      this.requestUpdate('query');
    }
    if (pin === undefined) return;
    const read = readPin(pin);
    if (isNew || this.#frames.length === 0) this.#wantedPin = read;
    else this.#selection = { hover: null, pin: read };
    this.requestUpdate();
  }

  /** Shows one of the `steps`, counted from 0; does nothing where there is no such step. */
  async goTo(step: number): Promise<void> {
    (await this.#embed())?.goTo(step);
  }

  /** What is shown as text for a link, after `#`; `whole` is false where the data is too large to go along. */
  async permalink(): Promise<{ readonly text: string; readonly whole: boolean }> {
    const { writePermalink } = await import('./embedding/permalink.js');
    return writePermalink(this.state);
  }

  /**
   * Shows what a permalink says: what it does not name is as it is by itself, but data stays where it brings none. False
   * where the text is no permalink.
   */
  async restore(text: string): Promise<boolean> {
    const { readPermalink } = await import('./embedding/permalink.js');
    const state = readPermalink(text);
    if (state !== null) this.show(state);
    return state !== null;
  }

  /** What to paste into another page for the same picture. */
  async embedTexts(options: EmbedOptions): Promise<EmbedTexts> {
    const { embedTexts } = await import('./embedding/embed-text.js');
    return embedTexts(this.state, options);
  }

  /** Whether a computation is running. */
  get busy(): boolean {
    return this.#computation.busy;
  }

  /** Stops the running computation; the picture before it comes back. */
  cancel(): void {
    if (!this.busy) return;
    this.#computation.stop();
    this.#notice = this.#computation.good === null ? 'cancelled' : 'cancelledBefore';
    this.#emit('headscope-error', { code: 'Aborted', message: 'The computation was cancelled.' });
    this.requestUpdate();
  }

  /**
   * What is shown as a PNG with labels, colour bars and sentences, two pixels per CSS pixel.
   * @throws HeadscopeError `InvalidArgument` when nothing is drawn yet
   */
  async toBlob(): Promise<Blob> {
    const { figureOfAll, pngOf } = await import('./output/picture-output.js');
    return pngOf(await figureOfAll(() => this.#frames, 'toBlob'), this.#fontFamily);
  }

  /**
   * The same as the text of an SVG file: shapes and text, but for more than 5,000 cells, which are a PNG in it.
   * @throws HeadscopeError `InvalidArgument` when nothing is drawn yet
   */
  async toSVG(): Promise<string> {
    const { figureOfAll, svgOf } = await import('./output/picture-output.js');
    return svgOf(await figureOfAll(() => this.#frames, 'toSVG'), this.#fontFamily);
  }

  /**
   * Weights of one query in one head, (keys), as they were computed: nothing hidden or merged. A masked one is 0.
   * @throws HeadscopeError `InvalidArgument` where there is no such query or head, or nothing is drawn yet
   */
  async getRow(head: number, query: number): Promise<Float32Array> {
    const { rowOf } = await import('./output/head-numbers.js');
    return rowOf(() => this.#computation.good?.shown ?? null, head, query);
  }

  /**
   * Some rows and columns of one head, pooled as `pooling` says to `size`, (height, width).
   * @throws HeadscopeError `InvalidArgument` where there are none such, `InvalidShape` for more than 16 million numbers
   */
  async getTile(
    head: number,
    rows: Span,
    columns: Span,
    size: { readonly height: number; readonly width: number },
  ): Promise<Tensor> {
    const { tileOf } = await import('./output/head-numbers.js');
    return tileOf(() => this.#computation.good?.shown ?? null, head, { rows, columns, ...size }, this.pooling);
  }

  get #fontFamily(): string {
    return getComputedStyle(this.#find('.scope') ?? this).fontFamily;
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
    globalThis.addEventListener('resize', () => this.requestUpdate(), { signal });
    const sizes = new ResizeObserver(() => this.#measureWidth());
    sizes.observe(this);
    signal.addEventListener('abort', () => sizes.disconnect());
    if (this.#interrupted) this.#take();
    this.#interrupted = false;
    this.#load();
    this.#embedded?.connect(signal);
    void this.#embed();
    // While the page is being parsed, the element's children may not be there yet.
    document.addEventListener('DOMContentLoaded', () => void this.#embed(), { signal });
    refresh();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#connection?.abort();
    // What the engine holds is given back.
    const held = this.#computation.good?.shown.whole === false;
    this.#interrupted = this.busy || held;
    this.#computation.stop();
    if (held) this.#computation.clear();
    for (const panel of this.#panels) panel.disconnect?.();
    clearTimeout(this.#announceTimer);
  }

  /** Words come first, so that nothing is ever shown in another language for a moment. */
  protected override async scheduleUpdate(): Promise<void> {
    await loadWords(this.locale);
    if (this.#controls?.size !== 0) await this.#toolbar.there;
    // What an input comes to, an error included, stands there once `updateComplete` settles.
    if (this.#near && this.hasUpdated && this.#given) await this.#firstInput.there;
    await super.scheduleUpdate();
  }

  protected override willUpdate(changed: PropertyValues): void {
    // Frameworks clear a property with null.
    for (const name of CLEARABLE) if (this[name] === null) this[name] = undefined;
    if (changed.has('loading')) this.#load();
    if (changed.has('query') || changed.has('key')) {
      this.#edits = this.#wantedEdits;
      this.#wantedEdits = [];
    }
    if (INPUTS.some((name) => changed.has(name))) this.#take();
    if (changed.has('group') || changed.has('steps')) {
      this.#embedded?.joinGroup();
      if (changed.has('steps')) this.#embedded?.watchMarkers();
      void this.#embed();
    }
    if (changed.has('theme')) this.#scheme = null;
    this.#scheme ??= colourScheme(this, this.theme);
    this.#layout = layoutOf(this.#width, this.#explaining, this.compare !== undefined);
    this.#frames = this.#makeFrames();
  }

  protected override updated(): void {
    // Later the observer tells: to measure makes the browser lay out the page.
    if (this.#width === 0) this.#measureWidth();
    const track = this.#find('.track > div');
    if (track !== null) track.style.transform = `scaleX(${this.#computation.progress ?? 0})`;
    const body = this.#find('.body');
    const [frame] = this.#frames;
    if (body === null || frame === undefined) return;
    for (const panel of this.#panels)
      panel.paint?.(panel === this.#firstInput.now?.strip ? this.#wideFrame(frame) : frame, this.renderRoot);
    this.#frames.forEach((one, i) => this.#firstInput.now?.legends[i]?.paint(one, this.renderRoot));
    for (const view of frame.settings.view) {
      if (view !== 'matrix') this.#views.now?.paint(view, this.#frames, this.renderRoot);
      else this.#frames.forEach((one, i) => this.#matrices[i]?.paint(one, this.renderRoot));
    }
    const { columns, room, side } = this.#layout;
    for (const sides of this.renderRoot.querySelectorAll<HTMLElement>('.sides')) {
      sides.style.gridTemplateColumns = columns === 1 ? '' : `repeat(${columns}, ${room}px)`;
    }
    body.style.gridTemplateColumns = side === 0 ? '' : `minmax(0, max-content) ${side}px`;
  }

  // --- the page around it ----------------------------------------------------------------------------------------

  /** Waits for the reader to come near, or does not. */
  #load(): void {
    if (this.#near || this.#connection === null) return;
    const arrived = (): void => {
      this.#near = true;
      if (this.hasUpdated) this.#take();
    };
    if (this.loading === 'eager') arrived();
    else whenNear(this, arrived, this.#connection.signal);
  }

  /** Fetches what only elements with data in their markup, a group or a story need; null where there is none of these. */
  async #embed(): Promise<Embedding | null> {
    const needed = this.group !== '' || this.steps !== undefined || this.querySelector(CHILD_DATA) !== null;
    if (this.#embedding === null && !needed) return null;
    this.#embedding ??= import('./embedding/embedding.js').then(({ Embedding }) => {
      this.#embedded = new Embedding(this, {
        follow: (news) => this.#follow(news),
        stepped: (step, caption) => {
          this.#caption = caption;
          this.#emit('headscope-step', { step, caption });
        },
        failed: (error) => {
          this.#fail(error);
          this.#childError = this.#error;
        },
      });
      if (this.#connection?.signal.aborted === false) this.#embedded.connect(this.#connection.signal);
      return this.#embedded;
    });
    try {
      const embedding = await this.#embedding;
      embedding.readChild();
      return embedding;
    } catch (error) {
      this.#embedding = null;
      this.#fail(error);
      return null;
    }
  }

  readonly #onChildren = (): void => void this.#embed();

  /** Takes over what the reader did in another element of the group. */
  #follow({ selection, display }: Shared): void {
    Object.assign(this, display);
    if (selection !== undefined) this.#selection = selection;
    this.requestUpdate();
  }

  // --- input and computation -------------------------------------------------------------------------------------

  #sceneOf({ readScene }: Source, change: Comparison = {}): Scene | null {
    const settings = settingsOf(this);
    const knobs: Knobs = { ...settings, ...change };
    const { query, key, value, weights, tokens, keyTokens, words, image, patches, layers } = this;
    const input: SceneInput = { query, key, value, weights, tokens, keyTokens, words, image, patches, layers, knobs };
    return readScene({ ...input, ...change });
  }

  /** Reads the properties and starts to compute; what was running is dropped. */
  #take(): void {
    if (!this.#near) return;
    this.#computation.stop();
    this.#error = null;
    this.#notice = null;
    const source = this.#firstInput.now;
    // Out of the page nothing is computed that nobody would hear of.
    this.#interrupted = !this.isConnected;
    if (source === undefined || this.#interrupted) return;
    const { compare } = this;
    try {
      if (compare !== undefined && Object(compare) !== compare) {
        this.compare = undefined;
        throw new HeadscopeError('InvalidType', 'compare', 'an object with what is other', typeof compare);
      }
      const scene = this.#sceneOf(source);
      if (scene === null || scene.heads * scene.queries * scene.keys === 0) {
        this.#computation.clear();
        this.#selection = NOTHING_SELECTED;
        if (scene === null) this.#error = this.#childError;
        if (scene !== null) this.#notice = 'noTokens';
      } else {
        const other = compare === undefined ? null : this.#otherScene(source, scene, compare);
        this.#computation.start(source.openPicture, source.edited(scene, this.#edits), other);
      }
      this.requestUpdate();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What the scene is compared with; null when that is only another head of it. */
  #otherScene(source: Source, scene: Scene, compare: Comparison): Scene | null {
    if (Object.keys(compare).every((name) => name === 'head')) return null;
    const other = this.#sceneOf(source, compare);
    if (other?.queries === scene.queries && other.keys === scene.keys) return other;
    const got = other === null ? 'nothing' : `${other.queries} × ${other.keys}`;
    throw new HeadscopeError('InvalidShape', 'compare', `${scene.queries} queries and ${scene.keys} keys`, got);
  }

  /** All that was asked for is there. */
  async #ready(): Promise<void> {
    if (this.#wantedPin !== undefined) this.#selection = { hover: null, pin: this.#wantedPin };
    this.#wantedPin = undefined;
    this.requestUpdate();
    const { good } = this.#computation;
    await this.updateComplete;
    if (good === null || good !== this.#computation.good || this.#error !== null) return;
    const { heads, queries, keys } = good.shown.scene;
    this.#emit('headscope-ready', { heads, queries, keys });
  }

  get #given(): boolean {
    return (this.query ?? this.key ?? this.weights) !== undefined;
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

  // --- what the reader does --------------------------------------------------------------------------------------

  /** Names of the controls that are offered; null for all of them. */
  get #controls(): ReadonlySet<string> | null {
    // Frameworks set a property to true where markup has an attribute without a value.
    const text = this.controls === true ? '' : this.controls;
    if (typeof text !== 'string' || this.readonly) return NO_CONTROLS;
    const names: readonly string[] = text.match(/[^\s,]+/g) ?? [];
    return names.length === 0 || names.includes('all') ? null : new Set(names);
  }

  get #chosenHead(): number {
    const heads = this.#computation.pictures?.shown.scene.heads ?? 1;
    return Math.min(heads - 1, Math.max(0, settingsOf(this).head));
  }

  #detail(): CellDetail {
    const frame = this.#frames[0];
    const head = this.#chosenHead;
    const { query = null, key = null } = this.#selection.hover ?? activePlace(this.#selection) ?? {};
    if (frame === undefined || query === null || key === null) return { head, query, key, weight: null, score: null };
    const weight = frame.weights.row(query)?.[key] ?? null;
    const score = frame.picture.score(head, query, key, frame.settings);
    return { head, query, key, weight: weight === MASKED ? 0 : weight, score };
  }

  #hover(place: Place | null): void {
    const selection = hovered(this.#selection, place);
    if (selection === this.#selection) return;
    this.#selection = selection;
    this.#embedded?.tell(selection);
    this.#emit('headscope-hover', this.#detail());
    this.requestUpdate();
    if (place !== null) this.#announce();
  }

  #select(selection: Selection): void {
    if (JSON.stringify(selection.pin) === JSON.stringify(this.#selection.pin)) return;
    this.#selection = selection;
    this.#embedded?.tell(selection);
    this.requestUpdate();
    void this.#tellPin();
    this.#announce();
  }

  /** With the weight of a pinned cell, for which the engine of a large input is asked first. */
  async #tellPin(): Promise<void> {
    const { pin } = this.#selection;
    const detail = this.#detail();
    const { head, query, key, weight } = detail;
    const missing = query !== null && key !== null && weight === null;
    const row = missing ? await this.getRow(head, query).catch(() => null) : null;
    if (pin !== this.#selection.pin) return;
    this.#emit('headscope-select', { ...detail, weight: weight ?? row?.[key ?? 0] ?? null, pin });
  }

  #chooseHead(head: number, reach: Reach = 'only'): void {
    const count = this.#computation.pictures?.shown.scene.heads ?? 0;
    if (head < 0 || head >= count) return;
    this.#set(headChosen({ ...settingsOf(this), head: this.#chosenHead }, count, head, reach));
    this.#announce();
  }

  #set(change: Partial<Settings> & { compare?: Comparison | undefined }): void {
    if (this.readonly && !('head' in change)) return;
    const before = this.#chosenHead;
    Object.assign(this, change);
    this.#embedded?.tell(undefined, change);
    if (this.#chosenHead !== before) this.#emit('headscope-head', { head: this.#chosenHead });
    this.#emit('headscope-viewchange', change);
  }

  #edit(edit: Edit): void {
    const other = this.#edits.filter(
      (one) => !(['tensor', 'head', 'index', 'component'] as const).every((name) => one[name] === edit[name]),
    );
    this.#edits = [...other, edit];
    this.#emit('headscope-edit', edit);
    this.#take();
  }

  #announce(): void {
    if (this.#announceTimer !== undefined) return;
    this.#announceTimer = setTimeout(() => {
      this.#announceTimer = undefined;
      const frame = this.#frames[0];
      this.#announcement = (frame && this.#firstInput.now?.spoken(frame)) ?? '';
      this.requestUpdate();
    }, ANNOUNCE_EVERY);
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { key } = event;
    // AltGr, which says that it is Alt and Ctrl, types brackets on many keyboards.
    const other = event.altKey || event.ctrlKey ? !event.getModifierState('AltGraph') : event.metaKey;
    if (event.defaultPrevented || other) return;
    const typing = (event.target as Element).closest('input, select, textarea') !== null;
    if (key === 'Escape' && this.#selection.pin !== null) this.#actions.release();
    else if (typing) return;
    else if (key === '[') this.#chooseHead(this.#chosenHead - 1);
    else if (key === ']') this.#chooseHead(this.#chosenHead + 1);
    else if (key.toLowerCase() === 'e') this.#actions.explain(!this.#explaining);
    else if (key.toLowerCase() === 't') this.#actions.table(!this.#table);
    else return;
    event.preventDefault();
  };

  // --- what is shown ---------------------------------------------------------------------------------------------

  get #panels(): readonly Panel[] {
    const { strip, readout } = this.#firstInput.now ?? {};
    return [strip, readout, this.#explaining ? this.#explainer.now : undefined].filter((panel) => panel !== undefined);
  }

  #makeFrames(): readonly Frame[] {
    const { pictures } = this.#computation;
    const source = this.#firstInput.now;
    if (pictures === null || this.#scheme === null || source === undefined) return [];
    const { shown, other } = pictures;
    const held = shown.canTransform && other?.canTransform !== false;
    const alone = shown.scene.heads === 1 && { composite: 'none' as const };
    const settings = { ...settingsOf(this), ...alone, ...(held ? {} : AS_IT_IS), head: this.#chosenHead };
    const scene = shown.shownScene(settings);
    this.#selection = within(this.#selection, scene.queries, scene.keys);
    return source.frames.make(pictures, settings, {
      scene,
      selection: this.#selection,
      scheme: this.#scheme,
      words: wordsOf(this.locale),
      locale: this.locale,
      room: this.#layout.room,
      readonly: this.readonly,
      controls: this.#controls,
      compare: this.compare ?? null,
      explaining: this.#explaining,
      table: this.#table,
      edited: this.#edits.length > 0,
    });
  }

  /** For what stands above views and read-out. */
  #wideFrame(frame: Frame): Frame {
    return { ...frame, room: this.#layout.width };
  }

  #find(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector);
  }

  #measureWidth(): void {
    const width = this.#find('.body')?.clientWidth ?? 0;
    if (width === this.#width) return;
    this.#width = width;
    this.requestUpdate();
  }

  /** Takes up the styles of a panel that came late. */
  #adopted<T>(panel: T, { styleSheet }: CSSResult): T {
    if (styleSheet !== undefined) this.shadowRoot?.adoptedStyleSheets.push(styleSheet);
    return panel;
  }

  protected override render(): TemplateResult {
    const stale = this.#frames.length > 0 && this.#error !== null;
    const words = wordsOf(this.locale);
    const [frame] = this.#frames;
    return html`
      <div
        class="scope ${this.#scheme?.dark === true ? 'dark' : ''} ${stale ? 'stale' : ''}"
        part="scope"
        lang=${this.locale}
        dir=${frame === undefined ? nothing : 'ltr'}
        @keydown=${this.#onKey}
      >
        ${
          this.#error === null
            ? nothing
            : html`<p class="error" part="error" role="alert">
                ${errorSentence(this.#error, words)}${stale ? html` ${words.lastGood}` : nothing}
              </p>`
        }
        <p class="notice" role="status" ?hidden=${this.#notice === null}>${this.#notice && words[this.#notice]}</p>
        ${frame === undefined ? this.#emptyTemplate(words) : this.#pictureTemplate(frame)}
        <p class="visually-hidden" role="status" aria-live="polite">${this.#announcement}</p>
      </div>
    `;
  }

  #emptyTemplate(words: Words): TemplateResult {
    const waiting = this.busy || this.#error !== null || this.#notice !== null;
    // What stands in the page's own markup stays in sight until the picture takes its place.
    return html`<div class="empty ${this.#given ? 'reserved' : ''}">
      ${waiting ? this.#progressTemplate(words) : nothing}
      <slot @slotchange=${this.#onChildren}>${waiting || this.#given ? nothing : words.empty}</slot>
    </div>`;
  }

  #progressTemplate(words: Words): TemplateResult | typeof nothing {
    const { progress } = this.#computation;
    if (progress === null) return nothing;
    return html`<div class="progress">
      <div
        class="track"
        role="progressbar"
        aria-label=${words.computing}
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${Math.round(100 * progress)}
      >
        <div></div>
      </div>
      <span>${percent(progress)}</span>
      <button type="button" @click=${() => this.cancel()}>${words.cancel}</button>
    </div>`;
  }

  #pictureTemplate(frame: Frame): TemplateResult {
    const { scene, settings } = frame;
    const control = (name: ControlName): TemplateResult | null =>
      this.#controls?.size === 0 ? null : (this.#toolbar.now?.control(frame, name) ?? null);
    return html`
      <div class="facts">
        <span>${this.#firstInput.now?.factsOf(frame, settingsOf(this))}</span>
        ${this.#progressTemplate(frame.words)}
      </div>
      ${
        scene.heads === 1
          ? nothing
          : this.#firstInput.now?.strip.template(this.#wideFrame(frame), (['composite', 'sort'] as const).map(control))
      }
      ${this.#controls?.size === 0 ? nothing : this.#toolbar.now?.template(frame)}
      ${this.#caption === '' ? nothing : html`<p class="caption" part="caption" role="status">${this.#caption}</p>`}
      <div class="body">
        <figure class="views" part="views">
          ${this.#firstInput.now?.several.template(frame)}
          ${settings.view.map((view) =>
            view === 'matrix'
              ? html`<div class="sides">
                  ${this.#frames.map(
                    (one, i) =>
                      html`<div class="matrix" part="matrix">
                        ${this.#frames.length === 1 ? nothing : html`<p class="title">${one.title}</p>`}
                        ${this.#matrices[i]?.template(one)}
                      </div>`,
                  )}
                </div>`
              : this.#views.now?.template(view, this.#frames),
          )}
          ${this.#frames.map((one, i) =>
            i > 0 && one.scale.domain.join() === frame.scale.domain.join()
              ? nothing
              : this.#firstInput.now?.legends[i]?.template(one, cellsPerPixel(this.#viewport), control),
          )}
          <p class="summary" part="summary">
            ${sentenceTemplate(this.#firstInput.now?.pictureSentence(this.#frames.at(-1) ?? frame) ?? [])}
          </p>
        </figure>
        <div class="side">
          ${this.#firstInput.now?.readout.template(frame, this.#frames.slice(1))}${this.#explaining ? this.#explainer.now?.template(frame) : nothing}
        </div>
      </div>
      ${this.#table ? this.#tablePanel.now?.template(frame, this.#frames.slice(1)) : nothing}
    `;
  }
}
