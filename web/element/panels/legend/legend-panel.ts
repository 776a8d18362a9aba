import { html, nothing, type TemplateResult } from 'lit';
import { exactDigits, percent, threeDigits } from '../../../views/numbers.js';
import { css, type Palette } from '../../../views/palette.js';
import { MASKED } from '../../../views/pooling.js';
import { itemName, type SentencePart } from '../../../views/sentence.js';
import { filled } from '../../../views/words.js';
import { activeCell } from '../../selection.js';
import type { Frame, Panel } from '../panel.js';
import { sentenceTemplate } from '../sentence-template.js';
import { largestOf, paintSmall } from '../small-canvas.js';

export { legendStyles } from './legend-styles.js';

/** Hidden keys that are named; of more only the number is told. */
const NAMED = 3;

const SWATCH = 14;

/** How the colours are to be read: "weight, linear, one scale for all heads". */
export function scaleWords({ scale, settings, scene, words }: Frame): string[] {
  const { domain } = settings;
  const ends = typeof domain === 'string' ? domain : 'given';
  if (scale.diverging) return [words.weightDifference, words[`colorScale_${scale.kind}`]];
  return [
    words.weight,
    words[`colorScale_${scale.kind}`],
    // A row has its own ends, and one head's scale is everybody's.
    ...(scale.kind === 'row' || (scene.heads === 1 && ends !== 'given') ? [] : [words[`domain_${ends}`]]),
  ];
}

/** One thing that was done to the weights before they were drawn. */
interface LegendNote {
  readonly parts: readonly SentencePart[];
  /** What cells look like that have no weight because of it. */
  readonly look?: 'hidden' | 'leftOut';
}

/** What was done to the weights before they were drawn, a sentence each. */
export function legendNotes({ settings, scene, picture, words }: Frame): LegendNote[] {
  const { hide, topK, mass, mergeWords } = settings;
  const plain = (text: string): SentencePart[] => [{ text, token: false }];
  const hidden = hide.filter((key) => key < scene.keys);
  const names =
    hidden.length > NAMED
      ? plain(filled(words.keys, hidden.length))
      : hidden.flatMap((key, i) => [...(i > 0 ? plain(', ') : []), ...itemName(scene.keyLabels, key, 'key', words)]);
  return [
    ...(mergeWords && picture.scene.words !== null ? [{ parts: plain(words.mergedNote) }] : []),
    ...(hidden.length > 0 ? [{ parts: [...names, ...plain(words.hiddenNote)], look: 'hidden' as const }] : []),
    ...(topK > 0 ? [{ parts: plain(filled(words.topKNote, topK)), look: 'leftOut' as const }] : []),
    ...(mass < 1 ? [{ parts: plain(filled(words.massNote, percent(mass))), look: 'leftOut' as const }] : []),
  ];
}

/** What cells look like whose keys are hidden, all over dots, and those that a filter left out, a dot in the middle. */
function paintDots(canvas: HTMLCanvasElement, look: 'hidden' | 'leftOut', { ground, hatch, muted }: Palette): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const dot = 2 * Math.max(1, Math.round(devicePixelRatio));
  const { width } = canvas;
  context.fillStyle = css(ground);
  context.fillRect(0, 0, width, width);
  context.fillStyle = css(look === 'hidden' ? hatch : muted);
  const middle = (width - dot) >> 1;
  const places = look === 'hidden' ? [middle - 2 * dot, middle, middle + 2 * dot] : [middle];
  for (const x of places) for (const y of places) context.fillRect(x, y, dot, dot);
}

/** How many queries and keys a pixel shows at most. */
interface CellsPerPixel {
  readonly down: number;
  readonly across: number;
}

/** The colour bar with its ends and words, and everything else that has to be known to read the picture. */
export class LegendPanel implements Panel {
  /** @param name `shown` for the first of an element's legends; others have only what differs from it */
  constructor(private readonly name = 'shown') {}

  readonly #painted = new WeakMap<HTMLCanvasElement, readonly unknown[]>();

