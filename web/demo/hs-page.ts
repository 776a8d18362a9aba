import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { msg, str } from '@lit/localize';
import type { Tensor } from 'headscope';
import 'headscope/element';
import { sharedPool, type Edit, type HeadScopeElement, type HeadScopeEventMap, type Settings } from 'headscope/element';
import { writeNpy } from 'headscope/readers';
import { copyText, saveFile } from '../hand-over.js';
import { bringsProjections, type Controls } from './controls.js';
import { displayOf, meansTheSame, showDisplay } from './display.js';
import { errorSentence } from './error-sentence.js';
import type { AttentionView, Feed, Pick } from './feed.js';
import { formStyles } from './form-styles.js';
import { header, headerStyles } from './header.js';
import './hs-controls.js';
import type { ControlsContext } from './hs-controls.js';
import './hs-steps.js';
import { STEPS_LIMIT, type ProjectionEdit } from './hs-steps.js';
import './inputs/file-input.js';
import './inputs/image-input.js';
import './inputs/text-input.js';
import './inputs/vectors-input.js';
import type { VectorsInput } from './inputs/vectors-input.js';
import { language } from './language.js';
import { readLink, writeLink } from './link.js';
import { otherChapters, otherChaptersStyles } from './other-chapters.js';
import { pageFrame, pageStyles } from './page-styles.js';
import { buildProblem, dimension, headDimOf, type Problem } from './problem.js';
import { javaScriptFor, TooLargeError } from './snippet.js';
import { DEFAULT_STATE, Store, TABS, type Tab } from './store.js';
import { PageTheme } from './theme.js';
import { traceOf, unwritten, type Trace, type Turned } from './trace.js';

const TAB_NAMES: Record<Tab, string> = {
  vectors: msg('Vectors'),
  text: msg('Text'),
  image: msg('Image'),
  file: msg('File'),
};
/** What each tab's own projections are called. */
const OWN_PROJECTIONS: Record<Tab, string> = {
  vectors: msg('typed in below'),
  text: msg('built, then random'),
  image: msg('built, then random'),
  file: msg('from the file'),
};
/** Controls of the picture that stand in it; those of the input stand at the input. */
const CONTROLS =
  'view composite sort color-scale domain pooling positions window softcap top-k mass hide compare explain take-along reset';
const LINK_PAUSE = 300;

/** What every input tab has in common, as the page sees it. */
interface InputTab extends HTMLElement {
  state: unknown;
  attention?: AttentionView;
}

/** The page: an input tab on the left, `<head-scope>` beside it, the steps below. */
export class HsPage extends LitElement {
  static override properties = {
    problem: { state: true },
    problemError: { state: true },
    linkNote: { state: true },
    takeNote: { state: true },
    takeError: { state: true },
    copied: { state: true },
    trace: { state: true },
    selection: { state: true },
    visited: { state: true },
    pictured: { state: true },
  };

  static override styles = [formStyles, pageFrame, headerStyles, pageStyles, otherChaptersStyles];

  declare private problem: Problem | null;
  declare private problemError: TemplateResult | null;
  declare private linkNote: string;
  declare private takeNote: string;
  declare private takeError: TemplateResult | string | null;
  /** Text that could not be put on the clipboard. */
  declare private copied: string;
  declare private trace: Trace | null;
  declare private selection: { readonly query: number; readonly key: number } | null;
  /** Tabs that have been opened: they keep their content while hidden. */
  declare private visited: ReadonlySet<Tab>;

  private readonly theme = new PageTheme(this);
  /** Whether anything has been drawn, or refused, since the page was opened. */
  declare private pictured: boolean;

  private readonly store = new Store(DEFAULT_STATE);
  private readonly feeds = new Map<Tab, Feed>();
  private turn = 0;
  private traceTurn = 0;
  /** The tab whose content the picture shows; null until there is any, or while another is on the way. */
  private shownTab: Tab | null = null;
  private linkTimer: ReturnType<typeof setTimeout> | undefined;
  private pendingInput: { readonly tab: Tab; readonly value: unknown } | null = null;
  private pendingEdits: readonly Edit[] = [];
  private writtenHash = '';
  private unsubscribe: (() => void) | null = null;

