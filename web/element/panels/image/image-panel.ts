import { css, html, nothing, type TemplateResult } from 'lit';
import type { Rgb } from '../../../views/colour-ramp.js';
import { css as colour, inkOn } from '../../../views/palette.js';
import {
  drawPatches,
  outlinePatch,
  patchAt,
  patchesBetween,
  patchStep,
  type PatchGrid,
} from '../../../views/patch-grid.js';
import { composed, type SentencePart } from '../../../views/sentence.js';
import { filled } from '../../../views/words.js';
import type { PatchImage } from '../../scene.js';
import type { Place } from '../../selection.js';
import type { Frame } from '../panel.js';
import { sentenceTemplate } from '../sentence-template.js';
import { otherAxis, pinnedOn, placeOn, type Axis, type TokenProfile } from '../token-profile.js';
import { TokensPanel, weightText } from '../tokens-panel.js';

/** Longest side of the picture, in CSS pixels. */
const LARGEST = 560;

/** Patches at least so large (CSS pixels) are set apart by lines. */
const LINES_FROM = 10;

/** From so many screen pixels a pixel on, the picture's pixels are drawn as squares. */
const SQUARES_FROM = 4;

/** A picture cut into patches, with the weights that they get, or give, laid over it. */
export class ImagePanel extends TokensPanel {
  #painted: readonly unknown[] = [];
  /** The axis that pointing at a patch means. */
  #axis: Axis = 'query';
  #image: PatchImage | null = null;

  template(frame: Frame): TemplateResult {
    const { scene, weights, words } = frame;
    const { image } = scene;
    this.#image = image;
    if (image === null) {
      this.profile = null;
      return html``;
    }
    const { rows, columns, first } = image;
    const count = first + rows * columns;
    this.#axis = weights.rows === count ? 'query' : 'key';
    this.same = weights.rows === count && weights.columns === count;
    const { looking } = this;
    looking.preferred = weights.columns === count ? 'query' : 'key';
    this.lowest = first;
    const axis = this.#axis;
    const at = (looking.cursor[axis] = Math.max(first, looking.cursor[axis]));
    const profile = this.take(frame, this.same && first > 0 ? [0] : []);
    const pinned = new Set(pinnedOn(axis, frame.selection));
    const value = profile.values?.[at];
    const row = Math.floor((at - first) / columns);
    const cell = `${this.id}cell`;
    return html`<figure class="image" part="image" id=${this.id}>
      <figcaption class="shown">${this.caption(frame, profile)}</figcaption>
      <div
        class="tokens patches"
        role="grid"
        data-axis=${axis}
        tabindex="0"
        aria-label=${words[axis]}
        aria-rowcount=${rows}
        aria-colcount=${columns}
        aria-activedescendant=${cell}
        @pointermove=${this.onOver}
        @pointerleave=${this.onLeave}
        @pointerdown=${this.onDown}
        @click=${this.onClick}
        @focus=${this.onFocus}
        @blur=${this.onBlur}
        @keydown=${this.onKey}
      >
        <canvas aria-hidden="true"></canvas>
        <div role="row" aria-rowindex=${row + 1}>
          <div
            class="visually-hidden"
            role="gridcell"
            id=${cell}
            aria-colindex=${((at - first) % columns) + 1}
            aria-selected=${pinned.has(at)}
          >
            ${filled(words.patchItem, row, (at - first) % columns)}
            ${value === undefined ? nothing : weightText(frame, profile, at, value)}
          </div>
        </div>
      </div>
      <div class="beside">
        <div
          class="tokens specials"
          data-axis=${axis}
          @pointerover=${this.onOver}
          @pointerleave=${this.onLeave}
          @click=${this.onClick}
        >
          ${Array.from({ length: first }, (_, i) => html`<button type="button" class="token" data-item=${i} aria-pressed=${pinned.has(i)}>${sentenceTemplate(super.nameOf(frame, axis, i))}</button>`)}
        </div>
        ${frame.compare === null ? this.#opacityTemplate(frame) : nothing}
      </div>
    </figure>`;
  }

  protected override choices(frame: Frame, profile: TokenProfile): unknown {
    return [super.choices(frame, profile), frame.compare === null ? nothing : this.#opacityTemplate(frame)];
  }

  #opacityTemplate({ words }: Frame): TemplateResult {
    return html`<label class="opacity"
      >${words.opacity}
      <input type="range" min="0" max="1" step="0.05" .value=${String(this.looking.opacity)} @input=${this.#onOpacity}
    /></label>`;
  }

