import { html, type TemplateResult } from 'lit';
import { threeDigits } from '../../../views/numbers.js';
import { MASKED } from '../../../views/pooling.js';
import { itemName, plainSentence } from '../../../views/sentence.js';
import { filled } from '../../../views/words.js';
import { activeCell, activeKeys, activeQueries, type Pin, type Place } from '../../selection.js';
import { missingWord } from '../missing.js';
import { reachOf, type Actions, type Frame, type Panel } from '../panel.js';
import { paintSmall } from '../small-canvas.js';
import { CellPainter } from './cell-painter.js';
import { MatrixLabels } from './matrix-labels.js';
import { layOutMatrix, type MatrixLayout } from './matrix-layout.js';
import { itemAt, largestZoom, runs, seen, Viewport, type CellWindow, type SeenAxis } from './viewport.js';

export { matrixStyles } from './matrix-styles.js';
export { cellsPerPixel, Viewport } from './viewport.js';

/** Cells at least so large are set apart by a line, and the smallest mark that can be seen, in CSS pixels. */
const GAP_FROM = 7;
const LEAST_MARK = 9;
/** How far marks reach out of the cells. */
const MARGIN = 2;
/** A pointer that moves so far is dragged. */
const DRAG_FROM = 4;
/** Longer side of the minimap, and least one of the frame in it. */
const MINIMAP = 44;
const LEAST_FRAME = 6;
/** Milliseconds after which the wheel is at rest, and what is under the pointer is told. */
const AT_REST = 120;
/** By how much buttons and keys zoom. */
const STEP = 1.5;

interface Cell {
  readonly query: number;
  readonly key: number;
}

/** A finger, or the mouse with its button down. */
interface Pointer {
  readonly x: number;
  readonly y: number;
}

const px = (length: number): string => `${length}px`;
const clamped = (index: number, count: number): number => Math.max(0, Math.min(count - 1, index));

function put(mark: HTMLElement, x: number, y: number, width: number, height: number): void {
  mark.style.transform = `translate(${px(x)}, ${px(y)})`;
  mark.style.width = px(width);
  mark.style.height = px(height);
}

/**
 * The matrix of weights, of any size: a window that pans and zooms over queries and keys, with their labels, marks
 * for what is pointed at and pinned, and a grid for the keyboard.
 */
export class MatrixPanel implements Panel {
  #frame: Frame | null = null;
  #root: HTMLElement | null = null;
  #layout: MatrixLayout | null = null;
  #layoutKey: readonly unknown[] = [];
  #window: CellWindow | null = null;
  readonly #painter = new CellPainter();
  readonly #rows = new MatrixLabels('row');
  readonly #columns = new MatrixLabels('column');
  #painted: unknown = null;
  /** What the minimap shows, and its size in CSS pixels, so that the page need not be laid out to know it. */
  #mapped: unknown = null;
  #mapSize: readonly [number, number] = [0, 0];
  #dirty = true;
  #animation = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #clicking = false;

  /** Of panels that share a viewport, one tells what a pixel stands for. */
  readonly #tells: boolean;

  #cursor: Cell = { query: 0, key: 0 };
  /** Where extending by the keyboard began. */
  #anchor: Cell | null = null;
  #pin: Pin | null = null;
  readonly #pointers = new Map<number, Pointer>();
  /** Where the pointer went down, and what its movement does. */
  #drag: { readonly from: Place; readonly at: Pointer; mode: 'none' | 'pan' | 'sweep' } | null = null;
  /** The last point whose cell could only be guessed. */
  #guessed: PointerEvent | MouseEvent | null = null;

  /**
   * @param name tells this panel from others in the same element
   * @param viewport the same one for panels that pan and zoom together
   */
  constructor(
    readonly actions: Actions,
    readonly name = 'matrix',
    readonly viewport = new Viewport(),
  ) {
    this.#tells = viewport.watch(() => this.#changed());
  }