  constructor() {
    super();
    for (const act of ['click', 'input', 'headscope-select', 'headscope-viewchange']) {
      this.addEventListener(act, this.onAct);
    }
    this.problem = null;
    this.problemError = null;
    this.linkNote = '';
    this.takeNote = '';
    this.takeError = null;
    this.copied = '';
    this.trace = null;
    this.selection = null;
    this.visited = new Set([DEFAULT_STATE.tab]);
    this.pictured = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.openLink();
    this.unsubscribe = this.store.subscribe(() => this.requestUpdate());
    window.addEventListener('hashchange', this.onHashChange);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unsubscribe?.();
    window.removeEventListener('hashchange', this.onHashChange);
    clearTimeout(this.linkTimer);
  }

  protected override updated(changed: PropertyValues): void {
    const { pendingInput } = this;
    const input = this.inputTab(this.store.state.tab);
    if (pendingInput && input && pendingInput.tab === this.store.state.tab) {
      this.pendingInput = null;
      input.state = pendingInput.value;
    }
    if (changed.has('problem')) this.showProblem();
  }

  protected override render(): TemplateResult {
    const { state, controls } = this.store;
    const { problem } = this;
    const vectors = problem?.kind === 'vectors' ? problem : null;
    // What stands below the picture waits for it, so that nothing is pushed down.
    const unfinished = !this.pictured || (state.tab === 'vectors' && this.trace === null);
    const waiting = problem === null || (unfinished && this.problemError === null);
    return html`
      ${header(
        html`<div role="tablist" aria-label=${msg('Input')} @keydown=${this.onTabKey}>
          ${TABS.map(
            (tab) =>
              html`<button
                role="tab"
                id=${`tab-${tab}`}
                aria-selected=${state.tab === tab ? 'true' : 'false'}
                aria-controls=${`panel-${tab}`}
                tabindex=${state.tab === tab ? 0 : -1}
                @click=${() => this.openTab(tab)}
              >
                ${TAB_NAMES[tab]}
              </button>`,
          )}
        </div>`,
      )}
      <main class=${waiting ? 'waiting' : ''}>
        ${this.linkNote ? html`<p class="error" role="alert">${this.linkNote}</p>` : nothing}
        <div class="columns">
          <div class="input">
            <h2 class="hidden">${msg('Input')}</h2>
            ${TABS.map(
              (tab) =>
                html`<section
                  id=${`panel-${tab}`}
                  role="tabpanel"
                  aria-labelledby=${`tab-${tab}`}
                  ?hidden=${state.tab !== tab}
                  @feed=${(event: CustomEvent<Feed>) => this.onFeed(tab, event.detail)}
                  @suggest-controls=${(event: CustomEvent<Partial<Controls>>) => this.onControls(tab, event.detail)}
                  @pick=${(event: CustomEvent<Pick>) => this.onPick(event.detail)}
                >
                  ${this.visited.has(tab) ? this.tabContent(tab) : nothing}
                </section>`,
            )}
          </div>
          <div class="settings">
            <hs-controls
              ?hidden=${this.feed?.kind === 'weights' || this.feed === undefined}
              .controls=${controls}
              .context=${this.controlsContext}
              @controls-change=${(event: CustomEvent<Partial<Controls>>) => this.onControls(state.tab, event.detail)}
            ></hs-controls>
            ${this.problemError ? html`<p class="error" role="alert">${this.problemError}</p>` : nothing}
          </div>
          <div class="output">
            <h2 class="hidden">${msg('Attention weights')}</h2>
            ${this.headNames(vectors)}
            <div class="picture">
              <head-scope
                theme=${this.theme.value}
                locale=${language}
                @headscope-ready=${this.onReady}
                @headscope-error=${() => (this.pictured = true)}
                @headscope-hover=${this.onAttention}
                @headscope-select=${this.onSelect}
                controls=${CONTROLS}
                @headscope-viewchange=${this.onDisplay}
                @headscope-head=${(event: CustomEvent<{ readonly head: number }>) => this.chooseHead(event.detail.head)}
              ></head-scope>
            </div>
            ${this.takeAlong()}
          </div>
        </div>
        ${
          state.tab === 'vectors'
            ? html`<hs-steps
                .trace=${this.trace}
                .lit=${this.selection}
                @projection-edit=${(event: CustomEvent<ProjectionEdit>) => this.onProjectionEdit(event.detail)}
              ></hs-steps>`
            : nothing
        }
        ${this.explanation()}
      </main>
      ${otherChapters(null)}
    `;
  }