  readonly #onOpacity = (event: Event): void => {
    this.looking.opacity = Number((event.currentTarget as HTMLInputElement).value);
    this.actions.update();
  };

  protected draw(frame: Frame, own: HTMLElement): void {
    const { profile } = this;
    const { cursor, opacity } = this.looking;
    const { scale, scheme, selection, room, scene } = frame;
    const canvas = own.querySelector<HTMLCanvasElement>('.patches canvas');
    const { image } = scene;
    // Where the keyboard is, while it is there.
    const at = canvas?.parentElement?.matches(':focus-visible') === true ? cursor[this.#axis] : null;
    const key = [canvas, profile, scale, scheme, selection, room, image, opacity, devicePixelRatio, at];
    if (canvas === null || image === null || profile === null) return;
    if (key.every((part, i) => part === this.#painted[i])) return;
    const picture = drawable(image.source, this.#onLoad);
    if (picture === null) return;
    this.#painted = key;
    const { of, items, values, most } = profile;
    const { rows, columns, first } = image;
    const over = otherAxis(of);
    const grid = { rows, columns };
    const colourOf = (value: number): Rgb => scale.ramp[scale.index(value, most)] ?? [0, 0, 0];
    const shown = (over === 'query' ? frame.weights.rows : frame.weights.columns) === first + rows * columns;

    const shrink = Math.min(room, LARGEST) / Math.max(picture.width, picture.height);
    canvas.style.width = `${Math.round(picture.width * shrink)}px`;
    canvas.width = Math.round(picture.width * shrink * devicePixelRatio);
    canvas.height = Math.round(picture.height * shrink * devicePixelRatio);
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.imageSmoothingEnabled = shrink * devicePixelRatio < SQUARES_FROM;
    context.drawImage(picture.source, 0, 0, canvas.width, canvas.height);
    if (shown && values !== null) {
      const patches = Array.from({ length: rows * columns }, (_, i) => values[first + i] as number);
      drawPatches(context, grid, patches, colourOf, scheme.palette, opacity, devicePixelRatio);
    }
    if (canvas.width / columns >= LINES_FROM * devicePixelRatio) drawGridLines(context, grid, scheme.palette.ground);
    const accent = getComputedStyle(canvas).getPropertyValue('--accent').trim() || 'red';
    const ground = colour(scheme.palette.ground);
    const marked = new Set(this.same || of === this.#axis ? items : []);
    const crossed = selection.hover?.[over] ?? null;
    if (crossed !== null && shown) marked.add(crossed);
    if (at !== null) marked.add(at);
    for (const item of marked) {
      if (item >= first) outlinePatch(context, grid, item - first, [accent, ground], devicePixelRatio);
    }
    own.querySelectorAll<HTMLElement>('.specials .token').forEach((token, i) => {
      const value = shown ? values?.[i] : undefined;
      const own = value === undefined || !Number.isFinite(value) ? null : colourOf(value);
      token.style.backgroundColor = own ? colour(own) : '';
      token.style.color = own ? colour(inkOn(own)) : '';
      token.title = value === undefined ? '' : weightText(frame, profile, i, value);
      token.classList.toggle('chosen', marked.has(i));
    });
  }

  readonly #onLoad = (): void => this.actions.update();

  protected override nameOf(frame: Frame, axis: Axis, index: number): SentencePart[] {
    const image = this.#image;
    if (image === null || index < image.first || !(this.same || axis === this.#axis)) {
      return super.nameOf(frame, axis, index);
    }
    const patch = index - image.first;
    return composed(frame.words.patchItem, String(Math.floor(patch / image.columns)), String(patch % image.columns));
  }

  protected override placeAt(event: MouseEvent): Place | null {
    const list = event.currentTarget as HTMLElement;
    const canvas = list.querySelector('canvas');
    if (canvas === null) return super.placeAt(event);
    const box = canvas.getBoundingClientRect();
    const image = this.#image;
    const patch =
      image && patchAt(image, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    return image === null || patch === null ? null : placeOn(this.#axis, image.first + patch);
  }

  protected step(key: string, index: number): number | null {
    const image = this.#image;
    const to = image && patchStep(image, index - image.first, key);
    return image === null || to === null ? null : image.first + to;
  }

  /** Two patches span a rectangle. */
  protected override between(from: number, to: number): number[] {
    const image = this.#image;
    if (image === null || Math.min(from, to) < image.first) return super.between(from, to);
    return patchesBetween(image, from - image.first, to - image.first).map((patch) => image.first + patch);
  }

  protected reveal(): void {
    // All of the picture can be seen.
  }
}

/** Lines between the patches, thin enough to see the picture through. */
function drawGridLines(context: CanvasRenderingContext2D, { rows, columns }: PatchGrid, ground: Rgb): void {
  const { width, height } = context.canvas;
  context.globalAlpha = 0.4;
  context.fillStyle = colour(ground);
  for (let i = 1; i < columns; ++i) context.fillRect(Math.round((i * width) / columns), 0, 1, height);
  for (let i = 1; i < rows; ++i) context.fillRect(0, Math.round((i * height) / rows), width, 1);
  context.globalAlpha = 1;
}

interface Drawable {
  readonly source: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

/** A picture as a canvas takes it; null while it is being loaded. @param loaded called when it is there */
export function drawable(source: PatchImage['source'], loaded: () => void): Drawable | null {
  if ('data' in source) {
    const canvas = document.createElement('canvas');
    canvas.width = source.width;
    canvas.height = source.height;
    canvas.getContext('2d')?.putImageData(source, 0, 0);
    return { source: canvas, width: source.width, height: source.height };
  }
  if (!('naturalWidth' in source)) return { source, width: source.width, height: source.height };
  if (source.complete && source.naturalWidth > 0) {
    return { source, width: source.naturalWidth, height: source.naturalHeight };
  }
  source.addEventListener('load', loaded, { once: true });
  return null;
}

export const imageStyles = css`
  .patches {
    width: fit-content;
    cursor: crosshair;
  }
  .patches canvas {
    display: block;
    max-width: 100%;
  }
  .beside {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 24px;
    margin-block-start: 8px;
  }
  .specials {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .specials .token {
    min-width: 24px;
    margin: 0;
    border-radius: 0;
    text-decoration: none;
  }
  .opacity {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 24px;
  }
`;
