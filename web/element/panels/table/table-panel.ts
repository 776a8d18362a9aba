import { css, html, nothing, type TemplateResult } from 'lit';
import { cellDigits, exactDigits, signedDigits, threeDigits } from '../../../views/numbers.js';
import { MASKED } from '../../../views/pooling.js';
import { composed, itemName, type SentencePart } from '../../../views/sentence.js';
import type { AxisLabels } from '../../../views/token-labels.js';
import { filled } from '../../../views/words.js';
import { missingWord } from '../missing.js';
import type { Actions, Frame, Panel } from '../panel.js';
import { sentenceTemplate } from '../sentence-template.js';
import { otherAxis, profileTitle, tokenProfile, type Axis } from '../token-profile.js';

/** Up to so many queries and keys the table is the matrix. */
const WHOLE_SIDE = 32;

/** Most lines of a table of one row's weights. */
const MOST_LINES = 100;

const labelsOf = ({ scene }: Frame, axis: Axis): AxisLabels => (axis === 'query' ? scene.queryLabels : scene.keyLabels);

/** The numbers as a table: the whole matrix if it is small, else the largest weights of what is chosen. */
export class TablePanel implements Panel {
  constructor(private readonly actions: Actions) {}

  /** @param compared what stands beside it in a comparison: the other picture, and the difference */
  template(frame: Frame, compared: readonly Frame[] = []): TemplateResult {
    const { weights, words } = frame;
    const small = weights.rows <= WHOLE_SIDE && weights.columns <= WHOLE_SIDE;
    return html`<section class="table" part="table">
      <div class="scroller" role="region" aria-label=${words.viewAsTable} tabindex="0">
        ${[frame, ...compared].map((one) => (small ? this.#matrixTemplate(one) : this.#listTemplate(one)))}
      </div>
      <button type="button" @click=${this.#onClose}>${words.hideTable}</button>
    </section>`;
  }

  /** The button goes with the table: the focus stays in the picture. */
  readonly #onClose = ({ currentTarget }: Event): void => {
    const root = (currentTarget as Element).getRootNode() as ParentNode;
    this.actions.table(false);
    root.querySelector<HTMLElement>('.views [tabindex="0"]')?.focus();
  };

  /** @param missing what is said where there is none */
  #weight(value: number | undefined, text: (value: number) => string, missing = (): string => ''): unknown {
    if (value === undefined) return nothing;
    if (value === MASKED) return html`<span class="quiet">${missing()}</span>`;
    return html`<span title=${exactDigits(value)}>${text(value)}</span>`;
  }

  #matrixTemplate(frame: Frame): TemplateResult {
    const { weights, words, title, scale } = frame;
    const sign = (value: number): string => (scale.diverging && value > 0 ? '+' : '');
    const keys = Array.from({ length: weights.columns }, (_, key) => key);
    return html`<table>
      <caption>
        ${filled(words.gridOf, title)}
      </caption>
      <thead>
        <tr>
          <td></td>
          ${keys.map((key) => html`<th scope="col"><bdi>${labelsOf(frame, 'key').label(key)}</bdi></th>`)}
        </tr>
      </thead>
      <tbody>
        ${Array.from({ length: weights.rows }, (_, query) => {
          const row = weights.row(query);
          return html`<tr>
            <th scope="row"><bdi>${labelsOf(frame, 'query').label(query)}</bdi></th>
            ${keys.map(
              (key) =>
                html`<td>
                  ${this.#weight(
                    row?.[key],
                    (value) => sign(value) + cellDigits(value, 3),
                    () => missingWord(frame, query, key),
                  )}
                </td>`,
            )}
          </tr>`;
        })}
      </tbody>
    </table>`;
  }

  #listTemplate(frame: Frame): TemplateResult {
    const { picture, settings, scale, words, compare } = frame;
    const profile = tokenProfile(frame, 'query', 'mean', [0]);
    const { of, items, values } = profile;
    const over = otherAxis(of);
    const labels = labelsOf(frame, over);
    const open = Array.from(values ?? [], (_, item) => item).filter((item) => values?.[item] !== MASKED);
    // What is no number stands first: it is what one looks for.
    const order = (item: number): number => {
      const value = values?.[item] as number;
      return Number.isNaN(value) ? Number.MAX_VALUE : scale.diverging ? Math.abs(value) : value;
    };
    const lines = open.sort((a, b) => order(b) - order(a)).slice(0, MOST_LINES);
    const [only] = items;
    const scored = items.length === 1 && settings.composite === 'none' && compare === null;
    const score = (item: number): number | null =>
      scored && only !== undefined
        ? picture.score(settings.head, of === 'query' ? only : item, of === 'query' ? item : only, settings)
        : null;
    const scores = lines[0] !== undefined && score(lines[0]) !== null;
    const name = itemName(labelsOf(frame, of), only ?? 0, of, words);
    const all = lines.length === open.length;
    const caption = composed(
      all ? words.tableAll : words.tableTop,
      profileTitle(frame, profile, name),
      String(lines.length),
      String(open.length),
    );
    return html`<table>
      <caption>
        ${sentenceTemplate(caption)}
      </caption>
      <thead>
        <tr>
          <th scope="col">${words.rank}</th>
          <th scope="col">${words[over]}</th>
          <th scope="col">${words.weight}</th>
          ${scores ? html`<th scope="col">${words.score}</th>` : nothing}
        </tr>
      </thead>
      <tbody>
        ${lines.map(
          (item, i) =>
            html`<tr>
              <td>${i + 1}</td>
              <th scope="row">${this.#name(labels, item)}</th>
              <td>${this.#weight(values?.[item], scale.diverging ? signedDigits : threeDigits)}</td>
              ${scores ? html`<td>${threeDigits(score(item) ?? NaN)}</td>` : nothing}
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  /** A token, and its position where it has a name. */
  #name(labels: AxisLabels, item: number): TemplateResult {
    const parts: SentencePart[] = [{ text: labels.label(item), token: true }];
    return html`${sentenceTemplate(parts)}${labels.named ? html` <span class="quiet">${item}</span>` : nothing}`;
  }
}

export const tableStyles = css`
  .table .scroller {
    max-height: 480px;
    margin-block: 16px 8px;
    overflow: auto;
  }
  .table table + table {
    margin-block-start: 24px;
  }
  .table table {
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  .table caption {
    position: sticky;
    left: 0;
    padding-block-end: 8px;
    text-align: start;
  }
  .table th,
  .table td {
    padding: 3px 8px;
    border: 1px solid var(--line);
    text-align: end;
    white-space: nowrap;
  }
  .table th {
    font-weight: 600;
  }
  .table th[scope='row'] {
    text-align: start;
  }
  .table thead th {
    position: sticky;
    top: 0;
    background: var(--bg);
  }
`;