  private tabContent(tab: Tab): TemplateResult {
    const { heads, headDim } = this.store.state.controls.vectors;
    switch (tab) {
      case 'vectors':
        return html`<hs-vectors-input .projectionColumns=${heads * headDim}></hs-vectors-input>`;
      case 'text':
        return html`<hs-text-input></hs-text-input>`;
      case 'image':
        return html`<hs-image-input></hs-image-input>`;
      case 'file':
        return html`<hs-file-input></hs-file-input>`;
    }
  }

  /** What the chosen head is, and the others that were built to mean something. */
  private headNames(vectors: (Problem & { readonly kind: 'vectors' }) | null): TemplateResult {
    const chosen = this.store.state.head;
    const head = vectors?.heads[chosen];
    const built = vectors?.feed.constructedHeads ? vectors.heads.filter(({ source }) => source === 'own') : [];
    const others = (vectors?.heads.length ?? 0) - built.length;
    const speaks = this.store.state.tab === 'text' || this.store.state.tab === 'image' || head?.description;
    return html`<div class="heads" ?hidden=${!speaks}>
      ${
        built.length > 0
          ? html`<p class="links">
              <span class="note">${msg('Heads:')}</span>
              ${built.map(
                ({ name }, index) =>
                  html`<button
                    class="plain"
                    aria-pressed=${index === chosen ? 'true' : 'false'}
                    @click=${() => this.chooseHead(index)}
                  >
                    ${index} ${name}
                  </button>`,
              )}
              ${
                others > 0
                  ? html`<span class="note">${this.randomHeads(built.length, others, vectors?.seed ?? 0)}</span>`
                  : nothing
              }
            </p>`
          : nothing
      }
      <p>
        ${
          head?.description
            ? head.source === 'own'
              ? msg(html`Head ${chosen}, <em>${head.name}</em>: ${head.description}`)
              : msg(html`Head ${chosen}: ${head.description}`)
            : nothing
        }
      </p>
    </div>`;
  }

  private randomHeads(first: number, count: number, seed: number): string {
    const heads = count === 1 ? String(first) : `${first}–${first + count - 1}`;
    return msg(str`${heads} random projections (seed ${seed})`);
  }

  private takeAlong(): TemplateResult {
    const disabled = this.problem === null;
    return html`<div class="take">
      <div class="links">
        <button class="plain" ?disabled=${disabled} @click=${this.copyLink}>${msg('copy link')}</button>
        <button class="plain" ?disabled=${disabled} @click=${this.copyProgram}>
          ${msg('copy as a JavaScript program')}
        </button>
        <button class="plain" ?disabled=${disabled} @click=${this.saveWeights}>
          ${msg('save the weights of all heads (.npy)')}
        </button>
      </div>
      <p class="note" role="status">${this.takeNote}</p>
      ${this.takeError ? html`<p class="error" role="alert">${this.takeError}</p>` : nothing}
      ${
        this.copied
          ? html`<textarea class="copied" readonly aria-label=${msg('Text to copy')} .value=${this.copied}></textarea>`
          : nothing
      }
    </div>`;
  }

  private explanation(): TemplateResult {
    return html`<details>
      <summary>${msg('What am I seeing?')}</summary>
      <p>
        ${msg(
          html`Attention lets every token of a sequence gather information from the others. Each token makes a
            <em>query</em> (what it looks for), a <em>key</em> (what it can be found by) and a <em>value</em> (what it
            passes on) from its own numbers. Query times key gives a score for every pair; softmax turns the scores of
            one query into weights that add up to 1. A row of the picture is one token’s weights: the stronger a cell’s
            colour, the more that token looks at that other one.`,
        )}
      </p>
      <p>
        ${msg(
          html`A <em>head</em> is one such set of weights. A model has many, because there are many things to look for
            at once; each head sees the tokens through projections of its own.`,
        )}
      </p>
      <p>
        ${msg(
          html`Attention is not an explanation. The weights say how values were mixed in one step, not why a model
          decided something: different weights can lead to the same answer, and much happens between the steps. And what
          is random here is random: a pattern in such a head is chance.`,
        )}
      </p>
      <p>
        ${msg(html`Everything is computed in this page, by C++ compiled to WebAssembly. Nothing that you type or open leaves it.`)}
      </p>
    </details>`;
  }

  private get feed(): Feed | undefined {
    return this.feeds.get(this.store.state.tab);
  }

  private get scope(): HeadScopeElement | null {
    return this.renderRoot.querySelector<HeadScopeElement>('head-scope');
  }

