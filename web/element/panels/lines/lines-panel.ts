import { css, html, nothing, type TemplateResult } from 'lit';
import {
  drawLinks,
  groupColour,
  linkLook,
  MOST_GROUPS,
  strongestLinks,
  type GroupedLink,
  type LinkSource,
} from '../../../views/lines.js';
import { cellDigits, countDigits, threeDigits } from '../../../views/numbers.js';
import { css as colour } from '../../../views/palette.js';
import { MASKED } from '../../../views/pooling.js';
import type { ValueScale } from '../../../views/value-scale.js';
import { filled } from '../../../views/words.js';
import { headName } from '../../title.js';
import type { HeadWeights } from '../../source/head-weights.js';
import type { Frame } from '../panel.js';
import { RaisedScale } from '../raised-scale.js';
import { pinnedOn, placeOn, type Axis, type TokenProfile } from '../token-profile.js';
import { TokensPanel, turnTemplate, weightText } from '../tokens-panel.js';

/** Height of a token's row, and of all that can be seen of them, in CSS pixels. */
const STEP = 24;
const VIEW_HEIGHT = 576;

/** Rows are rendered in pieces of so many, and one piece more than can be seen on either side. */
const PIECE = 16;

/** Most lines without a chosen token, and with some. */
const MOST_OVERVIEW = 200;
const MOST_CHOSEN = 2000;

/** Lines of a smaller share of the scale are hardly seen. */
export const LEAST_SHARE = 1 / 64;

/** Share of the scale that the strongest line of a part of many tokens has at least. */
export const FAINT_LINE = 1 / 2;

/** The heads whose lines are drawn together; null for the one of the main views. */
export function lineGroups({ settings, compare }: Frame): readonly number[] | null {
  const { heads, composite } = settings;
  return composite === 'none' && compare === null && heads.length > 1 && heads.length <= MOST_GROUPS ? heads : null;
}

/** Queries on the left, keys on the right, and the weights between them as lines: never all of them. */
export class LinesPanel extends TokensPanel {
  protected override readonly reads = false;
  #own: HTMLElement | null = null;
  #drawn: readonly unknown[] = [];
  readonly #raised = new RaisedScale();