  /** @param control what stands in the place of a setting's word, if it can be turned */
  template(
    frame: Frame,
    cells: CellsPerPixel = { down: 1, across: 1 },
    control: (name: 'colorScale' | 'domain' | 'pooling') => unknown = () => null,
  ): TemplateResult {
    const { scale, words } = frame;
    const [low, high] = scale.domain;
    const end = (value: number, text: string): TemplateResult => html`<span title=${exactDigits(value)}>${text}</span>`;
    const [what = '', kind = '', ends] = scaleWords(frame);
    const first = this.name === 'shown';
    const kinds = first ? control('colorScale') : null;
    const domains = first ? control('domain') : null;
    return html`
      <div class="legend" part="legend" data-legend=${this.name}>
        ${first ? nothing : html`<span>${frame.title}</span>`}
        <span class="scale">
          ${end(low, scale.kind === 'log' && !scale.diverging ? `≤ ${threeDigits(low)}` : threeDigits(low))}
          <span class="ramp"><canvas aria-hidden="true"></canvas><span class="tick" hidden></span></span>
          ${end(high, scale.kind === 'row' ? words.rowMost : threeDigits(high))}
        </span>
        <span>${[what, kinds === null && kind, domains === null && ends].filter(Boolean).join(words.comma)}</span>
        ${kinds} ${domains} ${first ? this.#notesTemplate(frame, cells, control('pooling')) : nothing}
      </div>
    `;
  }

  #notesTemplate(frame: Frame, { down, across }: CellsPerPixel, pooling: unknown): TemplateResult {
    const { picture, scale, words, settings } = frame;
    const swatch = (pattern: string | undefined, text: unknown): TemplateResult =>
      html`<span class="swatch">
        ${pattern === undefined ? nothing : html`<canvas data-pattern=${pattern} aria-hidden="true"></canvas>`}
        <span>${text}</span>
      </span>`;
    return html`
      ${
        picture.min < 0 && scale.domain[0] === 0
          ? html`<span>${filled(words.belowZero, threeDigits(picture.min))}</span>`
          : nothing
      }
      ${picture.hasMasked ? swatch('masked', words.masked) : nothing}
      ${picture.hasInvalid ? swatch('notFinite', words.notFinite) : nothing}
      ${
        down > 1 || across > 1
          ? html`<span
              >${pooling ?? words.label_pooling + words[`pooling_${settings.pooling}`]}
              ${filled(words.pooledOf, down, across)}</span
            >`
          : nothing
      }
      ${legendNotes(frame).map(({ parts, look }) => swatch(look, sentenceTemplate(parts)))}
    `;
  }

  paint(frame: Frame, root: ParentNode): void {
    const own = root.querySelector(`[data-legend='${this.name}']`);
    if (own === null) return;
    const { scale, scheme, selection, weights } = frame;
    const changed = (canvas: HTMLCanvasElement, ...key: readonly unknown[]): boolean => {
      const known = this.#painted.get(canvas);
      this.#painted.set(canvas, key);
      return known === undefined || key.some((part, i) => part !== known[i]);
    };
    for (const canvas of own.querySelectorAll<HTMLCanvasElement>('.swatch canvas')) {
      if (!changed(canvas, scheme, devicePixelRatio)) continue;
      const look = canvas.dataset['pattern'];
      const values = Float32Array.of(look === 'notFinite' ? NaN : MASKED);
      paintSmall(canvas, SWATCH, SWATCH, { values, rows: 1, columns: 1 }, scale, scheme.palette);
      if (look === 'hidden' || look === 'leftOut') paintDots(canvas, look, scheme.palette);
    }
    const ramp = own.querySelector<HTMLCanvasElement>('.ramp canvas');
    if (ramp !== null && changed(ramp, scale.ramp)) {
      ramp.width = scale.ramp.length;
      ramp.height = 1;
      const image = new ImageData(ramp.width, 1);
      scale.ramp.forEach(([red, green, blue], i) => image.data.set([red, green, blue, 255], 4 * i));
      ramp.getContext('2d')?.putImageData(image, 0, 0);
    }
    const tick = own.querySelector<HTMLElement>('.tick');
    const cell = activeCell(selection);
    const row = cell && weights.row(cell.query);
    const weight = (cell && row?.[cell.key]) ?? NaN;
    if (tick === null) return;
    tick.hidden = !Number.isFinite(weight);
    if (row === null || tick.hidden) return;
    const rowMax = scale.kind === 'row' ? largestOf(scale.diverging ? row.map(Math.abs) : row) : 0;
    const at = scale.index(weight, rowMax);
    tick.style.left = `${at / 2.55}%`;
  }
}