  private inputTab(tab: Tab): InputTab | null {
    return this.renderRoot.querySelector<InputTab>(`hs-${tab}-input`);
  }

  private get controlsContext(): ControlsContext {
    const { controls, state } = this.store;
    const { feed } = this;
    const own = feed !== undefined && bringsProjections(feed) ? OWN_PROJECTIONS[state.tab] : null;
    return {
      own,
      ownUsesSeed: feed?.kind === 'vectors' && feed.constructedHeads !== undefined,
      projections: feed?.kind === 'vectors',
      headDim: controls.projections !== 'own' || state.tab === 'vectors' || own === null,
      positions: feed?.kind === 'vectors' && feed.words === undefined,
      width: feed ? headDimOf(feed, controls) : controls.headDim,
    };
  }

  private onFeed(tab: Tab, feed: Feed): void {
    this.feeds.set(tab, feed);
    if (tab === this.store.state.tab) this.compute();
  }

  private onControls(tab: Tab, part: Partial<Controls>): void {
    this.store.updateControls(tab, part);
    if (tab === this.store.state.tab) this.compute();
  }

  private openTab(tab: Tab): void {
    if (tab === this.store.state.tab) return;
    this.visited = new Set([...this.visited, tab]);
    this.shownTab = null;
    this.scope?.pin(null);
    this.store.update({ tab, head: 0, compare: null });
    this.problemError = null;
    this.selection = null;
    if (this.feeds.has(tab)) this.compute();
    this.remember();
  }

  private onTabKey(event: KeyboardEvent): void {
    const at = TABS.indexOf(this.store.state.tab);
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const tab =
      event.key === 'Home'
        ? TABS[0]
        : event.key === 'End'
          ? TABS.at(-1)
          : TABS[(at + step + TABS.length) % TABS.length];
    if ((step === 0 && event.key !== 'Home' && event.key !== 'End') || tab === undefined) return;
    event.preventDefault();
    this.openTab(tab);
    this.renderRoot.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
  }

  /** Computes what the open tab and its controls say; an older computation that is still under way is forgotten. */
  private compute(): void {
    const { feed } = this;
    if (!feed || this.awaitsTable(feed)) return;
    const turn = ++this.turn;
    const { tab } = this.store.state;
    const isLast = (): boolean => turn === this.turn && tab === this.store.state.tab;
    buildProblem(feed, this.store.controls, sharedPool).then(
      (problem) => {
        if (!isLast()) return;
        this.problem = problem;
        this.problemError = null;
        this.remember();
      },
      (error: unknown) => {
        if (isLast())
          this.problemError = html`${errorSentence(error)} ${msg('The picture shows what was there before.')}`;
      },
    );
  }

  /** The table makes its projections as wide as the heads need, and then tells anew. */
  private awaitsTable(feed: Feed): boolean {
    const { state, controls } = this.store;
    if (state.tab !== 'vectors' || controls.projections !== 'own' || feed.kind !== 'vectors') return false;
    return feed.projections !== undefined && dimension(feed.projections.query, 1) !== controls.heads * controls.headDim;
  }

  /** Hands the problem to `<head-scope>`. */
  private showProblem(): void {
    const { scope, problem } = this;
    if (!scope || !problem) return;
    const heads = headCount(problem);
    const { state } = this.store;
    if (state.head >= heads) this.store.update({ head: heads - 1 });
    const keyTokens = problem.kind === 'vectors' ? undefined : [...problem.feed.keyTokens];
    if (this.shownTab !== state.tab) {
      this.shownTab = state.tab;
      showDisplay(scope, state.displays[state.tab]);
      scope.compare = state.compare ?? undefined;
    } else if (!meansTheSame(scope.hide, scope.keyTokens ?? scope.tokens ?? [], keyTokens ?? problem.feed.tokens)) {
      // Of other tokens the same indices would hide something else.
      scope.hide = [];
      this.store.updateDisplay(state.tab, displayOf(scope));
    }
    scope.head = this.store.state.head;
    scope.tokens = [...problem.feed.tokens];
    scope.keyTokens = keyTokens;
    scope.causal = problem.kind !== 'weights' && problem.causal;
    const depth =
      problem.kind === 'weights' ? 0 : dimension(problem.kind === 'vectors' ? problem.query : problem.feed.query, -1);
    // Its own scale is not told as one that was turned.
    scope.scale = problem.kind === 'weights' || problem.scale === 1 / Math.sqrt(depth) ? undefined : problem.scale;
    scope.temperature = problem.kind === 'weights' ? 1 : problem.temperature;
    const vectors = problem.kind === 'vectors' ? problem : problem.kind === 'qkv' ? problem.feed : null;
    scope.query = vectors?.query;
    scope.key = vectors?.key;
    scope.layers = problem.kind === 'weights' && problem.feed.layers > 1;
    scope.weights = problem.kind === 'weights' ? layered(problem.feed) : undefined;
    // With the queries and keys that they change.
    if (this.pendingEdits.length > 0) scope.show({ edits: this.pendingEdits });
    this.pendingEdits = [];
  }

