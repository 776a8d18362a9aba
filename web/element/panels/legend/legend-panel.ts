import { html, nothing, type TemplateResult } from 'lit';
import { exactDigits, percent, threeDigits } from '../../../views/numbers.js';
import { MASKED } from '../../../views/pooling.js';
import { itemName, type SentencePart } from '../../../views/summary.js';
import { filled, type Words } from '../../../views/words.js';
import { activeCell } from '../../selection.js';
import type { Frame, Panel } from '../panel.js';
import { largestOf, paintSmall } from '../small-canvas.js';

export { legendStyles } from './legend-styles.js';

/** Hidden keys that are named; of more only the number is told. */
const NAMED = 3;

const SWATCH = 14;

/** How the colours are to be read: "weight, linear, one scale for all heads". */
export function scaleWords({ scale, settings, scene, words }: Frame): string[] {
  const { domain } = settings;
  const ends = typeof domain === 'string' ? domain : 'given';
  return [
    scale.diverging ? words.weightDifference : words.weight,
    words[`colorScale_${scale.kind}`],
    // A row has its own ends, and one head's scale is everybody's.
    ...(scale.kind === 'row' || (scene.heads === 1 && ends !== 'given') ? [] : [words[`domain_${ends}`]]),
  ];
}

/** What was done to the weights before they were drawn, a sentence each. */
function notes({ settings, scene, words }: Frame): SentencePart[][] {
  const { hide, topK, mass, mergeWords } = settings;
  const plain = (text: string): SentencePart[] => [{ text, token: false }];
  const hidden = hide.filter((key) => key < scene.keys);
  const names =
    hidden.length > NAMED
      ? plain(filled(words.keys, hidden.length))
      : hidden.flatMap((key, i) => [...(i > 0 ? plain(', ') : []), ...itemName(scene.keyLabels, key, 'key', words)]);
  return [
    ...(mergeWords && scene.words !== null ? [plain(words.mergedNote)] : []),
    ...(hidden.length > 0 ? [[...names, ...plain(words.hiddenNote)]] : []),
    ...(topK > 0 ? [plain(filled(words.topKNote, topK))] : []),
    ...(mass < 1 ? [plain(filled(words.massNote, percent(mass)))] : []),
  ];
}

/** The colour bar with its ends and words, and everything else that has to be known to read the picture. */
export class LegendPanel implements Panel {
  readonly #painted = new WeakMap<HTMLCanvasElement, readonly unknown[]>();

  /**
   * @param cells how many queries and keys a pixel covers at most
   * @param control what stands in the place of a setting's word, if it can be turned
   */
  template(
    frame: Frame,
    cells: { readonly down: number; readonly across: number } = { down: 1, across: 1 },
    control: (name: 'colorScale' | 'domain' | 'pooling') => unknown = () => null,
  ): TemplateResult {
    const { picture, scale, words, settings } = frame;
    const [low, high] = scale.domain;
    const end = (value: number, text: string): TemplateResult => html`<span title=${exactDigits(value)}>${text}</span>`;
    const [what = '', kind = '', ends] = scaleWords(frame);
    const kinds = control('colorScale');
    const domains = control('domain');
    const pooling = control('pooling');
    const swatch = (pattern: keyof Words & ('masked' | 'notFinite')): TemplateResult =>
      html`<span class="swatch"><canvas data-pattern=${pattern} aria-hidden="true"></canvas>${words[pattern]}</span>`;
    return html`
      <div class="legend" part="legend">
        <span class="scale">
          ${end(low, scale.kind === 'log' && !scale.diverging ? `≤ ${threeDigits(low)}` : threeDigits(low))}
          <span class="ramp"><canvas aria-hidden="true"></canvas><span class="tick" hidden></span></span>
          ${end(high, scale.kind === 'row' ? words.rowMost : threeDigits(high))}
        </span>
        <span>${[what, kinds === null && kind, domains === null && ends].filter(Boolean).join(words.comma)}</span>
        ${kinds} ${domains}
        ${
          picture.min < 0 && low === 0
            ? html`<span>${filled(words.belowZero, threeDigits(picture.min))}</span>`
            : nothing
        }
        ${picture.hasMasked ? swatch('masked') : nothing} ${picture.hasInvalid ? swatch('notFinite') : nothing}
        ${
          cells.down > 1 || cells.across > 1
            ? html`<span
                >${pooling ?? words.label_pooling + words[`pooling_${settings.pooling}`]}
                ${filled(words.pooledOf, cells.down, cells.across)}</span
              >`
            : nothing
        }
        ${notes(frame).map(
          (parts) =>
            html`<span class="note"
              >${parts.map(({ text, token }) => (token ? html`<bdi>${text}</bdi>` : text))}</span
            >`,
        )}
      </div>
    `;
  }

  paint(frame: Frame, root: ParentNode): void {
    const { scale, scheme, selection, weights } = frame;
    const changed = (canvas: HTMLCanvasElement, ...key: readonly unknown[]): boolean => {
      const known = this.#painted.get(canvas);
      this.#painted.set(canvas, key);
      return known === undefined || key.some((part, i) => part !== known[i]);
    };
    for (const canvas of root.querySelectorAll<HTMLCanvasElement>('.swatch canvas')) {
      if (!changed(canvas, scheme, devicePixelRatio)) continue;
      const values = Float32Array.of(canvas.dataset['pattern'] === 'masked' ? MASKED : NaN);
      paintSmall(canvas, SWATCH, SWATCH, { values, rows: 1, columns: 1 }, scale, scheme.palette);
    }
    const ramp = root.querySelector<HTMLCanvasElement>('.ramp canvas');
    if (ramp !== null && changed(ramp, scale.ramp)) {
      ramp.width = scale.ramp.length;
      ramp.height = 1;
      const image = new ImageData(ramp.width, 1);
      scale.ramp.forEach(([red, green, blue], i) => image.data.set([red, green, blue, 255], 4 * i));
      ramp.getContext('2d')?.putImageData(image, 0, 0);
    }
    const tick = root.querySelector<HTMLElement>('.tick');
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
