import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { HeadStatistics } from '../../../views/head-statistics.js';
import { threeDigits } from '../../../views/numbers.js';
import { makeScale } from '../../../views/value-scale.js';
import { headName, headWords } from '../../title.js';
import { Pacer } from '../../source/pacer.js';
import type { Picture } from '../../source/picture.js';
import type { Settings, Sort } from '../../settings.js';
import { reachOf, type Actions, type Frame, type Panel } from '../panel.js';
import { largestOf, paintSmall } from '../small-canvas.js';
import {
  HEAD_NAMES,
  LAYER_NAMES,
  layOutStrip,
  MOST_HEIGHT,
  placesInSight,
  type Sight,
  type StripLayout,
} from './strip-layout.js';

export { stripStyles } from './strip-styles.js';

/** Heads arrive faster than a strip of thousands can be drawn; it follows them in steps of so many milliseconds. */
const STEP = 100;

const FIGURES: { readonly [K in Exclude<Sort, 'none'>]: Exclude<keyof HeadStatistics, 'invalidRows'> } = {
  entropy: 'entropy',
  distance: 'meanDistance',
  sink: 'firstKey',
  diagonal: 'diagonal',
  previous: 'previousToken',
};

/** Whether a head is one of those that the main views show. */
function isShown({ composite, head, heads }: Settings, index: number): boolean {
  return composite === 'none' ? index === head : heads.length === 0 || heads.includes(index);
}

/** All heads in small: a line of thumbnails, or a grid of layers and heads. One tab stop; only those in sight exist. */
export class StripPanel implements Panel {
  #layout: StripLayout | null = null;
  #order: readonly number[] = [];
  #sight = { left: 0, top: 0 };
  /** Head that the keyboard is at; null for the chosen one. */
  #cursor: number | null = null;
  #chosen = 0;
  #wantsFocus = false;
  #composite: Settings['composite'] = 'mean';
  #frame: Frame | null = null;
  #painting: AbortController | null = null;
  /** How far the picture is, as the strip tells. */
  #progress: { readonly picture: Picture; readonly at: number; readonly known: number; readonly max: number } | null =
    null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #placed = false;
  #colours: readonly unknown[] = [];
  /** What was brought into sight: the chosen head where it stood. */
  #revealed: readonly unknown[] = [];
  readonly #painted = new WeakMap<HTMLCanvasElement, readonly unknown[]>();

  constructor(private readonly actions: Actions) {}