  /** What the reader turned in the picture. */
  private turned(scope: HeadScopeElement): Turned {
    const settings = scope.state.settings as Settings;
    return { settings, edits: scope.edits, compared: scope.compare !== undefined };
  }

  /** Works the chosen head out step by step, as the picture shows it, where the steps are shown. */
  private async retrace(): Promise<void> {
    const { problem, scope } = this;
    const { state, controls } = this.store;
    if (state.tab !== 'vectors' || problem?.kind !== 'vectors' || scope === null) return;
    const turn = ++this.traceTurn;
    const { head } = state;
    const large = Math.max(dimension(problem.x, 0), dimension(problem.x, 1)) > STEPS_LIMIT;
    try {
      const trace = large
        ? unwritten(problem, head)
        : await traceOf(problem, head, this.turned(scope), await sharedPool());
      if (turn !== this.traceTurn || problem !== this.problem || trace === null) return;
      this.trace = { ...trace, editable: controls.projections === 'own' };
    } catch (error) {
      this.problemError = errorSentence(error);
    }
  }

  private onProjectionEdit({ role, row, column, value }: ProjectionEdit): void {
    const { head, controls } = this.store.state;
    const input = this.renderRoot.querySelector<VectorsInput>('hs-vectors-input');
    input?.setProjection(role, row, head * controls.vectors.headDim + column, value);
  }

  private chooseHead(head: number): void {
    this.store.update({ head });
    if (this.scope) this.scope.head = head;
    void this.retrace();
    this.onAttention();
  }

  /** All heads are drawn: what was pinned in this tab, or by the link, can be pinned now. */
  private onReady(): void {
    this.pictured = true;
    const { pins, tab } = this.store.state;
    if (this.shownTab === tab && pins[tab] && this.scope?.pins === null) this.scope.pin(pins[tab]);
    void this.retrace();
    this.onAttention();
  }

  private onSelect({ detail }: HeadScopeEventMap['headscope-select']): void {
    if (this.shownTab !== null) this.store.updatePin(this.shownTab, detail.pin);
    this.onAttention();
  }

  /** The reader turned something in the picture. */
  private onDisplay(): void {
    const { scope, shownTab } = this;
    if (!scope || shownTab === null) return;
    this.store.updateDisplay(shownTab, displayOf(scope));
    this.store.update({ compare: scope.compare ?? null });
    void this.retrace();
    this.onAttention();
  }

  /** What was told about the last thing taken along is over with the next thing that is done. */
  private readonly onAct = (event: Event): void => {
    const here = event.composedPath().some((node) => node instanceof Element && node.classList.contains('take'));
    if (!here) this.forget();
  };

  private forget(): void {
    this.takeNote = '';
    this.takeError = null;
    this.copied = '';
  }

  /** After every change of selection or result: the steps and the tab that paints over its own picture follow. */
  private onAttention(): void {
    const { scope } = this;
    if (!scope) return;
    const { selection, result, hide } = scope;
    this.selection = selection && { query: selection.query, key: selection.key };
    const { tab } = this.store.state;
    const input = this.inputTab(tab);
    if (input && 'attention' in input && this.shownTab === tab) {
      const weights = result?.weights;
      const heads = this.problem?.kind === 'vectors' ? this.problem.heads : [];
      input.attention = {
        head: this.store.state.head,
        heads: weights ? dimension(weights, 0) : 0,
        names: heads.some((head) => head.source === 'own')
          ? heads.map((head) => (head.source === 'own' ? head.name : ''))
          : undefined,
        query: selection?.query ?? null,
        weights: weights?.data.buffer ?? null,
        row: (head, query) => {
          const [heads = 0, queries = 0, keys = 0] = weights?.shape ?? [];
          if (!weights || head >= heads || query >= queries) return null;
          const start = (head * queries + query) * keys;
          return withoutKeys(weights.data.subarray(start, start + keys), hide);
        },
      };
    }
    this.remember();
  }