  get #first(): number {
    return Math.max(0, Math.floor(this.looking.scrolled / STEP / PIECE) - 1) * PIECE;
  }

  /** The tokens of which something can be seen, of so many. */
  #inView({ weights }: Frame): { first: number; end: number; count: number } {
    const count = Math.max(weights.rows, weights.columns);
    const end = Math.ceil((this.looking.scrolled + VIEW_HEIGHT) / STEP);
    return { first: Math.floor(this.looking.scrolled / STEP), end: Math.min(end, count), count };
  }

  template(frame: Frame): TemplateResult {
    const profile = this.take(frame, null);
    const { scene, scheme, words, weights, title } = frame;
    const groups = lineGroups(frame);
    const chosen = profile.items.length > 0;
    const { links, scale } = this.#links(frame);
    const inView = this.#inView(frame);
    const many = filled(words.heads, groups?.length ?? 0);
    return html`<figure class="lines" part="lines" id=${this.id}>
      <figcaption class="shown">
        ${
          chosen || frame.compare !== null
            ? this.caption(groups === null ? frame : { ...frame, title: many }, profile)
            : html`<span
                >${this.#overviewWords(frame, links.length)}${words.comma}${groups === null ? title : many}</span
              >`
        }
        ${
          frame.compare === null
            ? nothing
            : html`<span class="read">${chosen ? nothing : this.#overviewWords(frame, links.length)}</span>`
        }
        ${inView.end - inView.first < inView.count ? turnTemplate(frame, inView, (by) => this.#turn(by)) : nothing}
        ${scale === frame.scale ? nothing : html`<span class="quiet">${filled(words.strongestColour, threeDigits(scale.domain[1]))}</span>`}
        ${links.length < MOST_CHOSEN ? nothing : html`<span>${filled(words.strongestLinks, countDigits(MOST_CHOSEN))}</span>`}
        ${groups?.map(
          (head, group) =>
            html`<span class="group"
              ><i data-colour=${colour(groupColour(group, scheme.dark))}></i
              >${filled(words.head, headName(scene, head))}</span
            >`,
        )}
        ${groups !== null && chosen ? html`<span class="quiet">${filled(words.numbersOf, title)}</span>` : nothing}
      </figcaption>
      <div
        class="links"
        @scroll=${this.#onScroll}
        @pointerover=${this.onOver}
        @pointerleave=${this.onLeave}
        @pointerdown=${this.onDown}
        @click=${this.onClick}
      >
        ${this.#sideTemplate(frame, 'query', weights.rows)}
        <canvas aria-hidden="true"></canvas>
        ${this.#sideTemplate(frame, 'key', weights.columns)}
      </div>
    </figure>`;
  }

  #overviewWords(frame: Frame, count: number): string {
    const { words } = frame;
    const { first, end, count: tokens } = this.#inView(frame);
    const all = end - first === tokens;
    const pattern = !all ? words.strongestInView : count < MOST_OVERVIEW ? words.allLinks : words.strongestLinks;
    return filled(pattern, countDigits(count));
  }

  #sideTemplate(frame: Frame, axis: Axis, count: number): TemplateResult {
    const { scene, words, selection, scale } = frame;
    const { id, profile } = this;
    const { cursor } = this.looking;
    const labels = axis === 'query' ? scene.queryLabels : scene.keyLabels;
    const first = Math.min(this.#first, Math.floor(count / PIECE) * PIECE);
    const shown = Math.min(count - first, Math.ceil(VIEW_HEIGHT / STEP / PIECE + 2) * PIECE);
    const { of = 'query', items = [], values = null } = profile ?? {};
    const at = cursor[axis];
    const chosen = new Set(of === axis ? items : []);
    const pinned = new Set(pinnedOn(axis, selection));
    const numbers = items.length > 0 && of !== axis ? values : null;
    const hover = of === axis ? null : selection.hover?.[axis];
    const option = (i: number): TemplateResult => {
      const name = labels.label(i);
      const state = `${chosen.has(i) ? 'chosen' : ''} ${pinned.has(i) ? 'pinned' : ''} ${i === hover ? 'crossed' : ''}`;
      const value = numbers?.[i];
      return html`<div
        class="token ${state} ${i === at ? 'at' : ''}"
        role="option"
        id="${id}${axis}${i}"
        data-item=${i}
        aria-selected=${pinned.has(i)}
        aria-setsize=${count}
        aria-posinset=${i + 1}
      >
        <bdi title=${name}>${name}</bdi>
        <span class="figure"
          >${value === undefined ? nothing : value === MASKED ? weightText(frame, profile as TokenProfile, i, value) : `${scale.diverging && value > 0 ? '+' : ''}${cellDigits(value, 3)}`}</span
        >
      </div>`;
    };
    return html`<div
      class="tokens ends ${axis}"
      role="listbox"
      aria-multiselectable="true"
      aria-label=${words[axis]}
      aria-activedescendant=${at >= first && at < first + shown ? `${id}${axis}${at}` : nothing}
      data-axis=${axis}
      data-count=${count}
      data-first=${first}
      tabindex="0"
      @focus=${this.onFocus}
      @blur=${this.onBlur}
      @keydown=${this.onKey}
    >
      <div>${Array.from({ length: shown }, (_, i) => option(first + i))}</div>
    </div>`;
  }

  protected draw(frame: Frame, own: HTMLElement): void {
    this.#own = own;
    for (const side of own.querySelectorAll<HTMLElement>('.links .ends')) {
      side.style.height = `${STEP * Number(side.dataset['count'])}px`;
      const rows = side.firstElementChild as HTMLElement;
      rows.style.transform = `translateY(${STEP * Number(side.dataset['first'])}px)`;
    }
    for (const swatch of own.querySelectorAll<HTMLElement>('.group i')) {
      swatch.style.background = swatch.dataset['colour'] ?? '';
    }
    const { followed } = this;
    const list = followed && own.querySelector<HTMLElement>(`.links .ends.${followed}`);
    if (followed && list) this.reveal(list, this.looking.cursor[followed]);
    this.followed = null;
    this.#drawLinks(frame, own);
  }

  #drawLinks(frame: Frame, own: HTMLElement): void {
    const canvas = own.querySelector<HTMLCanvasElement>('.links canvas');
    if (canvas === null) return;
    const { scheme, weights } = frame;
    const height = Math.min(VIEW_HEIGHT, STEP * Math.max(weights.rows, weights.columns));
    canvas.style.height = `${height}px`;
    const width = canvas.clientWidth;
    const { links, scale } = this.#links(frame);
    const { scrolled } = this.looking;
    const ends = links.flatMap(({ query, key, weight }) => [query, key, weight]);
    const key = [canvas, ...ends, scrolled, width, height, devicePixelRatio, scale, scheme];
    if (key.length === this.#drawn.length && key.every((part, i) => part === this.#drawn[i])) return;
    this.#drawn = key;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.scale(devicePixelRatio, devicePixelRatio);
    const heads = lineGroups(frame);
    const field = { width, height, step: STEP, scrolled, groups: heads?.length ?? 1 };
    drawLinks(context, links, field, (link) => {
      const look = linkLook(scale, link);
      return heads ? { ...look, colour: groupColour(link.group, scheme.dark) } : look;
    });
  }

  /** The links that are drawn, and the scale by which they are. */
  #links(frame: Frame): { readonly links: readonly GroupedLink[]; readonly scale: ValueScale } {
    const { picture, settings, weights } = frame;
    const heads: readonly HeadWeights[] = lineGroups(frame)?.map((head) => picture.head(head, settings)) ?? [weights];
    const { of = 'query', items = [] } = this.profile ?? {};
    const chosen = items.length > 0;
    // Without a chosen token only what lies in view, from both ends: other lines would lead nowhere.
    const inView = this.#inView(frame);
    const { first, end, count } = inView;
    const queries = Array.from({ length: Math.max(0, Math.min(end, weights.rows) - first) }, (_, i) => first + i);
    const sources = heads.flatMap((head, group) =>
      (chosen ? items : queries).map((index): LinkSource => ({
        ...placeOn(of, index),
        ...(chosen ? {} : inView),
        group,
        weights: (of === 'query' ? head.row(index) : head.column(index)) ?? [],
      })),
    );
    const links = strongestLinks(sources, chosen ? MOST_CHOSEN : MOST_OVERVIEW);
    const part = end - first < count;
    const most = Math.max(0, ...links.map(({ weight }) => Math.abs(weight)));
    const scale = this.#raised.of(frame, most, part ? FAINT_LINE : undefined);
    // Of a part of many tokens only lines that can be seen are drawn, and counted.
    const seen = part && !chosen ? links.filter((link) => linkLook(scale, link).share >= LEAST_SHARE) : links;
    return { links: seen, scale };
  }

  /** Goes on by as many tokens as are in view. */
  #turn(by: 1 | -1): void {
    const links = this.#own?.querySelector('.links');
    if (links) links.scrollTop = this.looking.scrolled + by * VIEW_HEIGHT;
  }

  readonly #onScroll = (event: Event): void => {
    const { frame } = this;
    const links = event.currentTarget as HTMLElement;
    const { scrollTop } = links;
    const before = frame && this.#inView(frame);
    this.looking.scrolled = scrollTop;
    // Pictures that are compared scroll together.
    for (const other of links.closest('.sides')?.querySelectorAll('.links') ?? []) {
      if (other !== links) other.scrollTop = scrollTop;
    }
    if (frame === null) return;
    const { first, end } = this.#inView(frame);
    if (first !== before?.first || end !== before.end) this.actions.update();
    else if (this.#own) this.#drawLinks(frame, this.#own);
  };

  protected step(key: string, index: number): number | null {
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -PIECE, PageDown: PIECE }[key];
    return by === undefined ? null : index + by;
  }

  protected reveal(list: HTMLElement, index: number): void {
    const links = list.parentElement as HTMLElement;
    links.scrollTop = Math.min(STEP * index, Math.max(links.scrollTop, STEP * (index + 1) - links.clientHeight));
  }
}

export const linesStyles = css`
  .links {
    display: grid;
    grid-template-columns: minmax(0, max-content) minmax(56px, 1fr) minmax(0, max-content);
    align-items: start;
    max-height: 576px;
    overflow: hidden auto;
    position: relative;
    /* Queries stand on the left in every language. */
    direction: ltr;
    font-size: 13px;
    font-variant-numeric: tabular-nums;
  }
  .compared .links {
    grid-template-columns: minmax(0, max-content) minmax(40px, 1fr) minmax(0, max-content);
  }
  .links canvas {
    position: sticky;
    top: 0;
    width: 100%;
    pointer-events: none;
  }
  .ends:focus-visible {
    outline-offset: -2px;
  }
  .ends .token {
    display: flex;
    align-items: center;
    gap: 8px;
    height: 24px;
    padding-inline: 4px;
    white-space: nowrap;
  }
  .ends.query .token {
    flex-direction: row-reverse;
  }
  .ends bdi {
    margin-right: auto;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .ends .figure {
    flex: none;
    min-width: 52px;
    color: var(--muted);
    text-align: end;
  }
  .ends.query .figure {
    text-align: start;
  }
  .compared .ends .token {
    gap: 4px;
  }
  .compared .ends .figure {
    min-width: 46px;
  }
  .ends.query bdi {
    margin: 0 0 0 auto;
  }
  .ends .token:hover {
    background: var(--line);
  }
  .group {
    display: inline-flex;
    align-items: center;
    gap: 6px;
  }
  .group i {
    width: 16px;
    height: 4px;
  }
  @media (forced-colors: active) {
    .group i {
      forced-color-adjust: none;
    }
  }
`;