  /** @param controls what stands above the thumbnails; null for a control that is not offered */
  template(frame: Frame, controls: readonly (TemplateResult | null)[] = []): TemplateResult {
    const { scene, picture, settings, words, room } = frame;
    const { sort, head } = settings;
    this.#frame = frame;
    if (settings.composite !== 'none') this.#composite = settings.composite;
    if (head !== this.#chosen) this.#cursor = null;
    this.#chosen = head;
    this.#order = sort === 'none' ? [] : picture.order(sort);
    const layout = layOutStrip({ ...scene, sorted: sort !== 'none', room });
    this.#layout = layout;
    const places = placesInSight(layout, scene.heads, this.#seen(room));
    const stop = this.#place(this.#cursor ?? head);
    if (!places.includes(stop)) places.push(stop);
    return html`
      <div class="strip">
        ${controls.some((one) => one !== null) ? html`<div class="controls">${controls}</div>` : nothing}
        ${guard(
          [
            picture,
            this.#follow(picture).known,
            places.join(),
            JSON.stringify(layout),
            this.#cursor,
            settings.composite,
            settings.heads.join(),
            head,
            words,
            sort === 'none' ? null : {},
          ],
          () => {
            this.#placed = false;
            return this.#headsTemplate(frame, layout, places);
          },
        )}
        ${sort === 'none' ? nothing : html`<p class="quiet sorted">${words[`sorted_${sort}`]}</p>`}
      </div>
    `;
  }

  #follow(picture: Picture): { readonly known: number } {
    const { known, max } = picture;
    const before = this.#progress;
    const at = performance.now();
    if (before?.picture === picture && known < picture.scene.heads && at < before.at + STEP) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.actions.update();
      }, STEP);
      return before;
    }
    // All that was already told stays the same.
    if (before?.picture === picture && before.known === known && before.max === max) return before;
    this.#progress = { picture, at, known, max };
    return this.#progress;
  }

  #headsTemplate(frame: Frame, layout: StripLayout, places: readonly number[]): TemplateResult {
    const { scene, settings, words } = frame;
    const names = (axis: 'column' | 'row'): unknown => {
      const found = new Set(
        places.map((at) => (axis === 'column' ? at % layout.columns : Math.floor(at / layout.columns))),
      );
      return html`<div class="names ${axis}">${[...found].map((at) => html`<span data-at=${at}>${at}</span>`)}</div>`;
    };
    return html`
      <div
        class="heads ${layout.layered ? 'layered' : ''} ${settings.composite !== 'none' && settings.heads.length === 0 ? 'every' : ''}"
        part="heads"
        role="listbox"
        aria-label=${words.headList}
        aria-orientation=${layout.rows === 1 ? 'horizontal' : nothing}
        aria-multiselectable="true"
        @click=${this.#onClick}
        @dblclick=${this.#onDoubleClick}
        @keydown=${this.#onKey}
        @scroll=${this.#onScroll}
      >
        ${
          layout.layered
            ? html`<div class="heads-corner" aria-hidden="true">
                  <span>${words.headAxis}</span><span>${words.layerAxis}</span>
                </div>
                <div aria-hidden="true" class="edge top">${names('column')}</div>
                <div aria-hidden="true" class="edge side">${names('row')}</div>`
            : nothing
        }
        <div class="heads-all" role="presentation">
          ${places.map((place) => this.#headTemplate(frame, layout, place, scene.heads))}
        </div>
      </div>
    `;
  }

  #headTemplate(frame: Frame, layout: StripLayout, place: number, heads: number): TemplateResult {
    const { scene, picture, settings, words } = frame;
    const head = this.#head(place);
    const name = headName(scene, head);
    const pending = picture.thumbnail(head) === null;
    const { sort } = settings;
    const known = sort === 'none' ? null : picture.statistics(head)?.[FIGURES[sort]];
    // The engine counts in nats, the read-out in bits.
    const told =
      known === null
        ? ''
        : known === undefined
          ? '…'
          : Number.isNaN(known)
            ? '–'
            : threeDigits(sort === 'entropy' ? known / Math.LN2 : known);
    const figure = known === undefined ? '' : told === '–' ? words.notKnown : told;
    const title = headWords(scene, head, words);
    const spoken = [title.charAt(0).toUpperCase() + title.slice(1), figure, pending ? words.notComputed : '']
      .filter(Boolean)
      .join(words.comma);
    return html`
      <div
        class="head ${pending ? 'pending' : ''}"
        part="head"
        role="option"
        data-head=${head}
        data-place=${place}
        tabindex=${head === (this.#cursor ?? settings.head) ? 0 : -1}
        aria-selected=${isShown(settings, head)}
        aria-setsize=${heads}
        aria-posinset=${place + 1}
        aria-label=${spoken}
        title=${scene.layers > 1 ? title : nothing}
      >
        <span class="thumbnail"><canvas aria-hidden="true" width="1" height="1"></canvas></span>
        ${layout.layered ? nothing : html`<span>${name}</span>`}
        ${known === null ? nothing : html`<span class="quiet">${told}</span>`}
      </div>
    `;
  }

  paint(frame: Frame, root: ParentNode): void {
    const layout = this.#layout;
    const list = root.querySelector<HTMLElement>('.heads');
    if (layout === null || list === null) return;
    if (!this.#placed) this.#placeAll(list, layout);
    const { palette } = frame.scheme;
    const { colorScale, domain } = frame.settings;
    // All heads are drawn anew at once when keys are hidden or words merged.
    const [first, max] = [frame.picture.thumbnail(0), this.#progress?.max];
    const colours = [list, palette, colorScale, String(domain), first, max, devicePixelRatio];
    if (!this.#placed || colours.some((part, i) => part !== this.#colours[i])) {
      void this.#paintThumbnails(list, frame, layout);
    }
    this.#placed = true;
    this.#colours = colours;
    const place = this.#place(frame.settings.head);
    const chosen = [list, frame.settings.head, place, layout.columns, layout.itemWidth];
    if (chosen.some((part, i) => part !== this.#revealed[i])) this.#reveal(list, layout, place);
    this.#revealed = chosen;
    if (this.#wantsFocus) {
      this.#wantsFocus = false;
      list.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
    }
  }

  #placeAll(list: HTMLElement, layout: StripLayout): void {
    const px = (length: number): string => `${length}px`;
    const { itemWidth, itemHeight, columns, rows, scrollHeight } = layout;
    const all = list.querySelector<HTMLElement>('.heads-all');
    if (all === null) return;
    all.style.width = px(columns * itemWidth);
    all.style.height = px(rows * itemHeight);
    list.style.maxHeight = scrollHeight === null ? '' : px(scrollHeight);
    list.style.setProperty('--thumbnail', px(layout.height + 2));
    for (const option of all.children as HTMLCollectionOf<HTMLElement>) {
      const place = Number(option.dataset['place']);
      option.style.width = px(itemWidth);
      option.style.height = px(itemHeight);
      option.style.transform = `translate(${px((place % columns) * itemWidth)}, ${px(Math.floor(place / columns) * itemHeight)})`;
    }
    for (const name of list.querySelectorAll<HTMLElement>('.names span[data-at]')) {
      const at = Number(name.dataset['at']);
      const across = name.parentElement?.classList.contains('column') === true;
      name.style.transform = across ? `translateX(${px(at * itemWidth)})` : `translateY(${px(at * itemHeight)})`;
      name.style[across ? 'width' : 'height'] = px(across ? itemWidth : itemHeight);
      name.style.lineHeight = across ? '' : px(itemHeight);
    }
  }

  disconnect(): void {
    this.#painting?.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#placed = false;
  }

  /** In slices: a few hundred canvases take longer than a frame. */
  async #paintThumbnails(list: HTMLElement, frame: Frame, layout: StripLayout): Promise<void> {
    this.#painting?.abort();
    this.#painting = new AbortController();
    const pacer = new Pacer(this.#painting.signal);
    try {
      for (const canvas of list.querySelectorAll('canvas')) {
        const head = Number(canvas.closest<HTMLElement>('[data-head]')?.dataset['head']);
        this.#paintThumbnail(canvas, head, frame, layout);
        if (pacer.due) await pacer.pause();
      }
    } catch (error) {
      if (!pacer.signal.aborted) throw error;
    }
  }

  #paintThumbnail(canvas: HTMLCanvasElement, head: number, frame: Frame, layout: StripLayout): void {
    const grid = frame.picture.thumbnail(head);
    if (grid === null) return;
    const { palette } = frame.scheme;
    const { colorScale, domain } = frame.settings;
    const most = domain === 'head' ? largestOf(grid.values) : (this.#progress?.max ?? 0);
    const [low, high] = typeof domain === 'string' ? [0, most] : domain;
    const { width, height } = layout;
    const key = [grid, palette, colorScale, low, high, devicePixelRatio, width, height];
    if (key.every((part, i) => part === this.#painted.get(canvas)?.[i])) return;
    this.#painted.set(canvas, key);
    const scale = makeScale({ kind: colorScale, domain: [low, high], palette });
    paintSmall(canvas, width, height, grid, scale, palette);
  }

  /** Place of a head in the strip, and head at a place. */
  #place(head: number): number {
    return this.#order.length === 0 ? head : this.#order.indexOf(head);
  }

  #head(place: number): number {
    return this.#order[place] ?? place;
  }

  #seen(room: number): Sight {
    return { ...this.#sight, width: room, height: MOST_HEIGHT };
  }

  readonly #onScroll = (event: Event): void => {
    const list = event.currentTarget as HTMLElement;
    const { scrollLeft: left, scrollTop: top } = list;
    const layout = this.#layout;
    const frame = this.#frame;
    if (layout === null || frame === null) return;
    const places = (): string => placesInSight(layout, frame.scene.heads, this.#seen(frame.room)).join();
    const before = places();
    this.#sight = { left, top };
    if (places() === before) return;
    // The option that has the focus may become that of another head.
    this.#wantsFocus ||= list.matches(':focus-within');
    this.actions.update();
  };

  #choose(event: MouseEvent | KeyboardEvent, head: number): void {
    const { picture, settings } = this.#frame ?? {};
    // A finger holds no key: it takes heads into a composite and out of it.
    const tapped = settings?.composite !== 'none' && (event as Partial<PointerEvent>).pointerType === 'touch';
    const reach = picture?.canTransform !== true ? 'only' : tapped ? 'also' : reachOf(event);
    this.actions.chooseHead(head, reach);
    // Another head may be the chosen one now; the keyboard stays where it was.
    this.#cursor = head;
    this.actions.update();
  }

  #chooseAll(): void {
    if (this.#frame?.picture.canTransform === true) this.actions.set({ heads: [], composite: this.#composite });
  }

  readonly #onClick = (event: MouseEvent): void => {
    const option = (event.target as Element).closest<HTMLElement>('[data-head]');
    if (option !== null) this.#choose(event, Number(option.dataset['head']));
  };

  readonly #onDoubleClick = (): void => this.#chooseAll();

  readonly #onKey = (event: KeyboardEvent): void => {
    const layout = this.#layout;
    const frame = this.#frame;
    if (layout === null || frame === null || event.altKey) return;
    const { columns, rows } = layout;
    const last = frame.scene.heads - 1;
    const held = event.ctrlKey || event.metaKey;
    const head = this.#cursor ?? frame.settings.head;
    const at = this.#place(head);
    const line = rows === 1 ? 1 : columns;
    const start = held ? 0 : at - (at % columns);
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - line,
      ArrowDown: at + line,
      Home: start,
      End: held ? last : Math.min(last, start + columns - 1),
    };
    const to = moves[event.key];
    if (to !== undefined) {
      if (to >= 0 && to <= last) this.#move(event, to, held);
    } else if (event.key === ' ' || event.key === 'Enter') {
      this.#choose(event, head);
    } else if (held && event.key === 'a') {
      this.#chooseAll();
    } else {
      return;
    }
    event.preventDefault();
  };

  /** The keyboard goes to another place, and takes the choice along unless Ctrl is held. */
  #move(event: KeyboardEvent, place: number, alone: boolean): void {
    const layout = this.#layout;
    if (layout === null) return;
    const head = this.#head(place);
    if (!alone) this.#choose(event, head);
    this.#cursor = head;
    this.#wantsFocus = true;
    this.#reveal(event.currentTarget as HTMLElement, layout, place);
    this.actions.update();
  }

  /** Scrolls the strip as far as is needed to see a place. */
  #reveal(list: HTMLElement, { columns, itemWidth, itemHeight, layered }: StripLayout, place: number): void {
    const into = (from: number, room: number, item: number, at: number): number =>
      Math.min(at * item, Math.max(from, (at + 1) * item - room));
    const width = list.clientWidth - (layered ? LAYER_NAMES : 8);
    const height = list.clientHeight - (layered ? HEAD_NAMES : 12);
    list.scrollLeft = into(list.scrollLeft, width, itemWidth, place % columns);
    list.scrollTop = into(list.scrollTop, height, itemHeight, Math.floor(place / columns));
  }
}