  /** An input tab asks for a query: its strongest key is pinned, as a click on that cell would. */
  private onPick({ query, head }: Pick): void {
    const { scope } = this;
    const weights = scope?.result?.weights;
    if (!scope || !weights) return;
    if (head !== undefined && head !== this.store.state.head) this.chooseHead(head);
    if (query === null) {
      scope.pin(null);
      return;
    }
    const [, queries = 0, keys = 0] = weights.shape;
    const start = (this.store.state.head * queries + query) * keys;
    const row = withoutKeys(weights.data.subarray(start, start + keys), scope.hide);
    scope.pin({ query, key: row.indexOf(Math.max(...row)) });
  }

  /** Writes the link of what is shown into the address, shortly after the last change. */
  private remember(): void {
    clearTimeout(this.linkTimer);
    this.linkTimer = setTimeout(() => {
      const { hash } = this.link();
      this.writtenHash = hash;
      try {
        history.replaceState(null, '', hash);
      } catch {
        // A page from the disk may not; the copied link works all the same.
      }
    }, LINK_PAUSE);
  }

  private link(): ReturnType<typeof writeLink> {
    const { state } = this.store;
    return writeLink(state, this.scope?.edits ?? [], this.inputTab(state.tab)?.state ?? null);
  }

  private readonly onHashChange = (): void => {
    if (location.hash !== this.writtenHash) this.openLink();
  };

  private openLink(): void {
    try {
      const link = readLink(location.hash);
      this.linkNote = '';
      if (!link) return;
      this.visited = new Set([...this.visited, link.state.tab]);
      this.pendingInput = link.input === null ? null : { tab: link.state.tab, value: link.input };
      this.pendingEdits = link.edits;
      this.store.update(link.state);
      this.shownTab = null;
      this.compute();
    } catch (error) {
      this.linkNote = error instanceof Error ? error.message : String(error);
    }
  }

  private async takeText(make: (problem: Problem) => string | Promise<string>, name: string): Promise<void> {
    this.forget();
    if (!this.problem) return;
    try {
      const text = await make(this.problem);
      if (await copyText(text)) {
        this.takeNote = msg(str`${name} copied.`);
      } else {
        this.copied = text;
        this.takeNote = msg(str`The browser does not let this page use the clipboard: copy the ${name} from here.`);
      }
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      this.takeError = error.message;
    }
  }

  private copyProgram(): Promise<void> {
    const { scope } = this;
    if (scope === null) return Promise.resolve();
    return this.takeText((problem) => javaScriptFor(problem, this.turned(scope)), msg('JavaScript'));
  }

  private async copyLink(): Promise<void> {
    const { hash, whole } = this.link();
    const link = new URL(location.href);
    link.hash = hash;
    await this.takeText(() => link.href, msg('link'));
    if (!whole) this.takeNote += msg(' It is too long to hold the input itself: only the settings go along.');
  }

  private saveWeights(): void {
    const weights = this.scope?.result?.weights;
    this.forget();
    if (!weights) {
      this.takeError = msg('There are no weights yet.');
      return;
    }
    saveFile(new Blob([writeNpy(weights)]), 'attention-weights.npy');
    this.takeNote = msg(str`Weights saved, float32 ${weights.shape.join(' × ')} (heads, queries, keys).`);
  }
}

/** Weights with an axis for the layers where there are several. */
function layered({ weights: { data, shape }, layers }: Feed & { readonly kind: 'weights' }): Tensor {
  return { data, shape: layers === 1 ? shape : [layers, (shape[0] ?? 0) / layers, ...shape.slice(1)] };
}

/** A row as the picture shows it: some keys are left out, the others divided by their sum. */
function withoutKeys(row: Float32Array, hidden: readonly number[]): Float32Array {
  if (hidden.length === 0) return row;
  const shown = row.map((weight, key) => (hidden.includes(key) ? 0 : weight));
  const sum = shown.reduce((total, weight) => total + weight, 0);
  return sum === 0 ? shown : shown.map((weight) => weight / sum);
}

function headCount(problem: Problem): number {
  if (problem.kind === 'weights') return dimension(problem.feed.weights, 0);
  return dimension(problem.kind === 'vectors' ? problem.query : problem.feed.query, 0);
}

customElements.define('hs-page', HsPage);