  #told(weight: number, frame: Frame): string {
    const { query, key } = this.#cursor;
    if (weight === MASKED) return missingWord(frame, query, key);
    return Number.isNaN(weight) ? frame.words.notFinite : threeDigits(weight);
  }

  disconnect(): void {
    cancelAnimationFrame(this.#animation);
    clearTimeout(this.#rest);
    this.#animation = 0;
    this.#dirty = true;
  }

  template(frame: Frame): TemplateResult {
    const { scene, words, weights, selection, title } = frame;
    this.#follow(frame);
    this.#cursor = {
      query: clamped(this.#cursor.query, weights.rows),
      key: clamped(this.#cursor.key, weights.columns),
    };
    const { query, key } = this.#cursor;
    // The painter knows what was painted last, not what is about to be.
    const held = weights.whole ? (weights.row(query)?.[key] ?? null) : null;
    const weight = held ?? (weights.whole || this.#layout === null ? null : this.#painter.value(query, key));
    const pin = selection.pin;
    const chosen = (all: readonly number[] | undefined, one: number): boolean =>
      all !== undefined && (all.length === 0 || all.includes(one));
    const zoomButton = (sign: string, label: string, zoom: () => void): TemplateResult =>
      html`<button type="button" aria-label=${label} title=${label} @click=${zoom}>${sign}</button>`;
    return html`
      <div class="viewport" part="viewport" data-matrix=${this.name}>
        <div
          class="sheet"
          @pointerdown=${this.#onDown}
          @pointermove=${this.#onMove}
          @pointerup=${this.#onUp}
          @pointercancel=${this.#onUp}
          @pointerleave=${this.#onLeave}
          @click=${this.#onClick}
        >
          <div class="corner" aria-hidden="true"><span>${words.keyAxis}</span><span>${words.queryAxis}</span></div>
          <div class="column-labels" aria-hidden="true"></div>
          <div class="row-labels" aria-hidden="true"></div>
          <div class="cells" @wheel=${this.#onWheel} @dblclick=${this.#onDoubleClick}>
            <canvas aria-hidden="true" width="1" height="1"></canvas>
            <div class="marks">
              <div class="band row" hidden></div>
              <div class="band column" hidden></div>
              <div class="mark current" hidden></div>
            </div>
            <div
              class="grid"
              part="grid"
              role="grid"
              tabindex="0"
              aria-label=${filled(words.gridOf, title)}
              aria-rowcount=${weights.rows + 1}
              aria-colcount=${weights.columns + 1}
              aria-multiselectable="true"
              aria-activedescendant="${this.name}-cursor"
              @focus=${this.#onFocus}
              @blur=${this.#onBlur}
              @keydown=${this.#onKey}
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
                  id="${this.name}-cursor"
                  role="gridcell"
                  aria-colindex=${key + 2}
                  aria-selected=${chosen(pin?.queries, query) && chosen(pin?.keys, key)}
                >
                  ${weight === null ? words.notComputed : this.#told(weight, frame)}
                </span>
              </div>
            </div>
          </div>
        </div>
        <div class="zoom" part="zoom" role="group" aria-label=${words.zoom} hidden>
          ${zoomButton('−', words.zoomOut, () => this.#zoom(1 / STEP))}
          ${zoomButton('+', words.zoomIn, () => this.#zoom(STEP))}
          ${zoomButton(words.zoomFitShort, words.zoomFit, () => this.viewport.show(0, 0, 1))}
          <div class="minimap" aria-hidden="true" hidden @pointerdown=${this.#onMap} @pointermove=${this.#onMap}>
            <canvas></canvas>
            <div class="mark"></div>
          </div>
        </div>
      </div>
    `;
  }

  paint(frame: Frame, root: ParentNode): void {
    this.#frame = frame;
    this.#root = root.querySelector<HTMLElement>(`[data-matrix="${this.name}"]`);
    this.#updateLayout(frame);
    const layout = this.#layout;
    if (layout === null) return;
    const { weights, scale, settings, scheme } = frame;
    const { geometry } = layout;
    const { palette } = scheme;
    const { pooling, hide } = settings;
    if (this.#painter.show({ weights, hide, scale, palette, pooling, geometry })) this.#dirty = true;
    if (this.#find('canvas') !== this.#painted) this.#dirty = true;
    if (this.#guessed !== null) {
      const event = this.#guessed;
      queueMicrotask(() => this.#hover(event));
    }
    this.#place();
    // Once a frame, however many tiles arrive in it.
    if (this.#dirty) this.#changed();
  }

  #find(selector: string): HTMLElement | null {
    return this.#root?.querySelector<HTMLElement>(selector) ?? null;
  }

  // --- layout and painting ---------------------------------------------------------------------------------------

  /** The cursor goes where something was pinned from elsewhere. */
  #follow({ selection }: Frame): void {
    if (selection.pin === this.#pin) return;
    this.#pin = selection.pin;
    const cell = activeCell({ hover: null, pin: this.#pin });
    if (cell !== null) this.#cursor = cell;
  }

  #updateLayout({ scene, room, weights }: Frame): void {
    const root = this.#root;
    if (root === null || room <= 0 || weights.rows * weights.columns === 0) {
      this.#layout = null;
      return;
    }
    const height = Math.min(640, Math.max(320, 0.72 * window.innerHeight));
    const key = [root, scene.queryLabels, scene.keyLabels, room, height, devicePixelRatio];
    if (this.#layout !== null && key.every((part, i) => part === this.#layoutKey[i])) return;
    const context = document.createElement('canvas').getContext('2d');
    if (context === null) return;
    context.font = `600 12px ${getComputedStyle(root).fontFamily}`;
    const before = this.#layout;
    this.#layoutKey = key;
    this.#layout = layOutMatrix({
      queries: scene.queryLabels,
      keys: scene.keyLabels,
      width: room,
      height,
      pixelRatio: devicePixelRatio,
      measure: (text) => context.measureText(text).width,
    });
    const { geometry, width, rowLabels, columnLabels, overhang } = this.#layout;
    const sheet = this.#find('.sheet');
    if (sheet !== null) {
      sheet.style.gridTemplate = `${px(columnLabels)} ${px(this.#layout.height)} / ${px(rowLabels)} ${px(width + overhang)}`;
    }
    const cells = this.#find('.cells');
    if (cells !== null) {
      cells.style.width = px(width);
      cells.style.height = px(this.#layout.height);
    }
    const zoom = this.#find('.zoom');
    if (zoom !== null) {
      zoom.hidden = largestZoom(geometry) === 1;
      zoom.style.paddingInlineStart = px(rowLabels);
    }
    this.#dirty = true;
    const size = ({ geometry }: MatrixLayout): string =>
      [geometry.width / geometry.cellWidth, geometry.height / geometry.cellHeight].map(Math.round).join();
    if (before !== null && size(before) !== size(this.#layout)) this.viewport.show(0, 0, 1);
  }

  #changed(): void {
    this.#animation ||= requestAnimationFrame(() => {
      this.#animation = 0;
      this.#place();
      this.#draw();
    });
  }

  #draw(): void {
    const canvas = this.#find('canvas');
    const window = this.#window;
    if (!(canvas instanceof HTMLCanvasElement) || window === null) return;
    const drawn = this.#painter.draw(canvas, window, getComputedStyle(canvas).fontFamily);
    this.#painted = canvas;
    this.#dirty = drawn !== 'whole';
    this.#find('.cells')?.classList.toggle('waiting', drawn === 'nothing');
    if (drawn === 'late') this.#changed();
    this.#drawMap();
    const covers = this.#painter.covers(window);
    const { down, across } = this.viewport.covers;
    if (!this.#tells || (covers.down === down && covers.across === across)) return;
    this.viewport.covers = covers;
    this.actions.update();
  }

  #drawMap(): void {
    const { overview } = this.#painter;
    const canvas = this.#find('.minimap canvas');
    const frame = this.#frame;
    if (!(canvas instanceof HTMLCanvasElement) || overview === null || frame === null) return;
    if (this.#window?.pannable !== true || this.#mapped === overview) return;
    this.#mapped = overview;
    const { rows, columns } = frame.weights;
    const side = (count: number): number => Math.max(12, Math.round((MINIMAP * count) / Math.max(rows, columns)));
    this.#mapSize = [side(columns), side(rows)];
    paintSmall(canvas, ...this.#mapSize, overview, frame.scale, frame.scheme.palette);
    this.#place();
  }

  /** Puts everything whose place is computed into it. By script, because a strict policy forbids style attributes. */
  #place(): void {
    const frame = this.#frame;
    const layout = this.#layout;
    const [cells, rowLabels, columnLabels] = ['.cells', '.row-labels', '.column-labels'].map((one) => this.#find(one));
    if (frame === null || layout === null || !cells || !rowLabels || !columnLabels) return;
    const view = seen(layout.geometry, layout, this.viewport);
    this.#window = view;
    const { columns, rows } = view;
    const { scene, selection } = frame;
    this.#rows.place(rowLabels, rows, scene.queryLabels, activeQueries(selection), layout);
    this.#columns.place(columnLabels, columns, scene.keyLabels, activeKeys(selection), layout);
    this.#placeMarks(frame, view);
    const zoomable = largestZoom(layout.geometry) > 1;
    // One finger scrolls the page, but what cannot be seen otherwise it pans sideways; two fingers are the matrix's.
    const sideways = columns.end - columns.start < columns.count;
    cells.style.touchAction = zoomable || view.pannable ? (sideways ? 'pan-y' : 'pan-x pan-y') : '';
    const [out, into, fit] = this.#root?.querySelectorAll<HTMLButtonElement>('.zoom button') ?? [];
    if (out && into && fit) {
      out.disabled = view.home;
      into.disabled = this.viewport.zoom >= largestZoom(layout.geometry);
      fit.disabled = view.home && this.viewport.x === 0 && this.viewport.y === 0;
    }
    const map = this.#find('.minimap');
    const mark = this.#find('.minimap .mark');
    if (map === null || mark === null) return;
    map.hidden = !view.pannable;
    if (map.hidden) return;
    const part = ({ start, end, count }: SeenAxis, length: number): readonly [number, number] => {
      const size = Math.max(LEAST_FRAME, ((end - start) * length) / count);
      return [Math.min((start * length) / count, length - size), size];
    };
    const [x, width] = part(columns, this.#mapSize[0]);
    const [y, height] = part(rows, this.#mapSize[1]);
    put(mark, x, y, width, height);
  }

  #placeMarks({ selection }: Frame, { columns, rows, pixelRatio }: CellWindow): void {
    const gap = Math.min(columns.scale, rows.scale) >= GAP_FROM ? Math.max(1, Math.round(pixelRatio)) / pixelRatio : 0;
    /** Place and length of some items, cut off where they are out of sight; null where all of them are. */
    const along = (
      { start, end, scale, length }: SeenAxis,
      [first, last]: readonly [number, number],
      least: number,
    ): readonly [number, number] | null => {
      if (first >= end || last + 1 <= start) return null;
      const [from, to] = [(first - start) * scale, (last + 1 - start) * scale - gap];
      const more = Math.max(0, least - (to - from)) / 2;
      const [near, far] = [Math.max(-8, from - more), Math.min(length + 8, to + more)];
      return [near + MARGIN, far - near];
    };
    const whole = ({ count }: SeenAxis): [number, number][] => [[0, count - 1]];
    const place = (mark: HTMLElement | null, y: readonly [number, number] | null, x: typeof y): boolean => {
      if (mark === null) return false;
      mark.hidden = x === null || y === null;
      if (x !== null && y !== null) put(mark, x[0], y[0], x[1], y[1]);
      return !mark.hidden;
    };
    const cell = activeCell(selection);
    const [query, ...queries] = activeQueries(selection);
    const [key, ...keys] = activeKeys(selection);
    const band = (axis: SeenAxis, item: number | undefined, others: readonly number[]): ReturnType<typeof along> => {
      const found = item === undefined || others.length > 0 ? null : along(axis, [item, item], 3);
      return found && [found[0] - 1, found[1] + 2];
    };
    const full = (axis: SeenAxis): readonly [number, number] => [
      MARGIN,
      Math.min(axis.length, axis.count * axis.scale),
    ];
    place(this.#find('.band.row'), band(rows, query, queries), full(columns));
    place(this.#find('.band.column'), full(rows), band(columns, key, keys));
    const one = (axis: SeenAxis, item: number): ReturnType<typeof along> => along(axis, [item, item], LEAST_MARK);
    place(this.#find('.mark.current'), cell && one(rows, cell.query), cell && one(columns, cell.key));
    const cursor = this.#find('.cursor');
    if (cursor !== null) {
      const y = one(rows, this.#cursor.query) ?? [0, 1];
      const x = one(columns, this.#cursor.key) ?? [0, 1];
      put(cursor, x[0] - MARGIN, y[0] - MARGIN, x[1], y[1]);
    }

    const { pin } = selection;
    const container = this.#find('.marks');
    if (container === null) return;
    const marks = [...container.querySelectorAll<HTMLElement>('.pinned')];
    const pieces = (axis: SeenAxis, chosen: readonly number[]): ReturnType<typeof along>[] =>
      (chosen.length === 0 ? whole(axis) : runs(chosen)).map((run) => along(axis, run, LEAST_MARK));
    for (const y of pin === null ? [] : pieces(rows, pin.queries)) {
      for (const x of pin === null || y === null ? [] : pieces(columns, pin.keys)) {
        let mark = marks.shift();
        if (mark === undefined) {
          mark = document.createElement('div');
          mark.className = 'mark pinned';
          container.append(mark);
        }
        place(mark, y, x);
      }
    }
    for (const mark of marks) mark.remove();
  }

  // --- pan and zoom ----------------------------------------------------------------------------------------------

  /** Moves the cells by so many CSS pixels. @returns whether there was anything to move */
  #pan(dx: number, dy: number): boolean {
    const view = this.#window;
    if (view === null || this.#layout === null) return false;
    const { columns, rows } = view;
    this.viewport.show(columns.start - dx / columns.scale, rows.start - dy / rows.scale, this.viewport.zoom);
    this.#window = seen(this.#layout.geometry, this.#layout, this.viewport);
    return this.#window.columns.start !== columns.start || this.#window.rows.start !== rows.start;
  }

  /** Zooms so that what is at a point of the cells stays there; without one, the middle. */
  #zoom(factor: number, at?: Pointer): void {
    const view = this.#window;
    const layout = this.#layout;
    if (view === null || layout === null) return;
    const { columns, rows } = view;
    const point = at ?? { x: columns.length / 2, y: rows.length / 2 };
    const zoom = Math.max(1, Math.min(largestZoom(layout.geometry), this.viewport.zoom * factor));
    const next = seen(layout.geometry, layout, { x: 0, y: 0, zoom });
    const start = (before: SeenAxis, after: SeenAxis, point: number): number =>
      before.start + point / before.scale - point / after.scale;
    this.viewport.show(start(columns, next.columns, point.x), start(rows, next.rows, point.y), zoom);
    this.#window = seen(layout.geometry, layout, this.viewport);
  }

  /** A point relative to the cells, in their own pixels: a page may be scaled, as slides are. */
  #point({ clientX, clientY }: MouseEvent): Pointer {
    const box = this.#find('.cells')?.getBoundingClientRect();
    const own = (at: number, seen = 0, axis?: SeenAxis): number => (axis && seen > 0 ? (at * axis.length) / seen : at);
    return {
      x: own(clientX - (box?.left ?? 0), box?.width, this.#window?.columns),
      y: own(clientY - (box?.top ?? 0), box?.height, this.#window?.rows),
    };
  }

  get #zoomable(): boolean {
    return this.#layout !== null && largestZoom(this.#layout.geometry) > 1;
  }

  readonly #onWheel = (event: WheelEvent): void => {
    clearTimeout(this.#rest);
    const lines = event.deltaMode === 0 ? 1 : 16;
    if (event.ctrlKey || event.metaKey) {
      if (!this.#zoomable) return;
      event.preventDefault();
      const delta = Math.max(-50, Math.min(50, lines * event.deltaY));
      this.#zoom(Math.exp(-delta / 100), this.#point(event));
    } else if (this.#find('.grid')?.matches(':focus') === true) {
      // At an edge the page scrolls on.
      if (this.#pan(-lines * event.deltaX, -lines * event.deltaY)) event.preventDefault();
    }
    this.#rest = setTimeout(() => this.#hover(event), AT_REST);
  };

  readonly #onDoubleClick = (event: MouseEvent): void => {
    if (this.#zoomable) this.#zoom(2, this.#point(event));
  };

  readonly #onMap = (event: PointerEvent): void => {
    const map = event.currentTarget as HTMLElement;
    const view = this.#window;
    if (event.buttons % 2 === 0 || view === null) return;
    event.preventDefault();
    if (event.type === 'pointerdown') map.setPointerCapture(event.pointerId);
    const box = map.getBoundingClientRect();
    const start = ({ count, start, end }: SeenAxis, share: number): number => share * count - (end - start) / 2;
    this.viewport.show(
      start(view.columns, (event.clientX - box.left) / box.width),
      start(view.rows, (event.clientY - box.top) / box.height),
      this.viewport.zoom,
    );
  };

  // --- pointer ---------------------------------------------------------------------------------------------------

  /** The place at a point: a cell, or beside the cells a whole row or column. */
  #placeAt(event: MouseEvent, within?: Place): Place | null {
    const view = this.#window;
    if (view === null) return null;
    const { x, y } = this.#point(event);
    const { columns, rows } = view;
    if (within !== undefined) {
      // A sweep goes on where the pointer left the cells.
      const near = (axis: SeenAxis, at: number): number =>
        clamped(itemAt(axis, Math.max(0, Math.min(axis.length - 0.1, at))) ?? 0, axis.count);
      return {
        query: within.query === null ? null : near(rows, y),
        key: within.key === null ? null : near(columns, x),
      };
    }
    const query = itemAt(rows, y);
    const key = itemAt(columns, x);
    if (query === null || key === null) {
      return (query === null) === (key === null) || x >= columns.length || y >= rows.length ? null : { query, key };
    }
    return this.#largest(view, query, key, event);
  }

  /** The cell that is seen at a pixel: the largest of those that share it. */
  #largest(view: CellWindow, query: number, key: number, event: MouseEvent): Cell {
    const down = this.#painter.block(view.rows, 'rows', view, query);
    const across = this.#painter.block(view.columns, 'columns', view, key);
    let most = -Infinity;
    let cell = { query: down.first, key: across.first };
    let guess = false;
    for (let row = down.first; row < down.first + down.count; ++row) {
      for (let column = across.first; column < across.first + across.count; ++column) {
        const value = this.#painter.value(row, column);
        if (value === null) guess = true;
        else if (value > most) [most, cell] = [value, { query: row, key: column }];
      }
    }
    this.#guessed = guess ? event : null;
    return cell;
  }

  #hover(event: MouseEvent): void {
    this.actions.hover(this.#placeAt(event));
  }

  readonly #onDown = (event: PointerEvent): void => {
    const { clientX, clientY, pointerId } = event;
    if (event.button !== 0) return;
    this.#pointers.set(pointerId, { x: clientX, y: clientY });
    const from = this.#placeAt(event);
    this.#drag = from && { from, at: { x: clientX, y: clientY }, mode: 'none' };
  };

  readonly #onMove = (event: PointerEvent): void => {
    const { pointerId, pointerType, shiftKey } = event;
    const touch = pointerType === 'touch';
    const before = this.#pointers.get(pointerId);
    const now = { x: event.clientX, y: event.clientY };
    if (before === undefined) {
      // A finger that moves is scrolling.
      if (!touch) this.#hover(event);
      return;
    }
    const [other] = [...this.#pointers].filter(([id]) => id !== pointerId).map(([, one]) => one);
    this.#pointers.set(pointerId, now);
    const drag = this.#drag;
    if (other !== undefined) {
      const distance = ({ x, y }: Pointer): number => Math.max(1, Math.hypot(x - other.x, y - other.y));
      if (drag !== null) drag.mode = 'pan';
      this.#pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      const middle = { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 } as MouseEvent;
      if (this.#zoomable) this.#zoom(distance(now) / distance(before), this.#point(middle));
      return;
    }
    if (drag === null) return;
    if (drag.mode === 'none') {
      if (Math.hypot(now.x - drag.at.x, now.y - drag.at.y) < DRAG_FROM) return;
      const cell = drag.from.query !== null && drag.from.key !== null;
      const pans = cell && this.#window?.pannable === true && !shiftKey;
      if (touch && !pans) return;
      drag.mode = pans ? 'pan' : 'sweep';
      (event.currentTarget as HTMLElement).setPointerCapture(pointerId);
      this.#find('.cells')?.classList.toggle('moving', pans);
      this.actions.hover(null);
    }
    // Up and down one finger scrolls the page.
    if (drag.mode === 'pan') this.#pan(now.x - before.x, touch ? 0 : now.y - before.y);
    else {
      const to = this.#placeAt(event, drag.from);
      if (to !== null) this.actions.sweep(drag.from, to);
    }
  };

  readonly #onUp = (event: PointerEvent): void => {
    this.#pointers.delete(event.pointerId);
    this.#find('.cells')?.classList.remove('moving');
  };

  readonly #onLeave = (event: PointerEvent): void => {
    this.#guessed = null;
    clearTimeout(this.#rest);
    if (event.pointerType !== 'touch' && !this.#pointers.has(event.pointerId)) this.actions.hover(null);
  };

  readonly #onClick = (event: MouseEvent): void => {
    // The keys, Escape above all, are for what was clicked, a label too; what is read stays what the pointer is on.
    this.#clicking = true;
    this.#find('.grid')?.focus({ preventScroll: true });
    this.#clicking = false;
    // What ends a drag is no click.
    if (this.#drag !== null && this.#drag.mode !== 'none') return;
    const place = this.#placeAt(event);
    if (place === null) return;
    this.#cursor = { query: place.query ?? this.#cursor.query, key: place.key ?? this.#cursor.key };
    this.actions.pin(place, reachOf(event));
  };

  // --- keyboard --------------------------------------------------------------------------------------------------

  readonly #onFocus = (): void => {
    if (!this.#clicking && this.#find('.grid')?.matches(':focus-visible') === true) this.actions.hover(this.#cursor);
  };

  readonly #onBlur = (): void => {
    this.#anchor = null;
    this.actions.hover(null);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const view = this.#window;
    if (view === null || event.altKey || event.metaKey) return;
    const { rows, columns } = view;
    const { query, key } = this.#cursor;
    const shown = Math.floor(rows.end - rows.start);
    const page = Math.max(1, view.pannable ? shown - 1 : Math.round(rows.count / 10));
    const all = event.ctrlKey;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [query - 1, key],
      ArrowDown: [query + 1, key],
      ArrowLeft: [query, key - 1],
      ArrowRight: [query, key + 1],
      Home: [all ? 0 : query, 0],
      End: [all ? rows.count : query, columns.count],
      PageUp: [query - page, key],
      PageDown: [query + page, key],
    };
    const zooms: Readonly<Record<string, number>> = { '+': STEP, '=': STEP, '-': 1 / STEP, '0': 0 };
    const move = moves[event.key];
    const factor = zooms[event.key];
    if (move !== undefined) {
      this.#moveCursor({ query: clamped(move[0], rows.count), key: clamped(move[1], columns.count) }, event.shiftKey);
    } else if (event.key === 'Enter' || event.key === ' ') {
      // As in a spreadsheet: with Shift the row, with Ctrl the column.
      this.actions.pin({ query: event.ctrlKey ? null : query, key: event.shiftKey ? null : key });
    } else if (factor !== undefined && !all && (this.#zoomable || view.pannable)) {
      const at = (axis: SeenAxis, item: number): number => (item + 0.5 - axis.start) * axis.scale;
      if (factor === 0) this.viewport.show(0, 0, 1);
      else this.#zoom(factor, { x: at(columns, key), y: at(rows, query) });
    } else {
      return;
    }
    event.preventDefault();
  };

  #moveCursor(cell: Cell, extend: boolean): void {
    this.#guessed = null;
    this.#anchor = extend ? (this.#anchor ?? this.#cursor) : null;
    this.#cursor = cell;
    this.#reveal(cell);
    if (this.#anchor !== null) {
      this.actions.hover(null);
      this.actions.sweep(this.#anchor, cell);
    } else {
      this.actions.hover(cell);
    }
    this.actions.update();
    requestAnimationFrame(() => this.#find('.cursor')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
  }

  /** Pans as far as needed to see a cell. */
  #reveal({ query, key }: Cell): void {
    const view = this.#window;
    if (view === null) return;
    const start = ({ start, end }: SeenAxis, item: number): number =>
      item < start ? item : item + 1 > end ? item + 1 - (end - start) : start;
    const [x, y] = [start(view.columns, key), start(view.rows, query)];
    if (x !== view.columns.start || y !== view.rows.start) this.viewport.show(x, y, this.viewport.zoom);
  }
}
